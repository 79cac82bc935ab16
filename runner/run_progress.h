/* run_progress: how far a run is, on stderr: one bar that redraws itself on a terminal, a plain
 * line after each load elsewhere. stdout is never touched.
 */
#ifndef DUET_RUNNER_RUN_PROGRESS_H
#define DUET_RUNNER_RUN_PROGRESS_H

#include "common/base/term_view.h"

#include <stdbool.h>
#include <stdint.h>

struct run_progress {
	bool quiet; /* nothing is ever shown */
	struct term_view view;
	double total_s, done_s; /* expected times: of everything, of what has ended */
	double step_s;          /* of the step that is going on */
	int64_t started_ns, step_started_ns, drawn_ns;
	char step[128];
	/* Of the load that runs, or of the last that ran; latencies negative: none. */
	double rps, p50_us, p95_us;
	uint64_t errors;
	struct term_sparks sparks; /* of the load that runs: the p95 of each second */
};

void run_progress_start(struct run_progress *progress, double total_s, bool quiet);

/* A step of `expected_s` begins; the one before has ended. */
void run_progress_step(struct run_progress *progress, double expected_s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What the load measures so far, as the generator says it once a second. Latencies in us, negative
 * where there are none; spark: the p95 of the last second. */
void run_progress_live(struct run_progress *progress, double rps, double p50_us, double p95_us,
		       double spark_us, uint64_t errors);

/* What the load that has ended measured: shown beside the bar, or as a line. */
void run_progress_figures(struct run_progress *progress, double rps, double p50_us, double p95_us,
			  uint64_t errors);

/* Redraws the bar, at most five times a second. */
void run_progress_tick(struct run_progress *progress);

/* Counts expected time as done without a step: trials that were finished by an earlier start. */
void run_progress_skip(struct run_progress *progress, double expected_s);

/* Adds expected time to the whole: something is run again. */
void run_progress_extend(struct run_progress *progress, double expected_s);

/* Ends the bar's line, so that other output may follow. */
void run_progress_finish(struct run_progress *progress);

#endif
