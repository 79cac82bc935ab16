#include "runner/map.h"

#include "common/base/options.h"
#include "runner/plan_page.h"
#include "runner/report_sections.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const map_side_names[MAP_SIDES] = {"unified", "microservices"};

/* How many of the terms a side has. */
static const size_t terms[MAP_SIDES] = {
	[MAP_UNIFIED] = MAP_WORK + 1, [MAP_MICROSERVICES] = MAP_TERMS};

_Static_assert((int)MAP_TERMS <= (int)FIT_COLUMNS_MAX && (int)RUN_ARMS_MAX <= (int)FIT_ROWS_MAX,
	       "a map fits a fit");

/* A duration of the arm's plan in us; 0 when it has none. */
static double plan_us(const struct run_arm *arm, const char *key)
{
	int64_t ns = 0;
	const char *text = json_text_at(arm->plan, key, "0s");
	return duration_parse(text, &ns) ? (double)ns / 1e3 : 0;
}

/* A cell's number, unless too many of its answers failed. */
static double measured(const struct run *run, struct cell cell, enum metric metric)
{
	return cell_error_share(run, cell) > ERROR_SHARE ? NAN : cell_median(run, cell, metric);
}

static void cells_fill(const struct run *run, struct map *map)
{
	size_t level = map->load[MAP_LATENCY], capacity = map->load[MAP_CPU];
	for (size_t arm = 0; arm < run->arm_count; arm++) {
		size_t side = 0;
		while (side < MAP_SIDES &&
		       strcmp(run->arms[arm].architecture, map_side_names[side]) != 0)
			side++;
		if (side == MAP_SIDES)
			continue;
		map->cells[side][map->count[side]++] = (struct map_cell){
			.arm = arm,
			.work_us = map->parts * plan_us(&run->arms[arm], "work"),
			.delay_us = plan_us(&run->arms[arm], "hop_delay"),
			.value = {measured(run, (struct cell){arm, map->page, level, false},
					   METRIC_P50),
				  measured(run, (struct cell){arm, map->page, capacity, false},
					   METRIC_CPU_REQUEST)},
			.error = {NAN, NAN},
		};
	}
}

static void ranges_fill(struct map *map)
{
	map->work_min = map->delay_min = INFINITY;
	for (size_t side = 0; side < MAP_SIDES; side++)
		for (size_t i = 0; i < map->count[side]; i++) {
			const struct map_cell *cell = &map->cells[side][i];
			map->work_min = fmin(map->work_min, cell->work_us);
			map->work_max = fmax(map->work_max, cell->work_us);
			map->delay_max = fmax(map->delay_max, cell->delay_us);
			if (side == MAP_MICROSERVICES)
				map->delay_min = fmin(map->delay_min, cell->delay_us);
		}
}

/* The model's columns of a place, MAP_TERMS of them. */
static void columns_set(double x[MAP_TERMS], double work_us, double delay_us)
{
	x[MAP_BASE] = 1;
	x[MAP_WORK] = work_us;
	x[MAP_HOP] = delay_us;
	x[MAP_WAIT] = delay_us > 0 ? 1 : 0;
}

bool map_tells_apart(enum map_side side, const struct map_cell *cells, size_t count)
{
	struct fit_rows data = {.rows = count, .columns = terms[side]};
	double ignored[FIT_COLUMNS_MAX];
	for (size_t i = 0; i < count; i++) {
		columns_set(data.x[i], cells[i].work_us, cells[i].delay_us);
		data.y[i] = 1;
	}
	return fit_solve(&data, ignored);
}

static void errors_fill(struct map_model *model, const double *errors, size_t count)
{
	double absolute[FIT_ROWS_MAX];
	for (size_t i = 0; i < count; i++)
		if (!isnan(errors[i]))
			absolute[model->left_out++] = fabs(errors[i]);
	model->error_median = stats_median(absolute, model->left_out);
	model->error_max = stats_max(absolute, model->left_out);
}

