/* Errors by kind: one sentence when there are none, else a row for each cell that has any. */
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Paths inside "requests", and their column titles. */
static const struct {
	const char *path, *title;
} kinds[] = {
	{"errors.connect_refused", "connect refused"},
	{"errors.connect_timeout", "connect timeout"},
	{"errors.request_timeout", "request timeout"},
	{"errors.reset", "reset"},
	{"errors.protocol", "protocol"},
	{"errors.http_4xx", "4xx"},
	{"errors.http_5xx", "5xx"},
	{"errors.bad_body", "bad body"},
	{"unfinished", "unfinished"},
	{"dropped", "dropped"},
	{"degraded", "degraded"},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* Sum over the blocks that count. */
static double counted(const struct run *run, struct cell cell, const char *path)
{
	double sum = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result =
			report_run_at(run, cell.arm, cell.page, cell.load, block);
		if (result && result->valid)
			sum += fmax(
				0, json_number_at(json_object_get(result->root, "requests"), path));
	}
	return sum;
}

static void error_row(const struct run *run, struct doc *doc, struct cell cell,
		      const bool shown[KINDS], struct cell_counts counts)
{
	doc_row(doc, report_keys_mixed(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", text_load(run->loads[cell.load]).s);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell(doc, "%s", text_whole(counts.total).s);
	doc_cell_toned(doc, cell_error_share(run, cell) > ERROR_SHARE ? DOC_STRONG : DOC_PLAIN,
		       "%s", text_percent((counts.failed + counts.degraded) / counts.total).s);
	for (size_t i = 0; i < KINDS; i++)
		if (shown[i])
			doc_cell(doc, "%s", text_whole(counted(run, cell, kinds[i].path)).s);
}

static void error_columns(struct doc *doc, const bool shown[KINDS])
{
	doc_table(doc, "Requests that failed or were answered degraded, by kind, over all blocks; "
		       "cells without any are left out");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "load");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "requests due");
	doc_column(doc, DOC_RIGHT, "share");
	for (size_t i = 0; i < KINDS; i++)
		if (shown[i])
			doc_column(doc, DOC_RIGHT, "%s", kinds[i].title);
}

struct totals {
	double total, failed, degraded;
	bool shown[KINDS];
};

/* Calls once for every cell; rows only when `doc` is given, else sums into `totals`. */
static void walk(const struct run *run, struct doc *doc, struct totals *totals)
{
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 0; arm < run->arm_total; arm++) {
				struct cell cell = {arm, page, load, false};
				struct cell_counts counts = cell_requests(run, cell);
				if (doc && counts.failed + counts.degraded > 0)
					error_row(run, doc, cell, totals->shown, counts);
				if (doc)
					continue;
				totals->total += counts.total;
				totals->failed += counts.failed;
				totals->degraded += counts.degraded;
				for (size_t i = 0; i < KINDS; i++)
					totals->shown[i] |= counted(run, cell, kinds[i].path) > 0;
			}
}

static void zero_kinds(struct doc *doc, const struct totals *totals)
{
	char names[256] = "";
	size_t at = 0;
	for (size_t i = 0; i < KINDS; i++)
		if (!totals->shown[i])
			at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s",
					       at ? ", " : "", kinds[i].title);
	if (at)
		doc_paragraph(doc, "Kinds with none at all: %s.", names);
}

void report_errors(const struct run *run, struct doc *doc)
{
	struct totals totals = {0};
	walk(run, NULL, &totals);
	doc_heading(doc, 2, "Errors");
	if (totals.total <= 0) {
		doc_paragraph(doc, "No file of this run is valid, so that nothing is counted here; "
				   "what failed stands under Validity.");
		return;
	}
	doc_paragraph(doc,
		      "Of %s requests due in the valid windows of all loads, %s failed and %s were "
		      "answered degraded (without reviews). Failed means any error, not answered "
		      "when the window's drain ended, or never sent.",
		      text_whole(totals.total).s,
		      totals.failed > 0 ? text_whole(totals.failed).s : "none",
		      totals.degraded > 0 ? text_whole(totals.degraded).s : "none");
	if (totals.failed + totals.degraded <= 0)
		return;
	error_columns(doc, totals.shown);
	walk(run, doc, &totals);
	zero_kinds(doc, &totals);
}
