/*
 * The waterfall: the way from unified's CPU time a page to the microservices', a word of the tax at
 * a time. Each word is the sum of its steps on the ladder, taken within a block, so that the words
 * and what has no word add up to the whole. Words below resolution are no bars of their own: they
 * go down the waterfall together.
 */
#include "runner/ladder.h"
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PARTS_MAX = TAX_WORDS + 1 };

/* A word (or TAX_WORDS: steps that have none) of a page. */
struct part {
	enum tax_word word;
	struct ladder_term terms[LADDER_TERMS_MAX];
	size_t term_count;
	struct interval us, ratio;
	double p; /* adjusted over the words of all pages */
};

struct fall {
	size_t page, load;
	size_t count;
	struct part parts[PARTS_MAX]; /* in the order in which the ladder has them */
	struct interval base, top;    /* CPU us a page */
};

static struct fall fall_of(const struct run *run, const struct ladder *ladder, size_t page,
			   size_t load)
{
	struct fall fall = {.page = page, .load = load};
	bool seen[TAX_WORDS + 1] = {false};
	for (size_t rung = ladder->base + 1; rung <= ladder->top; rung++) {
		enum tax_word word = ladder->steps[rung].word;
		if (seen[word])
			continue;
		seen[word] = true;
		struct part *part = &fall.parts[fall.count++];
		part->word = word;
		part->term_count = ladder_word_terms(ladder, word, part->terms);
		part->us = ladder_sum(run, page, load, part->terms, part->term_count, false);
		part->ratio = ladder_sum(run, page, load, part->terms, part->term_count, true);
	}
	const struct ladder_term base = {ladder->arms[ladder->base], 1};
	const struct ladder_term top = {ladder->arms[ladder->top], 1};
	fall.base = ladder_sum(run, page, load, &base, 1, false);
	fall.top = ladder_sum(run, page, load, &top, 1, false);
	return fall;
}

static void falls_adjust(struct fall *falls, size_t count)
{
	double p[RUN_PAGES_MAX * PARTS_MAX], adjusted[RUN_PAGES_MAX * PARTS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < falls[i].count; k++)
			p[n++] = ladder_p(falls[i].parts[k].us);
	stats_holm(p, adjusted, n);
	n = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < falls[i].count; k++)
			falls[i].parts[k].p = adjusted[n++];
}

static const char *name_of(const struct part *part)
{
	return part->word == TAX_WORDS ? "steps without a word" : tax_words[part->word].name;
}

/* ---- the table ---- */

static void row_begin(const struct run *run, struct doc *doc, const struct fall *fall,
		      const char *word)
{
	doc_row(doc, (struct doc_keys){.page = run->pages[fall->page], .statistic = "CPU"});
	doc_cell(doc, "%s", run->pages[fall->page]);
	doc_cell(doc, "%s", word);
}

static void end_row(const struct run *run, struct doc *doc, const struct fall *fall, size_t arm,
		    struct interval us)
{
	row_begin(run, doc, fall, run->arms[arm].id);
	doc_cell_toned(doc, DOC_STRONG, "%s", text_count(us.estimate).s);
	for (size_t i = 0; i < 3; i++)
		doc_cell(doc, "%s", "");
}

static void part_row(const struct run *run, struct doc *doc, const struct fall *fall,
		     const struct part *part)
{
	static const char *const says[] = {[LADDER_NOTHING] = "no verdict",
					   [LADDER_BELOW] = "below resolution",
					   [LADDER_RESOLVED] = "resolved"};
	enum ladder_says judged = ladder_judge(part->us, part->p);
	row_begin(run, doc, fall, name_of(part));
	doc_cell(doc, "%s", text_us(part->us).s);
	doc_cell(doc, "%s", text_ratio(part->ratio).s);
	doc_cell(doc, "%s", text_p(part->p).s);
	doc_cell_toned(doc, judged == LADDER_RESOLVED ? DOC_STRONG : DOC_MUTED, "%s", says[judged]);
}

static void whole_row(const struct run *run, struct doc *doc, const struct ladder *ladder,
		      const struct fall *fall)
{
	size_t base = ladder->arms[ladder->base], top = ladder->arms[ladder->top];
	struct interval us = ladder_difference(run, fall->page, fall->load, base, top, false);
	struct interval ratio = ladder_difference(run, fall->page, fall->load, base, top, true);
	row_begin(run, doc, fall, "all of it");
	doc_cell_toned(doc, DOC_STRONG, "%s", text_us(us).s);
	doc_cell_toned(doc, DOC_STRONG, "%s", text_ratio(ratio).s);
	doc_cell(doc, "%s", "");
	doc_cell(doc, "%s", "");
}

static void table(const struct run *run, struct doc *doc, const struct ladder *ladder,
		  const struct fall *falls, size_t count)
{
	doc_table(doc,
		  "From %s to %s in CPU \u00b5s a page (%s): means over blocks with 95 %% "
		  "intervals",
		  run->arms[ladder->arms[ladder->base]].id, run->arms[ladder->arms[ladder->top]].id,
		  text_load(run->loads[falls[0].load]).s);
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "word");
	doc_column(doc, DOC_RIGHT, "\u00b5s a page");
	doc_column(doc, DOC_RIGHT, "ratio");
	doc_column(doc, DOC_RIGHT, "p (Holm)");
	doc_column(doc, DOC_LEFT, "says");
	for (size_t i = 0; i < count; i++) {
		end_row(run, doc, &falls[i], ladder->arms[ladder->base], falls[i].base);
		for (size_t k = 0; k < falls[i].count; k++)
			part_row(run, doc, &falls[i], &falls[i].parts[k]);
		end_row(run, doc, &falls[i], ladder->arms[ladder->top], falls[i].top);
		whole_row(run, doc, ladder, &falls[i]);
	}
}

