#include "runner/saturate.h"

#include "common/base/clock.h"
#include "runner/placement.h"
#include "runner/plan_order.h"
#include "runner/report_run.h"
#include "runner/result_histogram.h"
#include "runner/trial_checks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define START_SHARE 0.1
#define TOP_SHARE 4.0
#define RAMP 1.6
#define ANSWERED_SHARE 0.99
#define RUN_S_MAX 30.0
#define GENERATOR_SHARE 0.8
/* Broken runs that are set aside, at the most, because something else had the CPUs. */
enum { ASIDE_MAX = 10 };

struct saturate_state {
	const struct saturate_job *job;
	struct search search;
	json_t *runs, *outcome; /* inside the document */
	int64_t began_ns;
	double expected_left_s;
	int aside; /* runs that were set aside */
};

static const struct plan_saturation *asked(const struct saturate_state *state)
{
	return &state->job->plan->saturation;
}

static void set_number(json_t *object, const char *key, double value)
{
	(void)json_object_set_new(object, key, isfinite(value) ? json_real(value) : json_null());
}

static json_t *config_json(const struct saturate_state *state)
{
	const struct plan_saturation *plan = asked(state);
	const struct search_rules *rules = &state->search.rules;
	return json_pack("{ss sI sf sf sf sf sf sf sf sI sI sf}", "slo", plan->slo.text, "vus",
			 (json_int_t)plan->load.vus, "warmup_s", (double)plan->load.warmup_ns / 1e9,
			 "duration_s", (double)plan->load.duration_ns / 1e9, "start_rps",
			 rules->start, "min_rps", rules->rate_min, "max_rps", rules->rate_max,
			 "ramp", rules->ramp, "precision", rules->precision, "repeats",
			 (json_int_t)rules->repeats, "runs_max", (json_int_t)rules->steps_max,
			 "time_max_s", (double)plan->time_max_ns / 1e9);
}

static bool is_generator_bound(const json_t *result)
{
	size_t i;
	json_t *check;
	json_array_foreach(
		json_object_get(result, "checks"), i,
		check) if (strcmp(json_text_at(check, "name", ""), "generator_cpu_share") == 0 &&
			   json_number_at(check, "value") > GENERATOR_SHARE) return true;
	return false;
}

/* CPU us of all servers a request; NaN when they could not be sampled. */
static double cpu_us(const struct run_load_outcome *outcome, size_t servers)
{
	double cpu_s = 0, answered = run_load_throughput(outcome->result) * outcome->window_s;
	for (size_t i = 0; i < servers && outcome->sampled; i++)
		cpu_s += outcome->usage[i].cpu_s;
	return outcome->sampled && answered > 0 ? cpu_s * 1e6 / answered : NAN;
}

/* What one run was judged to be. */
struct judged {
	bool held, bound, disturbed, counted;
	double taken; /* the share of CPU time that something else had */
	const char *slo, *missed;
};

static struct judged judge(const struct saturate_state *state, double rate,
			   const struct run_load_outcome *outcome)
{
	const struct slo_goal *missed;
	enum slo_verdict verdict = slo_judge(&asked(state)->slo, outcome->result, &missed);
	bool answered = run_load_throughput(outcome->result) >= ANSWERED_SHARE * rate;
	struct judged judged = {.held = verdict == SLO_HELD && answered,
				.taken = trial_checks_disturbance(outcome),
				.slo = slo_verdict_names[verdict],
				.missed = missed     ? missed->text
					  : answered ? NULL
						     : "answered>=99%"};
	judged.bound = !judged.held && is_generator_bound(outcome->result);
	judged.disturbed = judged.taken >= TRIAL_CHECKS_DISTURBED;
	judged.counted = judged.held || !judged.disturbed || state->aside == ASIDE_MAX;
	return judged;
}

/* Judges a run, appends it to the document, and tells the search. A broken one during which
 * something else had the CPUs is set aside, while there is room for that. */
