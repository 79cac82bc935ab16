/*
 * Architecture and store apart: when the arms cover {unified, microservices} x two stores, the main
 * effects of both and their interaction, on the log scale, with intervals over blocks.
 *
 * With y = ln of the measure in one block, and u/m for the architecture, 1/2 for the store:
 * architecture = ((ym1 - yu1) + (ym2 - yu2)) / 2, store = ((yu2 - yu1) + (ym2 - ym1)) / 2,
 * interaction = (ym2 - yu2) - (ym1 - yu1). Where several arms fit a corner (schemas, coalescing),
 * every choice is a set of its own, so that the architecture is not mistaken for the choice.
 */
#include "runner/report_sections.h"

#include <math.h>
#include <string.h>

enum { SETS_MAX = 8, CORNERS = 4 };
enum { U1, U2, M1, M2 };

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

struct effects {
	struct interval architecture, store, interaction; /* as ratios */
};

static struct effects effects_of(const struct run *run, const size_t arms[CORNERS], size_t page,
				 size_t load, enum metric metric)
{
	double contrast[3][RUN_BLOCKS_MAX];
	size_t count = 0;
	bool clean = true;
	for (size_t corner = 0; corner < CORNERS; corner++)
		clean = clean && cell_error_share(run, (struct cell){arms[corner], page, load,
								     false}) <= ERROR_SHARE;
	for (size_t block = 0; block < run->block_count && clean; block++) {
		double y[CORNERS];
		bool whole = true;
		for (size_t corner = 0; corner < CORNERS; corner++) {
			struct cell cell = {arms[corner], page, load, false};
			y[corner] = log(cell_block(run, cell, metric, block));
			whole = whole && isfinite(y[corner]);
		}
		if (!whole)
			continue;
		contrast[0][count] = (y[M1] - y[U1] + y[M2] - y[U2]) / 2;
		contrast[1][count] = (y[U2] - y[U1] + y[M2] - y[M1]) / 2;
		contrast[2][count++] = y[M2] - y[U2] - y[M1] + y[U1];
	}
	return (struct effects){
		stats_exp(stats_mean_interval(contrast[0], count, CONFIDENCE)),
		stats_exp(stats_mean_interval(contrast[1], count, CONFIDENCE)),
		stats_exp(stats_mean_interval(contrast[2], count, CONFIDENCE)),
	};
}

static void effects_table(const struct run *run, struct doc *doc, const struct sets *sets,
			  size_t load, enum metric metric, const char *what)
{
	doc_table(doc, "Effects on %s, as ratios with 95 %% intervals over blocks", what);
	doc_column(doc, DOC_LEFT, "set");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "architecture");
	doc_column(doc, DOC_RIGHT, "store");
	doc_column(doc, DOC_RIGHT, "interaction");
	doc_column(doc, DOC_RIGHT, "blocks");
	for (size_t set = 0; set < sets->count; set++)
		for (size_t page = 0; page < run->page_count; page++) {
			struct effects effects =
				effects_of(run, sets->arms[set], page, load, metric);
			doc_row(doc, (struct doc_keys){.page = run->pages[page]});
			doc_cell(doc, "%zu", set + 1);
			doc_cell(doc, "%s", run->pages[page]);
			doc_cell(doc, "%s", text_ratio(effects.architecture).s);
			doc_cell(doc, "%s", text_ratio(effects.store).s);
			doc_cell(doc, "%s", text_ratio(effects.interaction).s);
			doc_cell(doc, "%zu", effects.architecture.n);
		}
}

void report_effects(const struct run *run, struct doc *doc)
{
	struct sets sets = sets_find(run);
	size_t load = report_run_load_of(run, RUN_CAPACITY);
	if (sets.count == 0 || load == run->load_count)
		return;
	int first = (int)family_length(sets.stores[0]);
	int second = (int)family_length(sets.stores[1]);
	doc_heading(doc, 2, "Architecture and store apart");
	doc_paragraph(doc,
		      "Architecture: microservices over unified, the geometric mean of that ratio "
		      "on %.*s and on %.*s. Store: %.*s over %.*s, the same over the two "
		      "architectures. Interaction: the architecture's ratio on %.*s over its ratio "
		      "on %.*s; where its interval excludes 1 the two effects do not simply "
		      "multiply, and a main effect is only an average of two different ones.",
		      first, sets.stores[0], second, sets.stores[1], second, sets.stores[1], first,
		      sets.stores[0], second, sets.stores[1], first, sets.stores[0]);
	for (size_t set = 0; set < sets.count; set++)
		doc_item(doc, "Set %zu: %s and %s against %s and %s", set + 1,
			 run->arms[sets.arms[set][U1]].id, run->arms[sets.arms[set][U2]].id,
			 run->arms[sets.arms[set][M1]].id, run->arms[sets.arms[set][M2]].id);
	if (sets.more)
		doc_paragraph(doc, "More sets than these %d are possible; they are left out.",
			      SETS_MAX);
	effects_table(run, doc, &sets, load, METRIC_THROUGHPUT, "capacity (requests/s)");
	effects_table(run, doc, &sets, load, METRIC_CPU_REQUEST, "CPU time a request");
}