/* ---- the plot ---- */

/* A bar: where it begins and ends, then the interval of its end. */
struct bars {
	double from[PARTS_MAX + 3][2], to[PARTS_MAX + 3][2];
	struct doc_series series[PARTS_MAX + 3];
	size_t count;
};

static void bar_add(struct bars *bars, const char *name, const char *arm, double from,
		    struct interval change)
{
	size_t at = bars->count++;
	bars->from[at][0] = from;
	bars->to[at][0] = from + change.estimate;
	bars->from[at][1] = from + change.low;
	bars->to[at][1] = from + change.high;
	bars->series[at] = (struct doc_series){.name = name,
					       .keys = {.arm = arm},
					       .x = bars->from[at],
					       .y = bars->to[at],
					       .count = isfinite(change.low) ? 2 : 1};
}

/* The words that are resolved, each by itself, then the others together; false when a number is
 * missing. */
static bool bars_fill(const struct run *run, const struct ladder *ladder, const struct fall *fall,
		      struct bars *bars)
{
	const char *base = run->arms[ladder->arms[ladder->base]].id;
	const char *top = run->arms[ladder->arms[ladder->top]].id;
	struct ladder_term rest[LADDER_TERMS_MAX];
	size_t rest_count = 0;
	double at = fall->base.estimate;
	bar_add(bars, base, base, 0, fall->base);
	for (size_t k = 0; k < fall->count; k++) {
		const struct part *part = &fall->parts[k];
		if (ladder_judge(part->us, part->p) != LADDER_RESOLVED) {
			memcpy(rest + rest_count, part->terms,
			       part->term_count * sizeof(*part->terms));
			rest_count += part->term_count;
			continue;
		}
		bar_add(bars, name_of(part), NULL, at, part->us);
		at += part->us.estimate;
	}
	if (rest_count) {
		struct interval left =
			ladder_sum(run, fall->page, fall->load, rest, rest_count, false);
		bar_add(bars, "below resolution, together", NULL, at, left);
		at += left.estimate;
	}
	bar_add(bars, top, top, 0, fall->top);
	return isfinite(at) && isfinite(fall->top.estimate);
}

static void plot(const struct run *run, struct doc *doc, const struct ladder *ladder,
		 const struct fall *fall)
{
	struct bars bars = {.count = 0};
	char title[192];
	if (!bars_fill(run, ladder, fall, &bars))
		return;
	snprintf(title, sizeof(title), "%s: from %.50s to %.50s, CPU time a page",
		 run->pages[fall->page], run->arms[ladder->arms[ladder->base]].id,
		 run->arms[ladder->arms[ladder->top]].id);
	const struct doc_figure figure = {
		.shape = DOC_WATERFALL,
		.title = title,
		.keys = {.page = run->pages[fall->page], .statistic = "CPU"},
		.x = {.label = "word", .unit = ""},
		.y = {.label = "CPU time", .unit = "\u00b5s a page"},
		.series = bars.series,
		.series_count = bars.count,
	};
	doc_figure(doc, &figure,
		   "%s (%s). Each bar begins where the one before ended; the thin line is the 95 "
		   "%% interval of its end.",
		   title, text_load(run->loads[fall->load]).s);
}

/* ---- the section ---- */

/* Calls are kept alive, so that opening connections is no part of the way; what it would add stands
 * beside it when an arm opens one for each call. */
static void connections_words(const struct run *run, struct doc *doc, const struct ladder *ladder,
			      size_t load)
{
	if (ladder->top + 1 >= ladder->count) {
		doc_paragraph(doc,
			      "Connections: the services' are kept open, so that opening them is "
			      "no part of this. No rung of this run opens one for each call: what "
			      "that would cost is not measured here.");
		return;
	}
	for (size_t page = 0; page < run->page_count; page++) {
		size_t kept = ladder->arms[ladder->top], closed = ladder->arms[ladder->top + 1];
		struct interval us = ladder_difference(run, page, load, kept, closed, false);
		doc_item(doc,
			 "Connections, %s: kept open they are no part of this; a new one for each "
			 "call (%s) is %s \u00b5s a page more, a ratio of %s.",
			 run->pages[page], run->arms[closed].id, text_us(us).s,
			 text_ratio(ladder_difference(run, page, load, kept, closed, true)).s);
	}
}

static void words_list(struct doc *doc)
{
	for (size_t word = 0; word < TAX_WORDS; word++)
		doc_item(doc, "%s: %s.", tax_words[word].name, tax_words[word].means);
}

void report_waterfall(const struct run *run, struct doc *doc)
{
	struct fall falls[RUN_PAGES_MAX];
	struct ladder ladder = ladder_of(run);
	size_t load = report_run_load_of(run, RUN_OPEN);
	if (load == run->load_count)
		load = report_run_load_of(run, RUN_CAPACITY);
	if (ladder.count == 0 || ladder.top == ladder.base || load == run->load_count ||
	    run->page_count == 0)
		return;
	for (size_t page = 0; page < run->page_count; page++)
		falls[page] = fall_of(run, &ladder, page, load);
	falls_adjust(falls, run->page_count);
	doc_heading(doc, 2, "The fragmentation tax, by its words");
	doc_paragraph(doc,
		      "The same steps, summed by what they are. The shop's timing bar says the "
		      "same words. \u00b5s first, since they add up; ratios multiply. A word of "
		      "more steps than one is summed within each block, so that its interval is "
		      "its own.");
	words_list(doc);
	table(run, doc, &ladder, falls, run->page_count);
	for (size_t page = 0; page < run->page_count; page++)
		plot(run, doc, &ladder, &falls[page]);
	connections_words(run, doc, &ladder, load);
}
