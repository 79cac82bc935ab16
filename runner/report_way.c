/* Where the time of a lone request goes: the stamps' parts, a column an arm. */
#include "runner/report_sections.h"
#include "runner/stamp_file.h"
#include "runner/way.h"

#include <math.h>
#include <string.h>

enum { WHOLE = WAY_PARTS }; /* beside the parts */

struct page_ways {
	const json_t *found[RUN_ARMS_MAX][RUN_BLOCKS_MAX];
	size_t count[RUN_ARMS_MAX];
};

/* A number of a part, or of the whole, in one file; NaN when it has none. */
static double part_number(const json_t *root, size_t part, bool median)
{
	if (part == WHOLE)
		return json_number_at(root, median ? "stamped_us.median" : "stamped_us.mean");
	const json_t *one = json_array_get(json_object_get(root, "parts"), part);
	if (strcmp(json_text_at(one, "name", ""), way_part_infos[part].name) != 0)
		return NAN;
	return json_number_at(one, median ? "median_us" : "mean_us");
}

/* The mean over blocks of the means, or the median over blocks of the medians. */
static double part_over_blocks(const struct page_ways *ways, size_t arm, size_t part, bool median)
{
	double values[RUN_BLOCKS_MAX], total = 0;
	size_t count = ways->count[arm];
	for (size_t i = 0; i < count; i++) {
		values[i] = part_number(ways->found[arm][i], part, median);
		total += values[i];
	}
	if (count == 0 || isnan(total))
		return NAN;
	return median ? stats_median(values, count) : total / (double)count;
}

/* "12.3 (11.8)": mean and median; a dash when the arm has no such part at all. */
static void part_cell(struct doc *doc, const struct page_ways *ways, size_t arm, size_t part)
{
	double mean = part_over_blocks(ways, arm, part, false);
	if (isnan(mean) || mean <= 0)
		doc_cell(doc, TEXT_DASH);
	else
		doc_cell_toned(doc, part == WHOLE ? DOC_STRONG : DOC_PLAIN, "%s (%s)",
			       text_fixed(mean, 1).s,
			       text_fixed(part_over_blocks(ways, arm, part, true), 1).s);
}

static void part_row(const struct run *run, struct doc *doc, const struct page_ways *ways,
		     size_t page, size_t part)
{
	doc_row(doc, (struct doc_keys){.page = run->pages[page]});
	doc_cell(doc, "%s", part == WHOLE ? "the whole" : way_part_infos[part].words);
	doc_cell(doc, "%s", part == WHOLE ? "" : way_part_infos[part].kind);
	for (size_t arm = 0; arm < run->arm_count; arm++)
		if (ways->count[arm])
			part_cell(doc, ways, arm, part);
}

/* The sum over files of a number. */
static double total_of(const struct page_ways *ways, size_t arm, const char *path)
{
	return ways->count[arm] ? stamp_mean(ways->found[arm], ways->count[arm], path) *
					  (double)ways->count[arm]
				: 0;
}

/* What an arm's requests were, and that each was checked. */
static void arm_item(const struct run *run, struct doc *doc, const struct page_ways *ways,
		     size_t arm)
{
	double residual = 0,
	       plain = stamp_median(ways->found[arm], ways->count[arm], "plain_us.p50");
	for (size_t i = 0; i < ways->count[arm]; i++)
		residual = fmax(residual, json_number_at(ways->found[arm][i], "residual_us"));
	doc_item(doc,
		 "%s: %s requests taken apart, the largest difference of a whole from its parts %s "
		 "\u00b5s; %s more with stamps missing or out of order, in no figure. Without "
		 "stamps "
		 "the median request took %s \u00b5s: asking for them cost %s \u00b5s.",
		 run->arms[arm].id, text_whole(total_of(ways, arm, "requests.stamped")).s,
		 text_fixed(residual, 3).s, text_whole(total_of(ways, arm, "requests.broken")).s,
		 text_fixed(plain, 1).s,
		 text_fixed(part_over_blocks(ways, arm, WHOLE, true) - plain, 1).s);
}

static void page_part(const struct run *run, struct doc *doc, const struct page_ways *ways,
		      size_t page)
{
	doc_heading(doc, 3, "The way of a lone request: %s", run->pages[page]);
	doc_table(doc,
		  "%s: where a lone request's time goes, \u00b5s: mean over requests (median over "
		  "requests); the means add up to the whole's",
		  run->pages[page]);
	doc_set_keys(doc, (struct doc_keys){.page = run->pages[page]});
	doc_column(doc, DOC_LEFT, "part");
	doc_column(doc, DOC_LEFT, "kind");
	for (size_t arm = 0; arm < run->arm_count; arm++) {
		if (!ways->count[arm])
			continue;
		doc_column(doc, DOC_RIGHT, "%s, \u00b5s", run->arms[arm].id);
		doc_set_keys(doc, (struct doc_keys){.arm = run->arms[arm].id});
	}
	for (size_t part = 0; part <= WHOLE; part++)
		part_row(run, doc, ways, page, part);
	for (size_t arm = 0; arm < run->arm_count; arm++)
		if (ways->count[arm])
			arm_item(run, doc, ways, arm);
}

static void all_pages(const struct run *run, struct doc *doc, const struct stamp_files *files)
{
	struct page_ways ways;
	for (size_t page = 0; page < run->page_count; page++) {
		bool any = false;
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			ways.count[arm] = stamp_files_of(files, arm, page, ways.found[arm]);
			any = any || ways.count[arm];
		}
		if (any)
			page_part(run, doc, &ways, page);
	}
}

void report_way(const struct run *run, struct doc *doc)
{
	struct stamp_files files;
	if (!stamp_files_read(&files, run))
		doc_fail(doc);
	if (files.count > 0) {
		doc_heading(doc, 2, "A lone request's way");
		doc_paragraph(
			doc,
			"One client, one request at a time. Every process that the request passes "
			"notes when it passes which station, all by one monotonic clock; these "
			"stamps, the client's two at the ends included, are put into one order, "
			"and "
			"the time between two neighbours belongs to what the later one ends. So "
			"the "
			"parts of each request add up to its whole, which is checked request by "
			"request; where calls overlap, the time goes to what ended first. Means "
			"over "
			"requests add up as well; medians and other percentiles do not.");
		all_pages(run, doc, &files);
	}
	stamp_files_free(&files);
}
