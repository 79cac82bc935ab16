/* result_fill: completes a result that the generator wrote with what only the runner knows: the
 * run, the arm, the machine, the servers' usage, parity, capacity, and the checks that make a trial
 * valid.
 */
#ifndef DUET_RUNNER_RESULT_FILL_H
#define DUET_RUNNER_RESULT_FILL_H

#include "runner/plan_order.h"
#include "runner/probes.h"
#include "runner/run_load.h"

/* What all results of one trial share. All borrowed. */
struct result_facts {
	const struct plan *plan;
	const struct site *site;
	const struct plan_trial *trial;
	const char *run_id;
	char started_at[21];
	json_t *environment; /* the run's; copied */
	const char *store_name, *store_version;
	struct probes before, after;
	json_t *parity;      /* NULL: no sweep */
	json_t *commands;    /* {process: [argv]} */
	double capacity_rps; /* 0: not measured */
	char process_names[STACK_PROCESSES_MAX][PROCESS_NAME_MAX];
	size_t process_count;
	size_t build, padding; /* of the servers; bytes */
};

/* The parts that every file of a trial has: {id plan block ...}; {arm architecture store page}; the
 * machine with the arm's placement and the trial's probes. New references, NULL without memory. */
json_t *result_run_json(const struct result_facts *facts);
json_t *result_arm_json(const struct result_facts *facts);
json_t *result_environment_json(const struct result_facts *facts);

/* Fills outcome->result in place. False without memory. */
bool result_fill(const struct result_facts *facts, const struct run_load_spec *spec,
		 struct run_load_outcome *outcome);

#endif
