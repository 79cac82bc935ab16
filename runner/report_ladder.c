/*
 * The ladder: what each step costs in CPU time a page, what the run could have seen of it, and
 * where the plan has an arm for it, the same step once more, removed last from the top.
 */
#include "runner/ladder.h"
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_MAX = RUN_PAGES_MAX * RUN_ARMS_MAX };

/* A table's rows: a page and a rung each; `us` is what is judged. */
struct rows {
	size_t count;
	struct {
		size_t page, rung;
		struct interval us;
	} rows[ROWS_MAX];
	double p[ROWS_MAX]; /* after Holm's adjustment over the table */
};

static void rows_add(struct rows *rows, size_t page, size_t rung, struct interval us)
{
	rows->rows[rows->count].page = page;
	rows->rows[rows->count].rung = rung;
	rows->rows[rows->count++].us = us;
}

static void rows_adjust(struct rows *rows)
{
	double p[ROWS_MAX];
	for (size_t i = 0; i < rows->count; i++)
		p[i] = ladder_p(rows->rows[i].us);
	stats_holm(p, rows->p, rows->count);
}

static const char *arm_id(const struct run *run, const struct ladder *ladder, size_t rung)
{
	return run->arms[ladder->arms[rung]].id;
}

static const char *word_of(const struct ladder *ladder, size_t rung)
{
	enum tax_word word = ladder->steps[rung].word;
	return word == TAX_WORDS ? TEXT_DASH : tax_words[word].name;
}

static void name_columns(struct doc *doc)
{
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "step");
	doc_column(doc, DOC_LEFT, "word");
}

static void name_cells(const struct run *run, struct doc *doc, const struct ladder *ladder,
		       size_t page, size_t rung)
{
	doc_row(doc, (struct doc_keys){.page = run->pages[page], .statistic = "CPU"});
	doc_cell(doc, "%s", run->pages[page]);
	doc_cell(doc, "%s \u2192 %s", arm_id(run, ladder, rung - 1), arm_id(run, ladder, rung));
	doc_cell(doc, "%s", word_of(ladder, rung));
}

/* What a difference says: "more", "less", "below resolution", or why it says nothing. */
static void says_cell(struct doc *doc, struct interval us, double p, const char *more,
		      const char *less)
{
	switch (ladder_judge(us, p)) {
	case LADDER_RESOLVED:
		doc_cell_toned(doc, DOC_STRONG, "%s", us.estimate > 0 ? more : less);
		break;
	case LADDER_BELOW:
		doc_cell_toned(doc, DOC_MUTED, "below resolution");
		break;
	case LADDER_NOTHING:
		doc_cell_toned(doc, DOC_MUTED, "no verdict (%s)", text_blocks(us.n).s);
		break;
	}
}

/* ---- the steps ---- */

static void steps_row(const struct run *run, struct doc *doc, const struct ladder *ladder,
		      const struct rows *rows, size_t i, size_t load)
{
	size_t page = rows->rows[i].page, rung = rows->rows[i].rung;
	size_t lower = ladder->arms[rung - 1], upper = ladder->arms[rung];
	double below =
		cell_median(run, (struct cell){lower, page, load, false}, METRIC_CPU_REQUEST);
	double visible = below * ladder_noise(run, ladder, page, load).share;
	name_cells(run, doc, ladder, page, rung);
	doc_cell(doc, "%s", text_fixed(visible, visible < 10 ? 2 : 1).s);
	doc_cell(doc, "%s", text_us(rows->rows[i].us).s);
	doc_cell(doc, "%s", text_ratio(ladder_difference(run, page, load, lower, upper, true)).s);
	doc_cell(doc, "%s", text_p(rows->p[i]).s);
	says_cell(doc, rows->rows[i].us, rows->p[i], "costs", "saves");
}

