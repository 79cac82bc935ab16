/* trial_loads: the loads of the trials that run together: of one arm, or of all arms of a page side
 * by side, which then take turns at each load: A B C, C B A, A B C, ...
 */
#ifndef DUET_RUNNER_TRIAL_LOADS_H
#define DUET_RUNNER_TRIAL_LOADS_H

#include "runner/result_fill.h"
#include "runner/trial.h"

/* capacity, every level with its open twin, the open load, the one near its own capacity */
enum { TRIAL_LOADS_MAX = 2 * PLAN_LEVELS_MAX + 3 };

struct trial_load {
	int load; /* as in run_folder_file */
	struct run_load_spec spec;
	struct run_load_outcome outcome; /* result is NULL: not run */
};

/* One trial while it runs. */
struct trial_state {
	struct trial_bench *bench;
	const struct plan_trial *trial;
	struct site site; /* the bench's, for this stack */
	struct stack stack;
	struct result_facts facts;
	struct trial_load loads[TRIAL_LOADS_MAX];
	size_t load_count;
	json_t *saturation; /* of the search; NULL: none */
	json_t *stamps;     /* of the single requests; NULL: none */
};

/* Lists what a trial is to run, in its order. */
void trial_loads_list(struct trial_state *state, double open_rate);

/* Runs the loads of `count` trials whose stacks are up; more than one take turns. False with one
 * line in error[STACK_ERROR_MAX]; what was run until then is kept. */
bool trial_loads_run(struct trial_state *states, size_t count, char *error);

/* What they are expected to take, s. */
double trial_loads_expected_s(const struct trial_state *state);

#endif
