/* Which files were left out and why, and what would change with them left in. */
#include "runner/report_sections.h"

#include <stdio.h>
#include <string.h>

enum { LISTED_MAX = 60, CHECKS_MAX = 32 };

static void unreadable(const struct run *run, struct doc *doc)
{
	if (run->unreadable_count == 0)
		return;
	doc_paragraph(doc, "Unreadable, and left out:");
	for (size_t i = 0; i < run->unreadable_count; i++)
		doc_item(doc, "%s: %s", run->unreadable[i].file, run->unreadable[i].why);
}

static void invalid_item(struct doc *doc, const struct run_result *result)
{
	char why[512] = "no reason given";
	size_t at = 0, i;
	json_t *reason;
	json_array_foreach(json_object_get(result->root, "invalid_why"), i, reason)
	{
		if (json_is_string(reason) && at + 1 < sizeof(why))
			at += (size_t)snprintf(why + at, sizeof(why) - at, "%s%s", at ? "; " : "",
					       json_string_value(reason));
	}
	doc_item(doc, "%s: %s", result->file, why);
}

struct tally {
	size_t files, invalid, repeated;
};

static struct tally tally_of(const struct run *run, size_t arm)
{
	struct tally tally = {0};
	for (size_t i = 0; i < run->result_count; i++) {
		const struct run_result *result = &run->results[i];
		if (result->arm != arm)
			continue;
		tally.files++;
		tally.invalid += !result->valid;
		tally.repeated += result->superseded && result->valid;
	}
	return tally;
}

/* Returns how many files count nowhere. */
static size_t counts(const struct run *run, struct doc *doc)
{
	size_t total = 0;
	doc_table(doc, "Files left out by arm: invalid ones, and valid ones of trials of which "
		       "another attempt stands");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "files");
	doc_column(doc, DOC_RIGHT, "invalid");
	doc_column(doc, DOC_RIGHT, "valid, another attempt stands");
	for (size_t arm = 0; arm < run->arm_total; arm++) {
		struct tally tally = tally_of(run, arm);
		doc_row(doc, (struct doc_keys){.arm = run->arms[arm].id});
		doc_cell(doc, "%s", run->arms[arm].id);
		doc_cell(doc, "%zu", tally.files);
		doc_cell(doc, "%zu", tally.invalid);
		doc_cell(doc, "%zu", tally.repeated);
		total += tally.invalid + tally.repeated;
	}
	return total;
}

static void reasons(const struct run *run, struct doc *doc)
{
	size_t listed = 0, more = 0;
	for (size_t i = 0; i < run->result_count; i++) {
		if (run->results[i].valid)
			continue;
		if (listed < LISTED_MAX) {
			invalid_item(doc, &run->results[i]);
			listed++;
		} else {
			more++;
		}
	}
	if (more)
		doc_paragraph(doc, "And %zu more; each says why in its invalid_why.", more);
}

/* A cell's measure: requests/s of a capacity, p50 in ms of any other load. */
static struct text measure(const struct run *run, struct cell cell)
{
	return run->loads[cell.load].kind == RUN_CAPACITY
		       ? text_whole(cell_median(run, cell, METRIC_THROUGHPUT))
		       : text_ms(cell_median(run, cell, METRIC_P50));
}

static struct text ratio_of(const struct run *run, struct cell cell)
{
	struct cell baseline = cell;
	baseline.arm = 0;
	if (cell.arm == 0)
		return (struct text){"1"};
	if (run->loads[cell.load].kind == RUN_CAPACITY)
		return text_ratio(cell_ratio(run, baseline, cell, METRIC_THROUGHPUT));
	struct gap gap = cell_gap(run, baseline, cell, METRIC_P50);
	return gap.state == GAP_STATED ? text_ratio(gap.ratio)
				       : text_gap_says(run, &gap, baseline, cell);
}