static void steps_table(const struct run *run, struct doc *doc, const struct ladder *ladder,
			size_t load)
{
	struct rows rows = {.count = 0};
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t rung = 1; rung < ladder->count; rung++)
			rows_add(&rows, page, rung,
				 ladder_difference(run, page, load, ladder->arms[rung - 1],
						   ladder->arms[rung], false));
	rows_adjust(&rows);
	doc_table(doc,
		  "Each step of the ladder in CPU \u00b5s a page (%s), with 95 %% intervals over "
		  "blocks",
		  text_load(run->loads[load]).s);
	name_columns(doc);
	doc_column(doc, DOC_RIGHT, "visible from, \u00b5s");
	doc_column(doc, DOC_RIGHT, "difference, \u00b5s");
	doc_column(doc, DOC_RIGHT, "ratio");
	doc_column(doc, DOC_RIGHT, "p (Holm)");
	doc_column(doc, DOC_LEFT, "says");
	size_t says[] = {[LADDER_NOTHING] = 0, [LADDER_BELOW] = 0, [LADDER_RESOLVED] = 0};
	for (size_t i = 0; i < rows.count; i++) {
		steps_row(run, doc, ladder, &rows, i, load);
		says[ladder_judge(rows.rows[i].us, rows.p[i])]++;
	}
	doc_key(doc,
		"Of %zu steps over all pages (%s), %zu are resolved, %zu are below resolution, and "
		"of %zu nothing can be said.",
		rows.count, text_load(run->loads[load]).s, says[LADDER_RESOLVED],
		says[LADDER_BELOW], says[LADDER_NOTHING]);
}

/* ---- twice ---- */

/* What the step costs removed last less what it costs where the ladder adds it. */
static struct interval interaction_of(const struct run *run, const struct ladder *ladder,
				      size_t page, size_t load, size_t rung)
{
	const struct ladder_term terms[] = {{ladder->arms[ladder->top], 1},
					    {ladder->without[rung], -1},
					    {ladder->arms[rung], -1},
					    {ladder->arms[rung - 1], 1}};
	return ladder_sum(run, page, load, terms, 4, false);
}

static void twice_table(const struct run *run, struct doc *doc, const struct ladder *ladder,
			size_t load)
{
	struct rows rows = {.count = 0};
	size_t top = ladder->arms[ladder->top];
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t rung = 1; rung < ladder->top; rung++)
			if (ladder->without[rung] < RUN_ARMS_MAX)
				rows_add(&rows, page, rung,
					 interaction_of(run, ladder, page, load, rung));
	if (rows.count == 0)
		return;
	rows_adjust(&rows);
	doc_table(doc,
		  "Steps measured twice, in CPU \u00b5s a page (%s): added where the ladder has "
		  "them, and removed last from %s; the interaction is the second less the first",
		  text_load(run->loads[load]).s, run->arms[top].id);
	name_columns(doc);
	doc_column(doc, DOC_RIGHT, "added, \u00b5s");
	doc_column(doc, DOC_RIGHT, "removed last, \u00b5s");
	doc_column(doc, DOC_RIGHT, "interaction, \u00b5s");
	doc_column(doc, DOC_RIGHT, "p (Holm)");
	doc_column(doc, DOC_LEFT, "says");
	for (size_t i = 0; i < rows.count; i++) {
		size_t page = rows.rows[i].page, rung = rows.rows[i].rung;
		name_cells(run, doc, ladder, page, rung);
		doc_cell(doc, "%s",
			 text_us(ladder_difference(run, page, load, ladder->arms[rung - 1],
						   ladder->arms[rung], false))
				 .s);
		doc_cell(doc, "%s",
			 text_us(ladder_difference(run, page, load, ladder->without[rung], top,
						   false))
				 .s);
		doc_cell(doc, "%s", text_us(rows.rows[i].us).s);
		doc_cell(doc, "%s", text_p(rows.p[i]).s);
		says_cell(doc, rows.rows[i].us, rows.p[i], "costs more last", "costs less last");
	}
}

