/* The tail, the throughput and the saturation summary. */
#include "runner/report_sections.h"

#include <math.h>

/* The cells that identify a row: page, VUs, arm. */
static void row_name(const struct run *run, struct doc *doc, struct cell cell)
{
	doc_row(doc, report_keys(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", text_whole((double)run->loads[cell.load].vus).s);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
}

static void name_columns(struct doc *doc)
{
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "VUs");
	doc_column(doc, DOC_LEFT, "arm");
}

typedef void row_fn(const struct run *run, struct doc *doc, struct cell cell);

static void each_closed_cell(const struct run *run, struct doc *doc, row_fn *row)
{
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 0; arm < run->arm_count; arm++) {
				struct cell cell = {arm, page, load, false};
				if (run->loads[load].kind == RUN_CLOSED && cell_exists(run, cell))
					row(run, doc, cell);
			}
}

static void tail_row(const struct run *run, struct doc *doc, struct cell cell)
{
	double values[RUN_BLOCKS_MAX];
	row_name(run, doc, cell);
	doc_cell(doc, "%s", text_ms(cell_median(run, cell, METRIC_P99)).s);
	doc_cell(doc, "%s", text_ms(cell_median(run, cell, METRIC_P99_9)).s);
	doc_cell(doc, "%s",
		 text_ms(stats_max(values, cell_values(run, cell, METRIC_MAX, values))).s);
	doc_cell(doc, "%zu", cell_trials(run, cell));
}

void report_tail(const struct run *run, struct doc *doc)
{
	if (report_run_load_of(run, RUN_CLOSED) == run->load_count)
		return;
	doc_heading(doc, 2, "The tail");
	doc_table(doc, "p99 and p99.9 of response time in ms, medians over blocks, and the slowest "
		       "success of all blocks; trials are the valid blocks behind a row");
	name_columns(doc);
	doc_column(doc, DOC_RIGHT, "p99, ms");
	doc_set_keys(doc, (struct doc_keys){.statistic = "p99"});
	doc_column(doc, DOC_RIGHT, "p99.9, ms");
	doc_set_keys(doc, (struct doc_keys){.statistic = "p99.9"});
	doc_column(doc, DOC_RIGHT, "slowest, ms");
	doc_set_keys(doc, (struct doc_keys){.statistic = "slowest"});
	doc_column(doc, DOC_RIGHT, "trials");
	each_closed_cell(run, doc, tail_row);
}

static void throughput_row(const struct run *run, struct doc *doc, struct cell cell)
{
	row_name(run, doc, cell);
	doc_cell(doc, "%s", text_count(cell_median(run, cell, METRIC_THROUGHPUT)).s);
	doc_cell(doc, "%s", text_load_factor(cell_median(run, cell, METRIC_LOAD)).s);
	doc_cell(doc, "%s", text_count(cell_median(run, cell, METRIC_CPU_REQUEST)).s);
	doc_cell(doc, "%zu", cell_trials(run, cell));
}

void report_throughput(const struct run *run, struct doc *doc)
{
	if (report_run_load_of(run, RUN_CLOSED) == run->load_count)
		return;
	doc_heading(doc, 2, "Throughput");
	doc_paragraph(doc,
		      "Successes completed in the window, a second. VUs that think ask for "
		      "about VUs / think time at most, so that below the knee this number says how "
		      "many asked, not how much an arm can do.");
	doc_table(doc,
		  "Throughput, load factor and CPU time a request, medians over blocks; trials are "
		  "the valid blocks behind a row");
	name_columns(doc);
	doc_column(doc, DOC_RIGHT, "requests/s");
	doc_set_keys(doc, (struct doc_keys){.statistic = "throughput"});
	doc_column(doc, DOC_RIGHT, "load");
	doc_column(doc, DOC_RIGHT, "CPU \u00b5s a request");
	doc_set_keys(doc, (struct doc_keys){.statistic = "CPU"});
	doc_column(doc, DOC_RIGHT, "trials");
	each_closed_cell(run, doc, throughput_row);
}

/* Think time of the closed files of an arm and page, in s; NaN without any. */
static double think_time(const struct run *run, struct cell cell)
{
	for (size_t i = 0; i < run->result_count; i++) {
		const struct run_result *result = &run->results[i];
		if (result->arm == cell.arm && result->page == cell.page &&
		    run->loads[result->load].kind == RUN_CLOSED)
			return json_number_at(result->root, "config.think_s");
	}
	return NAN;
}

/* The largest level whose load is under the knee, 0 when none is. */
static long largest_below_knee(const struct run *run, struct cell cell)
{
	long vus = 0;
	for (cell.load = 0; cell.load < run->load_count; cell.load++)
		if (run->loads[cell.load].kind == RUN_CLOSED &&
		    cell_median(run, cell, METRIC_LOAD) < KNEE_LOAD)
			vus = run->loads[cell.load].vus;
	return vus;
}

static void saturation_row(const struct run *run, struct doc *doc, struct cell cell)
{
	double capacity = cell_median(run, cell, METRIC_THROUGHPUT);
	double think = think_time(run, cell);
	long below = largest_below_knee(run, cell);
	doc_row(doc, report_keys(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell(doc, "%s", text_whole(capacity).s);
	doc_cell(doc, "%s", text_whole(KNEE_LOAD * think * capacity).s);
	doc_cell(doc, "%s", text_whole(SATURATED_LOAD * think * capacity).s);
	doc_cell(doc, "%s", below ? text_whole((double)below).s : "none");
}

void report_saturation(const struct run *run, struct doc *doc)
{
	size_t load = report_run_load_of(run, RUN_CAPACITY);
	if (load == run->load_count || report_run_load_of(run, RUN_CLOSED) == run->load_count)
		return;
	doc_heading(doc, 2, "Saturation");
	doc_paragraph(doc,
		      "How many VUs with this plan's think time each arm carries: the knee is "
		      "at %.1f \u00d7 think time \u00d7 capacity, saturation at think time "
		      "\u00d7 capacity.",
		      KNEE_LOAD);
	doc_table(doc, "VUs at the knee and at saturation");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "capacity, requests/s");
	doc_column(doc, DOC_RIGHT, "VUs at the knee");
	doc_column(doc, DOC_RIGHT, "VUs at saturation");
	doc_column(doc, DOC_RIGHT, "largest level below the knee");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			struct cell cell = {arm, page, load, false};
			if (cell_exists(run, cell))
				saturation_row(run, doc, cell);
		}
}
