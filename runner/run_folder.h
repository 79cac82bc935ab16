/* run_folder: the folder of one run: run.json, plan.json (the plan's bytes), results_*.json, logs/.
 *
 * run.json: {schema_version, id, plan_id, title, plan, plan_sha256, data {seed products sha256
 * manifest_sha256}, commit, clean, programs_sha256, analysis_sha256 (of the program that runs and
 * reports), aborted [{id, started_at, commit}] (runs of the same plan id beside this folder that
 * were begun before it and never finished), expected_s, started_at, finished_at (null while
 * unfinished), resumed_at [...], order [{order block page arm pair_order loads}], pilot {page:
 * {arm: requests/s}}, open_rates {page: requests/s}, repeats [{block page attempt}], environment}.
 * A run may be resumed when plan, data, commit and programs are what they were; a trial is finished
 * when all its files are there, whole, and of this run.
 */
#ifndef DUET_RUNNER_RUN_FOLDER_H
#define DUET_RUNNER_RUN_FOLDER_H

#include "common/seed/manifest.h"
#include "runner/plan_order.h"

enum { RUN_FOLDER_PATH_MAX = 200, RUN_FOLDER_NAME_MAX = 160, RUN_FOLDER_ERROR_MAX = 256 };

/* What must be equal for a run to be taken up again. */
struct run_identity {
	const struct plan *plan;
	const struct manifest *manifest;
	char commit[65];
	bool clean;
	char programs[65];
	char analysis[65]; /* recorded, and free to differ */
};

struct run_folder {
	char path[RUN_FOLDER_PATH_MAX];
	json_t *about; /* run.json, owned */
	bool resumed;  /* it was there before */
	bool complete; /* it was finished before */
};

/* Opens or makes the folder of a run: `out`, or when NULL the newest unfinished results/PLAN-* of
 * the same identity, or a new results/PLAN-TIME. False with one line in error: not writable, less
 * than 64 MB free, `out` holds something else or a run of another identity (what differs is named).
 */
bool run_folder_open(struct run_folder *folder, const struct run_identity *identity,
		     const char *out, char *error);

/* Writes run.json whole. False with one line in error. */
bool run_folder_save(struct run_folder *folder, char *error);

/* The file name of a trial's load: an index as in plan_trial.loads, level_count + 1 + i of the open
 * twin of level i, run_folder_near of the load near its own capacity, or one of these. The search
 * has another kind of file (results/saturation.schema.json), "saturation_ARM_PAGE_b3.json", and so
 * has the pass of single requests (results/stamps.schema.json), "stamps_ARM_PAGE_b3.json". A trial
 * that is run again has its attempt at the end: "..._b3_a1.json". */
enum { RUN_FOLDER_CAPACITY = -1, RUN_FOLDER_SATURATION = -2, RUN_FOLDER_STAMPS = -3 };
int run_folder_near(const struct plan *plan);
void run_folder_file(const struct plan *plan, const struct plan_trial *trial, int load,
		     char out[RUN_FOLDER_NAME_MAX]);

/* True when every file of the trial is there, of this run, and no search was left unfinished. Open
 * twins are not looked for: they are written before the others. */
bool run_folder_has(const struct run_folder *folder, const struct plan *plan,
		    const struct plan_trial *trial);

/* True when no file of the trial that is there is invalid. */
bool run_folder_valid(const struct run_folder *folder, const struct plan *plan,
		      const struct plan_trial *trial);

/* Writes a result of a trial. False with one line in error. */
bool run_folder_write(const struct run_folder *folder, const struct plan *plan,
		      const struct plan_trial *trial, int load, const json_t *result, char *error);

void run_folder_close(struct run_folder *folder);

#endif
