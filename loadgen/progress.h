/* progress: how far a run is, on stderr: a bar that rewrites itself on a terminal, a plain line
 * every few seconds elsewhere.
 */
#ifndef DUET_LOADGEN_PROGRESS_H
#define DUET_LOADGEN_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct load_progress {
	bool enabled, terminal;
	int64_t start, end;     /* ns; end: when the load should be over */
	int64_t last;           /* when it was last shown */
	uint64_t last_requests; /* as shown then */
};

void load_progress_init(struct load_progress *progress, bool enabled);
/* ns between two showings. */
int64_t load_progress_period(const struct load_progress *progress);
/* Shows it. `done` of `total` requests are asked for (sweep), or total is 0 (by time). */
void load_progress_show(struct load_progress *progress, int64_t now, uint64_t requests,
			uint64_t failures, uint64_t total);
/* Ends the bar's line. */
void load_progress_end(const struct load_progress *progress);

#endif
