/*
 * The p50 and p95 tables. Two arms stand side by side in a row; more arms have a row each. Only
 * cells in which both sides are under their knee carry a gap (report_cells.h has the rule).
 */
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>

struct percentile {
	enum metric metric;
	const char *name;
};

static const struct percentile percentiles[] = {{METRIC_P50, "p50"}, {METRIC_P95, "p95"}};

/* The ratio of the capacities, "0.107 times"; "" when there is none. */
static struct text capacity_ratio(const struct run *run, struct cell baseline, struct cell other)
{
	struct text out = {""};
	baseline.load = other.load = report_run_load_of(run, RUN_CAPACITY);
	if (other.load == run->load_count || cell_error_share(run, baseline) > ERROR_SHARE ||
	    cell_error_share(run, other) > ERROR_SHARE)
		return out;
	struct interval ratio = cell_ratio(run, baseline, other, METRIC_THROUGHPUT);
	ratio.low = ratio.high = NAN;
	if (!isnan(ratio.estimate))
		snprintf(out.s, sizeof(out.s), "%.40s times", text_ratio(ratio).s);
	return out;
}

/* Gap, ratio and verdict: the last three cells of a comparison. */
static void gap_cells(const struct run *run, struct doc *doc, struct cell baseline,
		      struct cell other, enum metric metric)
{
	struct gap gap = cell_gap(run, baseline, other, metric);
	bool stated = gap.state == GAP_STATED;
	enum doc_tone tone = stated ? DOC_STRONG : DOC_MUTED;
	doc_cell_toned(doc, tone, "%s", stated ? text_gap_us(gap.us).s : TEXT_DASH);
	doc_cell_toned(doc, tone, "%s", stated ? text_ratio(gap.ratio).s : TEXT_DASH);
	doc_cell_toned(doc, DOC_MUTED, "%s", text_p(gap.p).s);
	struct text says = text_gap_says(run, &gap, baseline, other);
	struct text capacity = capacity_ratio(run, baseline, other);
	if ((gap.state == GAP_KNEE || gap.state == GAP_SATURATED) && *capacity.s)
		doc_cell_toned(doc, DOC_MUTED, "%s; capacity %s", says.s, capacity.s);
	else
		doc_cell_toned(doc, stated ? DOC_PLAIN : DOC_MUTED, "%s", says.s);
}

static void value_cells(const struct run *run, struct doc *doc, struct cell cell,
			enum metric metric)
{
	doc_cell(doc, "%s", text_ms(cell_median(run, cell, metric)).s);
	doc_cell(doc, "%s", text_load_factor(cell_median(run, cell, METRIC_LOAD)).s);
}

static void trials_cell(const struct run *run, struct doc *doc, struct cell a, struct cell b)
{
	size_t left = cell_trials(run, a);
	size_t right = cell_trials(run, b);
	if (left == right)
		doc_cell(doc, "%zu", left);
	else
		doc_cell(doc, "%zu and %zu", left, right);
}

static void gap_columns(struct doc *doc, const char *ratio_of)
{
	doc_column(doc, DOC_RIGHT, "gap, \u00b5s");
	doc_column(doc, DOC_RIGHT, "ratio, %s", ratio_of);
	doc_column(doc, DOC_RIGHT, "p (Holm)");
	doc_column(doc, DOC_LEFT, "what it says");
	doc_column(doc, DOC_RIGHT, "trials");
}

static void pair_table(const struct run *run, struct doc *doc, struct percentile percentile)
{
	doc_table(doc,
		  "%s of response time in ms, load factor, and the gap %s less %s with the "
		  "ratio's 95 %% interval over blocks",
		  percentile.name, run->arms[1].id, run->arms[0].id);
	doc_set_keys(doc, (struct doc_keys){.statistic = percentile.name});
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "VUs");
	for (size_t arm = 0; arm < 2; arm++) {
		doc_column(doc, DOC_RIGHT, "%s, ms", run->arms[arm].id);
		doc_set_keys(doc, (struct doc_keys){.arm = run->arms[arm].id});
		doc_column(doc, DOC_RIGHT, "load");
		doc_set_keys(doc, (struct doc_keys){.arm = run->arms[arm].id});
	}
	gap_columns(doc, "second / first");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++) {
			struct cell a = {0, page, load, false};
			struct cell b = {1, page, load, false};
			if (run->loads[load].kind != RUN_CLOSED ||
			    (!cell_exists(run, a) && !cell_exists(run, b)))
				continue;
			struct doc_keys keys = report_keys(run, a);
			keys.arm = NULL;
			doc_row(doc, keys);
			doc_cell(doc, "%s", run->pages[page]);
			doc_cell(doc, "%s", text_whole((double)run->loads[load].vus).s);
			value_cells(run, doc, a, percentile.metric);
			value_cells(run, doc, b, percentile.metric);
			gap_cells(run, doc, a, b, percentile.metric);
			trials_cell(run, doc, a, b);
		}
}

static void list_row(const struct run *run, struct doc *doc, struct cell cell,
		     struct percentile percentile)
{
	struct cell baseline = cell;
	baseline.arm = 0;
	doc_row(doc, report_keys(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", text_whole((double)run->loads[cell.load].vus).s);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	value_cells(run, doc, cell, percentile.metric);
	if (cell.arm > 0) {
		gap_cells(run, doc, baseline, cell, percentile.metric);
	} else {
		doc_cell_toned(doc, DOC_MUTED, "0");
		doc_cell_toned(doc, DOC_MUTED, "1");
		doc_cell_toned(doc, DOC_MUTED, TEXT_DASH);
		doc_cell_toned(doc, DOC_MUTED, "baseline");
	}
	trials_cell(run, doc, cell, cell);
}

static void list_table(const struct run *run, struct doc *doc, struct percentile percentile)
{
	doc_table(doc,
		  "%s of response time in ms, load factor, and each arm's gap to %s with the "
		  "ratio's 95 %% interval over blocks",
		  percentile.name, run->arms[0].id);
	doc_set_keys(doc, (struct doc_keys){.statistic = percentile.name});
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "VUs");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "%s, ms", percentile.name);
	doc_column(doc, DOC_RIGHT, "load");
	gap_columns(doc, "to baseline");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 0; arm < run->arm_count; arm++) {
				struct cell cell = {arm, page, load, false};
				if (run->loads[load].kind == RUN_CLOSED && cell_exists(run, cell))
					list_row(run, doc, cell, percentile);
			}
}

void report_latency(const struct run *run, struct doc *doc)
{
	if (report_run_load_of(run, RUN_CLOSED) == run->load_count)
		return;
	doc_heading(doc, 2, "Latency: p50 and p95");
	doc_paragraph(
		doc,
		"Each number is the median over blocks of the percentile within a block; the "
		"gap is the difference of the two medians; the ratio is the geometric mean "
		"of the blocks' own ratios, paired by block, with Student's t interval. "
		"Percentiles are over all requests due in the window, failures ranked last. "
		"Load is VUs / (think time \u00d7 capacity): from %.1f an arm is at its knee, "
		"from 1 it is saturated, and then a closed loop's latency is little more "
		"than VUs / capacity \u2212 think time. There no gap is stated and the "
		"capacity ratio is the comparison. A dash is a number that is not there: too "
		"few samples, or a percentile that falls on failed requests. Trials are the valid "
		"blocks "
		"behind a row.",
		KNEE_LOAD);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		doc_heading(doc, 3, "%s", percentiles[i].name);
		if (run->arm_count == 2)
			pair_table(run, doc, percentiles[i]);
		else
			list_table(run, doc, percentiles[i]);
	}
}
