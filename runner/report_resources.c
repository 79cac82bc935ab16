/*
 * What a request costs by process. A file has each process's totals over its window and the CPU
 * time a request of all of them; a process's share of a request follows from the two, whatever the
 * window was.
 */
#include "runner/report_sections.h"

#include <math.h>
#include <string.h>

enum { PROCESSES_MAX = 24 };

struct processes {
	const char *names[PROCESSES_MAX]; /* borrowed from the files, first seen first */
	size_t count;
};

static struct processes processes_of(const struct run *run, size_t arm)
{
	struct processes list = {.count = 0};
	for (size_t r = 0; r < run->result_count; r++) {
		const char *name;
		json_t *numbers;
		if (run->results[r].arm != arm)
			continue;
		json_object_foreach(json_value_at(run->results[r].root, "resources.server"), name,
				    numbers)
		{
			size_t i = 0;
			while (i < list.count && strcmp(list.names[i], name) != 0)
				i++;
			if (i == list.count && i < PROCESSES_MAX)
				list.names[list.count++] = name;
		}
	}
	return list;
}

/* Sum of a number over processes; `process` NULL: all of them. NaN when there is none. */
static double summed(const json_t *root, const char *process, const char *key)
{
	const char *name;
	json_t *numbers;
	double sum = NAN;
	json_object_foreach(json_value_at(root, "resources.server"), name, numbers)
	{
		double value = json_number_at(numbers, key);
		if ((!process || strcmp(name, process) == 0) && !isnan(value))
			sum = isnan(sum) ? value : sum + value;
	}
	return sum;
}

/* A number of a process (NULL: all) a request, median over the blocks that count. */
static double a_request(const struct run *run, struct cell cell, const char *process,
			const char *key)
{
	double values[RUN_BLOCKS_MAX];
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result =
			report_run_at(run, cell.arm, cell.page, cell.load, block);
		if (!result || !result->valid)
			continue;
		double requests = summed(result->root, NULL, "cpu_s") * 1e6 /
				  cell_block(run, cell, METRIC_CPU_REQUEST, block);
		double value = summed(result->root, process, key) / requests;
		if (isfinite(value))
			values[count++] = value;
	}
	return stats_median(values, count);
}

/* The largest of a number over all of an arm's valid files; NaN without any. */
static double largest(const struct run *run, size_t arm, const char *process, const char *key)
{
	double most = NAN;
	for (size_t i = 0; i < run->result_count; i++)
		if (run->results[i].arm == arm && run->results[i].valid)
			most = fmax(most, summed(run->results[i].root, process, key));
	return most;
}

static void cpu_row(const struct run *run, struct doc *doc, size_t arm, const char *process,
		    size_t load)
{
	enum doc_tone tone = process ? DOC_PLAIN : DOC_STRONG;
	doc_row(doc, (struct doc_keys){.arm = run->arms[arm].id});
	doc_cell(doc, "%s", run->arms[arm].id);
	doc_cell_toned(doc, tone, "%s", process ? process : "all");
	for (size_t page = 0; page < run->page_count; page++) {
		struct cell cell = {arm, page, load, false};
		doc_cell_toned(doc, tone, "%s",
			       text_count(a_request(run, cell, process, "cpu_s") * 1e6).s);
	}
	doc_cell_toned(doc, tone, "%s", text_count(largest(run, arm, process, "rss_peak_mb")).s);
	doc_cell_toned(doc, tone, "%s", text_whole(largest(run, arm, process, "threads")).s);
}

static void cpu_table(const struct run *run, struct doc *doc, size_t load)
{
	doc_table(doc,
		  "CPU \u00b5s a request by process (%s), and the largest resident memory and "
		  "thread count seen in any of the arm's loads",
		  text_load(run->loads[load]).s);
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_LEFT, "process");
	for (size_t page = 0; page < run->page_count; page++) {
		doc_column(doc, DOC_RIGHT, "%s, \u00b5s", run->pages[page]);
		doc_set_keys(doc, (struct doc_keys){.page = run->pages[page]});
	}
	doc_column(doc, DOC_RIGHT, "memory, MB");
	doc_column(doc, DOC_RIGHT, "threads");
	for (size_t arm = 0; arm < run->arm_count; arm++) {
		struct processes list = processes_of(run, arm);
		for (size_t i = 0; i < list.count; i++)
			cpu_row(run, doc, arm, list.names[i], load);
		if (list.count > 1)
			cpu_row(run, doc, arm, NULL, load);
	}
}

static void switches_table(const struct run *run, struct doc *doc, size_t load)
{
	doc_table(doc, "Waiting and switching a request, all server processes together (%s)",
		  text_load(run->loads[load]).s);
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "run-queue wait, \u00b5s");
	doc_column(doc, DOC_RIGHT, "voluntary switches");
	doc_column(doc, DOC_RIGHT, "involuntary switches");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			struct cell cell = {arm, page, load, false};
			if (!cell_exists(run, cell))
				continue;
			doc_row(doc, report_keys(run, cell));
			doc_cell(doc, "%s", run->pages[page]);
			doc_cell(doc, "%s", run->arms[arm].id);
			doc_cell(doc, "%s",
				 text_count(a_request(run, cell, NULL, "run_queue_s") * 1e6).s);
			doc_cell(doc, "%s",
				 text_fixed(a_request(run, cell, NULL, "voluntary_switches"), 3).s);
			doc_cell(doc, "%s",
				 text_fixed(a_request(run, cell, NULL, "involuntary_switches"), 3)
					 .s);
		}
}

void report_resources(const struct run *run, struct doc *doc)
{
	size_t load = report_run_load_of(run, RUN_CAPACITY);
	if (load == run->load_count)
		load = report_run_load_of(run, RUN_CLOSED);
	bool any = false;
	for (size_t arm = 0; arm < run->arm_count; arm++)
		any = any || processes_of(run, arm).count > 0;
	if (!any || load == run->load_count)
		return;
	doc_heading(doc, 2, "Resources by process");
	doc_paragraph(doc, "Medians over blocks. Run-queue wait is time in which a thread could "
			   "have run and its CPU was taken by another, summed over all threads (so "
			   "that it may be longer than a request); together with the switches it "
			   "says what sharing CPUs among processes costs beyond their own work.");
	cpu_table(run, doc, load);
	switches_table(run, doc, load);
}
