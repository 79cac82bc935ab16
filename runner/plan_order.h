/* plan_order: in which order a plan's trials are run; nothing here but arithmetic on the seed, so
 * that the same plan gives the same order everywhere.
 *
 * A block visits every page once, in a seeded random order, and at each page every arm, one after
 * the other. Two arms go AB in even blocks and BA in odd ones. More arms go in a seeded random
 * order, drawn anew for every pair of blocks: forwards in the even one, backwards in the odd one.
 * Two arms and a twin of the first go TAB and BAT, so that A stands beside both it is compared to.
 * The loads of a trial are in a seeded random order, the same for all arms of a page in that block.
 */
#ifndef DUET_RUNNER_PLAN_ORDER_H
#define DUET_RUNNER_PLAN_ORDER_H

#include "runner/plan.h"

struct plan_trial {
	int64_t block;
	int page;          /* enum plan_page */
	size_t arm;        /* index into the plan's arms */
	size_t order;      /* running number in the run, from 0 */
	size_t pair_order; /* 0: the first arm of its page in this block */
	int64_t attempt;   /* 0; 1 and more: run again since a check failed */
	uint64_t seed;     /* of the loads; the same for all arms of a page in this block */
	size_t load_count;
	/* The loads after capacity: an index into the plan's levels; level_count is the open load
	 * (and level_count + 1 + i the open twin of level i, which is not listed here). */
	size_t loads[PLAN_LEVELS_MAX + 1];
};

/* Every trial in order, *count of them (blocks x pages x arms); the caller frees. NULL without
 * memory. */
struct plan_trial *plan_order(const struct plan *plan, size_t *count);

/* How long a run of the plan takes, in s: its loads, and what starting, sweeping and stopping the
 * servers took where Duet was built. Open twins count as if every level had one. */
double plan_expected_s(const struct plan *plan);

/* How many pages of blocks may be run again at most: a quarter of all, rounded up; and how long
 * that takes, in s. */
size_t plan_repeats_max(const struct plan *plan);
double plan_repeats_expected_s(const struct plan *plan);

/* The same for one trial of one arm, without the loads after capacity when `pilot`, which
 * arms with the open load alone do not take part in. */
double plan_trial_expected_s(const struct plan *plan, const struct plan_arm *arm, bool pilot);

/* How many runs a saturation search is expected to take, and one of them in s. */
enum { PLAN_SEARCH_RUNS = 20 };
double plan_search_run_s(const struct plan *plan);

/* How long a trial's single requests are expected to take, in s. */
double plan_stamps_expected_s(const struct plan *plan);

#endif
