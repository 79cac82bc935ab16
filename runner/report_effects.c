/*
 * Architecture and store apart: when the arms cover {unified, microservices} x two stores, the main
 * effects of both and their interaction (factorial.h), and the gap between the corners that differ
 * in both taken apart into the architecture alone, the store alone, and what only both together do.
 * Where several arms fit a corner (schemas, coalescing), every choice is a set of its own, so that
 * the architecture is not mistaken for the choice.
 */
#include "runner/factorial.h"
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SETS_MAX = 8, CORNERS = FACTORIAL_CORNERS };
enum { U1 = FACTORIAL_U1, U2 = FACTORIAL_U2, M1 = FACTORIAL_M1, M2 = FACTORIAL_M2 };

struct sets {
	size_t arms[SETS_MAX][CORNERS];
	size_t count;
	const char *stores[2]; /* borrowed; compared up to a '-' */
	bool more;             /* there were more than SETS_MAX */
};

static size_t family_length(const char *store)
{
	return strcspn(store, "-");
}

static bool same_family(const char *a, const char *b)
{
	return family_length(a) == family_length(b) && strncmp(a, b, family_length(a)) == 0;
}

/* The corner of an arm, CORNERS when it has none (the floor, other stores). */
static size_t corner_of(const struct run_arm *arm, const char *const stores[2])
{
	bool unified = strcmp(arm->architecture, "unified") == 0;
	bool services = strcmp(arm->architecture, "microservices") == 0;
	if (json_is_true(json_object_get(arm->plan, "precomputed")) || (!unified && !services))
		return CORNERS;
	for (size_t i = 0; i < 2; i++)
		if (stores[i] && same_family(arm->store, stores[i]))
			return (unified ? (size_t)U1 : (size_t)M1) + i;
	return CORNERS;
}

static void stores_find(const struct run *run, const char *stores[2])
{
	size_t count = 0;
	for (size_t i = 0; i < run->arm_count && count < 2; i++) {
		const char *store = run->arms[i].store;
		if (*store && (count == 0 || !same_family(store, stores[0])))
			stores[count++] = store;
	}
}

static void sets_add(struct sets *sets, const size_t arms[CORNERS])
{
	if (sets->count == SETS_MAX) {
		sets->more = true;
		return;
	}
	memcpy(sets->arms[sets->count++], arms, CORNERS * sizeof(*arms));
}

/* Choices that all arms of a set must share: with its default where the plan is silent. */
static const struct {
	const char *key, *usual;
} shared_choices[] = {{"placement", "1cpu"}, {"cache_ttl", "0s"}};

static bool alike(const struct run *run, const size_t arms[CORNERS])
{
	for (size_t i = 0; i < sizeof(shared_choices) / sizeof(shared_choices[0]); i++) {
		const char *key = shared_choices[i].key, *usual = shared_choices[i].usual;
		const char *first = json_text_at(run->arms[arms[0]].plan, key, usual);
		for (size_t corner = 1; corner < CORNERS; corner++) {
			const json_t *plan = run->arms[arms[corner]].plan;
			if (strcmp(first, json_text_at(plan, key, usual)) != 0)
				return false;
		}
	}
	return true;
}

/* Every choice of one arm a corner, in the plan's order. */
static struct sets sets_find(const struct run *run)
{
	struct sets sets = {.count = 0};
	size_t at[CORNERS];
	size_t n = run->arm_count;
	stores_find(run, sets.stores);
	if (!sets.stores[1])
		return sets;
	for (size_t i = 0; i < n * n * n * n; i++) {
		bool fits = true;
		size_t rest = i;
		for (size_t corner = CORNERS; corner-- > 0; rest /= n) {
			at[corner] = rest % n;
			fits = fits && corner_of(&run->arms[at[corner]], sets.stores) == corner;
		}
		if (fits && alike(run, at))
			sets_add(&sets, at);
	}
	return sets;
}

/* What is compared, at which load. */
struct measure {
	enum metric metric;
	bool low; /* at the low load, else at capacity */
	const char *what, *statistic;
};

static const struct measure measures[] = {
	{METRIC_THROUGHPUT, false, "capacity (requests/s)", "throughput"},
	{METRIC_CPU_REQUEST, false, "CPU time a request at capacity", "CPU"},
	{METRIC_CPU_REQUEST, true, "CPU time a request", "CPU"},
	{METRIC_P50, true, "p50 of response time", "p50"},
	{METRIC_P95, true, "p95 of response time", "p95"},
};
enum { MEASURES = sizeof(measures) / sizeof(measures[0]) };

static size_t load_of(const struct run *run, const struct measure *measure)
{
	return measure->low ? report_low_load(run) : report_run_load_of(run, RUN_CAPACITY);
}

/* Whether a corner may be compared: few failures, and latency only where it is no queue. */
static bool is_comparable(const struct run *run, struct cell cell, const struct measure *measure)
{
	if (measure->metric == METRIC_P50 || measure->metric == METRIC_P95)
		return cell_state(run, cell) == GAP_STATED;
	return cell_error_share(run, cell) <= ERROR_SHARE;
}

