/* trial: one arm and page within a block, on fresh servers: probes, start, sweep, capacity, the
 * loads, single requests, the search, stop, probes; then all result files at once, so that a trial
 * is on disk whole or not at all. Where a plan has turns, the trials of all arms run together: all
 * stacks are up, each on ports and a MongoDB folder of its own, and the arms take turns at each
 * load.
 */
#ifndef DUET_RUNNER_TRIAL_H
#define DUET_RUNNER_TRIAL_H

#include "runner/run_folder.h"
#include "runner/run_load.h"

/* What the trials of a run share. All borrowed. */
struct trial_bench {
	const struct plan *plan;
	const struct site *site;
	struct run_folder *folder;
	const struct manifest *manifest;
	json_t *environment;
	char store_names[PLAN_ARMS_MAX][64], store_versions[PLAN_ARMS_MAX][64];
	char log_folder[RUN_FOLDER_PATH_MAX + 8];
	struct run_progress progress;
	struct keep_awake awake; /* none when the plan does not ask for it */
	const volatile sig_atomic_t *interrupted;
};

/* Runs a trial, or `count` of one block and page together, and writes their files; `open_rate` is
 * the open load's, requests/s. False with one line in error[STACK_ERROR_MAX]; then no server of
 * them runs any more. */
bool trial_run(struct trial_bench *bench, const struct plan_trial *trials, size_t count,
	       double open_rate, char *error);

/* Measures an arm's capacity on a page alone, on fresh servers, for the open loads' rate. */
bool trial_pilot(struct trial_bench *bench, size_t arm, int page, double *rps, char *error);

#endif