static void note_run(struct saturate_state *state, double rate, enum search_phase phase,
		     double duration_s, const struct run_load_outcome *outcome)
{
	static const char *const percentiles[] = {"p50", "p95", "p99"};
	const json_t *result = outcome->result;
	struct result_counts counts = result_counts(result);
	struct judged judged = judge(state, rate, outcome);
	json_t *run = json_pack("{sI sf ss sf sf sI sI sb ss ss? sb sb sb}", "run",
				(json_int_t)json_array_size(state->runs), "rate_rps", rate, "phase",
				search_phase_names[phase], "duration_s", duration_s, "answered_rps",
				run_load_throughput(result), "requests", (json_int_t)counts.total,
				"failed", (json_int_t)(counts.total - counts.ok), "held",
				(int)judged.held, "slo", judged.slo, "missed", judged.missed,
				"generator_bound", (int)judged.bound, "disturbed",
				(int)judged.disturbed, "counted", (int)judged.counted);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		char path[48], key[8];
		(void)snprintf(path, sizeof(path), "latency_us.response_time.%s", percentiles[i]);
		(void)snprintf(key, sizeof(key), "%s_us", percentiles[i]);
		set_number(run, key, json_number_at(result, path));
	}
	set_number(run, "cpu_us_per_request", cpu_us(outcome, state->job->stack->count));
	set_number(run, "other_load_share", judged.taken);
	(void)json_array_append_new(state->runs, run);
	if (judged.counted)
		search_note(&state->search, rate, judged.held);
	else
		state->aside++;
}

/* Whether a flag is set in a run that decided that the lowest broken rate is broken. */
static bool is_edge(const struct saturate_state *state, const char *flag)
{
	const struct search_point *broken = search_broken(&state->search);
	size_t i;
	json_t *run;
	json_array_foreach(state->runs, i, run)
	{
		double rate = json_number_at(run, "rate_rps");
		if (broken && rate >= broken->rate && rate <= broken->rate &&
		    json_is_true(json_object_get(run, "counted")) &&
		    json_is_false(json_object_get(run, "held")) &&
		    json_is_true(json_object_get(run, flag)))
			return true;
	}
	return false;
}

static size_t cores_of(const struct saturate_job *job)
{
	const struct placement place = placement_of(job->stack->site, job->stack->arm->placement);
	return placement_server_cpus(&place);
}

/* What is known so far, into the document. */
static void tell(struct saturate_state *state, const char *text)
{
	const struct search *search = &state->search;
	const struct search_point *best = search_best(search), *broken = search_broken(search);
	double cores = (double)cores_of(state->job);
	json_t *outcome = state->outcome;
	(void)json_object_set_new(outcome, "state", json_string(text));
	(void)json_object_set_new(outcome, "end", json_string(search_end_names[search->end]));
	set_number(outcome, "highest_rps", best ? best->rate : NAN);
	set_number(outcome, "per_core_rps", best ? best->rate / cores : NAN);
	set_number(outcome, "lowest_broken_rps", broken ? broken->rate : NAN);
	(void)json_object_set_new(outcome, "confirmed",
				  json_boolean(best && search_decide(search, best) == SEARCH_HELD));
	(void)json_object_set_new(outcome, "generator_limited",
				  json_boolean(is_edge(state, "generator_bound")));
	(void)json_object_set_new(outcome, "disturbed", json_boolean(is_edge(state, "disturbed")));
	(void)json_object_set_new(outcome, "time_s",
				  json_real((double)(clock_now_ns() - state->began_ns) / 1e9));
}

static bool save(struct saturate_state *state, const char *text, char *error)
{
	tell(state, text);
	return state->job->save(state->job->save_arg, error);
}

