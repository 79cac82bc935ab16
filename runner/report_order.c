/*
 * Whether what is compared drifted over the run, depended on which arm of a pair ran first, or on
 * the link order of the programs. Over time: the logarithms of the ratios within blocks regressed
 * on the block's number, t test of the slope. Order: blocks in which the first arm ran before the
 * other against those in which it ran after it, Welch's t test. Both families of p-values are
 * adjusted by Holm's method.
 */
#include "runner/report_sections.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS_MAX = 2 * RUN_ARMS_MAX * RUN_PAGES_MAX * RUN_LOADS_MAX, BUILDS_MAX = 8 };

struct row {
	struct cell cell;
	enum metric metric;
	struct interval trend, order; /* a block; baseline second over baseline first */
	double builds[BUILDS_MAX];    /* geometric mean of the ratios; NaN: none */
};

struct rows {
	size_t count, builds;
	struct row rows[ROWS_MAX];
	double trend_p[ROWS_MAX], order_p[ROWS_MAX]; /* adjusted */
};

/* Which build of the servers a block ran; 0 when its file does not say. */
static size_t build_of(const struct run *run, struct cell cell, double block)
{
	const struct run_result *result =
		report_run_at(run, cell.arm, cell.page, cell.load, (size_t)block);
	double build = json_number_at(result->root, "run.build");
	return build >= 0 && build < BUILDS_MAX ? (size_t)build : 0;
}

static void fill(const struct run *run, struct row *row, size_t *builds)
{
	struct cell_pair pairs[RUN_BLOCKS_MAX];
	double x[RUN_BLOCKS_MAX], ratios[RUN_BLOCKS_MAX], part[RUN_BLOCKS_MAX],
		rest[RUN_BLOCKS_MAX];
	struct cell baseline = row->cell;
	size_t first = 0, second = 0;
	baseline.arm = 0;
	size_t count = cell_pairs(run, baseline, row->cell, row->metric, pairs);
	for (size_t i = 0; i < count; i++) {
		x[i] = pairs[i].block;
		ratios[i] = pairs[i].ratio;
		if (pairs[i].baseline_first)
			part[first++] = pairs[i].ratio;
		else
			rest[second++] = pairs[i].ratio;
	}
	row->trend = stats_log_trend(x, ratios, count, CONFIDENCE);
	row->order = stats_welch_ratio(part, first, rest, second, CONFIDENCE);
	for (size_t build = 0; build < BUILDS_MAX; build++) {
		size_t n = 0;
		for (size_t i = 0; i < count; i++)
			if (build_of(run, row->cell, x[i]) == build)
				part[n++] = ratios[i];
		row->builds[build] = stats_geometric_mean(part, n);
		if (n > 0 && build >= *builds)
			*builds = build + 1;
	}
}

static bool is_stated(const struct run *run, struct cell cell)
{
	if (run->loads[cell.load].kind == RUN_CAPACITY)
		return cell_error_share(run, cell) <= ERROR_SHARE;
	return cell_state(run, cell) == GAP_STATED;
}

static void collect(const struct run *run, struct rows *all)
{
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 1; arm < run->arm_count; arm++) {
				struct cell cell = {arm, page, load, false};
				struct cell baseline = {0, page, load, false};
				bool capacity = run->loads[load].kind == RUN_CAPACITY;
				if (!is_stated(run, cell) || !is_stated(run, baseline) ||
				    !cell_exists(run, cell) || !cell_exists(run, baseline))
					continue;
				struct row *row = &all->rows[all->count++];
				row->cell = cell;
				row->metric = capacity ? METRIC_THROUGHPUT : METRIC_P50;
				fill(run, row, &all->builds);
			}
}

static void adjust(struct rows *all)
{
	double p[ROWS_MAX];
	for (size_t i = 0; i < all->count; i++)
		p[i] = all->rows[i].trend.p;
	stats_holm(p, all->trend_p, all->count);
	for (size_t i = 0; i < all->count; i++)
		p[i] = all->rows[i].order.p;
	stats_holm(p, all->order_p, all->count);
}

