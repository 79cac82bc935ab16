#include "loadgen/result_k6.h"

#include <stdbool.h>
#include <string.h>

static const char check_name[] = "the body is the manifest's";
static const char check_path[] = "::the body is the manifest's";

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* Of what was due in the window. */
static double failed_of(const json_t *requests)
{
	return number_of(requests, "total") - number_of(requests, "ok");
}

/* Takes `values`; they stand both beside "values" and in it. */
static void add_metric(json_t *metrics, const char *name, const char *type, const char *contains,
		       json_t *values)
{
	json_t *metric = json_copy(values);
	(void)json_object_set_new(metric, "type", json_string(type));
	(void)json_object_set_new(metric, "contains", json_string(contains));
	(void)json_object_set_new(metric, "values", values);
	(void)json_object_set_new(metrics, name, metric);
}

static json_t *trend(const json_t *latency)
{
	static const struct {
		const char *theirs, *ours;
	} names[] = {
		{"avg", "mean"},  {"min", "min"},   {"med", "p50"},   {"max", "max"},
		{"p(90)", "p90"}, {"p(95)", "p95"}, {"p(99)", "p99"},
	};
	json_t *values = json_object();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *us = json_object_get(latency, names[i].ours);
		(void)json_object_set_new(
			values, names[i].theirs,
			json_is_number(us) ? json_real(json_number_value(us) / 1e3) : json_null());
	}
	return values;
}

static json_t *counter(double count, double seconds)
{
	return json_pack("{s:I, s:f}", "count", (json_int_t)count, "rate",
			 seconds > 0 ? count / seconds : 0);
}

/* In the summary's data the share is "rate", in the export "value". */
static json_t *rate(double passes, double fails)
{
	const double all = passes + fails, share = all > 0 ? passes / all : 0;
	return json_pack("{s:f, s:f, s:I, s:I}", "rate", share, "value", share, "passes",
			 (json_int_t)passes, "fails", (json_int_t)fails);
}

static json_t *gauge(double value)
{
	return json_pack("{s:I, s:I, s:I}", "value", (json_int_t)value, "min", (json_int_t)value,
			 "max", (json_int_t)value);
}

static json_t *metrics_of(const json_t *result)
{
	const json_t *latency = json_object_get(result, "latency_us");
	const json_t *requests = json_object_get(result, "requests");
	const json_t *config = json_object_get(result, "config");
	const double window = number_of(result, "window_s");
	const double whole = window + number_of(config, "warmup_s");
	const double ok = number_of(requests, "ok"), failed = failed_of(requests);
	const double dropped = number_of(requests, "dropped"), sent = ok + failed - dropped;
	const double vus = number_of(config, "vus");
	json_t *m = json_object();
	add_metric(m, "checks", "rate", "default", rate(ok, failed));
	add_metric(m, "data_received", "counter", "data",
		   counter(number_of(requests, "bytes_in"), whole));
	add_metric(m, "data_sent", "counter", "data",
		   counter(number_of(requests, "bytes_out"), whole));
	add_metric(m, "dropped_iterations", "counter", "default", counter(dropped, window));
	add_metric(m, "http_req_blocked", "trend", "time",
		   trend(json_object_get(latency, "send_lag")));
	add_metric(m, "http_req_duration", "trend", "time",
		   trend(json_object_get(latency, "response_time")));
	add_metric(m, "http_req_failed", "rate", "default", rate(failed, ok));
	add_metric(m, "http_reqs", "counter", "default", counter(sent, window));
	add_metric(m, "iterations", "counter", "default", counter(sent, window));
	add_metric(m, "vus", "gauge", "default", gauge(vus));
	add_metric(m, "vus_max", "gauge", "default", gauge(vus));
	return m;
}

/* A metric with tags becomes a metric of its own, as k6 has it. */
static void add_thresholds(json_t *metrics, const json_t *result)
{
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(result, "thresholds"), i, row)
	{
		const char *text = json_string_value(json_object_get(row, "text"));
		const char *name = json_string_value(json_object_get(row, "metric"));
		if (!text || !name || !json_is_true(json_object_get(row, "applies")))
			continue;
		json_t *metric = json_object_get(metrics, name);
		if (!metric) {
			const bool duration = strncmp(name, "http_req_duration", 17) == 0;
			metric = json_deep_copy(json_object_get(
				metrics, duration ? "http_req_duration" : "http_req_failed"));
			(void)json_object_del(metric, "thresholds");
			(void)json_object_set_new(metrics, name, metric);
		}
		if (!json_object_get(metric, "thresholds"))
			(void)json_object_set_new(metric, "thresholds", json_object());
		(void)json_object_set_new(json_object_get(metric, "thresholds"),
					  text + strlen(name) + 1,
					  json_pack("{s:O}", "ok", json_object_get(row, "ok")));
	}
}

/* The ids are the MD5 of the path, as k6 makes them. */
static json_t *root_group(const json_t *result)
{
	const json_t *requests = json_object_get(result, "requests");
	json_t *check = json_pack("{s:s, s:s, s:s, s:I, s:I}", "name", check_name, "path",
				  check_path, "id", "8ba09f515a013ec65df45262fb0a2d98", "passes",
				  (json_int_t)number_of(requests, "ok"), "fails",
				  (json_int_t)failed_of(requests));
	return json_pack("{s:s, s:s, s:s, s:[], s:[o]}", "name", "", "path", "", "id",
			 "d41d8cd98f00b204e9800998ecf8427e", "groups", "checks", check);
}

json_t *result_k6(const json_t *result)
{
	json_t *metrics = metrics_of(result);
	json_t *options =
		json_pack("{s:[s,s,s,s,s,s,s], s:s, s:b}", "summaryTrendStats", "avg", "min", "med",
			  "max", "p(90)", "p(95)", "p(99)", "summaryTimeUnit", "ms", "noColor", 1);
	json_t *state = json_pack("{s:b, s:b, s:f}", "isStdOutTTY", 0, "isStdErrTTY", 0,
				  "testRunDurationMs", number_of(result, "window_s") * 1e3);
	add_thresholds(metrics, result);
	return json_pack("{s:o, s:o, s:o, s:o}", "root_group", root_group(result), "options",
			 options, "state", state, "metrics", metrics);
}
