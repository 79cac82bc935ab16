/* The open run: requests at a fixed rate, the same for every arm of a page. */
#include "runner/report_sections.h"

static void ratio_cell(const struct run *run, struct doc *doc, struct cell cell, enum metric metric)
{
	struct cell baseline = cell;
	baseline.arm = 0;
	struct gap gap = cell_gap(run, baseline, cell, metric);
	if (cell.arm == 0)
		doc_cell_toned(doc, DOC_MUTED, "1");
	else if (gap.state == GAP_STATED)
		doc_cell_toned(doc, DOC_STRONG, "%s", text_ratio(gap.ratio).s);
	else
		doc_cell_toned(doc, DOC_MUTED, "%s", text_gap_says(run, &gap, baseline, cell).s);
}

static void row(const struct run *run, struct doc *doc, struct cell cell)
{
	doc_row(doc, report_keys(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell(doc, "%s", text_count(cell_median(run, cell, METRIC_RATE)).s);
	doc_cell(doc, "%s", text_count(cell_median(run, cell, METRIC_THROUGHPUT)).s);
	doc_cell(doc, "%s", text_load_factor(cell_median(run, cell, METRIC_LOAD)).s);
	doc_cell(doc, "%s", text_ms(cell_median(run, cell, METRIC_P50)).s);
	doc_cell(doc, "%s", text_ms(cell_median(run, cell, METRIC_P95)).s);
	doc_cell(doc, "%s", text_ms(cell_median(run, cell, METRIC_P99)).s);
	ratio_cell(run, doc, cell, METRIC_P50);
	ratio_cell(run, doc, cell, METRIC_P95);
	doc_cell(doc, "%zu", cell_trials(run, cell));
}

/* The columns of latency, in the order of a row's cells. */
static const struct {
	const char *title, *statistic;
} latencies[] = {
	{"p50, ms", "p50"},      {"p95, ms", "p95"},      {"p99, ms", "p99"},
	{"ratio of p50", "p50"}, {"ratio of p95", "p95"},
};

static bool has_no_capacity(const struct run *run)
{
	size_t capacity = report_run_load_of(run, RUN_CAPACITY);
	bool any = false;
	for (size_t arm = 0; arm < run->arm_count && capacity < run->load_count; arm++)
		any = any || !cell_planned(run, (struct cell){.arm = arm, .load = capacity});
	return any;
}

void report_open(const struct run *run, struct doc *doc)
{
	size_t load = report_run_load_of(run, RUN_OPEN);
	if (load == run->load_count)
		return;
	doc_heading(doc, 2, "The open run");
	doc_paragraph(doc,
		      "Requests at a fixed rate, whether or not earlier ones were answered: every "
		      "arm of a page gets the same rate, and latency counts from the moment a "
		      "request was due, so that no slow answer hides the wait it causes. Load is "
		      "rate / capacity. Ratios are to %s, with their 95 %% interval over blocks; "
		      "the same rules as above say when one is stated.",
		      run->arms[0].id);
	if (has_no_capacity(run))
		doc_paragraph(
			doc,
			"An arm that opens a connection for each call takes this load alone, "
			"since its ports would not last at its capacity: its load is the share "
			"of its CPUs that it used, which is no less.");
	doc_table(doc, "Response time at a fixed rate, medians over blocks");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "rate, requests/s");
	doc_column(doc, DOC_RIGHT, "answered/s");
	doc_column(doc, DOC_RIGHT, "load");
	for (size_t i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++) {
		doc_column(doc, DOC_RIGHT, "%s", latencies[i].title);
		doc_set_keys(doc, (struct doc_keys){.statistic = latencies[i].statistic});
	}
	doc_column(doc, DOC_RIGHT, "trials");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			struct cell cell = {arm, page, load, false};
			if (cell_exists(run, cell))
				row(run, doc, cell);
		}
}
