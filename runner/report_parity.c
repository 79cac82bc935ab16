/* Parity: that every arm answered every URL with the manifest's bytes; and the hashes of it all. */
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct parity {
	size_t files, unequal, different; /* different: from the first file's hash */
	double answers;
	const char *sha256; /* of the first file; NULL without any */
};

static struct parity parity_of(const struct run *run, size_t arm, size_t page)
{
	struct parity parity = {.answers = NAN};
	for (size_t i = 0; i < run->result_count; i++) {
		const struct run_result *result = &run->results[i];
		const json_t *found = json_object_get(result->root, "parity");
		if (result->arm != arm || result->page != page || !json_is_object(found))
			continue;
		const char *sha256 = json_text_at(found, "sha256", "");
		if (!parity.sha256) {
			parity.sha256 = sha256;
			parity.answers = json_number_at(found, "answers");
		}
		parity.files++;
		parity.unequal += !json_is_true(json_object_get(found, "equal_to_manifest"));
		parity.different += strcmp(sha256, parity.sha256) != 0;
	}
	return parity;
}

static bool is_equal(struct parity parity)
{
	return parity.sha256 && parity.unequal == 0 && parity.different == 0;
}

bool report_parity_holds(const struct run *run)
{
	bool all = true;
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_total; arm++)
			all = all && is_equal(parity_of(run, arm, page));
	return all;
}

static void table(const struct run *run, struct doc *doc)
{
	doc_table(doc, "Answers to every URL of a page, asked before its load, against the "
		       "manifest computed from the seed");
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "answers");
	doc_column(doc, DOC_LEFT, "equal to the manifest");
	doc_column(doc, DOC_LEFT, "sha256 of the answers");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_total; arm++) {
			struct parity parity = parity_of(run, arm, page);
			if (!parity.sha256)
				continue;
			doc_row(doc, (struct doc_keys){.page = run->pages[page],
						       .arm = run->arms[arm].id});
			doc_cell(doc, "%s", run->pages[page]);
			doc_cell(doc, "%s", run->arms[arm].id);
			doc_cell(doc, "%s", text_whole(parity.answers).s);
			if (is_equal(parity))
				doc_cell(doc, "yes, in all %zu files", parity.files);
			else
				doc_cell_toned(doc, DOC_STRONG,
					       "NO: %zu of %zu files unequal, %zu "
					       "with another hash than the first",
					       parity.unequal, parity.files, parity.different);
			doc_cell(doc, "%s", parity.sha256);
		}
}

static bool any_parity(const struct run *run)
{
	for (size_t i = 0; i < run->result_count; i++)
		if (json_is_object(json_object_get(run->results[i].root, "parity")))
			return true;
	return false;
}

static void hashes(const struct run *run, struct doc *doc)
{
	const json_t *first = run->results[0].root;
	doc_heading(doc, 3, "Hashes");
	doc_item(doc, "Plan: %s",
		 json_text_at(run->about, "plan_sha256",
			      json_text_at(first, "run.plan_sha256", TEXT_DASH)));
	const char *analysis = json_text_at(run->about, "analysis_sha256", NULL);
	if (analysis)
		doc_item(doc,
			 "Analysis (the program that measured, as it was when the run began): %s",
			 analysis);
	doc_item(doc, "Data (canonical dump): %s", json_text_at(first, "data.sha256", TEXT_DASH));
	doc_item(doc, "Manifest: %s", json_text_at(first, "data.manifest_sha256", TEXT_DASH));
	size_t different = 0;
	for (size_t i = 1; i < run->result_count; i++)
		different += !json_equal(json_object_get(run->results[i].root, "data"),
					 json_object_get(first, "data")) ||
			     strcmp(json_text_at(run->results[i].root, "run.plan_sha256", ""),
				    json_text_at(first, "run.plan_sha256", "")) != 0;
	if (different)
		doc_key(doc,
			"%zu files are of other data or another plan than the first: these files "
			"are not one run.",
			different);
}

void report_parity(const struct run *run, struct doc *doc)
{
	doc_heading(doc, 2, "Parity and hashes");
	bool any = any_parity(run);
	if (any)
		table(run, doc);
	if (!any)
		doc_paragraph(doc, "This run did not check the answers of its arms against the "
				   "manifest, so that its numbers compare programs that may have "
				   "answered differently.");
	else if (report_parity_holds(run))
		doc_paragraph(doc, "All arms of all pages answered with the manifest's bytes.");
	else
		doc_key(doc, "Not every arm is shown to answer with the manifest's bytes: compare "
			     "nothing between arms whose rows above do not say yes.");
	hashes(run, doc);
}
