/*
 * `duet k6 RUN DIR`: k6's summaries of the same scenarios (scripts/k6/run.py writes them) beside a
 * run's. k6 measures from sending, so that ours is the service time, of the valid trials merged.
 * k6 ran each scenario once: ratios have no interval, and no verdict is given.
 */
#include "common/base/clock.h"
#include "common/base/options.h"
#include "runner/commands.h"
#include "runner/export.h"
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TABLE_MAX = 1 << 20 };

/* A number of a summary: k6's data has it in "values", its --summary-export beside them. */
static double metric_at(const json_t *summary, const char *metric, const char *value)
{
	const json_t *at = json_object_get(json_object_get(summary, "metrics"), metric);
	const json_t *values = json_object_get(at, "values");
	const json_t *number = json_object_get(values ? values : at, value);
	return json_is_number(number) ? json_number_value(number) : NAN;
}

/* The summary of a scenario, under its architecture's name or its arm's; NULL when there is none.
 */
static json_t *summary_of(const struct run *run, const char *folder, size_t arm, size_t page,
			  size_t load)
{
	const char *names[] = {export_published_name(run, arm), run->arms[arm].id};
	json_t *summary = NULL;
	for (size_t i = 0; i < 2 && !summary; i++) {
		char path[4096];
		json_error_t at;
		if (snprintf(path, sizeof(path), "%s/results_%s_%s_%ld.json", folder, names[i],
			     run->pages[page], run->loads[load].vus) < (int)sizeof(path))
			summary = json_load_file(path, 0, &at);
	}
	return summary;
}

static double percentile_ms(const struct tally *tally, double percentile)
{
	const struct tally_latency service = tally_service(tally);
	struct tally_point point = tally_percentile(&service, percentile).point;
	return point.rank == TALLY_VALUE ? (double)point.ns / (double)NS_PER_MS : NAN;
}

static void pair(struct doc *doc, double ours_ms, double theirs_ms)
{
	doc_cell(doc, "%s", text_ms(ours_ms * 1e3).s);
	doc_cell(doc, "%s", text_ms(theirs_ms * 1e3).s);
	doc_cell(doc, "%s", text_fixed(theirs_ms / ours_ms, 3).s);
}

/* Adds a scenario's row when k6 has it. False without memory. */
static bool row(const struct run *run, const char *folder, size_t arm, size_t page, size_t load,
		struct doc *doc, size_t *rows)
{
	struct tally tally = {.slice_count = 0};
	size_t trials = 0;
	json_t *summary = summary_of(run, folder, arm, page, load);
	bool ok = !summary || export_merge(run, arm, page, load, &tally, &trials);
	if (summary && ok && trials > 0) {
		const char *duration = "http_req_duration";
		struct cell cell = {arm, page, load, false};
		doc_cell(doc, "%s", run->pages[page]);
		doc_cell(doc, "%ld", run->loads[load].vus);
		doc_cell(doc, "%s", run->arms[arm].id);
		pair(doc, percentile_ms(&tally, 50), metric_at(summary, duration, "med"));
		pair(doc, percentile_ms(&tally, 95), metric_at(summary, duration, "p(95)"));
		doc_cell(doc, "%s", text_whole(cell_median(run, cell, METRIC_THROUGHPUT)).s);
		doc_cell(doc, "%s", text_whole(metric_at(summary, "http_reqs", "rate")).s);
		++*rows;
	}
	json_decref(summary);
	tally_free(&tally);
	return ok;
}

static void columns(struct doc *doc)
{
	static const char *const right[] = {"p50, ms", "k6's",  "ratio",      "p95, ms",
					    "k6's",    "ratio", "requests/s", "k6's"};
	doc_table(doc, "Service time (from sending) and requests/s as the run has them, and as k6 "
		       "measured the same scenarios once; ratios are k6's over the run's");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "VUs");
	doc_column(doc, DOC_LEFT, "arm");
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		doc_column(doc, DOC_RIGHT, "%s", right[i]);
}

static int show(const struct run *run, const char *folder)
{
	struct strbuf out;
	size_t rows = 0;
	struct doc *doc = doc_new();
	strbuf_init(&out, TABLE_MAX);
	bool ok = doc != NULL;
	if (ok)
		columns(doc);
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 0; arm < run->arm_count; arm++)
				if (run->loads[load].kind == RUN_CLOSED)
					ok = ok && row(run, folder, arm, page, load, doc, &rows);
	if (ok && rows == 0) {
		fprintf(stderr,
			"duet k6: %s holds no summary of a scenario of %s under its name, "
			"results_{arch}_{page}_{vus}.json; scripts/k6/run.py writes them\n",
			folder, run->path);
	} else {
		if (ok)
			doc_write_markdown(doc, &out);
		ok = ok && doc_ok(doc) && strbuf_ok(&out) && out.len > 0 &&
		     fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
		if (!ok)
			fprintf(stderr, "duet k6: the table could not be written\n");
	}
	strbuf_free(&out);
	doc_free(doc);
	return ok && rows > 0 ? 0 : 1;
}

int k6_command(int argc, char **argv)
{
	static const struct program program = {
		.name = "duet k6",
		.summary = "Show k6's summaries of a run's scenarios beside the run's own figures.",
		.positional = "RUN DIR",
		.positional_min = 2,
		.positional_max = 2,
		.notes = "DIR holds results_{arch}_{page}_{vus}.json as k6 wrote them "
			 "(scripts/k6/run.py runs all 18).\nExit: 0 shown, 1 error, 2 usage.",
	};
	const char *positional[2];
	char error[256];
	size_t count;
	enum options_result parsed = options_parse(&program, argc, argv, positional, &count);
	if (parsed != OPTIONS_RUN)
		return parsed == OPTIONS_EXIT_OK ? 0 : 2;
	struct run *run = report_run_open(positional[0], error);
	if (!run) {
		fprintf(stderr, "duet k6: %s\n", error);
		return 1;
	}
	int status = show(run, positional[1]);
	report_run_close(run);
	return status;
}