static void both_ways_row(const struct run *run, struct doc *doc, struct cell cell)
{
	struct cell with = cell;
	struct cell baseline = cell;
	with.with_invalid = true;
	baseline.arm = 0;
	if (!cell_exists(run, cell) || cell_excluded(run, cell) + cell_excluded(run, baseline) == 0)
		return;
	doc_row(doc, report_keys_mixed(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", text_load(run->loads[cell.load]).s);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell(doc, "%zu", cell_excluded(run, cell));
	doc_cell(doc, "%s", measure(run, cell).s);
	doc_cell(doc, "%s", measure(run, with).s);
	doc_cell(doc, "%s", ratio_of(run, cell).s);
	doc_cell(doc, "%s", ratio_of(run, with).s);
}

static void both_ways(const struct run *run, struct doc *doc)
{
	doc_table(doc, "The same with nothing left out and nothing run again (every block's first "
		       "attempt, valid or not): requests/s of a capacity, p50 in ms of other "
		       "loads; only cells that it can change");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "load");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "blocks");
	doc_column(doc, DOC_RIGHT, "as reported");
	doc_column(doc, DOC_RIGHT, "all left in");
	doc_column(doc, DOC_RIGHT, "ratio as reported");
	doc_column(doc, DOC_RIGHT, "ratio, all left in");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 0; arm < run->arm_total; arm++)
				both_ways_row(run, doc, (struct cell){arm, page, load, false});
}

struct check {
	const char *name; /* borrowed */
	size_t files, failed;
	bool warning;
};

/* Adds up one file's checks. */
static size_t checks_count(const struct run_result *result, struct check *checks, size_t count)
{
	size_t index;
	json_t *found;
	json_array_foreach(json_object_get(result->root, "checks"), index, found)
	{
		const char *name = json_text_at(found, "name", "");
		size_t i = 0;
		while (i < count && strcmp(checks[i].name, name) != 0)
			i++;
		if (i == CHECKS_MAX)
			continue;
		if (i == count)
			checks[count++] = (struct check){
				name, 0, 0, json_is_true(json_object_get(found, "warning"))};
		checks[i].files++;
		checks[i].failed += !json_is_true(json_object_get(found, "ok"));
	}
	return count;
}

static void checks(const struct run *run, struct doc *doc)
{
	struct check all[CHECKS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < run->result_count; i++)
		count = checks_count(&run->results[i], all, count);
	if (count == 0)
		return;
	doc_table(doc, "The checks of every file; one that fails makes the file invalid, unless it "
		       "only warns");
	doc_column(doc, DOC_LEFT, "check");
	doc_column(doc, DOC_RIGHT, "files");
	doc_column(doc, DOC_RIGHT, "failed");
	doc_column(doc, DOC_LEFT, "what it does");
	for (size_t i = 0; i < count; i++) {
		doc_cell(doc, "%s", all[i].name);
		doc_cell(doc, "%zu", all[i].files);
		doc_cell_toned(doc, all[i].failed ? DOC_STRONG : DOC_PLAIN, "%zu", all[i].failed);
		doc_cell(doc, "%s", all[i].warning ? "warns" : "rules out");
	}
}

void report_validity(const struct run *run, struct doc *doc)
{
	size_t again = json_array_size(json_object_get(run->about, "repeats"));
	doc_heading(doc, 2, "Validity");
	doc_paragraph(doc, "Rules that stand before a run begins decide what is invalid, never the "
			   "result. An invalid file is in no comparison.");
	checks(run, doc);
	size_t left_out = counts(run, doc);
	unreadable(run, doc);
	if (again)
		doc_paragraph(doc,
			      "After a failed check all arms of that page and block were run "
			      "again, %zu times in all. Of several attempts at a load the one with "
			      "the most valid arms stands, the earliest of equals.",
			      again);
	if (left_out == 0) {
		doc_paragraph(doc, "Every readable file counts, so that there is nothing to leave "
				   "in.");
	} else {
		reasons(run, doc);
		both_ways(run, doc);
	}
}