static bool model_fill(struct map *map, enum map_side side, enum map_measure measure)
{
	struct fit_rows data = {.columns = terms[side]};
	struct map_cell *used[RUN_ARMS_MAX];
	double errors[FIT_ROWS_MAX];
	struct map_model *model = &map->model[side][measure];
	for (size_t i = 0; i < map->count[side]; i++) {
		struct map_cell *cell = &map->cells[side][i];
		if (isnan(cell->value[measure]))
			continue;
		columns_set(data.x[data.rows], cell->work_us, cell->delay_us);
		data.y[data.rows] = cell->value[measure];
		used[data.rows++] = cell;
	}
	model->known = fit_solve(&data, model->term);
	if (!model->known)
		return false;
	fit_leave_out(&data, errors);
	for (size_t i = 0; i < data.rows; i++)
		used[i]->error[measure] = errors[i];
	errors_fill(model, errors, data.rows);
	return true;
}

bool map_fill(const struct run *run, size_t page, struct map *map)
{
	int known_page = plan_page_of(run->pages[page]);
	*map = (struct map){.page = page,
			    .load = {report_run_load_of(run, RUN_CLOSED),
				     report_run_load_of(run, RUN_CAPACITY)},
			    .parts = known_page < 0 ? 0 : plan_page_parts(known_page)};
	if (map->load[MAP_LATENCY] == run->load_count || map->load[MAP_CPU] == run->load_count)
		return false;
	cells_fill(run, map);
	ranges_fill(map);
	bool known = true;
	for (int side = 0; side < MAP_SIDES; side++)
		for (int measure = 0; measure < MAP_MEASURES; measure++)
			known = model_fill(map, (enum map_side)side, (enum map_measure)measure) &&
				known;
	return known;
}

double map_value(const struct map *map, enum map_side side, enum map_measure measure,
		 double work_us, double delay_us)
{
	double x[MAP_TERMS];
	columns_set(x, work_us, delay_us);
	return fit_value(x, map->model[side][measure].term, terms[side]);
}

double map_break_even(const struct map *map, enum map_measure measure, double share,
		      double delay_us)
{
	double allowed = 1 + share;
	double over = map_value(map, MAP_MICROSERVICES, measure, 0, delay_us) -
		      allowed * map_value(map, MAP_UNIFIED, measure, 0, delay_us);
	double gained = allowed * map->model[MAP_UNIFIED][measure].term[MAP_WORK] -
			map->model[MAP_MICROSERVICES][measure].term[MAP_WORK];
	if (!(gained > 0))
		return INFINITY;
	return fmax(0, over / gained);
}

double map_work_within(const struct map *map, enum map_side side, double limit_us, double delay_us)
{
	double left = limit_us - map_value(map, side, MAP_LATENCY, 0, delay_us);
	return left / map->model[side][MAP_LATENCY].term[MAP_WORK];
}

size_t map_distinct(double *values, size_t count)
{
	size_t kept = 0;
	stats_sort(values, count);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || values[i] > values[kept - 1])
			values[kept++] = values[i];
	return kept;
}

size_t map_delays(const struct map *map, double delays[RUN_ARMS_MAX])
{
	size_t count = map->count[MAP_MICROSERVICES];
	for (size_t i = 0; i < count; i++)
		delays[i] = map->cells[MAP_MICROSERVICES][i].delay_us;
	return map_distinct(delays, count);
}

size_t map_errors(const struct map *map, double errors[MAP_SIDES * MAP_MEASURES * RUN_ARMS_MAX])
{
	size_t count = 0;
	for (size_t side = 0; side < MAP_SIDES; side++)
		for (size_t i = 0; i < map->count[side]; i++)
			for (size_t measure = 0; measure < MAP_MEASURES; measure++) {
				double error = map->cells[side][i].error[measure];
				if (!isnan(error))
					errors[count++] = fabs(error);
			}
	return count;
}
