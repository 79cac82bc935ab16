#include "runner/trial.h"

#include "common/base/clock.h"
#include "runner/saturate.h"
#include "runner/stamp_pass.h"
#include "runner/trial_loads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void init_stack(struct trial_bench *bench, const struct site *site, struct stack *stack,
		       size_t arm)
{
	*stack = (struct stack){.site = site,
				.arm = &bench->plan->arms[arm],
				.log_folder = bench->log_folder,
				.interrupted = bench->interrupted};
}

/* Asks every URL of the page once; keeps the parity. */
static bool sweep(struct trial_state *state, char *error)
{
	struct run_load_outcome outcome;
	struct run_load_spec spec = {.shape = RUN_LOAD_SWEEP,
				     .plan = state->bench->plan,
				     .page = state->trial->page,
				     .folder = state->bench->folder->path,
				     .progress = &state->bench->progress,
				     .awake = &state->bench->awake,
				     .interrupted = state->bench->interrupted};
	if (!run_load_execute(&state->stack, &spec, &outcome, error))
		return false;
	json_t *parity = json_object_get(outcome.result, "parity");
	bool equal = json_is_true(json_object_get(parity, "equal_to_manifest"));
	state->facts.parity = json_incref(parity);
	run_load_outcome_free(&outcome);
	if (!equal)
		(void)snprintf(
			error, STACK_ERROR_MAX,
			"parity: %.47s answers %.4s otherwise than the manifest, so nothing it "
			"measures counts; see %.50s/logs/loadgen.log; if data is old, remove "
			"%.30s",
			state->stack.arm->id, plan_page_names[state->trial->page],
			state->bench->folder->path, state->bench->site->data);
	return equal;
}

/* A file of the trial that is no load's result: what all of them begin with. */
static json_t *new_document(const struct trial_state *state)
{
	return json_pack("{si so so sO}", "schema_version", 1, "run",
			 result_run_json(&state->facts), "scenario", result_arm_json(&state->facts),
			 "data", json_object_get(state->bench->folder->about, "data"));
}