static void name_cells(const struct run *run, struct doc *doc, const struct row *row)
{
	doc_row(doc, report_keys(run, row->cell));
	doc_cell(doc, "%s", run->pages[row->cell.page]);
	doc_cell(doc, "%s", text_load(run->loads[row->cell.load]).s);
	doc_cell(doc, "%s", run->arms[row->cell.arm].id);
	doc_cell(doc, "%s", row->metric == METRIC_P50 ? "p50" : "requests/s");
}

static void name_columns(struct doc *doc)
{
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "load");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_LEFT, "statistic");
}

static void table(const struct run *run, struct doc *doc, const struct rows *all)
{
	doc_table(doc,
		  "Each ratio to %s: its change from one block to the next, and its value in "
		  "blocks in which %s ran second over that in which it ran first, with 95 %% "
		  "intervals",
		  run->arms[0].id, run->arms[0].id);
	name_columns(doc);
	doc_column(doc, DOC_RIGHT, "change a block");
	doc_column(doc, DOC_RIGHT, "p (Holm)");
	doc_column(doc, DOC_RIGHT, "second over first");
	doc_column(doc, DOC_RIGHT, "p (Holm)");
	for (size_t i = 0; i < all->count; i++) {
		name_cells(run, doc, &all->rows[i]);
		doc_cell(doc, "%s", text_ratio(all->rows[i].trend).s);
		doc_cell(doc, "%s", text_p(all->trend_p[i]).s);
		doc_cell(doc, "%s", text_ratio(all->rows[i].order).s);
		doc_cell(doc, "%s", text_p(all->order_p[i]).s);
	}
}

/* One sentence a question: not testable, nothing seen, or how many. */
static void say(struct doc *doc, const double *p, size_t count, const char *what, const char *needs)
{
	size_t tested = 0, found = 0;
	for (size_t i = 0; i < count; i++) {
		tested += isnan(p[i]) ? 0 : 1;
		found += p[i] < 1 - CONFIDENCE;
	}
	if (tested == 0)
		doc_item(doc, "%s: cannot be tested; that needs %s.", what, needs);
	else if (found == 0)
		doc_item(doc,
			 "%s: no effect stands out of the noise, in any of %zu ratios. That does "
			 "not show that there is none.",
			 what, tested);
	else
		doc_item(doc, "%s: an effect in %zu of %zu ratios (p under 0.05 in the table).",
			 what, found, tested);
}

/* The largest over the smallest of a row's builds; NaN with fewer than two. */
static double spread_of(const struct row *row)
{
	return stats_max(row->builds, BUILDS_MAX) / stats_min(row->builds, BUILDS_MAX);
}

static void builds(const struct run *run, struct doc *doc, const struct rows *all)
{
	double widest = 1;
	if (all->builds < 2)
		return;
	doc_table(doc,
		  "Each ratio to %s by build: the same code in %zu link orders, each with an "
		  "environment of another size, one a block in turn",
		  run->arms[0].id, all->builds);
	name_columns(doc);
	for (size_t build = 0; build < all->builds; build++)
		doc_column(doc, DOC_RIGHT, "build %zu", build);
	doc_column(doc, DOC_RIGHT, "largest / smallest");
	for (size_t i = 0; i < all->count; i++) {
		name_cells(run, doc, &all->rows[i]);
		for (size_t build = 0; build < all->builds; build++)
			doc_cell(doc, "%s", text_fixed(all->rows[i].builds[build], 4).s);
		doc_cell(doc, "%s", text_fixed(spread_of(&all->rows[i]), 3).s);
		widest = fmax(widest, spread_of(&all->rows[i]));
	}
	doc_paragraph(doc,
		      "The builds' ratios differ by a factor of up to %s, the blocks' own noise "
		      "included. Every interval in this report is over blocks of all builds.",
		      text_fixed(widest, 3).s);
}

void report_order(const struct run *run, struct doc *doc)
{
	struct rows *all = calloc(1, sizeof(*all));
	if (!all) {
		doc_fail(doc);
		return;
	}
	collect(run, all);
	if (all->count > 0) {
		adjust(all);
		doc_heading(doc, 2, "Order and drift");
		say(doc, all->trend_p, all->count, "Over time, from block to block",
		    "3 blocks that count on both sides");
		say(doc, all->order_p, all->count, "Which arm of a pair ran first",
		    "2 blocks of each order");
		table(run, doc, all);
		builds(run, doc, all);
	}
	free(all);
}
