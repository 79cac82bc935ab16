#include "loadgen/load_sum.h"

#include "common/base/strbuf.h"
#include "common/seed/manifest.h"

#include <inttypes.h>
#include <stdio.h>

enum { DIFFERENCES_NAMED = 10 };

static void add_worker(struct load_usage *usage, const struct worker *w, int64_t *work_ns)
{
	const int64_t cpu = w->window_began ? w->after.cpu_ns - w->before.cpu_ns : 0;
	*work_ns += cpu - w->idle_poll_ns;
	usage->cpu_ns += cpu;
	usage->idle_poll_ns += w->idle_poll_ns;
	if (w->window_began)
		usage->run_queue_ns += w->after.run_queue_ns - w->before.run_queue_ns;
}

static void add_process(struct process_stat *sum, const struct load_turn *turn)
{
	const struct process_stat *before = &turn->before, *after = &turn->after;
	sum->user_ns += after->user_ns - before->user_ns;
	sum->system_ns += after->system_ns - before->system_ns;
	sum->voluntary_switches += after->voluntary_switches - before->voluntary_switches;
	sum->involuntary_switches += after->involuntary_switches - before->involuntary_switches;
}

void load_sum_turn(struct load_result *result, const struct load_turn *turn,
		   const struct worker *workers, size_t count)
{
	/* A load in turns has a slice a turn, any other starts with the first. */
	const size_t first_slice = (size_t)turn->number;
	result->window_ns += turn->window_ns;
	add_process(&result->usage.process, turn);
	for (size_t i = 0; i < count; i++) {
		add_worker(&result->usage, &workers[i], &result->usage.work_ns[i]);
		tally_merge(&result->tally, &workers[i].tally, first_slice);
	}
}

/* The first pages that were not answered as the manifest has them. */
static void name_differences(const struct load_plan *plan)
{
	size_t named = 0;
	for (size_t i = 0; i < plan->target_count && named < DIFFERENCES_NAMED; i++) {
		const struct sweep_answer *answer = &plan->answers[i];
		const struct target *target = &plan->targets[i];
		if (!answer->asked || answer->outcome == OUTCOME_OK)
			continue;
		fprintf(stderr, "loadgen: %s: %s, %" PRIu64 " bytes; the manifest has %u bytes\n",
			target->page->target, outcome_names[answer->outcome], answer->length,
			target->length);
		named++;
	}
}

static bool sum_parity(const struct load_plan *plan, struct load_parity *parity)
{
	struct strbuf lines;
	strbuf_init(&lines, SIZE_MAX / 2);
	*parity = (struct load_parity){.equal = true};
	for (size_t i = 0; i < plan->target_count; i++) {
		const struct sweep_answer *answer = &plan->answers[i];
		const struct target *target = &plan->targets[i];
		strbuf_printf(&lines, "%s %" PRIu64 " ", target->page->target, answer->length);
		for (size_t b = 0; answer->answered && b < SHA256_SIZE; b++)
			strbuf_printf(&lines, "%02x", answer->sha256[b]);
		strbuf_add_char(&lines, '\n');
		parity->answers += answer->answered;
	}
	const bool ok = strbuf_ok(&lines);
	if (ok)
		sha256_hex(lines.data, lines.len, parity->sha256);
	strbuf_free(&lines);
	return ok;
}

bool load_sum_end(struct load_result *result, const struct load_plan *plan)
{
	struct load_usage *usage = &result->usage;
	const double window = (double)result->window_ns;
	for (size_t i = 0; window > 0 && i < THREADS_MAX; i++) {
		const double share = (double)usage->work_ns[i] / window;
		if (share > usage->busiest_share)
			usage->busiest_share = share;
	}
	self_stat_memory(&usage->memory_now, &usage->memory_peak);
	if (plan->kind != LOAD_SWEEP || result->interrupted)
		return true;
	name_differences(plan);
	result->has_parity = sum_parity(plan, &result->parity);
	result->parity.equal = result->tally.all[OUTCOME_OK] == plan->target_count;
	return result->has_parity;
}
