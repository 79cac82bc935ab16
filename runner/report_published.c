/* The comparison that this one follows, as a citation: its numbers were measured elsewhere, by
 * another protocol, and enter no gap. */
#include "runner/report_sections.h"

#include <string.h>

enum { PUBLISHED_VUS = 2000 };

static const struct {
	const char *page, *p50, *p95;
} published[] = {
	{"home", "0.73", "15.03"},
	{"plp", "244.69", "845.63"},
	{"pdp", "2.01", "41.26"},
};

static size_t load_of_vus(const struct run *run, long vus)
{
	size_t i = 0;
	while (i < run->load_count &&
	       (run->loads[i].kind != RUN_CLOSED || run->loads[i].vus != vus))
		i++;
	return i;
}

static void row(const struct run *run, struct doc *doc, size_t page, size_t load)
{
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		struct cell cell = {0, page, load, false};
		if (strcmp(published[i].page, run->pages[page]) != 0)
			continue;
		doc_row(doc, (struct doc_keys){.page = run->pages[page]});
		doc_cell(doc, "%s", run->pages[page]);
		doc_cell(doc, "%s", published[i].p50);
		doc_cell(doc, "%s", published[i].p95);
		doc_cell(doc, "%s", text_ms(cell_median(run, cell, METRIC_P50)).s);
		doc_cell(doc, "%s", text_ms(cell_median(run, cell, METRIC_P95)).s);
	}
}

void report_published(const struct run *run, struct doc *doc)
{
	size_t load = load_of_vus(run, PUBLISHED_VUS);
	if (load == run->load_count)
		return;
	doc_heading(doc, 3, "The published comparison, beside");
	doc_paragraph(doc,
		      "Duet follows a comparison published in December 2025 (Harper's unified "
		      "runtime against a standard microservices stack). These are the figures of "
		      "its unified side at 2,000 VUs, a citation and no more: other hardware, "
		      "other programs, data and protocol. No gap in this report uses them.");
	doc_table(doc,
		  "Published in December 2025 on other hardware, and this run's %s, at 2,000 VUs",
		  run->arms[0].id);
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "published p50, ms");
	doc_column(doc, DOC_RIGHT, "published p95, ms");
	doc_column(doc, DOC_RIGHT, "here p50, ms");
	doc_column(doc, DOC_RIGHT, "here p95, ms");
	for (size_t page = 0; page < run->page_count; page++)
		row(run, doc, page, load);
}
