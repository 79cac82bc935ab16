/*
 * What a request costs by process: CPU time, of it user and system time, and the wait for a CPU, at
 * a low load and at capacity; then memory, threads and switches.
 */
#include "runner/report_processes.h"
#include "runner/report_sections.h"

#include <math.h>

static struct text text_used(double us)
{
	return text_fixed(us, us < 1000 ? 2 : 0);
}

static void cpu_row(const struct run *run, struct doc *doc, struct cell cell, const char *process)
{
	enum doc_tone tone = process ? DOC_PLAIN : DOC_STRONG;
	double cpu = process_a_request(run, cell, process, "cpu_s") * 1e6;
	double user = cpu * process_user_share(run, cell, process);
	doc_row(doc, report_keys(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell_toned(doc, tone, "%s", process ? process : "all");
	doc_cell_toned(doc, tone, "%s", text_used(cpu).s);
	doc_cell_toned(doc, tone, "%s", text_used(user).s);
	doc_cell_toned(doc, tone, "%s", text_used(cpu - user).s);
	doc_cell_toned(doc, tone, "%s",
		       text_used(process_a_request(run, cell, process, "run_queue_s") * 1e6).s);
	double batch =
		process ? process_batch(run, cell, process, "counts.answers", "counts.answer_turns")
			: NAN;
	doc_cell_toned(doc, tone, "%s", text_fixed(batch, 2).s);
}

static void cpu_table(const struct run *run, struct doc *doc, size_t load)
{
	doc_table(doc, "CPU \u00b5s a request by process (%s), medians over blocks",
		  text_load(run->loads[load]).s);
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_LEFT, "process");
	doc_column(doc, DOC_RIGHT, "on CPU, \u00b5s");
	doc_column(doc, DOC_RIGHT, "user, \u00b5s");
	doc_column(doc, DOC_RIGHT, "system, \u00b5s");
	doc_column(doc, DOC_RIGHT, "run-queue wait, \u00b5s");
	doc_column(doc, DOC_RIGHT, "answers a turn");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			struct cell cell = {arm, page, load, false};
			struct processes list = processes_of(run, arm);
			if (!cell_exists(run, cell))
				continue;
			for (size_t i = 0; i < list.count; i++)
				cpu_row(run, doc, cell, list.names[i]);
			if (list.count > 1)
				cpu_row(run, doc, cell, NULL);
		}
}

static void memory_row(const struct run *run, struct doc *doc, size_t arm, const char *process)
{
	enum doc_tone tone = process ? DOC_PLAIN : DOC_STRONG;
	doc_row(doc, (struct doc_keys){.arm = run->arms[arm].id});
	doc_cell(doc, "%s", run->arms[arm].id);
	doc_cell_toned(doc, tone, "%s", process ? process : "all");
	doc_cell_toned(doc, tone, "%s",
		       text_count(process_largest(run, arm, process, "rss_peak_mb")).s);
	doc_cell_toned(doc, tone, "%s",
		       text_whole(process_largest(run, arm, process, "threads")).s);
}

static void memory_table(const struct run *run, struct doc *doc)
{
	doc_table(doc, "The largest resident memory and thread count seen in any of an arm's "
		       "loads; pages that processes share count for each of them");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_LEFT, "process");
	doc_column(doc, DOC_RIGHT, "memory, MB");
	doc_column(doc, DOC_RIGHT, "threads");
	for (size_t arm = 0; arm < run->arm_count; arm++) {
		struct processes list = processes_of(run, arm);
		for (size_t i = 0; i < list.count; i++)
			memory_row(run, doc, arm, list.names[i]);
		if (list.count > 1)
			memory_row(run, doc, arm, NULL);
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
			double wait = process_a_request(run, cell, NULL, "run_queue_s") * 1e6;
			double own = process_a_request(run, cell, NULL, "voluntary_switches");
			double forced = process_a_request(run, cell, NULL, "involuntary_switches");
			doc_row(doc, report_keys(run, cell));
			doc_cell(doc, "%s", run->pages[page]);
			doc_cell(doc, "%s", run->arms[arm].id);
			doc_cell(doc, "%s", text_count(wait).s);
			doc_cell(doc, "%s", text_fixed(own, 3).s);
			doc_cell(doc, "%s", text_fixed(forced, 3).s);
		}
}

void report_resources(const struct run *run, struct doc *doc)
{
	size_t low = report_low_load(run), capacity = report_run_load_of(run, RUN_CAPACITY);
	size_t near = report_run_load_of(run, RUN_NEAR);
	bool any = false;
	for (size_t arm = 0; arm < run->arm_count; arm++)
		any = any || processes_of(run, arm).count > 0;
	if (!any || (low == run->load_count && capacity == run->load_count))
		return;
	doc_heading(doc, 2, "Resources by process");
	doc_paragraph(
		doc,
		"Medians over blocks. Time on CPU is the scheduler's own, exact to the ns; "
		"the kernel tells user and system time in ticks of 10 ms, so that their "
		"shares are taken over all blocks together, and a dash stands where there "
		"were fewer than %.0f ticks. Run-queue wait is time in which a thread could "
		"have run and its CPU was taken by another, summed over all threads (so that "
		"it may be longer than a request); together with the switches it says what "
		"sharing CPUs among processes costs beyond their own work. A request costs "
		"less CPU the more of them there are at a time, since servers take what waits "
		"in one turn: hence more than one load. Answers a turn says how many answers (to a "
		"client or to the front, by the server's own counters) one turn of a process's "
		"event loop gave, of those turns that gave any; a dash stands where "
		"the process is no server of ours, and where files are older than the counter.",
		PROCESS_TICKS_S * 100);
	if (low < run->load_count)
		cpu_table(run, doc, low);
	if (near < run->load_count)
		cpu_table(run, doc, near);
	if (capacity < run->load_count)
		cpu_table(run, doc, capacity);
	memory_table(run, doc);
	switches_table(run, doc, capacity < run->load_count ? capacity : low);
}
