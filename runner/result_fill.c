#include "runner/result_fill.h"

#include "runner/environment.h"
#include "runner/placement.h"
#include "runner/trial_checks.h"

#include <stdio.h>
#include <string.h>

static const struct plan_arm *arm_of(const struct result_facts *facts)
{
	return &facts->plan->arms[facts->trial->arm];
}

json_t *result_run_json(const struct result_facts *facts)
{
	const struct plan_trial *trial = facts->trial;
	json_t *run = json_pack(
		"{ss ss ss sI sI sI sI sI sI ss}", "id", facts->run_id, "plan", facts->plan->id,
		"plan_sha256", facts->plan->sha256, "block", (json_int_t)trial->block, "blocks",
		(json_int_t)facts->plan->blocks, "order", (json_int_t)trial->order, "pair_order",
		(json_int_t)trial->pair_order, "attempt", (json_int_t)trial->attempt, "seed",
		(json_int_t)facts->plan->seed, "started_at", facts->started_at);
	if (facts->plan->builds > 1) {
		(void)json_object_set_new(run, "build", json_integer((json_int_t)facts->build));
		(void)json_object_set_new(run, "padding_bytes",
					  json_integer((json_int_t)facts->padding));
	}
	return run;
}

json_t *result_arm_json(const struct result_facts *facts)
{
	char store[24];
	const struct plan_arm *arm = arm_of(facts);
	plan_arm_store_text(arm, store);
	return json_pack("{ss ss ss ss}", "arm", arm->id, "architecture",
			 plan_architecture_names[arm->architecture], "store", store, "page",
			 plan_page_names[facts->trial->page]);
}

/* The generator knows no levels: to it, every load without think time is a capacity. */
static const char *const kinds[] = {[RUN_LOAD_SWEEP] = "sweep",
				    [RUN_LOAD_CAPACITY] = "capacity",
				    [RUN_LOAD_LEVEL] = "closed",
				    [RUN_LOAD_OPEN] = "open"};

/* "unified-sqlite pdp, 200 VUs" */
static void fill_scenario(const struct result_facts *facts, const struct run_load_spec *spec,
			  json_t *result)
{
	char label[160];
	const struct plan_arm *arm = arm_of(facts);
	const char *page = plan_page_names[facts->trial->page];
	json_t *scenario = json_object_get(result, "scenario"), *named = result_arm_json(facts);
	if (spec->shape == RUN_LOAD_OPEN)
		(void)snprintf(label, sizeof(label), "%s %s, %.0f req/s", arm->id, page,
			       spec->rate);
	else
		(void)snprintf(label, sizeof(label), "%s %s, %lld VUs%s", arm->id, page,
			       (long long)spec->load->vus,
			       spec->shape == RUN_LOAD_CAPACITY ? " without think time" : "");
	(void)json_object_update(scenario, named);
	json_decref(named);
	(void)json_object_set_new(scenario, "kind", json_string(kinds[spec->shape]));
	(void)json_object_set_new(scenario, "label", json_string(label));
	if (spec->of_own_capacity > 0)
		(void)json_object_set_new(scenario, "of_own_capacity",
					  json_real(spec->of_own_capacity));
	if (spec->twin_of_vus > 0)
		(void)json_object_set_new(scenario, "twin_of_vus", json_integer(spec->twin_of_vus));
}

json_t *result_environment_json(const struct result_facts *facts)
{
	json_t *environment = json_copy(facts->environment);
	placement_describe(facts->site, arm_of(facts), environment);
	json_t *probes = json_pack("{so so sf}", "before", probes_json(&facts->before), "after",
				   probes_json(&facts->after), "spin_drift",
				   probes_drift(&facts->before, &facts->after));
	(void)json_object_set_new(environment, "store_name", json_string(facts->store_name));
	(void)json_object_set_new(environment, "store_version", json_string(facts->store_version));
	(void)json_object_set_new(environment, "probes", probes);
	(void)json_object_set_new(environment, "warnings", environment_warnings(environment));
	return environment;
}

