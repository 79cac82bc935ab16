/* The environment as the files have it, every key, and how to make the run again. */
#include "runner/environment.h"
#include "runner/report_placement.h"
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 256, DEPTH_MAX = 6 };

/* What differs by arm has rows of its own, and warnings have a list. */
static const char *const elsewhere[] = {"store_name", "store_version", "warnings"};

static bool is_elsewhere(const char *key)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (strcmp(elsewhere[i], key) == 0)
			return true;
	return false;
}

/* Where a leaf stands: keys may hold dots ("libmongoc-1.0"), so that no joined path can find it. */
struct place {
	const char *keys[DEPTH_MAX];
	size_t depth;
};

struct spread {
	double low, high;
	size_t different; /* files whose value is not the first one's */
};

/* How a leaf varies over all files. */
static struct spread spread_of(const struct run *run, const struct place *place,
			       const json_t *first)
{
	struct spread spread = {INFINITY, -INFINITY, 0};
	for (size_t i = 0; i < run->result_count; i++) {
		const json_t *value = json_object_get(run->results[i].root, "environment");
		if (!json_is_object(value))
			continue;
		for (size_t key = 0; key < place->depth; key++)
			value = json_object_get(value, place->keys[key]);
		spread.different += !value || !json_equal(value, first);
		if (json_is_number(value)) {
			spread.low = fmin(spread.low, json_number_value(value));
			spread.high = fmax(spread.high, json_number_value(value));
		}
	}
	return spread;
}

static void value_cell(struct doc *doc, json_t *value, struct spread spread)
{
	const char *others = spread.different ? " (differs in other files)" : "";
	char *dump = NULL;
	if (json_is_number(value) && spread.different)
		doc_cell(doc, "%.9g to %.9g", spread.low, spread.high);
	else if (json_is_number(value))
		doc_cell(doc, "%.12g", json_number_value(value));
	else if (json_is_string(value))
		doc_cell(doc, "%s%s", json_string_value(value), others);
	else if (json_is_boolean(value))
		doc_cell(doc, "%s%s", json_is_true(value) ? "yes" : "no", others);
	else if (json_is_null(value))
		doc_cell(doc, "%s%s", TEXT_DASH, others);
	else
		doc_cell(doc, "%.4000s", (dump = json_dumps(value, JSON_COMPACT)) ? dump : "");
	free(dump);
}

static void leaf_row(const struct run *run, struct doc *doc, const struct place *place,
		     json_t *value)
{
	char name[NAME_MAX_BYTES] = "";
	size_t at = 0;
	for (size_t i = 0; i < place->depth && at < sizeof(name); i++)
		at += (size_t)snprintf(name + at, sizeof(name) - at, "%s%s", i ? ", " : "",
				       place->keys[i]);
	doc_cell(doc, "%s", name);
	value_cell(doc, value, spread_of(run, place, value));
}

static void rows(const struct run *run, struct doc *doc, struct place place, json_t *object)
{
	const char *key;
	json_t *value;
	size_t depth = place.depth++;
	json_object_foreach(object, key, value)
	{
		place.keys[depth] = key;
		if (depth == 0 && is_elsewhere(key))
			continue;
		if (json_is_object(value) && place.depth < DEPTH_MAX)
			rows(run, doc, place, value);
		else
			leaf_row(run, doc, &place, value);
	}
}

static void arm_stores(const struct run *run, struct doc *doc)
{
	for (size_t arm = 0; arm < run->arm_total; arm++)
		for (size_t i = 0; i < run->result_count; i++) {
			const json_t *root = run->results[i].root;
			const char *name = json_text_at(root, "environment.store_name", NULL);
			if (run->results[i].arm != arm || !name)
				continue;
			doc_cell(doc, "store of %s", run->arms[arm].id);
			doc_cell(doc, "%s %s", name,
				 json_text_at(root, "environment.store_version", ""));
			break;
		}
}

static bool listed(const json_t *list, const json_t *line)
{
	size_t i;
	json_t *other;
	json_array_foreach(list, i, other) if (json_equal(other, line)) return true;
	return false;
}

/* By today's rules, so that an old file's environment is judged, too; of all arms, since they may
 * have had different CPUs. */
static void disturbances(const struct run *run, struct doc *doc)
{
	json_t *all = json_array(), *line;
	size_t i;
	for (size_t arm = 0; arm < run->arm_total; arm++) {
		json_t *list = environment_warnings(report_arm_environment(run, arm));
		json_array_foreach(list, i, line) if (!listed(all, line))(void)
			json_array_append(all, line);
		json_decref(list);
	}
	if (json_array_size(all) > 0)
		doc_paragraph(doc, "Known to disturb measurements, and present here:");
	json_array_foreach(all, i, line) doc_item(doc, "%s", json_string_value(line));
	json_decref(all);
}

void report_environment(const struct run *run, struct doc *doc)
{
	json_t *environment = (json_t *)report_run_environment(run);
	doc_heading(doc, 2, "Environment");
	if (!environment) {
		doc_paragraph(doc, "The files say nothing of the machine, the build or the store.");
		return;
	}
	disturbances(run, doc);
	doc_table(doc, "The machine, the build and the stores as the result files have them; a "
		       "number that varies over the files shows its range");
	doc_column(doc, DOC_LEFT, "what");
	doc_column(doc, DOC_LEFT, "value");
	arm_stores(run, doc);
	rows(run, doc, (struct place){.depth = 0}, environment);
}

void report_reproduce(const struct run *run, struct doc *doc)
{
	const json_t *first = run->results[0].root;
	const char *commit = json_text_at(run->about, "commit",
					  json_text_at(first, "environment.commit", "unknown"));
	size_t builds = 1;
	for (size_t i = 0; i < run->result_count; i++) {
		double build = json_number_at(run->results[i].root, "run.build");
		builds =
			build >= 1 && build < 64 ? (size_t)fmax((double)builds, build + 1) : builds;
	}
	doc_heading(doc, 2, "How to reproduce");
	doc_paragraph(doc,
		      "On a machine of your own, from commit %s, with plan.json of this run's "
		      "folder, which is the plan byte for byte. The compare command of duet puts "
		      "two runs of one plan side by side.",
		      commit);
	if (builds > 1)
		doc_code(doc,
			 "scripts/setup.sh bench\nmake all layouts BUILDS=%zu\nbuild/bin/duet run "
			 "--builds %zu plan.json",
			 builds, builds);
	else
		doc_code(doc, "scripts/setup.sh bench\nmake\nbuild/bin/duet run plan.json");
}