static void effects_of(const struct run *run, const size_t arms[CORNERS], size_t page,
		       const struct measure *measure, struct interval effects[FACTORIAL_EFFECTS])
{
	double values[CORNERS][RUN_BLOCKS_MAX];
	const double *const corners[CORNERS] = {values[U1], values[U2], values[M1], values[M2]};
	size_t count = 0, load = load_of(run, measure);
	bool comparable = true;
	for (size_t corner = 0; corner < CORNERS; corner++)
		comparable =
			comparable &&
			is_comparable(run, (struct cell){arms[corner], page, load, false}, measure);
	for (size_t block = 0; block < run->block_count && comparable; block++) {
		bool whole = true;
		for (size_t corner = 0; corner < CORNERS; corner++) {
			struct cell cell = {arms[corner], page, load, false};
			values[corner][count] = cell_block(run, cell, measure->metric, block);
			whole = whole && values[corner][count] > 0;
		}
		count += whole;
	}
	factorial_effects(corners, count, CONFIDENCE, effects);
}

static void name_cells(const struct run *run, struct doc *doc, size_t set, size_t page,
		       const struct measure *measure)
{
	doc_row(doc, (struct doc_keys){.page = run->pages[page], .statistic = measure->statistic});
	doc_cell(doc, "%zu", set + 1);
	doc_cell(doc, "%s", run->pages[page]);
}

/* Main effects that have an interval, and those whose interval is narrow. */
#define NARROW 0.05
struct widths {
	size_t all, narrow;
};

static void width_count(struct widths *widths, struct interval effect)
{
	double reach = sqrt(effect.high / effect.low) - 1;
	widths->all += isfinite(reach);
	widths->narrow += reach < NARROW;
}

static void effects_table(const struct run *run, struct doc *doc, const struct sets *sets,
			  const struct measure *measure, struct widths *widths)
{
	doc_table(doc, "Effects on %s%s%s, as ratios with 95 %% intervals over blocks",
		  measure->what, measure->low ? ": " : "",
		  measure->low ? text_load(run->loads[load_of(run, measure)]).s : "");
	doc_column(doc, DOC_LEFT, "set");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "architecture");
	doc_column(doc, DOC_RIGHT, "store");
	doc_column(doc, DOC_RIGHT, "interaction");
	doc_column(doc, DOC_RIGHT, "blocks");
	for (size_t set = 0; set < sets->count; set++)
		for (size_t page = 0; page < run->page_count; page++) {
			struct interval effects[FACTORIAL_EFFECTS];
			effects_of(run, sets->arms[set], page, measure, effects);
			width_count(widths, effects[EFFECT_ARCHITECTURE]);
			width_count(widths, effects[EFFECT_STORE]);
			name_cells(run, doc, set, page, measure);
			doc_cell(doc, "%s", text_ratio(effects[EFFECT_ARCHITECTURE]).s);
			doc_cell(doc, "%s", text_ratio(effects[EFFECT_STORE]).s);
			doc_cell(doc, "%s", text_ratio(effects[EFFECT_INTERACTION]).s);
			doc_cell(doc, "%zu", effects[EFFECT_ARCHITECTURE].n);
		}
}

/* ---- the gap between the corners that differ in both ---- */

/* "52 %": the share of a ratio in another, on the log scale, on which they add up. A dash where the
 * parts pull different ways: shares of more than all, or of less than nothing, say nothing. */
static struct text text_share(const struct interval effects[FACTORIAL_EFFECTS],
			      enum factorial_effect effect)
{
	double gap = log(effects[EFFECT_GAP].estimate);
	static const enum factorial_effect parts[] = {EFFECT_ARCHITECTURE_ALONE, EFFECT_STORE_ALONE,
						      EFFECT_INTERACTION};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!(log(effects[parts[i]].estimate) * gap > 0))
			return (struct text){TEXT_DASH};
	struct text out;
	snprintf(out.s, sizeof(out.s), "%.20s %%",
		 text_fixed(100 * log(effects[effect].estimate) / gap, 0).s);
	return out;
}

/* What the third part says, by its interval, whichever way it goes. */
static const char *together_says(struct interval together)
{
	if (isnan(together.low))
		return "too few blocks to say whether both together do more than each alone";
	if (together.low > 1)
		return "both together raise it beyond what the two multiply to";
	if (together.high < 1)
		return "both together keep it below what the two multiply to";
	return "as far as this run can see, the two simply multiply";
}

