#include "runner/run_load_watch.h"

#include <time.h>

static double own_cpu_s(void)
{
	struct timespec now = {0};
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void look(struct run_load_watch *watch, const struct stack *stack,
		 const struct keep_awake *awake, int edge)
{
	watch->cpus_seen[edge] = cpu_stat_sample(&watch->cpus[edge]);
	watch->own_s[edge] = own_cpu_s() + keep_awake_cpu_s(awake);
	watch->seen[edge] = stack->count > 0;
	for (size_t i = 0; i < stack->count; i++)
		if (!proc_stat_sample(stack->processes[i].pid, &watch->edges[edge][i]))
			watch->seen[edge] = false;
}

void run_load_watch_begin(struct run_load_watch *watch, const struct stack *stack,
			  const struct keep_awake *awake)
{
	look(watch, stack, awake, 0);
}

/* What the servers used in the window, s. */
static double add_servers(struct run_load_watch *watch, size_t count)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++) {
		struct proc_usage usage;
		proc_stat_usage(&watch->edges[0][i], &watch->edges[1][i], &usage);
		proc_stat_add(&watch->usage[i], &usage);
		sum += usage.cpu_s;
	}
	watch->window_s += (double)(watch->edges[1][0].at_ns - watch->edges[0][0].at_ns) / 1e9;
	return sum;
}

void run_load_watch_end(struct run_load_watch *watch, const struct stack *stack,
			const struct keep_awake *awake)
{
	const struct cpu_sample *then = &watch->cpus[0], *now = &watch->cpus[1];
	look(watch, stack, awake, 1);
	watch->windows++;
	if (!watch->seen[0] || !watch->seen[1]) {
		watch->blind++;
		return;
	}
	double servers_s = add_servers(watch, stack->count);
	if (!watch->cpus_seen[0] || !watch->cpus_seen[1]) {
		watch->cpus_blind++;
		return;
	}
	watch->cpus_s += now->total_s - then->total_s;
	watch->steal_s += now->steal_s - then->steal_s;
	watch->foreign_s +=
		now->busy_s - then->busy_s - (watch->own_s[1] - watch->own_s[0]) - servers_s;
}

bool run_load_watch_servers(const struct run_load_watch *watch)
{
	return watch->windows > 0 && watch->blind == 0;
}

bool run_load_watch_cpus(const struct run_load_watch *watch)
{
	return run_load_watch_servers(watch) && watch->cpus_blind == 0;
}
