/* Open twins: what a closed level showed, beside the same rate asked for whatever the answers do.
 */
#include "runner/report_sections.h"

#include <math.h>

static const struct {
	enum metric metric;
	const char *title, *key;
} columns[] = {
	{METRIC_P50, "p50, ms", "p50"},     {METRIC_P75, "p75, ms", "p75"},
	{METRIC_P90, "p90, ms", "p90"},     {METRIC_P95, "p95, ms", "p95"},
	{METRIC_P99, "p99, ms", "p99"},     {METRIC_P99_9, "p99.9, ms", "p99.9"},
	{METRIC_MAX, "slowest, ms", "max"},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static double value_of(const struct run *run, struct cell cell, enum metric metric)
{
	double values[RUN_BLOCKS_MAX];
	return metric == METRIC_MAX ? stats_max(values, cell_values(run, cell, metric, values))
				    : cell_median(run, cell, metric);
}

static void row(const struct run *run, struct doc *doc, struct cell cell, const char *model)
{
	doc_row(doc, report_keys(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", text_whole((double)run->loads[cell.load].vus).s);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell(doc, "%s", model);
	doc_cell(doc, "%s", text_count(cell_median(run, cell, METRIC_THROUGHPUT)).s);
	for (size_t i = 0; i < COLUMNS; i++)
		doc_cell(doc, "%s", text_ms(value_of(run, cell, columns[i].metric)).s);
	doc_cell(doc, "%zu", cell_trials(run, cell));
}

static size_t closed_load(const struct run *run, long vus)
{
	size_t i = 0;
	while (i < run->load_count &&
	       (run->loads[i].kind != RUN_CLOSED || run->loads[i].vus != vus))
		i++;
	return i;
}

struct range {
	double low, high;
};

/* Both rows of a cell; widens the range of open over closed p99. */
static void rows(const struct run *run, struct doc *doc, struct cell open, struct range *p99)
{
	struct cell closed = open;
	closed.load = closed_load(run, run->loads[open.load].vus);
	if (!cell_exists(run, open) || closed.load == run->load_count)
		return;
	row(run, doc, closed, "closed");
	row(run, doc, open, "open");
	double ratio = cell_median(run, open, METRIC_P99) / cell_median(run, closed, METRIC_P99);
	p99->low = fmin(p99->low, ratio);
	p99->high = fmax(p99->high, ratio);
}

void report_twins(const struct run *run, struct doc *doc)
{
	struct range p99 = {NAN, NAN};
	if (report_run_load_of(run, RUN_OPEN_TWIN) == run->load_count)
		return;
	doc_heading(doc, 2, "Closed levels and their open twins");
	doc_paragraph(doc,
		      "A level whose load factor stayed under %.1f in a trial was followed, on the "
		      "same servers, by a load at a fixed rate: the level's own throughput. There "
		      "a request is due whether or not earlier ones were answered, so that a stall "
		      "delays all that fall due in it; in the closed level each virtual user "
		      "waits, and asks less.",
		      KNEE_LOAD);
	doc_table(doc, "Response time in ms of closed levels and of their open twins: medians over "
		       "blocks; the slowest success of all blocks");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "VUs");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_LEFT, "model");
	doc_column(doc, DOC_RIGHT, "answered/s");
	for (size_t i = 0; i < COLUMNS; i++) {
		doc_column(doc, DOC_RIGHT, "%s", columns[i].title);
		doc_set_keys(doc, (struct doc_keys){.statistic = columns[i].key});
	}
	doc_column(doc, DOC_RIGHT, "trials");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 0; arm < run->arm_count; arm++)
				if (run->loads[load].kind == RUN_OPEN_TWIN)
					rows(run, doc, (struct cell){arm, page, load, false}, &p99);
	if (!isnan(p99.low))
		doc_paragraph(doc,
			      "The open p99 is %s to %s times the closed one, over the cells that "
			      "have both.",
			      text_fixed(p99.low, 2).s, text_fixed(p99.high, 2).s);
}