/* The steps that no arm measures removed last, by name: what is missing is said, not guessed. */
static void once_words(const struct run *run, struct doc *doc, const struct ladder *ladder)
{
	char names[512] = "";
	size_t used = 0;
	for (size_t rung = ladder->base + 1; rung < ladder->top; rung++) {
		if (ladder->without[rung] < RUN_ARMS_MAX || used + 120 > sizeof(names))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.50s \u2192 %.50s",
					 used ? ", " : "", arm_id(run, ladder, rung - 1),
					 arm_id(run, ladder, rung));
	}
	if (used)
		doc_paragraph(doc,
			      "Measured once, where the ladder adds them, and not removed last: "
			      "%s. This run has no arm that is %s but for one of these steps, so "
			      "that nothing is said about their interaction with the steps above "
			      "them. The step up to %s is itself the last.",
			      names, arm_id(run, ladder, ladder->top),
			      arm_id(run, ladder, ladder->top));
}

/* ---- the section ---- */

static void steps_list(const struct run *run, struct doc *doc, const struct ladder *ladder)
{
	for (size_t rung = 1; rung < ladder->count; rung++)
		doc_item(doc, "%s \u2192 %s: %s%s%s%s.", arm_id(run, ladder, rung - 1),
			 arm_id(run, ladder, rung), ladder->steps[rung].adds,
			 ladder->steps[rung].word == TAX_WORDS ? "" : " (",
			 ladder->steps[rung].word == TAX_WORDS ? "" : word_of(ladder, rung),
			 ladder->steps[rung].word == TAX_WORDS ? "" : ")");
}

/* What the run can resolve, before any step is looked at. */
static void noise_words(const struct run *run, struct doc *doc, const struct ladder *ladder,
			size_t load)
{
	for (size_t page = 0; page < run->page_count; page++) {
		struct ladder_noise noise = ladder_noise(run, ladder, page, load);
		if (isnan(noise.share))
			continue;
		doc_item(doc,
			 "%s (%s): %s can show a difference from %s of the lower rung's CPU time, "
			 "by %s.",
			 run->pages[page], text_load(run->loads[load]).s,
			 text_blocks(noise.blocks).s, text_percent(noise.share).s,
			 noise.twin ? "what the run's twin differs by"
				    : "what is left of all rungs' CPU time when their means and "
				      "the blocks' are taken away");
	}
}

/* Whether any page has two rungs at a load: some arms take the open load alone. */
static bool has_steps(const struct run *run, const struct ladder *ladder, size_t load)
{
	for (size_t page = 0; page < run->page_count; page++) {
		size_t rungs = 0;
		for (size_t rung = 0; rung < ladder->count; rung++)
			rungs += cell_exists(run,
					     (struct cell){ladder->arms[rung], page, load, false});
		if (rungs > 1)
			return true;
	}
	return false;
}

void report_ladder(const struct run *run, struct doc *doc)
{
	static const enum run_kind kinds[] = {RUN_OPEN, RUN_NEAR, RUN_CAPACITY};
	struct ladder ladder = ladder_of(run);
	if (ladder.count == 0)
		return;
	doc_heading(doc, 2, "The ladder, step by step");
	doc_paragraph(doc,
		      "Neighbouring rungs differ by one thing. A step is the mean over blocks of "
		      "the difference within a block, with Student's t interval; p is adjusted by "
		      "Holm's method over the table. A step whose interval includes 0, or whose p "
		      "is not under 0.05, is below resolution: it is reported as nothing, whatever "
		      "its estimate. Visible from is what the run's noise lets it see, known "
		      "before the step is looked at.");
	steps_list(run, doc, &ladder);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t load = report_run_load_of(run, kinds[i]);
		if (load == run->load_count || !has_steps(run, &ladder, load))
			continue;
		noise_words(run, doc, &ladder, load);
		steps_table(run, doc, &ladder, load);
		twice_table(run, doc, &ladder, load);
	}
	once_words(run, doc, &ladder);
}
