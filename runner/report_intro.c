/* What this run is, and what it found in a sentence or two made from its numbers. */
#include "runner/report_placement.h"
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>

/* A text of run.json, else of the first result file's environment, else a dash. */
static const char *about(const struct run *run, const char *key)
{
	return json_text_at(run->about, key,
			    json_text_at(report_run_environment(run), key, TEXT_DASH));
}

static const char *clean_words(const struct run *run)
{
	const json_t *clean = json_object_get(run->about, "clean");
	if (!json_is_boolean(clean))
		clean = json_object_get(report_run_environment(run), "clean");
	return json_is_true(clean)    ? "the working tree was clean"
	       : json_is_false(clean) ? "the working tree had uncommitted changes, so that nobody "
					"can rebuild exactly these programs: not a reference"
				      : "it is not recorded whether the working tree was clean";
}

static bool is_missing(const struct run *run, struct cell cell, size_t block)
{
	return cell_planned(run, cell) &&
	       (block >= run->block_count ||
		!report_run_at(run, cell.arm, cell.page, cell.load, block));
}

/* Scenarios of the plan's blocks that no file stands for. */
static size_t missing(const struct run *run, size_t blocks)
{
	size_t count = 0;
	for (size_t arm = 0; arm < run->arm_total; arm++)
		for (size_t page = 0; page < run->page_count; page++)
			for (size_t load = 0; load < run->load_count; load++)
				for (size_t block = 0; block < blocks; block++)
					count += is_missing(
						run, (struct cell){arm, page, load, false}, block);
	return count;
}

static void completeness(const struct run *run, struct doc *doc)
{
	double planned = json_number_at(run->plan, "blocks");
	size_t blocks =
		planned >= 1 && planned <= RUN_BLOCKS_MAX ? (size_t)planned : run->block_count;
	size_t absent = missing(run, blocks);
	if (absent)
		doc_key(doc,
			"This run is not complete: %zu of its scenarios and blocks have no "
			"readable file. What follows is what there is.",
			absent);
	if (*run->about_why)
		doc_paragraph(doc,
			      "run.json: %s. Plan, dates and hashes are taken from the result "
			      "files as far as they have them.",
			      run->about_why);
}

static void machine(const struct run *run, struct doc *doc)
{
	const json_t *environment = report_run_environment(run);
	if (!environment)
		return;
	if (report_placed(run)) {
		doc_item(doc, "Machine: %s; which CPUs each arm had stands below",
			 report_machine(run).s);
		return;
	}
	doc_item(doc, "Machine: %s; servers on CPU %s, generator on CPU %s", report_machine(run).s,
		 text_cpus(environment, "cpus_server").s,
		 text_cpus(environment, "cpus_generator").s);
}

/* Runs of this plan that were begun before and dropped; nothing when the file does not know. */
static void aborted(const struct run *run, struct doc *doc)
{
	json_t *list = json_object_get(run->about, "aborted"), *other;
	size_t i;
	if (!json_is_array(list))
		return;
	if (json_array_size(list) == 0)
		doc_item(doc, "Aborted runs of this plan beside it when it began: none");
	json_array_foreach(list, i, other)
		doc_item(doc, "Aborted before it, and not finished: %s, begun %s at commit %s",
			 json_text_at(other, "id", "unnamed"),
			 json_text_at(other, "started_at", "at an unknown time"),
			 json_text_at(other, "commit", "unknown"));
}

void report_intro(const struct run *run, struct doc *doc)
{
	const json_t *first = run->results[0].root;
	const char *id = json_text_at(run->plan, "id", json_text_at(first, "run.plan", "unnamed"));
	doc_heading(doc, 1, "Duet: %s", json_text_at(run->plan, "title", id));
	doc_paragraph(doc,
		      "One online shop, answered by %zu arm%s under the same load%s. This report "
		      "is made from the run's files alone.",
		      report_run_arms_seen(run), report_run_arms_seen(run) == 1 ? "" : "s",
		      report_parity_holds(run) ? ", each with the same bytes" : "");
	completeness(run, doc);
	doc_item(doc, "Plan: %s, %s, seed %s", id, text_blocks(run->block_count).s,
		 text_plain(json_number_at(run->plan, "seed")).s);
	double turns = json_number_at(run->plan, "turns");
	if (turns > 1)
		doc_item(doc,
			 "Turns: all arms of a page were up together, and each load's window was "
			 "cut into %s, which the arms took in turns, each with its own warm-up",
			 text_plain(turns).s);
	size_t resumed = json_array_size(json_object_get(run->about, "resumed_at"));
	doc_item(doc, "Run: from %s to %s%s",
		 json_text_at(run->about, "started_at",
			      json_text_at(first, "run.started_at", TEXT_DASH)),
		 json_text_at(run->about, "finished_at", "an end that run.json does not have"),
		 resumed ? ", interrupted and resumed" : "");
	machine(run, doc);
	doc_item(doc, "Commit: %s; %s", about(run, "commit"), clean_words(run));
	doc_item(doc, "Data: seed %s, %s products, sha256 %s",
		 text_plain(json_number_at(first, "data.seed")).s,
		 text_whole(json_number_at(first, "data.products")).s,
		 json_text_at(first, "data.sha256", TEXT_DASH));
	for (size_t arm = 0; arm < run->arm_total; arm++)
		doc_item(doc, "Arm %s%s: %s", run->arms[arm].id,
			 arm == 0                ? " (the baseline)"
			 : arm >= run->arm_count ? " (the twin)"
						 : "",
			 text_arm(&run->arms[arm]).s);
	aborted(run, doc);
}