static void gap_table(const struct run *run, struct doc *doc, const struct sets *sets,
		      const struct measure *measure)
{
	doc_table(doc,
		  "The gap on %s%s%s taken apart: microservices on %.*s over unified on %.*s = "
		  "architecture alone \u00d7 store alone \u00d7 only both together",
		  measure->what, measure->low ? ": " : "",
		  measure->low ? text_load(run->loads[load_of(run, measure)]).s : "",
		  (int)family_length(sets->stores[1]), sets->stores[1],
		  (int)family_length(sets->stores[0]), sets->stores[0]);
	static const char *const columns[] = {"gap", "architecture alone", "store alone",
					      "only both together"};
	doc_column(doc, DOC_LEFT, "set");
	doc_column(doc, DOC_LEFT, "page");
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		doc_column(doc, DOC_RIGHT, "%s", columns[i]);
	doc_column(doc, DOC_RIGHT, "shares of ln(gap)");
	for (size_t set = 0; set < sets->count; set++)
		for (size_t page = 0; page < run->page_count; page++) {
			struct interval e[FACTORIAL_EFFECTS];
			effects_of(run, sets->arms[set], page, measure, e);
			name_cells(run, doc, set, page, measure);
			doc_cell_toned(doc, DOC_STRONG, "%s", text_ratio(e[EFFECT_GAP]).s);
			doc_cell(doc, "%s", text_ratio(e[EFFECT_ARCHITECTURE_ALONE]).s);
			doc_cell(doc, "%s", text_ratio(e[EFFECT_STORE_ALONE]).s);
			doc_cell(doc, "%s", text_ratio(e[EFFECT_INTERACTION]).s);
			doc_cell(doc, "%s, %s, %s", text_share(e, EFFECT_ARCHITECTURE_ALONE).s,
				 text_share(e, EFFECT_STORE_ALONE).s,
				 text_share(e, EFFECT_INTERACTION).s);
		}
}

/* One sentence a page, of the first set: in the plan's order, the arms as they would be shipped. */
static void gap_words(const struct run *run, struct doc *doc, const size_t arms[CORNERS],
		      const struct measure *measure)
{
	for (size_t page = 0; page < run->page_count; page++) {
		struct interval e[FACTORIAL_EFFECTS];
		effects_of(run, arms, page, measure, e);
		if (e[EFFECT_GAP].n == 0)
			continue;
		doc_key(doc,
			"%s, %s: %s over %s is %s. The architecture alone makes %s of it (%s over "
			"%s), the store alone %s (%s over %s), and the factor %s is left for both "
			"together: %s.",
			run->pages[page], measure->what, run->arms[arms[M2]].id,
			run->arms[arms[U1]].id, text_ratio_words(e[EFFECT_GAP]).s,
			text_ratio_words(e[EFFECT_ARCHITECTURE_ALONE]).s, run->arms[arms[M1]].id,
			run->arms[arms[U1]].id, text_ratio_words(e[EFFECT_STORE_ALONE]).s,
			run->arms[arms[U2]].id, run->arms[arms[U1]].id,
			text_ratio_words(e[EFFECT_INTERACTION]).s,
			together_says(e[EFFECT_INTERACTION]));
	}
}

static void intro(const struct run *run, struct doc *doc, const struct sets *sets)
{
	int first = (int)family_length(sets->stores[0]);
	int second = (int)family_length(sets->stores[1]);
	doc_paragraph(doc,
		      "Architecture: microservices over unified, the geometric mean of that ratio "
		      "on %.*s and on %.*s. Store: %.*s over %.*s, the same over the two "
		      "architectures. Interaction: the architecture's ratio on %.*s over its ratio "
		      "on %.*s; where its interval excludes 1 the two effects do not simply "
		      "multiply, and a main effect is only an average of two different ones. Alone "
		      "means added first, to unified on %.*s; removed last, from microservices on "
		      "%.*s, either is what it is alone times the interaction.",
		      first, sets->stores[0], second, sets->stores[1], second, sets->stores[1],
		      first, sets->stores[0], second, sets->stores[1], first, sets->stores[0],
		      first, sets->stores[0], second, sets->stores[1]);
	for (size_t set = 0; set < sets->count; set++)
		doc_item(doc, "Set %zu: %s and %s against %s and %s", set + 1,
			 run->arms[sets->arms[set][U1]].id, run->arms[sets->arms[set][U2]].id,
			 run->arms[sets->arms[set][M1]].id, run->arms[sets->arms[set][M2]].id);
	if (sets->more)
		doc_paragraph(doc, "More sets than these %d are possible; they are left out.",
			      SETS_MAX);
}

void report_effects(const struct run *run, struct doc *doc)
{
	struct sets sets = sets_find(run);
	struct widths widths = {0};
	if (sets.count == 0 || report_run_load_of(run, RUN_CAPACITY) == run->load_count)
		return;
	doc_heading(doc, 2, "Architecture and store apart");
	intro(run, doc, &sets);
	gap_words(run, doc, sets.arms[0], &measures[1]);
	for (size_t i = 0; i < MEASURES; i++) {
		if (load_of(run, &measures[i]) == run->load_count)
			continue;
		effects_table(run, doc, &sets, &measures[i], &widths);
		gap_table(run, doc, &sets, &measures[i]);
	}
	doc_paragraph(
		doc,
		"Of %zu main effects in these tables, %zu have a 95 %% interval within \u00b15 "
		"%% of the effect.",
		widths.all, widths.narrow);
}
