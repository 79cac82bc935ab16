/* report_placement: which CPUs each arm's servers, their database and the generator had, by its
 * files. */
#ifndef DUET_RUNNER_REPORT_PLACEMENT_H
#define DUET_RUNNER_REPORT_PLACEMENT_H

#include "runner/report_run.h"

/* The environment of an arm's first file that has one, else the run's, or NULL. */
const json_t *report_arm_environment(const struct run *run, size_t arm);

/* How many CPUs an arm's servers and their database have between them; NaN when no file says. */
double report_arm_cpus(const struct run *run, size_t arm);

/* True when the generator shares one of them. */
bool report_arm_shares(const struct run *run, size_t arm);

/* True when an arm was placed otherwise than all usually are (placement.h). */
bool report_placed(const struct run *run);

#endif
