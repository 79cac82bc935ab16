/* The key sentences. They take their numbers from the same functions as the tables and say no more
 * than those do. */
#include "runner/report_sections.h"

#include <math.h>
#include <string.h>

static void capacity_pair(const struct run *run, struct doc *doc, size_t load, size_t page)
{
	struct cell a = {0, page, load, false};
	struct cell b = {1, page, load, false};
	struct comparison found = family_compare(run, b, METRIC_THROUGHPUT);
	if (isnan(found.ratio.estimate) || cell_error_share(run, a) > ERROR_SHARE ||
	    cell_error_share(run, b) > ERROR_SHARE)
		return;
	doc_key(doc,
		"Capacity, %s: %s answers %s requests/s (%s \u00b5s of CPU each), %s %s (%s "
		"\u00b5s): a ratio of %s%s.",
		run->pages[page], run->arms[0].id,
		text_whole(cell_median(run, a, METRIC_THROUGHPUT)).s,
		text_count(cell_median(run, a, METRIC_CPU_REQUEST)).s, run->arms[1].id,
		text_whole(cell_median(run, b, METRIC_THROUGHPUT)).s,
		text_count(cell_median(run, b, METRIC_CPU_REQUEST)).s,
		text_ratio_words(found.ratio).s,
		found.verdict == VERDICT_NONE   ? "; too few blocks for a verdict"
		: found.verdict == VERDICT_OPEN ? "; which of them answers more cannot be told"
						: "");
}

/* Of many arms: the one that answers most and the one that answers least. */
static void capacity_range(const struct run *run, struct doc *doc, size_t load, size_t page)
{
	size_t most = run->arm_count, least = run->arm_count;
	double high = -INFINITY, low = INFINITY;
	for (size_t arm = 0; arm < run->arm_count; arm++) {
		struct cell cell = {arm, page, load, false};
		double value = cell_median(run, cell, METRIC_THROUGHPUT);
		if (isnan(value) || cell_error_share(run, cell) > ERROR_SHARE)
			continue;
		if (value > high) {
			high = value;
			most = arm;
		}
		if (value < low) {
			low = value;
			least = arm;
		}
	}
	if (most == run->arm_count)
		return;
	if (most == least)
		doc_key(doc, "Capacity, %s: %s answers %s requests/s.", run->pages[page],
			run->arms[most].id, text_whole(high).s);
	else
		doc_key(doc, "Capacity, %s: from %s with %s requests/s down to %s with %s.",
			run->pages[page], run->arms[most].id, text_whole(high).s,
			run->arms[least].id, text_whole(low).s);
}

struct tally {
	size_t pairs, stated, overloaded, unknown, errors;
	size_t verdicts[4]; /* by enum gap_verdict */
};

/* Counts the p50 comparisons of closed cells. */
static struct tally tally_of(const struct run *run)
{
	struct tally tally = {0};
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 1; arm < run->arm_count; arm++) {
				struct cell a = {0, page, load, false};
				struct cell b = {arm, page, load, false};
				if (run->loads[load].kind != RUN_CLOSED)
					continue;
				struct gap gap = cell_gap(run, a, b, METRIC_P50);
				if (gap.state >= GAP_FEW_SAMPLES)
					continue;
				tally.pairs++;
				tally.stated += gap.state == GAP_STATED;
				tally.overloaded +=
					gap.state == GAP_KNEE || gap.state == GAP_SATURATED;
				tally.unknown += gap.state == GAP_UNKNOWN_LOAD;
				tally.errors += gap.state == GAP_ERRORS;
				if (gap.state == GAP_STATED)
					tally.verdicts[gap.verdict]++;
			}
	return tally;
}

