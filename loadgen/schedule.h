/* schedule: owns when a request is due. Nothing else in the generator decides that.
 *
 * Closed: a VU's next request is due when its previous one ended, plus think time. Open: request i
 * is due at start + i/rate whatever the answers do; a free VU takes the oldest one that is due, and
 * a late one keeps its due time. With T workers, worker t takes the arrivals t, t+T, t+2T, ... of
 * one common sequence. All times are ns of CLOCK_MONOTONIC.
 *
 * A way to space requests is one row of a table (think jitter) or one arrival function: further
 * ones need no other change.
 */
#ifndef DUET_LOADGEN_SCHEDULE_H
#define DUET_LOADGEN_SCHEDULE_H

#include "common/base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* After a failure a closed VU waits at least this long, or a refusing server would be hammered. */
#define SCHEDULE_BACKOFF_NS INT64_C(10000000)

/* Draws one think time around `think` ns. */
typedef int64_t (*think_draw)(int64_t think, struct rng *rng);

/* The NULL-terminated names of the think jitters: none, uniform (+-50 %), exponential. */
extern const char *const schedule_jitter_names[];
/* The draw of that name; NULL when unknown. */
think_draw schedule_jitter(const char *name);

struct closed_schedule {
	int64_t start;
	int64_t think; /* mean, ns */
	think_draw draw;
	bool stagger;
};

/* When VU `vu` of `vus` asks first: evenly over the think time, or all at the start. */
int64_t closed_schedule_first(const struct closed_schedule *s, size_t vu, size_t vus);
/* When a VU asks again whose request ended at `ended`. */
int64_t closed_schedule_next(const struct closed_schedule *s, int64_t ended, bool failed,
			     struct rng *rng);

struct open_schedule {
	int64_t start;
	double rate;             /* requests/s of all workers */
	uint64_t worker, stride; /* this worker's first arrival, and how many workers there are */
	uint64_t taken;          /* arrivals that this worker has taken */
};

/* When this worker's next arrival is due. */
int64_t open_schedule_next(const struct open_schedule *s);
/* Takes the next arrival. */
void open_schedule_take(struct open_schedule *s);

#endif
