/* live: what a load does while it runs, for its live view: counts, and coarse latencies (16 steps
 * an octave: within 3 %) that one thread adds to and others may read at any time.
 *
 * Apart from the tally on purpose: the tally is exact and one thread's own; this one is only looked
 * at. Relaxed loads and stores of one writer: no locked instruction on the way of a request.
 */
#ifndef DUET_LOADGEN_LIVE_H
#define DUET_LOADGEN_LIVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { LIVE_STEPS = 16, LIVE_OCTAVES = 28, LIVE_CELLS = LIVE_STEPS * LIVE_OCTAVES };

struct live {
	_Atomic uint64_t failures;
	_Atomic uint64_t cells[LIVE_CELLS]; /* answers, by response time */
};

/* A reader's sum of several, or a difference of two sums. */
struct live_view {
	uint64_t answers, failures;
	uint64_t cells[LIVE_CELLS];
};

/* Counts a request that ended; ns: its response time. For the one thread that writes. */
void live_record(struct live *live, bool failed, int64_t ns);

/* Adds what `live` has now. */
void live_add(struct live_view *view, const struct live *live);
/* What `now` has more than `before`. */
struct live_view live_since(const struct live_view *now, const struct live_view *before);
/* The percentile in ns, of answers; negative when there are none. */
double live_percentile(const struct live_view *view, double percentile);

#endif
