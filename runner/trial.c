#include "runner/trial.h"

#include "common/base/clock.h"
#include "runner/placement.h"
#include "runner/result_fill.h"
#include "runner/saturate.h"
#include "runner/stamp_pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* capacity, every level with its open twin, the open load */
enum { LOADS_MAX = 2 * PLAN_LEVELS_MAX + 2 };

struct trial_load {
	int load; /* as in run_folder_file */
	struct run_load_spec spec;
	struct run_load_outcome outcome; /* result is NULL: not run */
};

struct trial_state {
	struct trial_bench *bench;
	const struct plan_trial *trial;
	struct stack stack;
	struct result_facts facts;
	struct trial_load loads[LOADS_MAX];
	size_t load_count;
	json_t *saturation; /* of the search; NULL: none */
	json_t *stamps;     /* of the single requests; NULL: none */
};

static void add_load(struct trial_state *state, enum run_load_shape shape, int load,
		     const struct plan_load *what, double rate)
{
	state->loads[state->load_count++] =
		(struct trial_load){.load = load,
				    .spec = {.shape = shape,
					     .plan = state->bench->plan,
					     .load = what,
					     .page = state->trial->page,
					     .rate = rate,
					     .seed = state->trial->seed + (uint64_t)(load + 1),
					     .folder = state->bench->folder->path,
					     .progress = &state->bench->progress,
					     .awake = &state->bench->awake,
					     .interrupted = state->bench->interrupted}};
}

static void list_loads(struct trial_state *state, double open_rate)
{
	const struct plan *plan = state->bench->plan;
	if (plan->has_capacity && !plan_arm_open_only(state->stack.arm))
		add_load(state, RUN_LOAD_CAPACITY, RUN_FOLDER_CAPACITY, &plan->capacity, 0);
	for (size_t i = 0; i < state->trial->load_count; i++) {
		size_t at = state->trial->loads[i];
		bool open = at == plan->level_count;
		add_load(state, open ? RUN_LOAD_OPEN : RUN_LOAD_LEVEL, (int)at,
			 open ? &plan->open : &plan->levels[at], open ? open_rate : 0);
		if (open || !plan->open_twin)
			continue;
		add_load(state, RUN_LOAD_OPEN, (int)(plan->level_count + 1 + at), &plan->levels[at],
			 0);
		state->loads[state->load_count - 1].spec.twin_of_vus = plan->levels[at].vus;
	}
}

/* The rate of an open twin is its level's throughput; 0: the level was not under the knee. */
static double twin_rate(const struct trial_state *state, const struct trial_load *level)
{
	double think_s = (double)state->bench->plan->think_ns / 1e9;
	double load_factor = (double)level->spec.load->vus / (think_s * state->facts.capacity_rps);
	return load_factor < PLAN_KNEE_LOAD ? run_load_throughput(level->outcome.result) : 0;
}