static json_t *usage_object(const struct proc_usage *usage)
{
	return json_pack("{sf sf sf sf sI sI sf sf sI}", "user_s", usage->user_s, "system_s",
			 usage->system_s, "cpu_s", usage->cpu_s, "run_queue_s", usage->run_queue_s,
			 "voluntary_switches", (json_int_t)usage->voluntary_switches,
			 "involuntary_switches", (json_int_t)usage->involuntary_switches, "rss_mb",
			 usage->rss_mb, "rss_peak_mb", usage->rss_peak_mb, "threads",
			 (json_int_t)usage->threads);
}

static void fill_resources(const struct result_facts *facts, const struct run_load_outcome *outcome,
			   json_t *result)
{
	double cpu_s = 0, answered = run_load_throughput(result) * outcome->window_s;
	json_t *resources = json_object_get(result, "resources");
	json_t *server = json_object();
	if (!outcome->sampled) {
		json_decref(server);
		return;
	}
	for (size_t i = 0; i < facts->process_count; i++) {
		json_t *used = usage_object(&outcome->usage[i]);
		json_t *counts = server_counts_json(&outcome->counts[i]);
		cpu_s += outcome->usage[i].cpu_s;
		if (counts)
			(void)json_object_set_new(used, "counts", counts);
		(void)json_object_set_new(server, facts->process_names[i], used);
	}
	(void)json_object_set_new(resources, "server", server);
	(void)json_object_set_new(resources, "answers_counted",
				  json_integer((json_int_t)outcome->server_count));
	(void)json_object_set_new(resources, "cpu_us_per_request",
				  answered > 0 ? json_real(cpu_s * 1e6 / answered) : json_null());
}

static void fill_capacity(const struct result_facts *facts, const struct run_load_spec *spec,
			  json_t *result)
{
	double capacity = facts->capacity_rps, think_s = (double)facts->plan->think_ns / 1e9;
	double asked = spec->shape == RUN_LOAD_OPEN ? spec->rate
		       : spec->shape == RUN_LOAD_LEVEL && think_s > 0
			       ? (double)spec->load->vus / think_s
			       : 0;
	if (capacity <= 0)
		return;
	(void)json_object_set_new(result, "capacity_rps", json_real(capacity));
	if (asked > 0)
		(void)json_object_set_new(result, "load_factor", json_real(asked / capacity));
}

static json_t *real_or_null(double value, bool known)
{
	return known ? json_real(value) : json_null();
}

/* What the front's cache did; nothing when it has none. */
static void fill_cache(const struct result_facts *facts, const struct run_load_cache *cache,
		       json_t *result)
{
	double asked = cache->hits + cache->misses;
	if (!cache->on)
		return;
	(void)json_object_set_new(
		result, "cache",
		json_pack("{sf sI sI so so sf}", "ttl_s", (double)arm_of(facts)->cache_ttl_ns / 1e9,
			  "hits", (json_int_t)cache->hits, "misses", (json_int_t)cache->misses,
			  "hit_rate", real_or_null(cache->hits / asked, asked > 0), "age_mean_s",
			  real_or_null(cache->age_sum_s / cache->hits, cache->hits > 0),
			  "age_max_s", cache->age_max_s));
}

bool result_fill(const struct result_facts *facts, const struct run_load_spec *spec,
		 struct run_load_outcome *outcome)
{
	json_t *result = outcome->result;
	json_t *arm = json_deep_copy(arm_of(facts)->json);
	json_t *run = result_run_json(facts);
	if (!arm || !run) {
		json_decref(arm);
		json_decref(run);
		return false;
	}
	(void)json_object_set(arm, "command_lines", facts->commands);
	(void)json_object_set_new(json_object_get(result, "config"), "arm", arm);
	(void)json_object_set_new(result, "run", run);
	if (facts->parity)
		(void)json_object_set(result, "parity", facts->parity);
	fill_scenario(facts, spec, result);
	(void)json_object_set_new(result, "environment", result_environment_json(facts));
	fill_resources(facts, outcome, result);
	fill_capacity(facts, spec, result);
	fill_cache(facts, &outcome->cache, result);
	trial_checks_add(facts, spec, outcome, result);
	return true;
}
