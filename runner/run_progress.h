/* run_progress: how far a run is, on stderr: one bar that redraws itself on a terminal, a plain
 * line after each load elsewhere. stdout is never touched.
 */
#ifndef DUET_RUNNER_RUN_PROGRESS_H
#define DUET_RUNNER_RUN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct run_progress {
	bool terminal;
	double total_s, done_s; /* expected times: of everything, of what has ended */
	double step_s;          /* of the step that is going on */
	int64_t started_ns, step_started_ns, drawn_ns;
	char step[128], last[96];
};

void run_progress_start(struct run_progress *progress, double total_s);

/* A step of `expected_s` begins; the one before has ended. */
void run_progress_step(struct run_progress *progress, double expected_s, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What the step that ends now measured: shown beside the bar, or as a line. A negative p95 is a
 * dash. */
void run_progress_figures(struct run_progress *progress, double rps, double p95_us,
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