static void init_stack(struct trial_bench *bench, struct stack *stack, size_t arm)
{
	const struct placement place = placement_of(bench->site, bench->plan->arms[arm].placement);
	*stack = (struct stack){.site = bench->site,
				.arm = &bench->plan->arms[arm],
				.log_folder = bench->log_folder,
				.interrupted = bench->interrupted};
	/* Whatever this process does meanwhile takes no CPU from the servers. */
	(void)sched_setaffinity(0, sizeof(place.generator), &place.generator);
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

static double load_expected_s(const struct run_load_spec *spec)
{
	return (double)(spec->load->warmup_ns + spec->load->duration_ns) / 1e9;
}

/* "block 2/5 pdp unified-sqlite, 200 VUs" */
static void begin_step(struct trial_state *state, const struct trial_load *load)
{
	char kind[40];
	const struct plan_trial *trial = state->trial;
	struct trial_bench *bench = state->bench;
	if (load->spec.shape == RUN_LOAD_CAPACITY)
		(void)snprintf(kind, sizeof(kind), "capacity");
	else if (load->spec.shape == RUN_LOAD_OPEN)
		(void)snprintf(kind, sizeof(kind), "%.0f requests/s", load->spec.rate);
	else
		(void)snprintf(kind, sizeof(kind), "%lld VUs", (long long)load->spec.load->vus);
	run_progress_step(&bench->progress, load_expected_s(&load->spec),
			  "block %lld/%lld %s %s, %s", (long long)trial->block + 1,
			  (long long)bench->plan->blocks, plan_page_names[trial->page],
			  state->stack.arm->id, kind);
}

static bool run_loads(struct trial_state *state, char *error)
{
	struct trial_bench *bench = state->bench;
	for (size_t i = 0; i < state->load_count; i++) {
		struct trial_load *load = &state->loads[i];
		if (load->spec.twin_of_vus > 0) {
			load->spec.rate = twin_rate(state, load - 1);
			if (load->spec.rate <= 0) {
				run_progress_skip(&bench->progress, load_expected_s(&load->spec));
				continue;
			}
		}
		begin_step(state, load);
		if (!run_load_execute(&state->stack, &load->spec, &load->outcome, error))
			return false;
		const json_t *result = load->outcome.result;
		if (load->spec.shape == RUN_LOAD_CAPACITY)
			state->facts.capacity_rps = run_load_throughput(result);
		run_load_show(&bench->progress, result);
	}
	return true;
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

static bool measure(struct trial_state *state, char *error)
{
	struct trial_bench *bench = state->bench;
	double overhead = plan_trial_expected_s(bench->plan, state->stack.arm, false);
	for (size_t i = 0; i < state->load_count; i++)
		overhead -= load_expected_s(&state->loads[i].spec);
	if (bench->plan->has_saturation)
		overhead -= PLAN_SEARCH_RUNS * plan_search_run_s(bench->plan);
	overhead -= plan_stamps_expected_s(bench->plan);
	run_progress_step(&bench->progress, overhead, "starting %s for %s", state->stack.arm->id,
			  plan_page_names[state->trial->page]);
	clock_utc_text(state->facts.started_at);
	if (!probe(bench, &state->facts.before, error) || !start_servers(&state->stack, error))
		return false;
	note_processes(state);
	bool ok = (!bench->plan->sweep || sweep(state, error)) && run_loads(state, error) &&
		  (!bench->plan->stamp_requests || ask_singly(state, error)) &&
		  (!bench->plan->has_saturation || saturate(state, error));
	stack_stop(&state->stack);
	return ok && probe(bench, &state->facts.after, error);
}

bool trial_run(struct trial_bench *bench, const struct plan_trial *trial, double open_rate,
	       char *error)
{
	struct trial_state *state = calloc(1, sizeof(*state));
	if (!state) {
		(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
		return false;
	}
	state->bench = bench;
	state->trial = trial;
	init_stack(bench, &state->stack, trial->arm);
	state->stack.build = (size_t)trial->block % bench->plan->builds;
	state->facts.build = state->stack.build;
	state->facts.padding = padding_of(state->stack.build);
	state->facts.plan = bench->plan;
	state->facts.site = bench->site;
	state->facts.trial = trial;
	state->facts.run_id = json_string_value(json_object_get(bench->folder->about, "id"));
	state->facts.environment = bench->environment;
	state->facts.store_name = bench->store_names[trial->arm];
	state->facts.store_version = bench->store_versions[trial->arm];
	list_loads(state, open_rate);
	bool ok = measure(state, error) && write_results(state, error) &&
		  write_documents(state, error);
	for (size_t i = 0; i < state->load_count; i++)
		run_load_outcome_free(&state->loads[i].outcome);
	json_decref(state->saturation);
	json_decref(state->stamps);
	json_decref(state->facts.parity);
	json_decref(state->facts.commands);
	free(state);
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
	init_stack(bench, &stack, arm);
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
