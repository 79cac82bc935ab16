/* run_load_watch: what servers and CPUs did within the measured windows of a load, of which it has
 * one a turn: looked at as each begins and ends, added up over them.
 */
#ifndef DUET_RUNNER_RUN_LOAD_WATCH_H
#define DUET_RUNNER_RUN_LOAD_WATCH_H

#include "runner/cpu_stat.h"
#include "runner/keep_awake.h"
#include "runner/proc_stat.h"
#include "runner/stack.h"

/* Large, so not on the stack; zeroed by whoever makes one. */
struct run_load_watch {
	/* at both edges of a window */
	struct proc_sample edges[2][STACK_PROCESSES_MAX];
	struct cpu_sample cpus[2];
	double own_s[2]; /* CPU time of this process and of the spinners that keep CPUs awake */
	bool seen[2], cpus_seen[2];
	/* over all windows that had two edges */
	size_t windows, blind, cpus_blind; /* blind: without one or the other sample */
	struct proc_usage usage[STACK_PROCESSES_MAX];
	double window_s;
	double cpus_s, steal_s;
	double foreign_s; /* busy, and neither the servers' nor ours; the generator's included */
};

/* A window begins, or ends. */
void run_load_watch_begin(struct run_load_watch *watch, const struct stack *stack,
			  const struct keep_awake *awake);
void run_load_watch_end(struct run_load_watch *watch, const struct stack *stack,
			const struct keep_awake *awake);

/* Whether every window was seen at both edges, of the servers; of the CPUs. */
bool run_load_watch_servers(const struct run_load_watch *watch);
bool run_load_watch_cpus(const struct run_load_watch *watch);

#endif
