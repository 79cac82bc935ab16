/* Plots of latency: percentiles at one level, and p50 and p95 over the levels. */
#include "runner/report_sections.h"
#include "runner/svg.h"

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

struct points {
	double x[POINTS_MAX], y[POINTS_MAX];
	size_t count;
};

/* x is 1 / (1 - p), y the latency in ms. A point where x grew by 3 % at least; the last bucket,
 * where 1 - p is 0, is left out. */
static void points_fill(const struct pool *pool, struct points *points)
{
	double below = 0;
	double last = 0;
	for (size_t i = 0; i + 1 < pool->count && points->count < POINTS_MAX; i++) {
		below += pool->buckets[i].count;
		double x = pool->total / (pool->total - below);
		if (!isfinite(x) || (points->count && x < last * 1.03))
			continue;
		points->x[points->count] = last = x;
		points->y[points->count++] = pool->buckets[i].us / 1000;
	}
}

/* The largest closed level that every arm with files has for a page; load_count when none. */
static size_t common_level(const struct run *run, size_t page)
{
	size_t seen = report_run_arms_seen(run);
	for (size_t load = run->load_count; load-- > 0;) {
		size_t have = 0;
		for (size_t arm = 0; arm < run->arm_count; arm++)
			have += cell_requests(run, (struct cell){arm, page, load, false}).blocks >
				0;
		if (run->loads[load].kind == RUN_CLOSED && have == seen)
			return load;
	}
	return run->load_count;
}

static void percentile_plot(const struct run *run, struct doc *doc, size_t page)
{
	static const struct svg_tick ticks[] = {{1, "0"},         {2, "50"},         {10, "90"},
						{20, "95"},       {100, "99"},       {1000, "99.9"},
						{10000, "99.99"}, {100000, "99.999"}};
	size_t load = common_level(run, page);
	if (load == run->load_count)
		return;
	char title[192];
	struct svg_lines plot = {
		.title = title,
		.description = "Response time over percentile, one line an arm; p50, p95, p99 and "
			       "p99.9 stand in the tables.",
		.x = {"percentile (1 \u2212 p on a logarithmic axis)", true, ticks,
		      sizeof(ticks) / sizeof(ticks[0])},
		.y = {"response time, ms (logarithmic)", true, NULL, 0},
	};
	struct points *points = calloc(run->arm_count, sizeof(*points));
	bool ok = points != NULL;
	snprintf(title, sizeof(title), "%s at %s: percentiles of response time", run->pages[page],
		 text_load(run->loads[load]).s);
	for (size_t arm = 0; arm < run->arm_count && ok; arm++) {
		struct pool pool = {0};
		ok = pool_cell(run, (struct cell){arm, page, load, false}, &pool);
		points_fill(&pool, &points[arm]);
		free(pool.buckets);
		plot.series[plot.series_count++] = (struct svg_series){
			run->arms[arm].id, points[arm].x, points[arm].y, points[arm].count};
	}
	char *svg = ok ? svg_lines_draw(&plot) : NULL;
	doc_figure(doc, svg,
		   "%s. Successes of all valid blocks pooled; the tables have the medians over "
		   "blocks instead.",
		   title);
	free(svg);
	free(points);
}

struct level_lines {
	double vus[RUN_LOADS_MAX], ms[RUN_ARMS_MAX][RUN_LOADS_MAX];
	size_t count;
};

static void level_plot(const struct run *run, struct doc *doc, size_t page, enum metric metric,
		       const char *name)
{
	struct level_lines lines = {.count = 0};
	char title[192], y_title[64];
	snprintf(title, sizeof(title), "%s: %s of response time over VUs", run->pages[page], name);
	snprintf(y_title, sizeof(y_title), "%s, ms (logarithmic)", name);
	for (size_t load = 0; load < run->load_count; load++) {
		if (run->loads[load].kind != RUN_CLOSED)
			continue;
		lines.vus[lines.count] = (double)run->loads[load].vus;
		for (size_t arm = 0; arm < run->arm_count; arm++)
			lines.ms[arm][lines.count] =
				cell_median(run, (struct cell){arm, page, load, false}, metric) /
				1000;
		lines.count++;
	}
	if (lines.count < 2)
		return;
	struct svg_lines plot = {
		.title = title,
		.description = "One line an arm over the numbers of virtual users; the numbers "
			       "stand in the tables.",
		.x = {"VUs (logarithmic)", true, NULL, 0},
		.y = {y_title, true, NULL, 0},
		.markers = true,
	};
	for (size_t arm = 0; arm < run->arm_count; arm++)
		plot.series[plot.series_count++] = (struct svg_series){run->arms[arm].id, lines.vus,
								       lines.ms[arm], lines.count};
	char *svg = svg_lines_draw(&plot);
	doc_figure(doc, svg, "%s, medians over blocks; the numbers stand in the %s table.", title,
		   name);
	free(svg);
}

void report_plots(const struct run *run, struct doc *doc)
{
	if (report_run_load_of(run, RUN_CLOSED) == run->load_count)
		return;
	doc_heading(doc, 2, "Plots");
	for (size_t page = 0; page < run->page_count; page++) {
		doc_heading(doc, 3, "%s", run->pages[page]);
		percentile_plot(run, doc, page);
		level_plot(run, doc, page, METRIC_P50, "p50");
		level_plot(run, doc, page, METRIC_P95, "p95");
	}
}
