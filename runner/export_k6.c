/* The merged trials of a scenario: as a .hgrm file, and as k6's summary, for which they are put
 * together as one result that loadgen/result_k6.h turns into k6's shape. */
#include "common/base/clock.h"
#include "loadgen/result_k6.h"
#include "runner/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUMMARY_MAX = 1 << 20, HGRM_MAX = 16 << 20 };

/* ---- .hgrm ---- */

static bool hgrm_text(const struct histogram *h, struct strbuf *out)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	bool ok = file && histogram_write_hgrm(h, file);
	ok = file && fclose(file) == 0 && ok;
	if (ok)
		strbuf_add(out, text, len);
	free(text);
	return ok;
}

static bool hgrm_cell(const struct run *run, struct export_to *to, size_t arm, size_t page,
		      size_t load)
{
	struct tally tally = {.slice_count = 0};
	struct strbuf out;
	size_t trials;
	char name[EXPORT_NAME_MAX], load_name[32];
	strbuf_init(&out, HGRM_MAX);
	bool ok = export_merge(run, arm, page, load, &tally, &trials);
	if (!ok)
		(void)snprintf(to->error, sizeof(to->error), "out of memory");
	if (ok && histogram_count(tally.response) > 0) {
		export_load_name(run->loads[load], load_name);
		(void)snprintf(name, sizeof(name), "%.60s_%.8s_%s.hgrm", run->arms[arm].id,
			       run->pages[page], load_name);
		if (!hgrm_text(tally.response, &out))
			out.failed = true;
		ok = export_put(to, name, &out);
	}
	tally_free(&tally);
	strbuf_free(&out);
	return ok;
}

bool export_hgrm(const struct run *run, struct export_to *to)
{
	bool ok = true;
	for (size_t arm = 0; arm < run->arm_total; arm++)
		for (size_t page = 0; page < run->page_count; page++)
			for (size_t load = 0; load < run->load_count; load++)
				ok = ok && hgrm_cell(run, to, arm, page, load);
	return ok;
}

/* ---- k6 ---- */

static json_t *latency(struct tally_latency values)
{
	static const struct {
		const char *name;
		double percentile;
	} percentiles[] = {{"p50", 50}, {"p90", 90}, {"p95", 95}, {"p99", 99}};
	const double us = (double)NS_PER_US;
	json_t *out = json_pack("{sf sf sf}", "mean", histogram_mean(values.values) / us, "min",
				(double)histogram_min(values.values) / us, "max",
				(double)histogram_max(values.values) / us);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		struct tally_point point =
			tally_percentile(&values, percentiles[i].percentile).point;
		(void)json_object_set_new(
			out, percentiles[i].name,
			point.rank == TALLY_VALUE ? json_real((double)point.ns / us) : json_null());
	}
	return out;
}

/* The sum over the merged trials of a number; `other` where a file lacks `path`. */
static double sum_of(const struct run *run, size_t arm, size_t page, size_t load, const char *path,
		     const char *other)
{
	double sum = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result = report_run_at(run, arm, page, load, block);
		if (!result || !result->valid)
			continue;
		double value = json_number_at(result->root, path);
		value = isnan(value) ? json_number_at(result->root, other) : value;
		sum += isnan(value) ? 0 : value;
	}
	return sum;
}

static json_t *merged_result(const struct run *run, size_t arm, size_t page, size_t load,
			     const struct tally *tally)
{
	json_t *requests =
		json_pack("{sI sI sI sf sf}", "total", (json_int_t)tally_total(tally), "ok",
			  (json_int_t)tally->window[OUTCOME_OK], "dropped",
			  (json_int_t)tally->window[OUTCOME_DROPPED], "bytes_in",
			  sum_of(run, arm, page, load, "requests.bytes_in", ""), "bytes_out",
			  sum_of(run, arm, page, load, "requests.bytes_out", ""));
	return json_pack("{s{sI sf} sf so s{so so}}", "config", "vus",
			 (json_int_t)run->loads[load].vus, "warmup_s",
			 sum_of(run, arm, page, load, "config.warmup_s", ""), "window_s",
			 sum_of(run, arm, page, load, "window_s", "config.duration_s"), "requests",
			 requests, "latency_us", "response_time", latency(tally_response(tally)),
			 "send_lag", latency(tally_send_lag(tally)));
}

const char *export_published_name(const struct run *run, size_t arm)
{
	const char *architecture = run->arms[arm].architecture;
	size_t same = 0;
	for (size_t i = 0; i < run->arm_total; i++)
		same += strcmp(run->arms[i].architecture, architecture) == 0;
	return same == 1 && *architecture ? architecture : run->arms[arm].id;
}

static bool k6_cell(const struct run *run, struct export_to *to, size_t arm, size_t page,
		    size_t load)
{
	struct tally tally = {.slice_count = 0};
	struct strbuf out;
	size_t trials;
	char name[EXPORT_NAME_MAX];
	strbuf_init(&out, SUMMARY_MAX);
	bool ok = export_merge(run, arm, page, load, &tally, &trials);
	if (!ok)
		(void)snprintf(to->error, sizeof(to->error), "out of memory");
	if (ok && trials > 0) {
		json_t *result = merged_result(run, arm, page, load, &tally);
		json_t *summary = result ? result_k6(result) : NULL;
		char *text = summary ? json_dumps(summary, JSON_INDENT(1)) : NULL;
		(void)snprintf(name, sizeof(name), "results_%.60s_%.8s_%ld.json",
			       export_published_name(run, arm), run->pages[page],
			       run->loads[load].vus);
		if (text)
			strbuf_printf(&out, "%s\n", text);
		else
			out.failed = true;
		ok = export_put(to, name, &out);
		free(text);
		json_decref(summary);
		json_decref(result);
	}
	tally_free(&tally);
	strbuf_free(&out);
	return ok;
}

bool export_k6(const struct run *run, struct export_to *to)
{
	bool ok = true;
	for (size_t arm = 0; arm < run->arm_total; arm++)
		for (size_t page = 0; page < run->page_count; page++)
			for (size_t load = 0; load < run->load_count; load++)
				if (run->loads[load].kind == RUN_CLOSED)
					ok = ok && k6_cell(run, to, arm, page, load);
	return ok;
}
