#include "common/base/clock.h"
#include "common/base/options.h"
#include "runner/commands.h"
#include "runner/data.h"
#include "runner/environment.h"
#include "runner/net_stat.h"
#include "runner/port_budget.h"
#include "runner/report.h"
#include "runner/run_threshold.h"
#include "runner/run_trials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beside a load's connections: files, the listening socket, upstream connections, the runtime's. */
enum { FILES_BESIDE = 1024 };

volatile sig_atomic_t command_interrupted;

static void on_signal(int number)
{
	(void)number;
	command_interrupted = 1;
}

void command_catch_signals(void)
{
	static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal};
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		(void)sigaction(caught[i], &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

struct run_state {
	struct plan *plan;
	struct site site;
	struct manifest *manifest;
	struct run_identity identity;
	struct run_folder folder;
	struct trial_bench bench;
	struct plan_trial *trials;
	size_t trial_count;
	double open_rates[PLAN_PAGES];
};

static bool needs_mongodb(const struct plan *plan)
{
	bool needs = false;
	for (size_t i = 0; i < plan->arm_count; i++)
		needs = needs || plan->arms[i].store == PLAN_MONGODB;
	return needs;
}

/* Arms on MongoDB that are up side by side have a folder each; the first has the data's own. */
static bool copy_mongodb(const struct run_state *state, char *error)
{
	struct site site = state->site;
	for (size_t i = 1; i < state->plan->arm_count && state->plan->turns > 1; i++) {
		site.beside = i;
		if (state->plan->arms[i].store == PLAN_MONGODB && !data_copy_mongodb(&site, error))
			return false;
	}
	return true;
}

static void tell_expected(const struct plan *plan)
{
	(void)fprintf(stderr, "duet: plan %s: expected to take %.1f minutes%s", plan->id,
		      plan_expected_s(plan) / 60, plan_repeats_max(plan) ? "" : "\n");
	if (plan_repeats_max(plan))
		(void)fprintf(stderr, ", at most %.1f more when checks fail\n",
			      plan_repeats_expected_s(plan) / 60);
}

static bool prepare(struct run_state *state, const char *out, char *error)
{
	struct run_identity *identity = &state->identity;
	if (!site_init(&state->site, (uint32_t)state->plan->products,
		       (uint64_t)state->plan->data_seed, error) ||
	    !site_raise_files((uint64_t)plan_vus_max(state->plan) + FILES_BESIDE, error) ||
	    !environment_programs(&state->site, state->plan->builds, identity->programs, error))
		return false;
	state->site.quiet = state->plan->quiet;
	if (!state->plan->quiet)
		tell_expected(state->plan);
	state->manifest =
		data_prepare(&state->site, needs_mongodb(state->plan), &command_interrupted, error);
	if (!state->manifest)
		return false;
	identity->plan = state->plan;
	identity->manifest = state->manifest;
	environment_analysis(identity->analysis);
	identity->clean = environment_commit(identity->commit);
	if (!identity->clean)
		(void)fprintf(stderr,
			      "duet: the working tree differs from commit %.12s: fine for "
			      "trying, not for a reference\n",
			      identity->commit);
	return run_folder_open(&state->folder, identity, out, error);
}

static bool describe_order(struct run_state *state)
{
	json_t *list = json_array();
	for (size_t i = 0; list && i < state->trial_count; i++) {
		const struct plan_trial *trial = &state->trials[i];
		json_t *loads = json_array();
		for (size_t k = 0; k < trial->load_count; k++) {
			bool open = trial->loads[k] == state->plan->level_count;
			(void)json_array_append_new(
				loads,
				open ? json_string("open")
				     : json_integer(state->plan->levels[trial->loads[k]].vus));
		}
		(void)json_array_append_new(
			list,
			json_pack("{sI sI ss ss sI so}", "order", (json_int_t)trial->order, "block",
				  (json_int_t)trial->block, "page", plan_page_names[trial->page],
				  "arm", state->plan->arms[trial->arm].id, "pair_order",
				  (json_int_t)trial->pair_order, "loads", loads));
	}
	return list && json_object_set_new(state->folder.about, "order", list) == 0;
}

/* Everything that is the same for all trials. */
static bool set_up(struct run_state *state, char *error)
{
	struct trial_bench *bench = &state->bench;
	if (!copy_mongodb(state, error))
		return false;
	bench->plan = state->plan;
	bench->site = &state->site;
	bench->folder = &state->folder;
	bench->manifest = state->manifest;
	bench->interrupted = &command_interrupted;
	bench->environment = environment_read(&state->site);
	state->trials = plan_order(state->plan, &state->trial_count);
	if (!bench->environment || !state->trials || !describe_order(state)) {
		(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
		return false;
	}
	(void)snprintf(bench->log_folder, sizeof(bench->log_folder), "%s/logs", state->folder.path);
	for (size_t i = 0; i < state->plan->arm_count; i++) {
		if (i > 0 && state->plan->arms[i].store == state->plan->arms[i - 1].store) {
			memcpy(bench->store_names[i], bench->store_names[i - 1], 64);
			memcpy(bench->store_versions[i], bench->store_versions[i - 1], 64);
			continue;
		}
		environment_store(&state->plan->arms[i], bench->store_names[i],
				  bench->store_versions[i]);
	}
	json_t *about = state->folder.about;
	(void)json_object_set_new(bench->environment, "keep_awake",
				  json_boolean(state->plan->keep_awake));
	(void)json_object_set_new(about, "expected_s", json_real(plan_expected_s(state->plan)));
	(void)json_object_set(about, "environment", bench->environment);
	/* From here on only the generator's side: the servers' CPUs are theirs alone. */
	(void)sched_setaffinity(0, sizeof(cpu_set_t), &state->site.cpus_generator);
	if (state->plan->keep_awake &&
	    !keep_awake_start(&bench->awake, &state->site.cpus_all, error))
		return false;
	run_progress_start(&bench->progress, plan_expected_s(state->plan), state->plan->quiet);
	return run_folder_save(&state->folder, error);
}

/* The capacity of an arm on a page by the pilot pass: measured now, or read back when resuming. */
static bool pilot_one(struct run_state *state, const char *page_name, int page, size_t arm,
		      double *rps, char *error)
{
	json_t *pilot = json_object_get(state->folder.about, "pilot");
	json_t *of_page = json_object_get(pilot, page_name);
	const char *id = state->plan->arms[arm].id;
	*rps = json_number_value(json_object_get(of_page, id));
	if (*rps > 0) {
		run_progress_skip(
			&state->bench.progress,
			plan_trial_expected_s(state->plan, &state->plan->arms[arm], true));
		return true;
	}
	if (!trial_pilot(&state->bench, arm, page, rps, error))
		return false;
	if (!of_page) {
		of_page = json_object();
		(void)json_object_set_new(pilot, page_name, of_page);
	}
	(void)json_object_set_new(of_page, id, json_real(*rps));
	return run_folder_save(&state->folder, error);
}

static bool ports_last(const struct run_state *state, int page, char *error)
{
	for (size_t arm = 0; arm < state->plan->arm_count; arm++)
		if (!port_budget_lasts(&state->plan->arms[arm], page, state->open_rates[page],
				       net_port_count(), error))
			return false;
	return true;
}

/* The open loads' rates, one a page: a share of its slowest arm's capacity. */
static bool pilot(struct run_state *state, char *error)
{
	const struct plan *plan = state->plan;
	for (size_t p = 0; plan->has_open && p < plan->page_count; p++) {
		const char *name = plan_page_names[plan->pages[p]];
		double slowest = 0;
		for (size_t arm = 0; arm < plan->arm_count; arm++) {
			double rps;
			if (plan_arm_open_only(&plan->arms[arm]))
				continue;
			if (!pilot_one(state, name, plan->pages[p], arm, &rps, error))
				return false;
			slowest = arm == 0 || rps < slowest ? rps : slowest;
		}
		state->open_rates[plan->pages[p]] = slowest * plan->open.of_slowest_capacity;
		(void)json_object_set_new(json_object_get(state->folder.about, "open_rates"), name,
					  json_real(state->open_rates[plan->pages[p]]));
		if (!ports_last(state, plan->pages[p], error))
			return false;
	}
	return !plan->has_open || run_folder_save(&state->folder, error);
}

static bool finish(struct run_state *state, char *error)
{
	char now[21];
	clock_utc_text(now);
	(void)json_object_set_new(state->folder.about, "finished_at", json_string(now));
	return run_folder_save(&state->folder, error);
}

static bool execute(struct run_state *state, const char *out, char *error)
{
	if (!prepare(state, out, error))
		return false;
	const char *path = state->folder.path;
	if (state->folder.complete) {
		(void)fprintf(stderr, "duet: %s is complete; only its report is made again\n",
			      path);
		return report_write(path, error);
	}
	if (!state->plan->quiet)
		(void)fprintf(stderr, "duet: %s %s\n",
			      state->folder.resumed ? "resuming" : "writing to", path);
	return set_up(state, error) && pilot(state, error) &&
	       run_trials(&state->bench, state->trials, state->trial_count, state->open_rates,
			  error) &&
	       finish(state, error) && report_write(path, error);
}

static void release(struct run_state *state)
{
	keep_awake_stop(&state->bench.awake);
	run_folder_close(&state->folder);
	json_decref(state->bench.environment);
	manifest_free(state->manifest);
	plan_free(state->plan);
	free(state->trials);
	free(state);
}

int run_plan(struct plan *plan, const char *out, char path[RUN_FOLDER_PATH_MAX])
{
	char error[STACK_ERROR_MAX] = "";
	struct run_state *state = calloc(1, sizeof(*state));
	path[0] = '\0';
	if (!state) {
		plan_free(plan);
		return 1;
	}
	state->plan = plan;
	command_catch_signals();
	bool ok = execute(state, out, error);
	run_progress_finish(&state->bench.progress);
	memcpy(path, state->folder.path, RUN_FOLDER_PATH_MAX);
	if (command_interrupted && !ok)
		(void)fprintf(stderr, "duet: interrupted; what was finished is kept%s%s\n",
			      path[0] ? " in " : "", path);
	else if (!ok)
		(void)fprintf(stderr, "duet: %s\n", error);
	release(state);
	return ok ? 0 : command_interrupted ? COMMAND_INTERRUPTED : 1;
}

/* Runs the plan of a file, then judges the goals. */
static int run_file(const char *plan_path, const char *out, size_t builds, bool quiet,
		    const struct option_texts *goals)
{
	char error[PLAN_ERROR_MAX], path[RUN_FOLDER_PATH_MAX];
	struct run_thresholds thresholds;
	struct plan *plan = plan_read(plan_path, error);
	if (!plan) {
		(void)fprintf(stderr, "duet: %s\n", error);
		return 1;
	}
	if (!run_thresholds_parse(&thresholds, goals, plan, error)) {
		(void)fprintf(stderr, "duet run: %s\n", error);
		plan_free(plan);
		return 2;
	}
	plan->builds = builds;
	plan->quiet = quiet;
	int status = run_plan(plan, out, path);
	if (status != 0)
		return status;
	(void)printf("%s/REPORT.md\n%s/report.json\n%s/report.html\n", path, path, path);
	return run_thresholds_judge(&thresholds, path);
}

int run_command(int argc, char **argv)
{
	const char *out = NULL, *plan_path = NULL;
	uint64_t builds = 1;
	bool quiet = false;
	struct option_texts goals = {.count = 0};
	size_t count = 0;
	const struct option options[] = {
		{.name = "out",
		 .kind = OPTION_TEXT,
		 .target = &out,
		 .value = "DIR",
		 .help = "folder of the run (default: results/PLAN-TIME, or the newest unfinished "
			 "run of the same plan, data and build)"},
		{.name = "builds",
		 .kind = OPTION_UINT,
		 .target = &builds,
		 .min = 1,
		 .max = SITE_BUILDS_MAX,
		 .value = "N",
		 .help = "rotate N link orders of the servers over the blocks, each with an "
			 "environment of another size (`make layouts BUILDS=N` first; `make bench "
			 "BUILDS=N` does both)"},
		{.name = "quiet",
		 .letter = 'q',
		 .kind = OPTION_FLAG,
		 .target = &quiet,
		 .help = "no progress: what goes wrong, and where the report is"},
		{.name = "threshold",
		 .kind = OPTION_TEXTS,
		 .target = &goals,
		 .value = "RULE",
		 .help = "exit 99 when missed, \"http_req_duration{page:pdp}:p(95)<5\"; "
			 "repeatable"},
	};
	const struct program program = {
		.name = "duet run",
		.summary = "Run a plan: every arm, page and level, then the report",
		.positional = "PLAN",
		.positional_min = 1,
		.positional_max = 1,
		.notes = "DUET_PORT_BASE moves the servers' ports (8080), DUET_DATA_DIR the data "
			 "(build/data).\nThresholds are loadgen's (ms of response time), over all "
			 "valid trials with their tags: page, arm, vus, kind (closed, open, "
			 "capacity).\nExit: 0 done, 1 error, 2 usage, 99 threshold missed, 105 "
			 "interrupted; a run that was stopped goes on when it is started again.\n",
		.options = options,
		.option_count = sizeof(options) / sizeof(options[0])};
	enum options_result parsed = options_parse(&program, argc, argv, &plan_path, &count);
	if (parsed != OPTIONS_RUN)
		return parsed == OPTIONS_EXIT_OK ? 0 : 2;
	return run_file(plan_path, out, (size_t)builds, quiet, &goals);
}
