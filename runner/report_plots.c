/* Plots: percentiles at each level, and p50, p95 and throughput over the levels. */
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { POINTS_MAX = 400 };

/* A bucket of pooled histograms. */
struct bucket {
	double us, count;
};

struct pool {
	struct bucket *buckets;
	size_t count, size;
	double total;
};

static bool pool_add(struct pool *pool, const json_t *histogram)
{
	size_t i;
	json_t *pair;
	json_array_foreach(histogram, i, pair)
	{
		if (pool->count == pool->size) {
			size_t size = pool->size ? pool->size * 2 : 1024;
			struct bucket *more = realloc(pool->buckets, size * sizeof(*more));
			if (!more)
				return false;
			pool->buckets = more;
			pool->size = size;
		}
		struct bucket bucket = {json_number_value(json_array_get(pair, 0)),
					json_number_value(json_array_get(pair, 1))};
		if (bucket.count > 0) {
			pool->buckets[pool->count++] = bucket;
			pool->total += bucket.count;
		}
	}
	return true;
}

static int by_us(const void *a, const void *b)
{
	double left = ((const struct bucket *)a)->us;
	double right = ((const struct bucket *)b)->us;
	return (left > right) - (left < right);
}

/* All valid blocks' histograms of a cell in one, ascending. False without memory. */
static bool pool_cell(const struct run *run, struct cell cell, struct pool *pool)
{
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result =
			report_run_at(run, cell.arm, cell.page, cell.load, block);
		if (result && result->valid &&
		    !pool_add(pool,
			      json_value_at(result->root, "latency_us.response_time.histogram")))
			return false;
	}
	if (pool->count)
		qsort(pool->buckets, pool->count, sizeof(*pool->buckets), by_us);
	return true;
}

static const struct doc_tick ticks[] = {{1, "0"},         {2, "50"},         {10, "90"},
					{20, "95"},       {100, "99"},       {1000, "99.9"},
					{10000, "99.99"}, {100000, "99.999"}};
enum { TICKS = sizeof(ticks) / sizeof(ticks[0]) };

struct points {
	double x[POINTS_MAX], y[POINTS_MAX];
	size_t count;
};

static void point_add(struct points *points, double x, double us)
{
	if (points->count == POINTS_MAX)
		return;
	points->x[points->count] = x;
	points->y[points->count++] = us / 1000;
}

/* x is 1 / (1 - p), y the latency in ms under which a share p lies. A point at every tick, and
 * where x grew by 3 % at least; the last bucket, where 1 - p is 0, is left out. */
static void points_fill(const struct pool *pool, struct points *points)
{
	double below = 0, last = 0;
	size_t tick = 0;
	for (size_t i = 0; i + 1 < pool->count; i++) {
		below += pool->buckets[i].count;
		double x = pool->total / (pool->total - below);
		for (; tick < TICKS && ticks[tick].value <= x; tick++)
			point_add(points, last = ticks[tick].value, pool->buckets[i].us);
		if (isfinite(x) && x > last * 1.03)
			point_add(points, last = x, pool->buckets[i].us);
	}
}

/* One figure of lines that has an arm a series. `x` and `y` of an arm are filled by the caller. */
struct arms_plot {
	struct doc_figure figure;
	struct doc_series series[RUN_ARMS_MAX];
	char title[192];
};

static void arm_add(const struct run *run, struct arms_plot *plot, size_t arm, const double *x,
		    const double *y, size_t count)
{
	const char *id = run->arms[arm].id;
	plot->series[plot->figure.series_count++] = (struct doc_series){
		.name = id, .keys = {.arm = id}, .x = x, .y = y, .count = count};
	plot->figure.series = plot->series;
	plot->figure.title = plot->title;
}

static bool percentiles_fill(const struct run *run, struct cell cell, struct points *points)
{
	struct pool pool = {0};
	bool ok = pool_cell(run, cell, &pool);
	if (ok)
		points_fill(&pool, points);
	free(pool.buckets);
	return ok;
}

