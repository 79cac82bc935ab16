/* Requests per second per core within the SLO: what capacity planning needs, from the searches of a
 * run; then the curves that they walked. */
#include "runner/report_family.h"
#include "runner/report_sections.h"
#include "runner/saturate_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Over the blocks that have both arms (the same one twice for its values alone). */
static size_t pairs(const struct run *run, const struct saturation_files *files, const char *page,
		    const size_t arms[2], double values[2][RUN_BLOCKS_MAX])
{
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		double a = saturation_per_core(files, run->arms[arms[0]].id, page, block);
		double b = saturation_per_core(files, run->arms[arms[1]].id, page, block);
		if (isnan(a) || isnan(b))
			continue;
		values[0][count] = a;
		values[1][count++] = b;
	}
	return count;
}

/* A row of the table; its ratio is to the first arm of its page. */
struct row {
	size_t arm, page, count; /* count: blocks that have both */
	double median, least, most, p;
	struct interval ratio;
};

struct rows {
	struct row at[RUN_ARMS_MAX * RUN_PAGES_MAX];
	size_t count;
	double band; /* the wider of the report's and what a search cannot tell apart */
};

static void row_fill(const struct run *run, const struct saturation_files *files, struct row *row)
{
	double values[2][RUN_BLOCKS_MAX];
	const size_t same[2] = {row->arm, row->arm}, both[2] = {0, row->arm};
	const char *page = run->pages[row->page];
	size_t count = pairs(run, files, page, same, values);
	row->least = stats_min(values[0], count);
	row->most = stats_max(values[0], count);
	row->median = stats_median(values[0], count);
	row->count = pairs(run, files, page, both, values);
	row->ratio = stats_paired_ratio(values[0], values[1], row->count, CONFIDENCE);
	row->p = row->arm > 0 && row->count >= VERDICT_BLOCKS ? row->ratio.p : NAN;
}

/* All rows, their p-values adjusted as one family. */
static void rows_fill(const struct run *run, const struct saturation_files *files,
		      struct rows *rows)
{
	double p[RUN_ARMS_MAX * RUN_PAGES_MAX], adjusted[RUN_ARMS_MAX * RUN_PAGES_MAX];
	double precision = json_number_at(files->at[0].root, "config.precision");
	*rows = (struct rows){.band = fmax(BAND_MIN, precision)};
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			struct row *row = &rows->at[rows->count];
			if (!saturation_find(files, run->arms[arm].id, run->pages[page], 0))
				continue;
			*row = (struct row){.arm = arm, .page = page};
			row_fill(run, files, row);
			p[rows->count++] = row->p;
		}
	stats_holm(p, adjusted, rows->count);
	for (size_t i = 0; i < rows->count; i++)
		rows->at[i].p = adjusted[i];
}

static void verdict_cell(const struct run *run, struct doc *doc, const struct rows *rows,
			 const struct row *row)
{
	bool outside = row->ratio.low > 1 + rows->band || row->ratio.high < 1 / (1 + rows->band);
	if (row->arm == 0)
		doc_cell_toned(doc, DOC_MUTED, "baseline");
	else if (isnan(row->p))
		doc_cell(doc, "no verdict (%s)", text_blocks(row->count).s);
	else if (row->p < 1 - CONFIDENCE && outside)
		doc_cell(doc, "%s answers more",
			 run->arms[row->ratio.estimate > 1 ? row->arm : 0].id);
	else
		doc_cell(doc, "cannot be told");
}

static void row_cells(const struct run *run, struct doc *doc, const struct rows *rows,
		      const struct row *row)
{
	const char *page = run->pages[row->page], *arm = run->arms[row->arm].id;
	doc_row(doc, (struct doc_keys){.page = page, .arm = arm});
	doc_cell(doc, "%s", page);
	doc_cell(doc, "%s", arm);
	doc_cell_toned(doc, DOC_STRONG, "%s", text_whole(row->median).s);
	doc_cell(doc, "%s", text_whole(row->least).s);
	doc_cell(doc, "%s", text_whole(row->most).s);
	if (row->arm == 0)
		doc_cell_toned(doc, DOC_MUTED, "1");
	else
		doc_cell_toned(doc, DOC_STRONG, "%s",
			       row->count ? text_ratio(row->ratio).s : TEXT_DASH);
	verdict_cell(run, doc, rows, row);
}

