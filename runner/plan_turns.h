/* plan_turns: the rules of a plan's "turns", by which arms that are up side by side are measured in
 * alternation.
 */
#ifndef DUET_RUNNER_PLAN_TURNS_H
#define DUET_RUNNER_PLAN_TURNS_H

#include "runner/plan.h"

/* Whether a plan keeps them: 1, or an even number (each arm is as often before its neighbours as
 * behind them), no load cut into windows under PLAN_TURN_MIN_NS, and no search, which is one arm's
 * own affair. False with one line in error[JSON_FIELDS_ERROR_MAX]. */
bool plan_turns_check(const struct plan *plan, char *error);

#endif
