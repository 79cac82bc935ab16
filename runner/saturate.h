/* saturate: the highest rate at which an arm keeps an SLO on a page, by the search of
 * saturate_search.h on servers that are up: open model, so that a slow answer delays nobody else.
 *
 * A run holds when its SLO is held (slo.h) and at least 99 % of the rate was answered within the
 * window: a queue that grows is no capacity, even while it is short. A run lasts as long as the
 * plan says, and longer at low rates, until the SLO's percentile has samples enough (at most 30 s).
 * The search starts at a tenth of the capacity that the trial measured, and never asks for more
 * than four times of it. A broken run whose generator used over 80 % of its CPU says nothing about
 * the servers: the answer is then marked as limited by the generator, a lower bound.
 *
 * A broken run during which something else took 5 % of the CPU time or more (trial_checks.h) is set
 * aside and run again, up to ten times a search; when such a run had to count in the end, and set
 * the limit, the search does not count.
 *
 * The document (results/saturation.schema.json) is written whole after every run, its outcome's
 * state "unfinished" until the caller completes it; "interrupted" when it was stopped.
 */
#ifndef DUET_RUNNER_SATURATE_H
#define DUET_RUNNER_SATURATE_H

#include "runner/run_load.h"
#include "runner/saturate_search.h"

/* All borrowed. */
struct saturate_job {
	struct stack *stack;
	const struct plan *plan;
	int page; /* enum plan_page */
	double capacity_rps;
	uint64_t seed;
	const char *folder; /* of the run */
	struct run_progress *progress;
	const volatile sig_atomic_t *interrupted;
	json_t *document; /* run, scenario, ... by the caller; the rest is added here */
	/* Keeps the document as it is; false with one line in error[STACK_ERROR_MAX]. */
	bool (*save)(void *arg, char *error);
	void *save_arg;
};

/* Searches. False with one line in error[STACK_ERROR_MAX]; what was measured until then is kept. */
bool saturate_execute(const struct saturate_job *job, char *error);

/* The last word: state "complete", and whether it counts: the CPUs were `steady` (kept their
 * speed), and nothing else had them in the runs that set the limit. To be saved by the caller. */
void saturate_complete(json_t *document, bool steady);

#endif
