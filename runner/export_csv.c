/* CSV after RFC 4180: one header line, a row a trial or a second; what is not there is empty. */
#include "runner/export.h"

#include <math.h>
#include <string.h>

enum { CSV_MAX = 64 << 20 };

static const char *const kinds[] = {[RUN_CAPACITY] = "capacity",
				    [RUN_CLOSED] = "closed",
				    [RUN_OPEN] = "open",
				    [RUN_NEAR] = "near",
				    [RUN_OPEN_TWIN] = "open"};

static void text_field(struct strbuf *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		strbuf_add_text(out, text);
		return;
	}
	strbuf_add_char(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			strbuf_add_char(out, '"');
		strbuf_add_char(out, *text);
	}
	strbuf_add_char(out, '"');
}

static void number_field(struct strbuf *out, double value)
{
	strbuf_add_char(out, ',');
	if (isfinite(value))
		strbuf_printf(out, "%.10g", value);
}

/* What names a trial; both files begin with it. */
static const char head[] = "arm,architecture,store,page,kind,vus,twin_of_vus,block,attempt,valid";

static void head_fields(const struct run *run, const struct run_result *result, struct strbuf *out)
{
	const struct run_arm *arm = &run->arms[result->arm];
	text_field(out, arm->id);
	strbuf_add_char(out, ',');
	text_field(out, arm->architecture);
	strbuf_add_char(out, ',');
	text_field(out, arm->store);
	strbuf_printf(out, ",%s,%s", run->pages[result->page],
		      kinds[run->loads[result->load].kind]);
	number_field(out, json_number_at(result->root, "scenario.vus"));
	number_field(out, json_number_at(result->root, "scenario.twin_of_vus"));
	strbuf_printf(out, ",%zu,%zu,%s", result->block, result->attempt,
		      result->valid ? "true" : "false");
}

/* The columns of a trial: their names and where they stand. */
static const struct {
	const char *name, *path;
} columns[] = {
	{"rate_rps", "config.rate_rps"},
	{"window_s", "window_s"},
	{"total", "requests.total"},
	{"ok", "requests.ok"},
	{"degraded", "requests.degraded"},
	{"unfinished", "requests.unfinished"},
	{"dropped", "requests.dropped"},
	{"connect_refused", "requests.errors.connect_refused"},
	{"connect_timeout", "requests.errors.connect_timeout"},
	{"request_timeout", "requests.errors.request_timeout"},
	{"reset", "requests.errors.reset"},
	{"protocol", "requests.errors.protocol"},
	{"http_4xx", "requests.errors.http_4xx"},
	{"http_5xx", "requests.errors.http_5xx"},
	{"bad_body", "requests.errors.bad_body"},
	{"throughput_rps", "throughput_rps"},
	{"capacity_rps", "capacity_rps"},
	{"load_factor", "load_factor"},
	{"response_p50_us", "latency_us.response_time.p50"},
	{"response_p75_us", "latency_us.response_time.p75"},
	{"response_p90_us", "latency_us.response_time.p90"},
	{"response_p95_us", "latency_us.response_time.p95"},
	{"response_p99_us", "latency_us.response_time.p99"},
	{"response_p99_9_us", "latency_us.response_time.p99_9"},
	{"response_max_us", "latency_us.response_time.max"},
	{"response_mean_us", "latency_us.response_time.mean"},
	{"service_p50_us", "latency_us.service_time.p50"},
	{"service_p95_us", "latency_us.service_time.p95"},
	{"service_p99_us", "latency_us.service_time.p99"},
	{"send_lag_p99_us", "latency_us.send_lag.p99"},
	{"cpu_us_per_request", "resources.cpu_us_per_request"},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static bool trials(const struct run *run, struct export_to *to)
{
	struct strbuf out;
	strbuf_init(&out, CSV_MAX);
	strbuf_add_text(&out, head);
	for (size_t i = 0; i < COLUMNS; i++)
		strbuf_printf(&out, ",%s", columns[i].name);
	strbuf_add_text(&out, ",started_at,file\r\n");
	for (size_t r = 0; r < run->result_count; r++) {
		const struct run_result *result = &run->results[r];
		head_fields(run, result, &out);
		for (size_t i = 0; i < COLUMNS; i++)
			number_field(&out, json_number_at(result->root, columns[i].path));
		strbuf_add_char(&out, ',');
		text_field(&out, json_text_at(result->root, "run.started_at", ""));
		strbuf_add_char(&out, ',');
		text_field(&out, result->file);
		strbuf_add_text(&out, "\r\n");
	}
	bool ok = export_put(to, "trials.csv", &out);
	strbuf_free(&out);
	return ok;
}

static bool seconds(const struct run *run, struct export_to *to)
{
	struct strbuf out;
	strbuf_init(&out, CSV_MAX);
	strbuf_printf(&out, "%s,t_s,requests,errors,response_p50_us,response_p95_us\r\n", head);
	for (size_t r = 0; r < run->result_count; r++) {
		const struct run_result *result = &run->results[r];
		static const char *const keys[] = {"t", "requests", "errors", "p50", "p95"};
		size_t i;
		json_t *second;
		json_array_foreach(json_object_get(result->root, "series"), i, second)
		{
			head_fields(run, result, &out);
			for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
				number_field(&out, json_number_at(second, keys[k]));
			strbuf_add_text(&out, "\r\n");
		}
	}
	bool ok = export_put(to, "seconds.csv", &out);
	strbuf_free(&out);
	return ok;
}

bool export_csv(const struct run *run, struct export_to *to)
{
	return trials(run, to) && seconds(run, to);
}
