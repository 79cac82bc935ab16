/* saturate_search: which rate to try next when looking for the highest one that holds. Arithmetic
 * alone: no clock, no load.
 *
 *   ramp:    rates grow by `ramp` from `start` (or shrink, when `start` does not hold) until one is
 *            broken;
 *   bisect:  between the highest rate that held and the lowest broken one, at their geometric mean,
 *            until they are within `precision` of each other;
 *   confirm: the rate that is left is repeated until a majority of `repeats` held.
 *
 * Noise: a rate is broken only when a majority of `repeats` broke it, so that a single bad run is
 * repeated at once; a rate that held once is good enough to go on from, since it must be confirmed
 * before it is the answer. A rate that fails its confirmation becomes the lowest broken one, and
 * the bisection goes on below it. What was tried above a broken rate no longer counts: a limit that
 * comes and goes is no limit.
 *
 * Bounds: at most `steps_max` runs, rates within rate_min and rate_max; the caller bounds the time.
 */
#ifndef DUET_RUNNER_SATURATE_SEARCH_H
#define DUET_RUNNER_SATURATE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEARCH_STEPS_MAX = 100 };

struct search_rules {
	double start, rate_min, rate_max; /* requests/s; 0 < rate_min <= start <= rate_max */
	double ramp;                      /* above 1 */
	double precision;                 /* above 0: 0.05 ends within 5 % */
	int64_t repeats;                  /* odd */
	int64_t steps_max;                /* 1 to SEARCH_STEPS_MAX */
};

enum search_phase { SEARCH_RAMP, SEARCH_BISECT, SEARCH_REPEAT, SEARCH_CONFIRM };
enum search_end {
	SEARCH_GOING,
	SEARCH_FOUND,       /* confirmed, and the next rate within precision is broken */
	SEARCH_NOTHING,     /* not even rate_min holds */
	SEARCH_TOP,         /* rate_max holds */
	SEARCH_OUT_OF_RUNS, /* steps_max */
	SEARCH_OUT_OF_TIME  /* set by the caller, who has the clock */
};
enum search_decision { SEARCH_OPEN, SEARCH_HELD, SEARCH_BROKEN };

/* As result files name them; indexed by the enums above. */
extern const char *const search_phase_names[];
extern const char *const search_end_names[];
extern const char *const search_decision_names[];

struct search_point {
	double rate;
	int64_t runs, held;
};

struct search {
	struct search_rules rules;
	struct search_point points[SEARCH_STEPS_MAX]; /* in the order of their first run */
	size_t count;
	int64_t steps;
	enum search_end end;
};

void search_init(struct search *search, const struct search_rules *rules);

/* The next rate to run, and why. False when the search has ended (search->end says how). */
bool search_next(struct search *search, double *rate, enum search_phase *phase);

/* What came of a run at a rate that search_next gave. */
void search_note(struct search *search, double rate, bool held);

enum search_decision search_decide(const struct search *search, const struct search_point *point);

/* The highest rate that held below every broken one, NULL when none did. It is confirmed when it is
 * decided as SEARCH_HELD. */
const struct search_point *search_best(const struct search *search);

/* The lowest broken rate, NULL when none is. */
const struct search_point *search_broken(const struct search *search);

#endif