static void latency_words(const struct run *run, struct doc *doc)
{
	struct tally tally = tally_of(run);
	if (tally.pairs == 0)
		return;
	if (tally.unknown == tally.pairs) {
		doc_key(doc,
			"Latency: no capacity counts beside any of it, so that no gap is stated.");
		return;
	}
	doc_key(doc,
		"Latency: of %zu comparisons of p50 with %s, both sides are under %.1f of their "
		"capacity in %zu; in %zu a side is at or past its knee, where latency only says "
		"how overloaded it is; %zu had more than 1 %% failed or degraded answers.",
		tally.pairs, run->arms[0].id, KNEE_LOAD, tally.stated, tally.overloaded,
		tally.errors);
	if (tally.unknown)
		doc_key(doc, "In %zu of them no capacity counts, so that no gap is stated.",
			tally.unknown);
	if (tally.verdicts[VERDICT_NONE])
		doc_key(doc, "With fewer than %d blocks there is no verdict on %zu of those gaps.",
			VERDICT_BLOCKS, tally.verdicts[VERDICT_NONE]);
	if (tally.verdicts[VERDICT_NONE] < tally.stated)
		doc_key(doc,
			"Of the gaps in p50 that can be stated, %s is faster in %zu, the other arm "
			"in %zu, and %zu cannot be told apart.",
			run->arms[0].id, tally.verdicts[VERDICT_BASELINE],
			tally.verdicts[VERDICT_OTHER], tally.verdicts[VERDICT_OPEN]);
}

/* The ratio without its interval, as the table shows it. */
static struct text text_estimate(struct interval ratio)
{
	struct text out = text_ratio(ratio);
	out.s[strcspn(out.s, " ")] = '\0';
	return out;
}

/* Where the gaps that can be stated lie, for two arms. */
static void gap_range(const struct run *run, struct doc *doc)
{
	struct gap low = {.us = INFINITY}, high = {.us = -INFINITY};
	struct cell low_at = {0}, high_at = {0};
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++) {
			struct cell a = {0, page, load, false};
			struct cell b = {1, page, load, false};
			if (run->loads[load].kind != RUN_CLOSED)
				continue;
			struct gap gap = cell_gap(run, a, b, METRIC_P50);
			if (gap.state != GAP_STATED)
				continue;
			if (gap.us < low.us) {
				low = gap;
				low_at = b;
			}
			if (gap.us > high.us) {
				high = gap;
				high_at = b;
			}
		}
	if (high.us < low.us)
		return;
	doc_key(doc,
		"Where it can be stated, the gap in p50 (%s less %s) runs from %s \u00b5s (%s at "
		"%s, a ratio of %s) to %s \u00b5s (%s at %s, a ratio of %s).",
		run->arms[1].id, run->arms[0].id, text_gap_us(low.us).s, run->pages[low_at.page],
		text_load(run->loads[low_at.load]).s, text_estimate(low.ratio).s,
		text_gap_us(high.us).s, run->pages[high_at.page],
		text_load(run->loads[high_at.load]).s, text_estimate(high.ratio).s);
}

/* How verdicts come about, once, before the tables that have them. */
static void verdict_words(const struct run *run, struct doc *doc)
{
	bool twin = run->twin_of < run->arm_total;
	if (report_run_arms_seen(run) < 2)
		return;
	doc_paragraph(doc,
		      "A verdict needs %d blocks that count on both sides, a p under 0.05 after "
		      "Holm's adjustment over all comparisons of its table, and a 95 %% interval "
		      "that lies wholly outside a band of %s around 1%s. Otherwise the two cannot "
		      "be told apart. That is no proof that they are equal.",
		      VERDICT_BLOCKS, text_band(BAND_MIN).s,
		      twin ? ", or outside what this run's twin shows two equal arms to differ by "
			     "in that cell, where that is wider"
			   : "");
}

void report_key(const struct run *run, struct doc *doc)
{
	size_t valid = 0;
	for (size_t i = 0; i < run->result_count; i++)
		valid += run->results[i].valid;
	doc_heading(doc, 2, "What this run shows");
	if (valid == 0)
		doc_key(doc,
			"No file of this run is valid, so that it shows nothing; Validity says "
			"why.");
	size_t load = report_run_load_of(run, RUN_CAPACITY);
	for (size_t page = 0; page < run->page_count && load < run->load_count; page++) {
		if (run->arm_count == 2)
			capacity_pair(run, doc, load, page);
		else
			capacity_range(run, doc, load, page);
	}
	latency_words(run, doc);
	if (run->arm_count == 2)
		gap_range(run, doc);
	verdict_words(run, doc);
	doc_paragraph(doc, "What this run cannot show stands at its end, under Limitations; which "
			   "files count and why others do not, under Validity.");
}
