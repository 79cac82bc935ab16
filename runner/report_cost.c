/* What a mix of the three pages at a stated rate would need of cores and memory, arm by arm: an
 * estimate, with its assumptions. */
#include "runner/report_placement.h"
#include "runner/report_processes.h"
#include "runner/report_sections.h"
#include "runner/saturate_file.h"

#include <math.h>
#include <string.h>

#define RATE 10000.0

/* How full a core is made where no SLO was searched: up to there latency means latency. */
#define FILL KNEE_LOAD

static const struct {
	const char *page;
	double share;
} mix[] = {{"home", 0.30}, {"plp", 0.40}, {"pdp", 0.30}};

enum { MIX = sizeof(mix) / sizeof(mix[0]) };

struct cost {
	double cpu_us; /* of a request of the mix, at capacity */
	double filled; /* cores, each filled to FILL */
	double within; /* cores by the searches' rates within the SLO; NaN without them */
	double copies; /* of the stack as it was measured */
	double copy_mb, memory_mb;
};

/* The run's index of a page of the mix; page_count when it has none. */
static size_t page_of(const struct run *run, size_t i)
{
	size_t page = 0;
	while (page < run->page_count && strcmp(run->pages[page], mix[i].page) != 0)
		page++;
	return page;
}

/* CPU time of a request of the mix; NaN when a page has none, or too many failed. */
static double mixed_cpu_us(const struct run *run, size_t arm, size_t load)
{
	double sum = 0;
	for (size_t i = 0; i < MIX; i++) {
		struct cell cell = {arm, page_of(run, i), load, false};
		sum += cell_error_share(run, cell) > ERROR_SHARE
			       ? NAN
			       : mix[i].share * cell_median(run, cell, METRIC_CPU_REQUEST);
	}
	return sum;
}

/* Cores for the rate by the searches, medians over the blocks that have one. */
static double searched_cores(const struct run *run, const struct saturation_files *files,
			     size_t arm)
{
	double cores = 0;
	for (size_t i = 0; i < MIX; i++) {
		double values[RUN_BLOCKS_MAX];
		size_t count = 0;
		for (size_t block = 0; block < run->block_count; block++) {
			double rate =
				saturation_per_core(files, run->arms[arm].id, mix[i].page, block);
			if (rate > 0)
				values[count++] = rate;
		}
		cores += mix[i].share * RATE / stats_median(values, count);
	}
	return cores;
}

/* The most resident memory that an arm's servers had together at capacity. */
static double memory_mb(const struct run *run, size_t arm, size_t load)
{
	double most = NAN;
	for (size_t i = 0; i < run->result_count; i++) {
		const struct run_result *result = &run->results[i];
		if (result->arm == arm && result->load == load && result->valid)
			most = fmax(most, process_sum(result->root, NULL, "rss_peak_mb"));
	}
	return most;
}

static struct cost cost_of(const struct run *run, const struct saturation_files *files, size_t arm,
			   size_t load)
{
	double cpus = report_arm_cpus(run, arm);
	struct cost cost = {.cpu_us = mixed_cpu_us(run, arm, load),
			    .within = searched_cores(run, files, arm),
			    .copy_mb = memory_mb(run, arm, load)};
	cost.filled = RATE * cost.cpu_us / 1e6 / FILL;
	cost.copies = ceil((isnan(cost.within) ? cost.filled : cost.within) / cpus);
	cost.memory_mb = cost.copies * cost.copy_mb;
	return cost;
}

static void words(struct doc *doc, bool searched)
{
	doc_heading(doc, 2, "What 10,000 requests/s would need");
	doc_paragraph(doc,
		      "An estimate and no measurement: cores and memory for %s requests/s, "
		      "30 %% home, 40 %% PLP and 30 %% PDP. It assumes:",
		      text_whole(RATE).s);
	doc_item(doc, "A request costs the CPU time that it costs at capacity, and a page costs in "
		      "the mix what it costs alone.");
	doc_item(doc,
		 "Cores at %.0f %%: each is filled to that share of its time, under which latency "
		 "means latency and not the length of a queue%s.",
		 FILL * 100, searched ? "" : "; no SLO was searched in this run");
	if (searched)
		doc_item(doc, "Cores within the SLO: by the rates per core that the searches "
			      "found, page by page.");
	doc_item(doc,
		 "A copy is the whole stack as it was measured, its database included, on the CPUs "
		 "that it had; the rate is spread evenly over copies. What balances it, spares "
		 "for failures, and keeping databases alike are left out.");
	doc_item(doc, "Memory is the most that a copy's processes had resident at capacity, times "
		      "copies; pages that processes share are counted in each.");
}

static void row(const struct run *run, struct doc *doc, size_t arm, const struct cost *cost,
		bool searched)
{
	doc_row(doc, (struct doc_keys){.arm = run->arms[arm].id});
	doc_cell(doc, "%s", run->arms[arm].id);
	doc_cell(doc, "%s", text_count(cost->cpu_us).s);
	doc_cell_toned(doc, searched ? DOC_PLAIN : DOC_STRONG, "%s", text_fixed(cost->filled, 1).s);
	if (searched)
		doc_cell_toned(doc, DOC_STRONG, "%s", text_fixed(cost->within, 1).s);
	doc_cell(doc, "%s", text_whole(cost->copies).s);
	doc_cell(doc, "%s", text_count(cost->copy_mb).s);
	doc_cell_toned(doc, DOC_STRONG, "%s", text_whole(cost->memory_mb).s);
}

static void table(const struct run *run, struct doc *doc, const struct saturation_files *files,
		  size_t load)
{
	bool searched = files->count > 0;
	doc_table(doc, "Cores and memory for %s requests/s of the mix, estimated",
		  text_whole(RATE).s);
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "CPU \u00b5s a request");
	doc_column(doc, DOC_RIGHT, "cores at %.0f %%", FILL * 100);
	if (searched)
		doc_column(doc, DOC_RIGHT, "cores within %s",
			   json_text_at(files->at[0].root, "config.slo", "the SLO"));
	doc_column(doc, DOC_RIGHT, "copies");
	doc_column(doc, DOC_RIGHT, "memory of one, MB");
	doc_column(doc, DOC_RIGHT, "memory, MB");
	for (size_t arm = 0; arm < run->arm_count; arm++) {
		struct cost cost = cost_of(run, files, arm, load);
		row(run, doc, arm, &cost, searched);
	}
}

void report_cost(const struct run *run, struct doc *doc)
{
	struct saturation_files files;
	size_t load = report_run_load_of(run, RUN_CAPACITY);
	bool whole = load < run->load_count;
	for (size_t i = 0; i < MIX; i++)
		whole = whole && page_of(run, i) < run->page_count;
	if (!whole)
		return;
	if (saturation_files_read(&files, run->path)) {
		words(doc, files.count > 0);
		table(run, doc, &files, load);
	} else {
		doc_fail(doc);
	}
	saturation_files_free(&files);
}
