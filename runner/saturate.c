#include "runner/saturate.h"

#include "common/base/clock.h"
#include "runner/plan_order.h"
#include "runner/report_run.h"
#include "runner/result_histogram.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define START_SHARE 0.1
#define TOP_SHARE 4.0
#define RAMP 1.6
#define ANSWERED_SHARE 0.99
#define RUN_S_MAX 30.0
#define GENERATOR_SHARE 0.8

struct saturate_state {
	const struct saturate_job *job;
	struct search search;
	json_t *runs, *outcome; /* inside the document */
	int64_t began_ns;
	double expected_left_s;
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

/* Judges a run and appends it to the document; true when it holds. */
static bool note_run(struct saturate_state *state, double rate, enum search_phase phase,
		     double duration_s, const struct run_load_outcome *outcome)
{
	const struct slo_goal *missed;
	const json_t *result = outcome->result;
	struct result_counts counts = result_counts(result);
	enum slo_verdict verdict = slo_judge(&asked(state)->slo, result, &missed);
	bool answered = run_load_throughput(result) >= ANSWERED_SHARE * rate;
	bool held = verdict == SLO_HELD && answered;
	bool bound = !held && is_generator_bound(result);
	json_t *run = json_pack("{sI sf ss sf sf sI sI sb ss so sb}", "run",
				(json_int_t)json_array_size(state->runs), "rate_rps", rate, "phase",
				search_phase_names[phase], "duration_s", duration_s, "answered_rps",
				run_load_throughput(result), "requests", (json_int_t)counts.total,
				"failed", (json_int_t)(counts.total - counts.ok), "held", (int)held,
				"slo", slo_verdict_names[verdict], "missed",
				missed     ? json_string(missed->text)
				: answered ? json_null()
					   : json_string("answered>=99%"),
				"generator_bound", (int)bound);
	static const char *const percentiles[] = {"p50", "p95", "p99"};
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		char path[48], key[8];
		(void)snprintf(path, sizeof(path), "latency_us.response_time.%s", percentiles[i]);
		(void)snprintf(key, sizeof(key), "%s_us", percentiles[i]);
		set_number(run, key, json_number_at(result, path));
	}
	set_number(run, "cpu_us_per_request", cpu_us(outcome, state->job->stack->count));
	(void)json_array_append_new(state->runs, run);
	return held;
}

/* True when the generator was too busy in a broken run of the lowest broken rate. */
static bool is_generator_limited(const struct saturate_state *state)
{
	const struct search_point *broken = search_broken(&state->search);
	size_t i;
	json_t *run;
	json_array_foreach(state->runs, i, run)
	{
		double rate = json_number_at(run, "rate_rps");
		if (broken && rate >= broken->rate && rate <= broken->rate &&
		    json_is_true(json_object_get(run, "generator_bound")))
			return true;
	}
	return false;
}

/* What is known so far, into the document. */
static void tell(struct saturate_state *state, const char *text)
{
	const struct search *search = &state->search;
	const struct search_point *best = search_best(search), *broken = search_broken(search);
	double cores = (double)state->job->stack->site->server_cpus;
	json_t *outcome = state->outcome;
	(void)json_object_set_new(outcome, "state", json_string(text));
	(void)json_object_set_new(outcome, "end", json_string(search_end_names[search->end]));
	set_number(outcome, "highest_rps", best ? best->rate : NAN);
	set_number(outcome, "per_core_rps", best ? best->rate / cores : NAN);
	set_number(outcome, "lowest_broken_rps", broken ? broken->rate : NAN);
	(void)json_object_set_new(outcome, "confirmed",
				  json_boolean(best && search_decide(search, best) == SEARCH_HELD));
	(void)json_object_set_new(outcome, "generator_limited",
				  json_boolean(is_generator_limited(state)));
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
				     .seed = job->seed + (uint64_t)state->search.steps,
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
	bool held = note_run(state, rate, phase, duration_s, &outcome);
	search_note(&state->search, rate, held);
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
	(void)json_object_set_new(job->document, "cores",
				  json_integer((json_int_t)job->stack->site->server_cpus));
	(void)json_object_set_new(job->document, "config", config_json(&state));
	if (json_object_set_new(job->document, "runs", state.runs) != 0 ||
	    json_object_set_new(job->document, "outcome", state.outcome) != 0) {
		(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
		return false;
	}
	return search(&state, error);
}

void saturate_complete(json_t *document, bool valid)
{
	(void)json_object_set_new(document, "valid", json_boolean(valid));
	(void)json_object_set_new(json_object_get(document, "outcome"), "state",
				  json_string("complete"));
}
