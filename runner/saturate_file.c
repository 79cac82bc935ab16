#include "runner/saturate_file.h"

#include "runner/folder_list.h"
#include "runner/report_run.h"
#include "runner/report_text.h"
#include "runner/stats.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a search ended, when that limits what it says; "" when it does not. */
static const char *caveat_of(const struct saturation_file *file)
{
	static const struct {
		const char *end, *says;
	} ends[] = {
		{"out_of_runs", "it ran out of runs, so the limit may be higher"},
		{"out_of_time", "it ran out of time, so the limit may be higher"},
		{"top", "the highest rate that is tried, so the limit may be higher"},
	};
	const char *end = json_text_at(file->root, "outcome.end", "");
	if (strcmp(file->state, "complete") != 0)
		return strcmp(file->state, "interrupted") == 0
			       ? "the search was interrupted, so the limit may be higher"
			       : "the search was not finished, so the limit may be higher";
	if (json_is_true(json_value_at(file->root, "outcome.disturbed")))
		return "something else had the CPUs in the runs that set the limit, so that it "
		       "does not count";
	if (json_is_true(json_value_at(file->root, "outcome.generator_limited")))
		return "the generator was the limit, so this is a lower bound";
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (strcmp(end, ends[i].end) == 0)
			return ends[i].says;
	if (!json_is_true(json_object_get(file->root, "valid")))
		return "the CPU's speed changed during the search, so that it does not count";
	return "";
}

static void add(struct saturation_files *files, const char *folder, const char *name)
{
	char path[4096];
	json_error_t at;
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return;
	json_t *root = json_load_file(path, 0, &at);
	struct saturation_file file = {.root = root,
				       .arm = json_text_at(root, "scenario.arm", ""),
				       .page = json_text_at(root, "scenario.page", ""),
				       .state = json_text_at(root, "outcome.state", ""),
				       .block = json_number_at(root, "run.block")};
	file.valid =
		strcmp(file.state, "complete") == 0 && json_is_true(json_object_get(root, "valid"));
	file.caveat = caveat_of(&file);
	if (*file.arm && *file.page && *file.state && !isnan(file.block))
		files->at[files->count++] = file;
	else
		json_decref(root);
}