static void percentile_plot(const struct run *run, struct doc *doc, struct cell cell)
{
	struct arms_plot plot = {
		.figure = {.keys = report_keys(run, cell),
			   .x = {"percentile (1 \u2212 p on a logarithmic axis)", "%", true, ticks,
				 TICKS},
			   .y = {"response time", "ms", true, NULL, 0}},
	};
	struct points *points = calloc(run->arm_count, sizeof(*points));
	bool ok = points != NULL;
	plot.figure.keys.arm = NULL;
	snprintf(plot.title, sizeof(plot.title), "%s at %s: percentiles of response time",
		 run->pages[cell.page], text_load(run->loads[cell.load]).s);
	for (cell.arm = 0; cell.arm < run->arm_count && ok; cell.arm++) {
		struct points *own = &points[cell.arm];
		ok = percentiles_fill(run, cell, own);
		if (own->count)
			arm_add(run, &plot, cell.arm, own->x, own->y, own->count);
	}
	if (plot.figure.series_count)
		doc_figure(doc, &plot.figure,
			   "%s. Successes of all valid blocks pooled; the tables have the medians "
			   "over blocks instead.",
			   plot.title);
	free(points);
}

/* What is drawn over the levels, in ms or requests/s. */
static const struct over_levels {
	enum metric metric;
	const char *statistic, *title, *label, *unit;
	double scale;
} over_levels[] = {
	{METRIC_P50, "p50", "p50 of response time over VUs", "p50", "ms", 1e-3},
	{METRIC_P95, "p95", "p95 of response time over VUs", "p95", "ms", 1e-3},
	{METRIC_THROUGHPUT, "throughput", "throughput over VUs", "throughput", "requests/s", 1},
};

static void level_plot(const struct run *run, struct doc *doc, size_t page,
		       const struct over_levels *what)
{
	double vus[RUN_LOADS_MAX], values[RUN_ARMS_MAX][RUN_LOADS_MAX];
	size_t count = 0;
	struct arms_plot plot = {
		.figure = {.keys = {.page = run->pages[page], .statistic = what->statistic},
			   .x = {"virtual users", "VUs", true, NULL, 0},
			   .y = {what->label, what->unit, true, NULL, 0}},
	};
	for (size_t load = 0; load < run->load_count; load++) {
		if (run->loads[load].kind != RUN_CLOSED)
			continue;
		vus[count] = (double)run->loads[load].vus;
		for (size_t arm = 0; arm < run->arm_count; arm++)
			values[arm][count] = what->scale *
					     cell_median(run, (struct cell){arm, page, load, false},
							 what->metric);
		count++;
	}
	if (count < 2)
		return;
	snprintf(plot.title, sizeof(plot.title), "%s: %s", run->pages[page], what->title);
	for (size_t arm = 0; arm < run->arm_count; arm++)
		arm_add(run, &plot, arm, vus, values[arm], count);
	doc_figure(doc, &plot.figure, "%s; medians over blocks.", plot.title);
}

void report_plots(const struct run *run, struct doc *doc)
{
	if (report_run_load_of(run, RUN_CLOSED) == run->load_count)
		return;
	doc_heading(doc, 2, "Plots");
	doc_paragraph(doc, "Percentiles of response time at each level, and p50, p95 and "
			   "throughput over the levels: drawn in report.html and on the results "
			   "page, each with its numbers behind it.");
	for (size_t page = 0; page < run->page_count; page++) {
		for (size_t load = 0; load < run->load_count; load++)
			if (run->loads[load].kind == RUN_CLOSED)
				percentile_plot(run, doc, (struct cell){0, page, load, false});
		for (size_t i = 0; i < sizeof(over_levels) / sizeof(over_levels[0]); i++)
			level_plot(run, doc, page, &over_levels[i]);
	}
}
