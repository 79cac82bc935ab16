/*
 * What a request asks for: calls, connections, reads, queries and rows by the servers' own
 * counters, and the system calls and bytes over sockets that a pass of its own counted
 * (scripts/counts.py), whose counts.json lies in the run's folder. Counting those slows servers
 * down, so that no time of that pass is shown anywhere.
 */
#include "runner/plan_page.h"
#include "runner/report_processes.h"
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static const struct {
	const char *title, *key;
	double per; /* answers */
	int decimals;
} columns[] = {
	{"calls between services", "counts.calls", 1, 2},
	{"connections opened, 1,000 requests", "counts.connections_opened", 1000, 2},
	{"reads", "counts.store_jobs", 1, 2},
	{"queries", "counts.store_queries", 1, 2},
	{"rows", "counts.store_rows", 1, 1},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static bool is_counted(const struct run *run, size_t load)
{
	for (size_t i = 0; i < run->result_count; i++)
		if (run->results[i].load == load && run->results[i].valid &&
		    json_number_at(run->results[i].root, "resources.answers_counted") > 0)
			return true;
	return false;
}

static void counts_row(const struct run *run, struct doc *doc, struct cell cell)
{
	doc_row(doc, report_keys(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	for (size_t i = 0; i < COLUMNS; i++)
		doc_cell(doc, "%s",
			 text_fixed(columns[i].per * processes_counted(run, cell, columns[i].key),
				    columns[i].decimals)
				 .s);
	double batch = process_batch(run, cell, NULL, "counts.store_jobs", "counts.store_batches");
	doc_cell(doc, "%s", text_fixed(batch, 2).s);
}

static void counts_table(const struct run *run, struct doc *doc, size_t load)
{
	if (load == run->load_count || !is_counted(run, load))
		return;
	doc_table(doc, "What a request asks for (%s), all servers together, medians over blocks",
		  text_load(run->loads[load]).s);
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "arm");
	for (size_t i = 0; i < COLUMNS; i++)
		doc_column(doc, DOC_RIGHT, "%s", columns[i].title);
	doc_column(doc, DOC_RIGHT, "reads a batch");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			struct cell cell = {arm, page, load, false};
			if (cell_exists(run, cell))
				counts_row(run, doc, cell);
		}
}

/* ---- the pass of its own ---- */

/* "epoll_wait 9.1, read 6.0": as the file has them, most frequent first. */
static struct text text_most(const json_t *most)
{
	struct text out = {""};
	size_t used = 0, i;
	json_t *pair;
	json_array_foreach(most, i, pair)
	{
		const char *name = json_string_value(json_array_get(pair, 0));
		double count = json_number_value(json_array_get(pair, 1));
		if (name && used + 40 < sizeof(out.s))
			used += (size_t)snprintf(out.s + used, sizeof(out.s) - used, "%s%.20s %.8s",
						 used ? ", " : "", name, text_fixed(count, 1).s);
	}
	return out;
}

static void apart_row(struct doc *doc, const json_t *row, const char *process,
		      const double numbers[3], struct text most)
{
	enum doc_tone tone = process ? DOC_PLAIN : DOC_STRONG;
	const char *page = json_text_at(row, "page", ""), *arm = json_text_at(row, "arm", "");
	doc_row(doc, (struct doc_keys){.page = page, .arm = arm});
	doc_cell(doc, "%s", page);
	doc_cell(doc, "%s", arm);
	doc_cell_toned(doc, tone, "%s", process ? process : "all");
	doc_cell_toned(doc, tone, "%s", text_count(numbers[0]).s);
	doc_cell_toned(doc, tone, "%s", text_whole(numbers[1]).s);
	doc_cell_toned(doc, tone, "%s", text_whole(numbers[2]).s);
	doc_cell(doc, "%s", most.s);
}

static void apart_rows(struct doc *doc, const json_t *row)
{
	static const char *const keys[] = {"system_calls", "bytes_sent", "bytes_received"};
	json_t *processes = json_object_get(row, "processes"), *one;
	const char *name;
	double sums[3] = {0};
	json_object_foreach(processes, name, one)
	{
		double numbers[3];
		for (size_t i = 0; i < 3; i++) {
			numbers[i] = json_number_at(one, keys[i]);
			sums[i] += numbers[i];
		}
		apart_row(doc, row, name, numbers, text_most(json_object_get(one, "most")));
	}
	if (json_object_size(processes) > 1)
		apart_row(doc, row, NULL, sums, (struct text){""});
}

static void apart_table(struct doc *doc, const json_t *counts)
{
	size_t i;
	json_t *row;
	doc_table(doc,
		  "System calls and bytes over sockets a request, counted apart: %s requests one "
		  "after the other over one connection",
		  text_whole(json_number_at(counts, "requests")).s);
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_LEFT, "process");
	doc_column(doc, DOC_RIGHT, "system calls");
	doc_column(doc, DOC_RIGHT, "bytes sent");
	doc_column(doc, DOC_RIGHT, "bytes received");
	doc_column(doc, DOC_LEFT, "most frequent, a request");
	json_array_foreach(json_object_get(counts, "rows"), i, row)
	{
		if (plan_page_of(json_text_at(row, "page", "")) >= 0)
			apart_rows(doc, row);
	}
	doc_paragraph(doc,
		      "Counted by %s, at commit %s. What a process calls when nobody asks is taken "
		      "off. Bytes sent by one process are received by another, or by the client: "
		      "sent counts every byte once.",
		      json_text_at(counts, "tool", "an unnamed tool"),
		      json_text_at(counts, "commit", "unknown"));
	json_array_foreach(json_object_get(counts, "skipped"), i, row)
		doc_item(doc, "Not counted: %s: %s.", json_text_at(row, "arm", "an unnamed arm"),
			 json_text_at(row, "why", "no reason given"));
}

void report_counts(const struct run *run, struct doc *doc)
{
	char path[4096];
	size_t low = report_low_load(run), capacity = report_run_load_of(run, RUN_CAPACITY);
	bool counted = (low < run->load_count && is_counted(run, low)) ||
		       (capacity < run->load_count && is_counted(run, capacity));
	bool apart =
		snprintf(path, sizeof(path), "%s/counts.json", run->path) < (int)sizeof(path) &&
		access(path, R_OK) == 0;
	json_error_t why = {.text = ""};
	json_t *counts = apart ? json_load_file(path, 0, &why) : NULL;
	if (!counted && !apart)
		return;
	doc_heading(doc, 2, "What a request asks for");
	if (counted)
		doc_paragraph(doc,
			      "By the servers' own counters over a whole load, warm-up and drain "
			      "included, for each answer of the front. Reads a batch says how many "
			      "reads a store's worker took in one turn: batching makes a request "
			      "cheaper the more of them there are.");
	counts_table(run, doc, low);
	counts_table(run, doc, report_run_load_of(run, RUN_NEAR));
	counts_table(run, doc, capacity);
	if (apart && !json_is_object(counts))
		doc_paragraph(doc, "counts.json cannot be read: %.100s.",
			      counts ? "it holds no object" : why.text);
	else if (apart)
		apart_table(doc, counts);
	json_decref(counts);
}