/* One run at a rate, judged and saved. */
static bool run_once(struct saturate_state *state, double rate, enum search_phase phase,
		     char *error)
{
	const struct saturate_job *job = state->job;
	struct run_load_outcome outcome;
	struct plan_load load = asked(state)->load;
	double needed_s = slo_requests_needed(&asked(state)->slo) / rate;
	double duration_s = fmin(fmax((double)load.duration_ns / 1e9, needed_s), RUN_S_MAX);
	load.duration_ns = (int64_t)(duration_s * 1e9);
	struct run_load_spec spec = {.shape = RUN_LOAD_OPEN,
				     .plan = job->plan,
				     .load = &load,
				     .page = job->page,
				     .rate = rate,
				     .seed = job->seed + (uint64_t)json_array_size(state->runs),
				     .folder = job->folder,
				     .progress = job->progress,
				     .interrupted = job->interrupted};
	double expected = fmin(plan_search_run_s(job->plan), state->expected_left_s);
	state->expected_left_s -= expected;
	run_progress_step(job->progress, expected, "%s %s, %s at %.0f requests/s",
			  job->stack->arm->id, plan_page_names[job->page],
			  search_phase_names[phase], rate);
	if (!run_load_execute(job->stack, &spec, &outcome, error))
		return false;
	note_run(state, rate, phase, duration_s, &outcome);
	run_load_show(job->progress, outcome.result);
	run_load_outcome_free(&outcome);
	return save(state, "unfinished", error);
}

static bool search(struct saturate_state *state, char *error)
{
	double rate;
	enum search_phase phase;
	while (search_next(&state->search, &rate, &phase)) {
		if (clock_now_ns() - state->began_ns > asked(state)->time_max_ns) {
			state->search.end = SEARCH_OUT_OF_TIME;
			break;
		}
		if (!run_once(state, rate, phase, error)) {
			char ignored[STACK_ERROR_MAX];
			bool stopped = state->job->interrupted && *state->job->interrupted;
			(void)save(state, stopped ? "interrupted" : "unfinished", ignored);
			return false;
		}
	}
	run_progress_skip(state->job->progress, state->expected_left_s);
	return save(state, "unfinished", error);
}

bool saturate_execute(const struct saturate_job *job, char *error)
{
	const struct plan_saturation *plan = &job->plan->saturation;
	double least = slo_requests_needed(&plan->slo) / RUN_S_MAX;
	if (!(job->capacity_rps * START_SHARE > 0)) {
		(void)snprintf(error, STACK_ERROR_MAX,
			       "%.60s answered no %s in its capacity load, so that there is no "
			       "rate to start a search from",
			       job->stack->arm->id, plan_page_names[job->page]);
		return false;
	}
	const struct search_rules rules = {
		.start = fmax(job->capacity_rps * START_SHARE, least),
		.rate_min = least,
		.rate_max = fmax(job->capacity_rps * TOP_SHARE, least),
		.ramp = RAMP,
		.precision = plan->precision,
		.repeats = plan->repeats,
		.steps_max = plan->runs_max,
	};
	struct saturate_state state = {
		.job = job,
		.runs = json_array(),
		.outcome = json_object(),
		.began_ns = clock_now_ns(),
		.expected_left_s = PLAN_SEARCH_RUNS * plan_search_run_s(job->plan),
	};
	search_init(&state.search, &rules);
	(void)json_object_set_new(job->document, "valid", json_false());
	(void)json_object_set_new(job->document, "capacity_rps", json_real(job->capacity_rps));
	(void)json_object_set_new(job->document, "cores", json_integer((json_int_t)cores_of(job)));
	(void)json_object_set_new(job->document, "config", config_json(&state));
	if (json_object_set_new(job->document, "runs", state.runs) != 0 ||
	    json_object_set_new(job->document, "outcome", state.outcome) != 0) {
		(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
		return false;
	}
	return search(&state, error);
}

void saturate_complete(json_t *document, bool steady)
{
	bool disturbed = json_is_true(json_value_at(document, "outcome.disturbed"));
	(void)json_object_set_new(document, "valid", json_boolean(steady && !disturbed));
	(void)json_object_set_new(json_object_get(document, "outcome"), "state",
				  json_string("complete"));
}
