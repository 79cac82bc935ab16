/* The series, a row a second or a turn: that a window was steady, or where it was not. */
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SECONDS_MAX = 600 };

/* What a row has, in ms or requests/s; titles: where rows are seconds, turns. */
static const struct measure {
	const char *key, *statistic, *titles[2], *unit;
	double scale;
	bool is_count; /* to be divided by the row's length */
} measures[] = {
	{"requests",
	 "throughput",
	 {"requests answered each second", "requests/s of each turn"},
	 "requests/s",
	 1,
	 true},
	{"p50", "p50", {"p50 of each second", "p50 of each turn"}, "ms", 1e-3, false},
	{"p95", "p95", {"p95 of each second", "p95 of each turn"}, "ms", 1e-3, false},
};

static bool in_turns(const struct run *run)
{
	return json_number_at(run->plan, "turns") > 1;
}

struct seconds {
	double t[SECONDS_MAX], values[SECONDS_MAX];
	size_t count;
	bool any;
};

/* The entry of a block's series, or NULL. */
static const json_t *second_of(const struct run *run, struct cell cell, size_t block, size_t second)
{
	const struct run_result *result = report_run_at(run, cell.arm, cell.page, cell.load, block);
	if (!result || !result->valid)
		return NULL;
	return json_array_get(json_object_get(result->root, "series"), second);
}

/* A second's median over the blocks that have it. */
static double second_median(const struct run *run, struct cell cell, size_t second, const char *key)
{
	double values[RUN_BLOCKS_MAX];
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		double value = json_number_at(second_of(run, cell, block, second), key);
		if (isfinite(value))
			values[count++] = value;
	}
	return stats_median(values, count);
}

static double second_begins(const struct run *run, struct cell cell, size_t second)
{
	for (size_t block = 0; block < run->block_count; block++) {
		const json_t *entry = second_of(run, cell, block, second);
		if (entry)
			return json_number_at(entry, "t");
	}
	return NAN;
}

/* The length of a row: the second one's beginning; a second where there is but one. */
static double row_s(const struct run *run, struct cell cell)
{
	double t = second_begins(run, cell, 1);
	return t > 0 ? t : 1;
}

static void seconds_fill(const struct run *run, struct cell cell, const struct measure *measure,
			 struct seconds *seconds)
{
	double scale = measure->scale / (measure->is_count ? row_s(run, cell) : 1);
	for (size_t second = 0; second < SECONDS_MAX; second++) {
		double t = second_begins(run, cell, second);
		if (isnan(t))
			return;
		double value = scale * second_median(run, cell, second, measure->key);
		seconds->t[seconds->count] = t;
		seconds->values[seconds->count++] = value;
		seconds->any = seconds->any || isfinite(value);
	}
}

static void plot(const struct run *run, struct doc *doc, struct cell cell,
		 const struct measure *measure)
{
	char title[192];
	struct doc_series series[RUN_ARMS_MAX];
	struct doc_figure figure = {
		.title = title,
		.keys = report_keys(run, cell),
		.x = {"time in the window", "s", false, NULL, 0},
		.y = {measure->statistic, measure->unit, false, NULL, 0},
		.series = series,
	};
	struct seconds *all = calloc(run->arm_count, sizeof(*all));
	figure.keys.arm = NULL;
	figure.keys.statistic = measure->statistic;
	snprintf(title, sizeof(title), "%s at %s: %s", run->pages[cell.page],
		 text_load(run->loads[cell.load]).s, measure->titles[in_turns(run)]);
	for (cell.arm = 0; all && cell.arm < run->arm_count; cell.arm++) {
		struct seconds *own = &all[cell.arm];
		const char *id = run->arms[cell.arm].id;
		seconds_fill(run, cell, measure, own);
		if (own->any)
			series[figure.series_count++] = (struct doc_series){.name = id,
									    .keys = {.arm = id},
									    .x = own->t,
									    .y = own->values,
									    .count = own->count};
	}
	if (figure.series_count)
		doc_figure(doc, &figure, "%s; medians over blocks.", title);
	free(all);
}

void report_seconds(const struct run *run, struct doc *doc)
{
	bool any = false;
	for (size_t i = 0; i < run->result_count; i++)
		any = any || json_array_size(json_object_get(run->results[i].root, "series"));
	if (!any || report_run_load_of(run, RUN_CLOSED) == run->load_count)
		return;
	const char *row = in_turns(run) ? "turn" : "second";
	doc_heading(doc, 2, in_turns(run) ? "Turn by turn" : "Second by second");
	doc_paragraph(doc,
		      "The %ss of each window: a server that warms up, collects or stalls shows "
		      "here. A %s with too few samples has no p95. Drawn in report.html and on the "
		      "results page.",
		      row, row);
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t load = 0; load < run->load_count; load++)
			for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]); i++)
				if (run->loads[load].kind == RUN_CLOSED)
					plot(run, doc, (struct cell){0, page, load, false},
					     &measures[i]);
}
