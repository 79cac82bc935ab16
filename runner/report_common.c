/* What several sections of a report share. */
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const json_t *report_run_environment(const struct run *run)
{
	for (size_t i = 0; i < run->result_count; i++) {
		const json_t *environment = json_object_get(run->results[i].root, "environment");
		if (json_is_object(environment))
			return environment;
	}
	const json_t *environment = json_object_get(run->about, "environment");
	return json_is_object(environment) ? environment : NULL;
}

struct text text_cpus(const json_t *environment, const char *key)
{
	struct text out = {TEXT_DASH};
	const json_t *value = json_object_get(environment, key);
	if (json_is_string(value))
		snprintf(out.s, sizeof(out.s), "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(out.s, sizeof(out.s), "%lld", (long long)json_integer_value(value));
	size_t at = 0, i;
	json_t *one;
	json_array_foreach(value, i, one)
	{
		if (at + 24 < sizeof(out.s) && json_is_integer(one))
			at += (size_t)snprintf(out.s + at, sizeof(out.s) - at, "%s%lld",
					       at ? ", " : "", (long long)json_integer_value(one));
	}
	return out;
}

struct text text_blocks(size_t n)
{
	struct text out;
	snprintf(out.s, sizeof(out.s), "%zu block%s", n, n == 1 ? "" : "s");
	return out;
}

struct text text_load_factor(double load)
{
	struct text out;
	const char *word = load >= SATURATED_LOAD ? " saturated" : load >= KNEE_LOAD ? " knee" : "";
	if (isnan(load))
		return (struct text){TEXT_DASH};
	/* Rounded towards the side of the limit where the number is. */
	int decimals = load < 0.01 ? 4 : load < 0.1 ? 3 : 2;
	double unit = pow(10, -decimals);
	double shown = floor(load / unit + 1e-9) * unit;
	snprintf(out.s, sizeof(out.s), "%.40s%s", text_fixed(shown, decimals).s, word);
	return out;
}

struct text text_gap_says(const struct run *run, const struct gap *gap, struct cell baseline,
			  struct cell other)
{
	static const char *const states[] = {
		[GAP_UNKNOWN_LOAD] = "no capacity measured",
		[GAP_KNEE] = "knee",
		[GAP_SATURATED] = "saturated",
		[GAP_ERRORS] = "over 1 % failed or degraded",
		[GAP_FEW_SAMPLES] = "too few samples",
		[GAP_NO_DATA] = "no valid trial",
	};
	struct text out;
	if (gap->state != GAP_STATED) {
		snprintf(out.s, sizeof(out.s), "%s", states[gap->state]);
		return out;
	}
	switch (gap->verdict) {
	case VERDICT_NONE:
		snprintf(out.s, sizeof(out.s), "no verdict (%.40s)", text_blocks(gap->ratio.n).s);
		break;
	case VERDICT_OPEN:
		snprintf(out.s, sizeof(out.s), "cannot be told");
		break;
	case VERDICT_BASELINE:
		snprintf(out.s, sizeof(out.s), "%.80s faster", run->arms[baseline.arm].id);
		break;
	case VERDICT_OTHER:
		snprintf(out.s, sizeof(out.s), "%.80s faster", run->arms[other.arm].id);
		break;
	}
	return out;
}

struct doc_keys report_keys_mixed(const struct run *run, struct cell cell)
{
	struct doc_keys keys = {.page = run->pages[cell.page], .arm = run->arms[cell.arm].id};
	struct run_load load = run->loads[cell.load];
	if (load.vus > 0)
		snprintf(keys.vus, sizeof(keys.vus), "%ld", load.vus);
	else
		snprintf(keys.vus, sizeof(keys.vus), "%.23s", text_load(load).s);
	return keys;
}

struct doc_keys report_keys(const struct run *run, struct cell cell)
{
	struct doc_keys keys = report_keys_mixed(run, cell);
	if (run->loads[cell.load].vus == 0)
		keys.vus[0] = '\0';
	return keys;
}

size_t cell_trials(const struct run *run, struct cell cell)
{
	return cell_requests(run, cell).blocks;
}

struct text report_machine(const struct run *run)
{
	const json_t *environment = report_run_environment(run);
	struct text out = {TEXT_DASH};
	if (environment)
		snprintf(out.s, sizeof(out.s), "%.40s, %.10s CPUs, %.36s",
			 json_text_at(environment, "cpu", "an unnamed CPU"),
			 text_whole(json_number_at(environment, "cpu_count")).s,
			 json_text_at(environment, "kernel", "an unnamed kernel"));
	return out;
}

bool cell_exists(const struct run *run, struct cell cell)
{
	for (size_t block = 0; block < run->block_count; block++)
		if (report_run_at(run, cell.arm, cell.page, cell.load, block))
			return true;
	return false;
}

size_t report_run_load_of(const struct run *run, enum run_kind kind)
{
	size_t i = 0;
	while (i < run->load_count && run->loads[i].kind != kind)
		i++;
	return i;
}

size_t report_low_load(const struct run *run)
{
	size_t load = report_run_load_of(run, RUN_OPEN);
	return load < run->load_count ? load : report_run_load_of(run, RUN_CLOSED);
}

size_t report_run_arms_seen(const struct run *run)
{
	size_t seen = 0;
	for (size_t arm = 0; arm < run->arm_count; arm++) {
		bool any = false;
		for (size_t i = 0; i < run->result_count && !any; i++)
			any = run->results[i].arm == arm;
		seen += any;
	}
	return seen;
}