bool saturation_files_read(struct saturation_files *files, const char *folder)
{
	struct dirent **names = NULL;
	*files = (struct saturation_files){.count = 0};
	int count = folder_list(folder, "saturation_", &names);
	if (count <= 0) {
		free(names);
		return true;
	}
	files->at = calloc((size_t)count, sizeof(*files->at));
	for (int i = 0; i < count; i++) {
		if (files->at)
			add(files, folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return files->at != NULL;
}

void saturation_files_free(struct saturation_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		json_decref(files->at[i].root);
	free(files->at);
	*files = (struct saturation_files){.count = 0};
}

const struct saturation_file *saturation_find(const struct saturation_files *files, const char *arm,
					      const char *page, size_t block)
{
	const struct saturation_file *found = NULL;
	for (size_t i = 0; i < files->count; i++) {
		const struct saturation_file *file = &files->at[i];
		if (strcmp(file->arm, arm) == 0 && strcmp(file->page, page) == 0 &&
		    file->block >= (double)block && file->block <= (double)block &&
		    (!found || file->valid || !found->valid))
			found = file;
	}
	return found;
}

double saturation_per_core(const struct saturation_files *files, const char *arm, const char *page,
			   size_t block)
{
	const struct saturation_file *file = saturation_find(files, arm, page, block);
	return file && file->valid ? json_number_at(file->root, "outcome.per_core_rps") : NAN;
}

/* The median over the runs at a rate; NaN when one lacks the number. */
static double median_at(const json_t *runs, double rate, const char *key)
{
	double values[SATURATION_POINTS_MAX];
	size_t i, count = 0;
	json_t *run;
	json_array_foreach(runs, i, run)
	{
		double at = json_number_at(run, "rate_rps"), value = json_number_at(run, key);
		if (at < rate || at > rate || json_is_false(json_object_get(run, "counted")) ||
		    count == SATURATION_POINTS_MAX)
			continue;
		if (isnan(value))
			return NAN;
		values[count++] = value;
	}
	return stats_median(values, count);
}

static int by_rate(const void *a, const void *b)
{
	const struct saturation_point *left = a, *right = b;
	return (left->rate > right->rate) - (left->rate < right->rate);
}

static void fill(struct saturation_point *point, const json_t *runs)
{
	point->answered_rps = median_at(runs, point->rate, "answered_rps");
	point->p50_us = median_at(runs, point->rate, "p50_us");
	point->p95_us = median_at(runs, point->rate, "p95_us");
	point->p99_us = median_at(runs, point->rate, "p99_us");
	point->failed_share =
		median_at(runs, point->rate, "failed") / median_at(runs, point->rate, "requests");
}

size_t saturation_points(const struct saturation_file *file,
			 struct saturation_point points[SATURATION_POINTS_MAX])
{
	const json_t *runs = json_object_get(file->root, "runs");
	size_t i, count = 0;
	json_t *run;
	json_array_foreach(runs, i, run)
	{
		double rate = json_number_at(run, "rate_rps");
		size_t at = 0;
		while (at < count && (points[at].rate < rate || points[at].rate > rate))
			at++;
		if (!(rate > 0) || at == SATURATION_POINTS_MAX ||
		    json_is_false(json_object_get(run, "counted")))
			continue;
		if (at == count)
			points[count++] = (struct saturation_point){.rate = rate};
		points[at].runs++;
		points[at].held += json_is_true(json_object_get(run, "held"));
	}
	for (i = 0; i < count; i++)
		fill(&points[i], runs);
	qsort(points, count, sizeof(points[0]), by_rate);
	return count;
}

void saturation_curve(struct doc *doc, const struct saturation_file *file)
{
	static const char *const columns[] = {"rate, requests/s", "answered/s", "p50, ms",
					      "p95, ms",          "p99, ms",    "failed",
					      "runs that held"};
	struct saturation_point points[SATURATION_POINTS_MAX];
	size_t count = saturation_points(file, points);
	doc_table(doc, "%s, %s: latency by rate, medians over the runs at it", file->arm,
		  file->page);
	doc_set_keys(doc, (struct doc_keys){.page = file->page, .arm = file->arm});
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		doc_column(doc, DOC_RIGHT, "%s", columns[i]);
	for (size_t i = 0; i < count; i++) {
		const struct saturation_point *point = &points[i];
		doc_cell(doc, "%s", text_whole(point->rate).s);
		doc_cell(doc, "%s", text_whole(point->answered_rps).s);
		doc_cell(doc, "%s", text_ms(point->p50_us).s);
		doc_cell(doc, "%s", text_ms(point->p95_us).s);
		doc_cell(doc, "%s", text_ms(point->p99_us).s);
		doc_cell(doc, "%s", text_percent(point->failed_share).s);
		doc_cell(doc, "%zu of %zu", point->held, point->runs);
	}
}

void saturation_says(const struct saturation_file *file, char out[SATURATION_TEXT_MAX])
{
	const char *semicolon = *file->caveat ? "; " : "";
	double highest = json_number_at(file->root, "outcome.highest_rps");
	const char *slo = json_text_at(file->root, "config.slo", "");
	if (isnan(highest))
		(void)snprintf(
			out, SATURATION_TEXT_MAX,
			"%.60s %.8s: none of the rates that were tried held %.96s; the lowest was "
			"%s requests/s%s%s",
			file->arm, file->page, slo,
			text_count(json_number_at(file->root, "outcome.lowest_broken_rps")).s,
			strcmp(file->state, "complete") == 0 ? "" : "; the search is ",
			strcmp(file->state, "complete") == 0 ? "" : file->state);
	else
		(void)snprintf(
			out, SATURATION_TEXT_MAX,
			"%.60s %.8s: %s requests/s hold %.96s, %s per core (capacity %s)%s%s",
			file->arm, file->page, text_whole(highest).s, slo,
			text_whole(json_number_at(file->root, "outcome.per_core_rps")).s,
			text_whole(json_number_at(file->root, "capacity_rps")).s, semicolon,
			file->caveat);
}
