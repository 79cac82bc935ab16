/* Arms that are the same programs with the same settings: what they differ by is the run's noise.
 */
#include "runner/report_sections.h"

#include <math.h>
#include <string.h>

/* Whether two arms differ in their names alone. Without the plan nobody can tell, but of a twin. */
static bool same_settings(const struct run *run, size_t a, size_t b)
{
	const struct run_arm *left = &run->arms[a], *right = &run->arms[b];
	if (b >= run->arm_count)
		return a == run->twin_of;
	json_t *mine = json_deep_copy(left->plan), *theirs = json_deep_copy(right->plan);
	bool same = mine && theirs && json_object_set(mine, "id", json_null()) == 0 &&
		    json_object_set(theirs, "id", json_null()) == 0 && json_equal(mine, theirs);
	json_decref(mine);
	json_decref(theirs);
	return same;
}

bool report_equal_any(const struct run *run)
{
	for (size_t a = 0; a < run->arm_count; a++)
		for (size_t b = a + 1; b < run->arm_total; b++)
			if (same_settings(run, a, b))
				return true;
	return false;
}

struct statistic {
	enum metric metric;
	const char *title, *key;
};

/* By enum run_kind, two of each. */
static const struct statistic statistics[][2] = {
	[RUN_CAPACITY] = {{METRIC_THROUGHPUT, "requests/s", "throughput"},
			  {METRIC_CPU_REQUEST, "CPU \u00b5s a request", "CPU"}},
	[RUN_CLOSED] = {{METRIC_P50, "p50", "p50"}, {METRIC_P95, "p95", "p95"}},
	[RUN_OPEN] = {{METRIC_P50, "p50", "p50"}, {METRIC_P95, "p95", "p95"}},
	[RUN_OPEN_TWIN] = {{METRIC_P50, "p50", "p50"}, {METRIC_P95, "p95", "p95"}},
	[RUN_NEAR] = {{METRIC_P50, "p50", "p50"}, {METRIC_P95, "p95", "p95"}},
};

/* By statistic: the first of its cell, the second. */
struct totals {
	size_t cells[2], equivalent[2];
};

static bool is_comparable(const struct run *run, struct cell cell)
{
	if (run->loads[cell.load].kind == RUN_CAPACITY)
		return cell_error_share(run, cell) <= ERROR_SHARE;
	return cell_state(run, cell) == GAP_STATED;
}

static void row(const struct run *run, struct doc *doc, struct cell a, struct cell b, size_t which,
		struct totals *totals)
{
	struct statistic statistic = statistics[run->loads[a.load].kind][which];
	struct interval ratio = cell_ratio_at(run, a, b, statistic.metric, EQUIVALENCE_CONFIDENCE);
	bool has_interval = isfinite(ratio.low), equivalent = family_equivalent(ratio);
	struct doc_keys keys = report_keys(run, a);
	if (!is_comparable(run, a) || !is_comparable(run, b) || isnan(ratio.estimate))
		return;
	keys.statistic = statistic.key;
	totals->cells[which]++;
	totals->equivalent[which] += equivalent;
	doc_row(doc, keys);
	doc_cell(doc, "%s", run->pages[a.page]);
	doc_cell(doc, "%s", text_load(run->loads[a.load]).s);
	doc_cell(doc, "%s / %s", run->arms[b.arm].id, run->arms[a.arm].id);
	doc_cell(doc, "%s", statistic.title);
	doc_cell(doc, "%s", text_ratio(ratio).s);
	doc_cell_toned(doc, equivalent ? DOC_STRONG : DOC_PLAIN, "%s",
		       equivalent     ? "yes"
		       : has_interval ? "not shown"
				      : "no interval");
	doc_cell(doc, "%s",
		 b.arm < run->arm_count ? TEXT_DASH
					: text_band(family_band(run, a, statistic.metric)).s);
	doc_cell(doc, "%zu", ratio.n);
}

static void rows_of_pair(const struct run *run, struct doc *doc, size_t a, size_t b,
			 struct totals *totals)
{
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t i = 0; i < 2; i++)
				row(run, doc, (struct cell){a, page, load, false},
				    (struct cell){b, page, load, false}, i, totals);
}

static void columns(struct doc *doc)
{
	doc_table(doc, "Equal arms: the ratio of each statistic with its 90 %% interval over "
		       "blocks, and whether that lies within \u00b15 %%");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "load");
	doc_column(doc, DOC_LEFT, "arms");
	doc_column(doc, DOC_LEFT, "statistic");
	doc_column(doc, DOC_RIGHT, "ratio, 90 %% interval");
	doc_column(doc, DOC_LEFT, "within \u00b15 %%");
	doc_column(doc, DOC_RIGHT, "band of verdicts");
	doc_column(doc, DOC_RIGHT, "blocks");
}

void report_equal(const struct run *run, struct doc *doc)
{
	struct totals totals = {0};
	bool begun = false;
	for (size_t a = 0; a < run->arm_count; a++)
		for (size_t b = a + 1; b < run->arm_total; b++) {
			if (!same_settings(run, a, b))
				continue;
			if (!begun) {
				doc_heading(doc, 2, "What equal arms differ by");
				doc_paragraph(
					doc,
					"These arms are the same programs with the same settings, "
					"started anew for every trial: what they differ by is this "
					"run's own noise. Within \u00b15 %% (1/1.05 to 1.05) is "
					"shown by two one-sided tests at 5 %% each, which is what "
					"the 90 %% interval stands for. An interval that reaches "
					"further says that this run cannot show it.");
				columns(doc);
			}
			begun = true;
			rows_of_pair(run, doc, a, b, &totals);
		}
	if (begun && totals.cells[0] + totals.cells[1] == 0)
		doc_key(doc, "No cell of equal arms counts on both sides: this run cannot say how "
			     "noisy it is.");
	else if (begun)
		doc_key(doc,
			"Equal arms are shown to be within \u00b15 %% of each other in %zu of %zu "
			"cells by "
			"requests/s or p50, and in %zu of %zu by CPU time a request or p95.",
			totals.equivalent[0], totals.cells[0], totals.equivalent[1],
			totals.cells[1]);
}
