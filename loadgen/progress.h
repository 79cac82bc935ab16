/* progress: how far a load is, on stderr: a line that rewrites itself on a terminal, with a bar,
 * the time left, requests/s, p50 and p95 of the window so far, failures and a sparkline of the p95
 * of each second; a plain line every few seconds elsewhere.
 */
#ifndef DUET_LOADGEN_PROGRESS_H
#define DUET_LOADGEN_PROGRESS_H

#include "common/base/term_view.h"
#include "loadgen/live.h"

#include <stdbool.h>
#include <stdint.h>

/* As shown; latencies are negative while there are none. */
struct load_figures {
	double rps;            /* since the last look */
	double p50_us, p95_us; /* of the window so far */
	double spark_us;       /* p95 of the last whole second */
	uint64_t requests, failures;
};

struct load_progress {
	bool enabled;
	struct term_view view;
	int64_t start, end;              /* ns; end: when the window should be over */
	int64_t last, sparked;           /* when it was last looked at; when a second last ended */
	struct live_view window, second; /* as they were when the window, the spark began */
	struct live_view counted;        /* in the windows that are over */
	struct load_figures figures;
	struct term_sparks sparks;
};

void load_progress_init(struct load_progress *progress, bool enabled);
/* ns between two showings. */
int64_t load_progress_period(const struct load_progress *progress);
/* A measured window begins, or ends: what came before the first and between two is no part of
 * their percentiles. */
void load_progress_begin_window(struct load_progress *progress, const struct live_view *now);
void load_progress_end_window(struct load_progress *progress, const struct live_view *now);
/* Takes what the load has done until `at` into progress->figures. */
void load_progress_look(struct load_progress *progress, int64_t at, const struct live_view *now);
/* Shows the figures. Of `total` requests (a sweep), or total is 0 (by time). */
void load_progress_show(const struct load_progress *progress, uint64_t total);
/* Ends the line. */
void load_progress_end(const struct load_progress *progress);

#endif
