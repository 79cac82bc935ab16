/* environment: what a result depends on besides the code: the machine, its settings, the build, the
 * commit. Read once a run; the keys are documented in docs/METHOD.md. What cannot be read is
 * "unknown".
 */
#ifndef DUET_RUNNER_ENVIRONMENT_H
#define DUET_RUNNER_ENVIRONMENT_H

#include "runner/plan.h"
#include "runner/site.h"

/* The limits of this process's control group, {"cpu", "memory", "cpus"}: each as the kernel writes
 * it, or "none". A new reference. */
json_t *environment_cgroup(void);

/* One line for each thing in an environment (environment_read's keys; what is absent warns of
 * nothing) that is known to disturb measurements; a new reference. */
json_t *environment_warnings(const json_t *environment);

/* Everything but store_name, store_version and probes, which are an arm's and a trial's. A new
 * reference, NULL without memory. */
json_t *environment_read(const struct site *site);

/* Name and version of an arm's store ("mongodb", "6.0.5"), out[64] each. */
void environment_store(const struct plan_arm *arm, char name[64], char version[64]);

/* The commit checked out here ("unknown" without git) into commit[65]; true when no file that git
 * knows differs from it. */
bool environment_commit(char commit[65]);

/* One hash over the programs that a run uses, all `builds` of the servers, into out[65]. False with
 * one line in error[SITE_ERROR_MAX] that names a missing one. */
bool environment_programs(const struct site *site, size_t builds, char out[65], char *error);

/* The hash of this very program, which also writes the report; "unknown" when it cannot be read. */
void environment_analysis(char out[65]);

#endif