static void table(const struct run *run, struct doc *doc, const struct saturation_files *files)
{
	static const char *const columns[] = {"requests/s per core", "least", "most", "ratio"};
	struct rows rows;
	rows_fill(run, files, &rows);
	doc_table(doc,
		  "Requests/s per core within the SLO: medians over blocks, the least and the "
		  "most of a block; ratios to %s with their 95 %% interval over blocks; a verdict "
		  "needs %d blocks, Holm's adjusted p under 0.05 and an interval outside 1 "
		  "\u00b1 %.0f %%",
		  run->arms[0].id, VERDICT_BLOCKS, rows.band * 100);
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "arm");
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		doc_column(doc, DOC_RIGHT, "%s", columns[i]);
	doc_column(doc, DOC_LEFT, "verdict");
	for (size_t i = 0; i < rows.count; i++)
		row_cells(run, doc, &rows, &rows.at[i]);
}

/* What limits the answer of some search: unfinished ones, and those that ended otherwise than
 * between two rates. */
static void caveats(struct doc *doc, const struct saturation_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		if (*files->at[i].caveat)
			doc_item(doc, "Block %s, %s %s: %s.", text_plain(files->at[i].block).s,
				 files->at[i].arm, files->at[i].page, files->at[i].caveat);
}

struct curve {
	double rate[SATURATION_POINTS_MAX], p95_ms[SATURATION_POINTS_MAX];
};

/* The curves of a page in the first block, where they bend up plain to see; then their numbers. */
static void curves(const struct run *run, struct doc *doc, const struct saturation_files *files,
		   size_t page)
{
	struct saturation_point points[SATURATION_POINTS_MAX];
	struct doc_series series[RUN_ARMS_MAX];
	const struct saturation_file *shown[RUN_ARMS_MAX];
	struct curve *all = calloc(RUN_ARMS_MAX, sizeof(*all));
	struct doc_figure figure = {
		.shape = DOC_LINES,
		.title = "Latency by rate",
		.keys = {.page = run->pages[page], .statistic = "p95"},
		.x = {"rate", "requests/s", true, NULL, 0},
		.y = {"p95 of response time", "ms", true, NULL, 0},
		.series = series,
	};
	for (size_t arm = 0; all && arm < run->arm_count; arm++) {
		const char *id = run->arms[arm].id;
		size_t at = figure.series_count;
		shown[at] = saturation_find(files, id, run->pages[page], 0);
		if (!shown[at])
			continue;
		size_t count = saturation_points(shown[at], points);
		for (size_t i = 0; i < count; i++) {
			all[at].rate[i] = points[i].rate;
			all[at].p95_ms[i] = points[i].p95_us / 1e3;
		}
		series[figure.series_count++] = (struct doc_series){.name = id,
								    .keys = {.arm = id},
								    .x = all[at].rate,
								    .y = all[at].p95_ms,
								    .count = count};
	}
	if (figure.series_count)
		doc_figure(doc, &figure,
			   "%s: p95 of response time by rate in the first block; a rate whose p95 "
			   "falls on failures has no point.",
			   run->pages[page]);
	for (size_t i = 0; i < figure.series_count; i++)
		saturation_curve(doc, shown[i]);
	free(all);
}

void report_slo(const struct run *run, struct doc *doc)
{
	struct saturation_files files;
	if (saturation_files_read(&files, run->path) && files.count > 0) {
		const json_t *first = files.at[0].root;
		doc_heading(doc, 2, "Requests per second per core within the SLO");
		doc_paragraph(
			doc,
			"The highest rate at which %s held, searched with requests that are due at "
			"fixed times whatever the answers do: rates grow from a tenth of the "
			"capacity until a majority of %s runs breaks one, then the gap to the "
			"highest that held is halved until it is %s; the answer is confirmed by a "
			"majority. A run also breaks when less than 99 %% of its rate was answered "
			"in the window. Divided by the CPUs that the servers had (%s).",
			json_text_at(first, "config.slo", "the SLO"),
			text_plain(json_number_at(first, "config.repeats")).s,
			text_percent(json_number_at(first, "config.precision")).s,
			text_plain(json_number_at(first, "cores")).s);
		table(run, doc, &files);
		caveats(doc, &files);
		for (size_t page = 0; page < run->page_count; page++)
			curves(run, doc, &files, page);
	}
	saturation_files_free(&files);
}
