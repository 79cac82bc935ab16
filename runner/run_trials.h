/* run_trials: all trials of a plan in their order, and again what a check calls invalid.
 *
 * A unit is a page of a block: one trial of every arm. When a file of a unit is invalid, the whole
 * unit is run again, all arms of it in the same order, so that what is compared ran side by side.
 * How often is bounded, by the plan's "repeats" a unit and by plan_repeats_max in all, and rests on
 * the checks alone, never on a result. Every repetition is written to run.json before it starts, so
 * that a resumed run goes on with the same count; all attempts keep their files.
 */
#ifndef DUET_RUNNER_RUN_TRIALS_H
#define DUET_RUNNER_RUN_TRIALS_H

#include "runner/trial.h"

/* Runs the `count` trials, which stand in units of the plan's arms, each at the open rate of its
 * page (open_rates[PLAN_PAGES], requests/s). Trials that are finished already are left alone. False
 * with one line in error[STACK_ERROR_MAX], or when *bench->interrupted. */
bool run_trials(struct trial_bench *bench, const struct plan_trial *trials, size_t count,
		const double *open_rates, char *error);

#endif
