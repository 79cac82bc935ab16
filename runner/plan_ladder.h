/* plan_ladder: the two keys with which a plan says that its arms form a ladder.
 *
 *   ladder: [ids of arms, lowest first]: neighbours differ by one thing, so that a report can say
 *           what each thing costs (report_ladder.c)
 *   top_without: {rung: arm}: that arm is the ladder's last but for the step up to that rung, so
 *           that the step is measured a second time, removed last (a report leaves out an arm that
 *           lacks another word of the tax than the step's, tax_words.h)
 */
#ifndef DUET_RUNNER_PLAN_LADDER_H
#define DUET_RUNNER_PLAN_LADDER_H

#include "runner/plan.h"

/* Checks both keys of a plan whose arms are read; a plan without them is right. False with one line
 * in error[JSON_FIELDS_ERROR_MAX]. */
bool plan_ladder_check(const struct plan *plan, char *error);

#endif