/* The single requests, after the loads, on the same servers. */
static bool ask_singly(struct trial_state *state, char *error)
{
	struct trial_bench *bench = state->bench;
	const struct stamp_pass pass = {.manifest = bench->manifest,
					.stack = &state->stack,
					.page = state->trial->page,
					.requests = bench->plan->stamp_requests,
					.seed = state->trial->seed,
					.interrupted = bench->interrupted};
	run_progress_step(&bench->progress, plan_stamps_expected_s(bench->plan),
			  "block %lld/%lld %s %s, single requests",
			  (long long)state->trial->block + 1, (long long)bench->plan->blocks,
			  plan_page_names[state->trial->page], state->stack.arm->id);
	state->stamps = new_document(state);
	if (state->stamps)
		return stamp_pass_run(&pass, state->stamps, error);
	(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
	return false;
}

static bool save_saturation(void *arg, char *error)
{
	struct trial_state *state = arg;
	return run_folder_write(state->bench->folder, state->bench->plan, state->trial,
				RUN_FOLDER_SATURATION, state->saturation, error);
}

/* The search, after the other loads, on the same servers. */
static bool saturate(struct trial_state *state, char *error)
{
	const struct trial_bench *bench = state->bench;
	struct saturate_job job = {.stack = &state->stack,
				   .plan = bench->plan,
				   .page = state->trial->page,
				   .capacity_rps = state->facts.capacity_rps,
				   .seed = state->trial->seed,
				   .folder = bench->folder->path,
				   .progress = &state->bench->progress,
				   .interrupted = bench->interrupted,
				   .save = save_saturation,
				   .save_arg = state};
	state->saturation = job.document = new_document(state);
	if (job.document)
		return saturate_execute(&job, error);
	(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
	return false;
}

static void note_processes(struct trial_state *state)
{
	struct result_facts *facts = &state->facts;
	facts->process_count = state->stack.count;
	for (size_t i = 0; i < state->stack.count; i++)
		memcpy(facts->process_names[i], state->stack.processes[i].name, PROCESS_NAME_MAX);
	facts->commands = json_incref(state->stack.commands);
}

/* What is known only when the servers have stopped; whether the CPUs kept their speed. */
static bool end_document(const struct trial_state *state, json_t *document)
{
	(void)json_object_set_new(document, "environment", result_environment_json(&state->facts));
	(void)json_object_set(document, "parity",
			      state->facts.parity ? state->facts.parity : json_null());
	return probes_drift(&state->facts.before, &state->facts.after) <= PROBES_DRIFT_LIMIT;
}

/* The files of the single requests and of the search; they are then complete. */
static bool write_documents(struct trial_state *state, char *error)
{
	if (state->stamps) {
		stamp_pass_complete(state->stamps, end_document(state, state->stamps));
		if (!run_folder_write(state->bench->folder, state->bench->plan, state->trial,
				      RUN_FOLDER_STAMPS, state->stamps, error))
			return false;
	}
	if (!state->saturation)
		return true;
	saturate_complete(state->saturation, end_document(state, state->saturation));
	return save_saturation(state, error);
}

/* Writes the results of the open twins, or of all other loads. */
static bool write_some(struct trial_state *state, bool twins, char *error)
{
	for (size_t i = 0; i < state->load_count; i++) {
		struct trial_load *load = &state->loads[i];
		if (!load->outcome.result || (load->spec.twin_of_vus > 0) != twins)
			continue;
		if (!result_fill(&state->facts, &load->spec, &load->outcome)) {
			(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
			return false;
		}
		if (!run_folder_write(state->bench->folder, state->bench->plan, state->trial,
				      load->load, load->outcome.result, error))
			return false;
	}
	return true;
}

/* The twins first: whether there is one cannot be told from the plan, so that a trial counts as
 * finished when the others are there. */
static bool write_results(struct trial_state *state, char *error)
{
	return write_some(state, true, error) && write_some(state, false, error);
}

static bool probe(struct trial_bench *bench, struct probes *probes, char *error)
{
	if (probes_run(&bench->site->cpus_all, probes))
		return true;
	(void)snprintf(error, STACK_ERROR_MAX, "the probes could not be run: no thread or socket");
	return false;
}

/* The servers' environment of a build: another size moves their stacks. */
static size_t padding_of(size_t build)
{
	return build * 1237; /* no multiple of a page or a cache line */
}

/* Starts the servers; the generator gets no padding. */
static bool start_servers(struct stack *stack, char *error)
{
	char padding[SITE_BUILDS_MAX * 1237] = "";
	if (stack->build == 0)
		return stack_start(stack, error);
	memset(padding, 'x', padding_of(stack->build));
	(void)setenv("DUET_PADDING", padding, 1);
	bool ok = stack_start(stack, error);
	(void)unsetenv("DUET_PADDING");
	return ok;
}

/* The time of a trial beside its loads, its search and its single requests. */
static double overhead_s(const struct trial_state *state)
{
	const struct plan *plan = state->bench->plan;
	double rest = trial_loads_expected_s(state) + plan_stamps_expected_s(plan);
	if (plan->has_saturation)
		rest += PLAN_SEARCH_RUNS * plan_search_run_s(plan);
	return plan_trial_expected_s(plan, state->stack.arm, false) - rest;
}

static bool bring_up(struct trial_state *state, char *error)
{
	run_progress_step(&state->bench->progress, overhead_s(state), "starting %s for %s",
			  state->stack.arm->id, plan_page_names[state->trial->page]);
	if (!start_servers(&state->stack, error))
		return false;
	note_processes(state);
	return !state->bench->plan->sweep || sweep(state, error);
}

/* What follows the loads, one arm after the other. */
static bool follow_up(struct trial_state *state, char *error)
{
	const struct plan *plan = state->bench->plan;
	return (!plan->stamp_requests || ask_singly(state, error)) &&
	       (!plan->has_saturation || saturate(state, error));
}

/* Everything between the probes; no server runs afterwards. */
static bool measure(struct trial_state *states, size_t count, char *error)
{
	bool ok = true;
	for (size_t i = 0; ok && i < count; i++)
		ok = bring_up(&states[i], error);
	ok = ok && trial_loads_run(states, count, error);
	for (size_t i = 0; ok && i < count; i++)
		ok = follow_up(&states[i], error);
	for (size_t i = 0; i < count; i++)
		stack_stop(&states[i].stack);
	return ok;
}

/* The probes are of the machine: those around all trials are everybody's. */
static bool measure_between_probes(struct trial_state *states, size_t count, char *error)
{
	struct probes before, after;
	char now[sizeof(states->facts.started_at)];
	clock_utc_text(now);
	if (!probe(states->bench, &before, error) || !measure(states, count, error) ||
	    !probe(states->bench, &after, error))
		return false;
	for (size_t i = 0; i < count; i++) {
		states[i].facts.before = before;
		states[i].facts.after = after;
		memcpy(states[i].facts.started_at, now, sizeof(now));
	}
	return true;
}

static void init_state(struct trial_state *state, struct trial_bench *bench,
		       const struct plan_trial *trial, size_t beside, double open_rate)
{
	state->bench = bench;
	state->trial = trial;
	state->site = *bench->site;
	state->site.beside = beside;
	init_stack(bench, &state->site, &state->stack, trial->arm);
	state->stack.build = (size_t)trial->block % bench->plan->builds;
	state->facts = (struct result_facts){
		.plan = bench->plan,
		.site = bench->site,
		.trial = trial,
		.run_id = json_string_value(json_object_get(bench->folder->about, "id")),
		.environment = bench->environment,
		.store_name = bench->store_names[trial->arm],
		.store_version = bench->store_versions[trial->arm],
		.build = state->stack.build,
		.padding = padding_of(state->stack.build)};
	trial_loads_list(state, open_rate);
}

static void release_state(struct trial_state *state)
{
	for (size_t i = 0; i < state->load_count; i++)
		run_load_outcome_free(&state->loads[i].outcome);
	json_decref(state->saturation);
	json_decref(state->stamps);
	json_decref(state->facts.parity);
	json_decref(state->facts.commands);
}

bool trial_run(struct trial_bench *bench, const struct plan_trial *trials, size_t count,
	       double open_rate, char *error)
{
	struct trial_state *states = calloc(count, sizeof(*states));
	if (!states) {
		(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
		return false;
	}
	for (size_t i = 0; i < count; i++)
		init_state(&states[i], bench, &trials[i], count > 1 ? trials[i].arm : 0, open_rate);
	bool ok = measure_between_probes(states, count, error);
	for (size_t i = 0; ok && i < count; i++)
		ok = write_results(&states[i], error) && write_documents(&states[i], error);
	for (size_t i = 0; i < count; i++)
		release_state(&states[i]);
	free(states);
	return ok;
}

bool trial_pilot(struct trial_bench *bench, size_t arm, int page, double *rps, char *error)
{
	struct stack stack;
	struct run_load_outcome outcome = {.result = NULL};
	struct run_load_spec spec = {.shape = RUN_LOAD_CAPACITY,
				     .plan = bench->plan,
				     .load = &bench->plan->capacity,
				     .page = page,
				     .seed = (uint64_t)bench->plan->seed,
				     .folder = bench->folder->path,
				     .progress = &bench->progress,
				     .awake = &bench->awake,
				     .interrupted = bench->interrupted};
	init_stack(bench, bench->site, &stack, arm);
	run_progress_step(&bench->progress, plan_trial_expected_s(bench->plan, stack.arm, true),
			  "pilot %s %s", stack.arm->id, plan_page_names[page]);
	if (!stack_start(&stack, error))
		return false;
	bool ok = run_load_execute(&stack, &spec, &outcome, error);
	stack_stop(&stack);
	*rps = ok ? run_load_throughput(outcome.result) : 0;
	if (ok && *rps <= 0) {
		(void)snprintf(error, STACK_ERROR_MAX, "%s answered no %s in the pilot pass",
			       stack.arm->id, plan_page_names[page]);
		ok = false;
	}
	if (ok)
		run_load_show(&bench->progress, outcome.result);
	run_load_outcome_free(&outcome);
	return ok;
}
