/* Arms that differ from another one in a single choice, beside that one: what the choice costs. */
#include "runner/report_sections.h"

#include <string.h>

/* A key of an arm and the value that it has where the plan is silent; `only`: the other value that
 * is meant, NULL: any. */
static const struct choice {
	const char *key, *usual, *only;
} choices[] = {
	{"placement", "1cpu", NULL}, {"rung", "tcp", "tcp-close"}, {"cache_ttl", "0s", NULL}};

enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

static const char *value_of(const struct run *run, size_t arm, struct choice choice)
{
	return json_text_at(run->arms[arm].plan, choice.key, choice.usual);
}

/* Whether two arms differ in their names and that choice alone. */
static bool differ_only_in(const struct run *run, size_t a, size_t b, struct choice choice)
{
	const char *const keys[] = {"id", choice.key};
	return json_equal_but(run->arms[a].plan, run->arms[b].plan, keys,
			      sizeof(keys) / sizeof(keys[0]));
}

/* The arm that has the usual value where `arm` has another; run->arm_count when there is none. */
static size_t usual_of(const struct run *run, size_t arm, struct choice choice)
{
	size_t other = 0;
	const char *value = value_of(run, arm, choice);
	bool meant =
		choice.only ? strcmp(value, choice.only) == 0 : strcmp(value, choice.usual) != 0;
	if (!meant)
		return run->arm_count;
	while (other < run->arm_count && (strcmp(value_of(run, other, choice), choice.usual) != 0 ||
					  !differ_only_in(run, arm, other, choice)))
		other++;
	return other;
}

/* The ratio where both sides may be compared by it. */
static void ratio_cell(const struct run *run, struct doc *doc, struct cell usual, struct cell cell,
		       enum metric metric)
{
	bool of_capacity = run->loads[cell.load].kind == RUN_CAPACITY;
	bool latency = metric == METRIC_P50 || metric == METRIC_P95;
	bool fits = metric == METRIC_CPU_REQUEST || latency != of_capacity;
	if (latency)
		fits = fits && cell_state(run, usual) == GAP_STATED &&
		       cell_state(run, cell) == GAP_STATED;
	else
		fits = fits && cell_error_share(run, usual) <= ERROR_SHARE &&
		       cell_error_share(run, cell) <= ERROR_SHARE;
	doc_cell(doc, "%s", fits ? text_ratio(cell_ratio(run, usual, cell, metric)).s : TEXT_DASH);
}

static void row(const struct run *run, struct doc *doc, struct cell usual, struct cell cell)
{
	static const enum metric metrics[] = {METRIC_THROUGHPUT, METRIC_CPU_REQUEST, METRIC_P50,
					      METRIC_P95};
	doc_row(doc, report_keys_mixed(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", text_load(run->loads[cell.load]).s);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell(doc, "%s", run->arms[usual.arm].id);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		ratio_cell(run, doc, usual, cell, metrics[i]);
	doc_cell(doc, "%zu", cell_ratio(run, usual, cell, METRIC_CPU_REQUEST).n);
}

static void rows(const struct run *run, struct doc *doc, struct cell usual, struct cell cell)
{
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++) {
			usual.page = cell.page = page;
			usual.load = cell.load = load;
			if (cell_exists(run, usual) && cell_exists(run, cell))
				row(run, doc, usual, cell);
		}
}

static void begin(struct doc *doc)
{
	doc_heading(doc, 2, "One choice apart");
	doc_paragraph(doc, "Each of these arms differs from the one beside it in a single choice. "
			   "Ratios within a block, with 95 %% intervals over blocks; they are not "
			   "adjusted for their number, and none is a verdict.");
	doc_table(doc, "An arm over the one that it differs from in one choice alone");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "load");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_LEFT, "over");
	doc_column(doc, DOC_RIGHT, "requests/s");
	doc_column(doc, DOC_RIGHT, "CPU \u00b5s a request");
	doc_column(doc, DOC_RIGHT, "p50");
	doc_column(doc, DOC_RIGHT, "p95");
	doc_column(doc, DOC_RIGHT, "blocks");
}

void report_variants(const struct run *run, struct doc *doc)
{
	bool begun = false;
	for (size_t i = 0; i < CHOICES; i++)
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			size_t usual = usual_of(run, arm, choices[i]);
			if (usual == run->arm_count)
				continue;
			if (!begun)
				begin(doc);
			begun = true;
			rows(run, doc, (struct cell){.arm = usual}, (struct cell){.arm = arm});
		}
}
