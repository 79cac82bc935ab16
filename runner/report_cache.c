/* Arms that keep answers: how much of what was asked came from the cache, and how old it was. */
#include "runner/report_sections.h"

#include <math.h>

/* A number of the files' "cache", median over the blocks that count, or the largest. */
static double cache_number(const struct run *run, struct cell cell, const char *path, bool largest)
{
	double values[RUN_BLOCKS_MAX], most = NAN;
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result = cell_result(run, cell, block);
		double value = result ? json_number_at(result->root, path) : NAN;
		if (isnan(value))
			continue;
		values[count++] = value;
		most = fmax(most, value);
	}
	return largest ? most : stats_median(values, count);
}

static bool has_cache(const struct run *run, struct cell cell)
{
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result =
			report_run_at(run, cell.arm, cell.page, cell.load, block);
		if (result && json_is_object(json_object_get(result->root, "cache")))
			return true;
	}
	return false;
}

static void row(const struct run *run, struct doc *doc, struct cell cell)
{
	doc_row(doc, report_keys_mixed(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", text_load(run->loads[cell.load]).s);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell(doc, "%s", text_ms(cache_number(run, cell, "cache.ttl_s", true) * 1e6).s);
	doc_cell(doc, "%s", text_percent(cache_number(run, cell, "cache.hit_rate", false)).s);
	doc_cell(doc, "%s", text_ms(cache_number(run, cell, "cache.age_mean_s", false) * 1e6).s);
	doc_cell(doc, "%s", text_ms(cache_number(run, cell, "cache.age_max_s", true) * 1e6).s);
	doc_cell(doc, "%zu", cell_trials(run, cell));
}

static void begin(const struct run *run, struct doc *doc)
{
	doc_heading(doc, 2, "What came from caches");
	doc_paragraph(
		doc,
		"Some arms keep whole answers for a time and give them again: what they "
		"answer then costs neither a read nor a call, and may be as old as that time. "
		"Addresses were asked for by popularity %s. Shares are of all requests of a "
		"load, its warm-up included, medians over blocks; the oldest answer is that of "
		"any block, since the servers started.",
		json_text_at(run->results[0].root, "config.popularity", TEXT_DASH));
	doc_table(doc, "Answers from the cache by page, load and arm");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "load");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "kept for, ms");
	doc_column(doc, DOC_RIGHT, "from the cache");
	doc_column(doc, DOC_RIGHT, "mean age, ms");
	doc_column(doc, DOC_RIGHT, "oldest, ms");
	doc_column(doc, DOC_RIGHT, "trials");
}

void report_cache(const struct run *run, struct doc *doc)
{
	bool begun = false;
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t arm = 0; arm < run->arm_count; arm++) {
				struct cell cell = {arm, page, load, false};
				if (!has_cache(run, cell))
					continue;
				if (!begun)
					begin(run, doc);
				begun = true;
				row(run, doc, cell);
			}
}
