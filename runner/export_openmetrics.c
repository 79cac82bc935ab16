/* OpenMetrics 1.0 text: families with HELP and TYPE, a sample a trial (those that stand), "# EOF"
 * at the end. Source of the format: the OpenMetrics specification, "Text format". Base units are
 * seconds; what has no value is left out. */
#include "runner/export.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { METRICS_MAX = 64 << 20 };

static const char *const kinds[] = {[RUN_CAPACITY] = "capacity",
				    [RUN_CLOSED] = "closed",
				    [RUN_OPEN] = "open",
				    [RUN_NEAR] = "near",
				    [RUN_OPEN_TWIN] = "open_twin"};

static void label(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			strbuf_add_char(out, '\\');
		if (*value == '\n')
			strbuf_add_text(out, "\\n");
		else
			strbuf_add_char(out, *value);
	}
	strbuf_add_char(out, '"');
}

/* Opens a sample's labels; what is added begins with a comma. */
static void sample(const struct run *run, const struct run_result *result, struct strbuf *out,
		   const char *name)
{
	const struct run_arm *arm = &run->arms[result->arm];
	const struct run_load *load = &run->loads[result->load];
	strbuf_printf(out, "%s{", name);
	label(out, "arm", arm->id);
	strbuf_add_char(out, ',');
	label(out, "architecture", arm->architecture);
	strbuf_add_char(out, ',');
	label(out, "store", arm->store);
	strbuf_printf(out, ",page=\"%s\",load=\"%s\",vus=\"%ld\",block=\"%zu\"",
		      run->pages[result->page], kinds[load->kind], load->vus, result->block);
}

static void value(struct strbuf *out, double number)
{
	strbuf_printf(out, "} %.12g\n", number);
}

/* Families of one number a trial. */
static const struct {
	const char *name, *type, *suffix, *path, *help;
	double scale;
} families[] = {
	{"duet_requests", "counter", "_total", "requests.total", "Requests due in the window.", 1},
	{"duet_requests_ok", "counter", "_total", "requests.ok", "Of them, answered right.", 1},
	{"duet_requests_degraded", "counter", "_total", "requests.degraded",
	 "Of them, answered without an optional part.", 1},
	{"duet_throughput_rps", "gauge", "", "throughput_rps",
	 "Right answers a second in the window.", 1},
	{"duet_capacity_rps", "gauge", "", "capacity_rps",
	 "Requests a second of the arm without think time, same trial.", 1},
	{"duet_load_factor", "gauge", "", "load_factor", "Demand over capacity.", 1},
	{"duet_cpu_per_request_seconds", "gauge", "", "resources.cpu_us_per_request",
	 "CPU of all server processes a request.", 1e-6},
};

static void family(const struct run *run, struct strbuf *out, size_t at)
{
	char name[64];
	strbuf_printf(out, "# TYPE %s %s\n# HELP %s %s\n", families[at].name, families[at].type,
		      families[at].name, families[at].help);
	(void)snprintf(name, sizeof(name), "%s%s", families[at].name, families[at].suffix);
	for (size_t r = 0; r < run->result_count; r++) {
		const struct run_result *result = &run->results[r];
		double number = json_number_at(result->root, families[at].path);
		if (result->superseded || !isfinite(number))
			continue;
		sample(run, result, out, name);
		value(out, number * families[at].scale);
	}
}

static void validity(const struct run *run, struct strbuf *out)
{
	strbuf_add_text(out, "# TYPE duet_trial_valid gauge\n# HELP duet_trial_valid 1 when every "
			     "check of the trial held.\n");
	for (size_t r = 0; r < run->result_count; r++) {
		if (run->results[r].superseded)
			continue;
		sample(run, &run->results[r], out, "duet_trial_valid");
		value(out, run->results[r].valid);
	}
}

/* A summary: quantiles, count and sum of one latency. */
static void summary(const struct run *run, struct strbuf *out, const char *key, const char *help)
{
	static const struct {
		const char *path, *quantile;
	} quantiles[] = {{"p50", "0.5"},  {"p75", "0.75"}, {"p90", "0.9"},
			 {"p95", "0.95"}, {"p99", "0.99"}, {"p99_9", "0.999"}};
	char name[64], path[80];
	(void)snprintf(name, sizeof(name), "duet_%.32s_seconds", key);
	strbuf_printf(out, "# TYPE %s summary\n# UNIT %s seconds\n# HELP %s %s\n", name, name, name,
		      help);
	for (size_t r = 0; r < run->result_count; r++) {
		const struct run_result *result = &run->results[r];
		(void)snprintf(path, sizeof(path), "latency_us.%.32s", key);
		const json_t *latency = json_value_at(result->root, path);
		double count = json_number_at(latency, "count");
		double mean = json_number_at(latency, "mean");
		if (result->superseded || isnan(count))
			continue;
		for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
			double us = json_number_at(latency, quantiles[i].path);
			if (isnan(us))
				continue;
			sample(run, result, out, name);
			strbuf_printf(out, ",quantile=\"%s\"", quantiles[i].quantile);
			value(out, us * 1e-6);
		}
		(void)snprintf(path, sizeof(path), "%s_count", name);
		sample(run, result, out, path);
		value(out, count);
		(void)snprintf(path, sizeof(path), "%s_sum", name);
		sample(run, result, out, path);
		value(out, isnan(mean) ? 0 : mean * count * 1e-6);
	}
}

bool export_openmetrics(const struct run *run, struct export_to *to)
{
	struct strbuf out;
	strbuf_init(&out, METRICS_MAX);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		family(run, &out, i);
	validity(run, &out);
	summary(run, &out, "response_time",
		"From when a request was due; requests without an answer rank last.");
	summary(run, &out, "service_time", "From when a request was sent.");
	strbuf_add_text(&out, "# EOF\n");
	bool ok = export_put(to, "metrics.txt", &out);
	strbuf_free(&out);
	return ok;
}
