/* schedule: owns when a request is due. Nothing else in the generator decides that.
 *
 * Closed: a VU's next request is due when its previous one ended, plus think time. Open, whatever
 * the answers do: by rate, where the arrivals of one common sequence are taken by whichever VU is
 * free, or paced, where each VU has a sequence of its own, think times apart. An open request that
 * is late keeps its due time. With T workers, worker t takes the arrivals t, t+T, t+2T, ... of the
 * common sequence, so that their union does not depend on T. All times are ns of CLOCK_MONOTONIC.
 *
 * A way to space requests is one row of a table: think jitter, or arrivals.
 */
#ifndef DUET_LOADGEN_SCHEDULE_H
#define DUET_LOADGEN_SCHEDULE_H

#include "common/base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* After a failure a closed VU waits at least this long, or a refusing server would be hammered. */
#define SCHEDULE_BACKOFF_NS INT64_C(10000000)

/* The seed of a turn (see load.h), from the load's: of turn 0 the load's own, so that a load in one
 * turn asks as one without turns; of turn t the first number of the load's stream
 * UINT64_MAX - 1 - t, below those of the arrivals and the popularity. Each turn's VUs, workers and
 * arrivals draw from streams of its seed; popularity keeps the load's. */
uint64_t schedule_turn_seed(uint64_t seed, uint64_t turn);

/* How think times scatter around their mean. */
struct think_jitter {
	/* Draws one think time around `think` ns. */
	int64_t (*draw)(int64_t think, struct rng *rng);
	/* What is left of a think time at a moment that knows nothing of it, in mean think times:
	 * the quantile q (0 <= q < 1) of the residual life of a renewal process in equilibrium,
	 * whose density is (1 - F(x)) / mean (W. Feller, An Introduction to Probability Theory and
	 * Its Applications, volume II, XI.4). */
	double (*residual)(double q);
};

/* The NULL-terminated names of the think jitters: none, uniform (+-50 %), exponential. */
extern const char *const schedule_jitter_names[];
/* The jitter of that name; NULL when unknown. */
const struct think_jitter *schedule_jitter(const char *name);

struct closed_schedule {
	int64_t start;
	int64_t think; /* mean, ns */
	const struct think_jitter *jitter;
	bool stagger;
};

/* When VU `vu` of `vus` asks first: all at the start, or staggered as if all had been thinking for
 * long: the VUs' first waits are the quantiles of the residual think time, so that from the first
 * instant as many ask as ever after (while answers take little of the think time). */
int64_t closed_schedule_first(const struct closed_schedule *s, size_t vu, size_t vus);
/* When a VU asks again whose request ended at `ended`. */
int64_t closed_schedule_next(const struct closed_schedule *s, int64_t ended, bool failed,
			     struct rng *rng);

/* When a paced VU's next request is due, from its previous one's due time: never from an end. */
int64_t paced_schedule_next(const struct closed_schedule *s, int64_t due, struct rng *rng);

/* The NULL-terminated names of the arrivals: uniform (request i at i/rate), poisson (independent
 * exponential gaps: the arrivals of many users who know nothing of each other). */
extern const char *const schedule_arrival_names[];

struct open_schedule;
/* ns from the start to arrival `number`; called for each number once, in order. */
typedef double (*arrival_time)(struct open_schedule *s, uint64_t number);

struct open_schedule {
	int64_t start;
	double rate;          /* requests/s of all workers */
	uint64_t stride;      /* how many workers there are */
	uint64_t number;      /* of the next arrival that this worker takes */
	arrival_time time_of; /* NULL: no such arrivals */
	struct rng rng;       /* poisson: the same in every worker */
	uint64_t drawn;       /* poisson: gaps drawn so far */
	double offset;        /* poisson: their sum, ns */
	double next;          /* ns from the start to the next arrival */
};

/* The arrivals of that name, from the first that `worker` of `workers` takes; s->start is still to
 * be set. */
void open_schedule_init(struct open_schedule *s, const char *arrivals, double rate, uint64_t seed,
			uint64_t worker, uint64_t workers);
/* When this worker's next arrival is due. */
int64_t open_schedule_next(const struct open_schedule *s);
/* Takes the next arrival. */
void open_schedule_take(struct open_schedule *s);

#endif
