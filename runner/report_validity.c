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

static size_t invalid_of(const struct run *run, size_t arm, size_t *all)
{
	size_t invalid = 0;
	*all = 0;
	for (size_t i = 0; i < run->result_count; i++) {
		const struct run_result *result = &run->results[i];
		if (result->arm != arm || result->superseded)
			continue;
		(*all)++;
		invalid += !result->valid;
	}
	return invalid;
}

/* Returns how many files that stand for a scenario are invalid. */
static size_t counts(const struct run *run, struct doc *doc)
{
	size_t total = 0;
	doc_table(doc, "Files left out by arm");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "files");
	doc_column(doc, DOC_RIGHT, "invalid");
	for (size_t arm = 0; arm < run->arm_count; arm++) {
		size_t all;
		size_t invalid = invalid_of(run, arm, &all);
		doc_cell(doc, "%s", run->arms[arm].id);
		doc_cell(doc, "%zu", all);
		doc_cell(doc, "%zu", invalid);
		total += invalid;
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
	if (!cell_exists(run, cell) || cell_invalid(run, cell) + cell_invalid(run, baseline) == 0)
		return;
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", text_load(run->loads[cell.load]).s);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell(doc, "%zu", cell_invalid(run, cell));
	doc_cell(doc, "%s", measure(run, cell).s);
	doc_cell(doc, "%s", measure(run, with).s);
	doc_cell(doc, "%s", ratio_of(run, cell).s);
	doc_cell(doc, "%s", ratio_of(run, with).s);
}

static void both_ways(const struct run *run, struct doc *doc)
{
	doc_table(doc, "The same with the invalid files left in: requests/s of a capacity, p50 in "
		       "ms of other loads; only cells that it changes");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "load");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "invalid");
	doc_column(doc, DOC_RIGHT, "without them");
	doc_column(doc, DOC_RIGHT, "with them");
	doc_column(doc, DOC_RIGHT, "ratio without");
	doc_column(doc, DOC_RIGHT, "ratio with");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 0; arm < run->arm_count; arm++)
				both_ways_row(run, doc, (struct cell){arm, page, load, false});
}

struct check {
	const char *name; /* borrowed */
	size_t files, failed;
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
			checks[count++] = (struct check){name, 0, 0};
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
	doc_table(doc, "The checks of every file");
	doc_column(doc, DOC_LEFT, "check");
	doc_column(doc, DOC_RIGHT, "files");
	doc_column(doc, DOC_RIGHT, "failed");
	for (size_t i = 0; i < count; i++) {
		doc_cell(doc, "%s", all[i].name);
		doc_cell(doc, "%zu", all[i].files);
		doc_cell_toned(doc, all[i].failed ? DOC_STRONG : DOC_PLAIN, "%zu", all[i].failed);
	}
}

void report_validity(const struct run *run, struct doc *doc)
{
	size_t superseded = 0;
	for (size_t i = 0; i < run->result_count; i++)
		superseded += run->results[i].superseded;
	doc_heading(doc, 2, "Validity");
	doc_paragraph(doc, "Rules that stand before a run begins decide what is invalid, never the "
			   "result. An invalid file is in no table above.");
	checks(run, doc);
	size_t invalid = counts(run, doc);
	unreadable(run, doc);
	if (superseded)
		doc_paragraph(doc,
			      "%zu files are of trials that were repeated; the valid or latest "
			      "attempt stands for them.",
			      superseded);
	if (invalid == 0) {
		doc_paragraph(doc, "No trial that stands in this report was invalid, so that "
				   "nothing changes with all left in.");
	} else {
		reasons(run, doc);
		both_ways(run, doc);
	}
}
