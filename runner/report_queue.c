/* What a queue would make of a lone request's time under load, beside what was measured: the rest
 * is unexplained. */
#include "runner/queue_model.h"
#include "runner/report_placement.h"
#include "runner/report_sections.h"
#include "runner/stamp_file.h"

#include <math.h>

enum { ALONE_MAX = 100 };

/* What the model knows of an arm and page. */
struct known {
	struct queue_server server;
	double alone_us[ALONE_MAX];
};

/* The quantiles of lone requests, each the median over blocks; false when a file lacks one. */
static bool take_alone(struct known *known, const json_t *const *found, size_t count)
{
	double values[RUN_BLOCKS_MAX];
	for (size_t i = 0; i < ALONE_MAX; i++) {
		for (size_t k = 0; k < count; k++) {
			const json_t *list = json_value_at(found[k], "plain_us.quantiles");
			const json_t *value = json_array_get(list, i);
			if (!json_is_number(value))
				return false;
			values[k] = json_number_value(value);
		}
		known->alone_us[i] = stats_median(values, count);
	}
	return true;
}

/* False when the run has not what the model needs for an arm and page. */
static bool take_known(const struct run *run, const struct stamp_files *files, struct cell cell,
		       struct known *known)
{
	const json_t *found[RUN_BLOCKS_MAX];
	size_t count = stamp_files_of(files, cell.arm, cell.page, found);
	cell.load = report_run_load_of(run, RUN_OPEN);
	if (count == 0 || cell.load == run->load_count || report_arm_cpus(run, cell.arm) > 1 ||
	    !take_alone(known, found, count))
		return false;
	double relative = stamp_median(found, count, "plain_us.stddev") /
			  stamp_median(found, count, "plain_us.mean");
	known->server =
		(struct queue_server){.service_us = cell_median(run, cell, METRIC_CPU_REQUEST),
				      .variation = relative * relative,
				      .alone_us = known->alone_us,
				      .alone_count = ALONE_MAX};
	return known->server.service_us > 0 && isfinite(known->server.variation);
}

/* Measured less forecast, in us and as a share of the measured: what the model leaves over. */
static void percentile_cells(struct doc *doc, double forecast_us, double measured_us)
{
	double left = measured_us - forecast_us;
	doc_cell(doc, "%s", text_ms(forecast_us).s);
	doc_cell(doc, "%s", text_ms(measured_us).s);
	if (isnan(left))
		doc_cell(doc, TEXT_DASH);
	else
		doc_cell_toned(doc, DOC_STRONG, "%s (%s)", text_gap_us(left).s,
			       text_percent(left / measured_us).s);
}

static double think_s(const struct run *run, struct cell cell)
{
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result =
			report_run_at(run, cell.arm, cell.page, cell.load, block);
		if (result)
			return json_number_at(result->root, "config.think_s");
	}
	return NAN;
}

/* One level of an arm and page; nothing where latency is a closed loop's queue. */
static void level_row(const struct run *run, struct doc *doc, const struct known *known,
		      struct cell cell)
{
	double think = think_s(run, cell);
	if (run->loads[cell.load].kind != RUN_CLOSED || !(think >= 0) ||
	    cell_state(run, cell) != GAP_STATED)
		return;
	struct queue_forecast forecast =
		queue_forecast(&known->server, (double)run->loads[cell.load].vus, think);
	doc_row(doc, report_keys(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", text_whole((double)run->loads[cell.load].vus).s);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell(doc, "%s", text_fixed(known->server.service_us, 1).s);
	doc_cell(doc, "%s", text_fixed(forecast.utilisation, 3).s);
	doc_cell(doc, "%s", text_fixed(forecast.wait_us, 1).s);
	percentile_cells(doc, forecast.p50_us, cell_median(run, cell, METRIC_P50));
	percentile_cells(doc, forecast.p95_us, cell_median(run, cell, METRIC_P95));
	doc_cell(doc, "%zu", cell_trials(run, cell));
}

static void columns(struct doc *doc)
{
	static const struct {
		const char *title, *statistic;
	} of_percentiles[] = {
		{"p50 forecast, ms", "p50"},     {"p50 measured, ms", "p50"},
		{"unexplained, \u00b5s", "p50"}, {"p95 forecast, ms", "p95"},
		{"p95 measured, ms", "p95"},     {"unexplained, \u00b5s", "p95"},
	};
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "VUs");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "CPU \u00b5s a request");
	doc_column(doc, DOC_RIGHT, "utilisation");
	doc_column(doc, DOC_RIGHT, "mean wait, \u00b5s");
	for (size_t i = 0; i < sizeof(of_percentiles) / sizeof(of_percentiles[0]); i++) {
		doc_column(doc, DOC_RIGHT, "%s", of_percentiles[i].title);
		doc_set_keys(doc, (struct doc_keys){.statistic = of_percentiles[i].statistic});
	}
	doc_column(doc, DOC_RIGHT, "trials");
}

static void tell_model(struct doc *doc)
{
	doc_heading(doc, 2, "Under load: what a queue explains");
	doc_paragraph(
		doc,
		"Each closed level under its knee, forecast from two things that were measured "
		"apart from it: what a lone request takes (the section above, without stamps) and "
		"the servers' CPU time a request at the open rate. Model: M/G/1, first come, first "
		"served. Assumed: one CPU serves every process as one queue and is never idle "
		"while "
		"work waits; requests come as a Poisson process at the rate at which the users "
		"come "
		"back; a request's CPU time does not depend on the load and varies, relatively, as "
		"a "
		"lone request's latency does; the mean wait is Pollaczek's and Khinchine's, and a "
		"wait that is needed is exponential. The rest, measured less forecast, is "
		"unexplained: above 0 what the model does not know (CPUs that wake, processes that "
		"take turns, bursts, the generator), below 0 what load makes cheaper (batches, "
		"reads that are "
		"asked for together).");
}

static void all_rows(const struct run *run, struct doc *doc, const struct stamp_files *files)
{
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 0; arm < run->arm_count; arm++) {
				struct cell cell = {arm, page, load, false};
				struct known known;
				if (run->loads[load].kind == RUN_CLOSED &&
				    take_known(run, files, cell, &known))
					level_row(run, doc, &known, cell);
			}
}

void report_queue(const struct run *run, struct doc *doc)
{
	struct stamp_files files;
	if (!stamp_files_read(&files, run))
		doc_fail(doc);
	if (files.count > 0 && report_run_load_of(run, RUN_OPEN) < run->load_count &&
	    report_run_load_of(run, RUN_CLOSED) < run->load_count) {
		tell_model(doc);
		doc_table(doc, "p50 and p95 of response time, forecast by M/G/1 and measured, "
			       "medians over blocks; arms on one CPU alone");
		columns(doc);
		all_rows(run, doc, &files);
	}
	stamp_files_free(&files);
}
