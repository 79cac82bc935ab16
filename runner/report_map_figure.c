/* The map drawn: delay on a hop along, own work a page up. */
#include "runner/report_map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Between two measured delays. */
enum { STEPS = 4, X_MAX = STEPS * RUN_ARMS_MAX };

/* What is drawn: four lines over delays, and the cells of the microservices. */
enum { LATENCY_LINE, CORES_LINE, UNIFIED_LINE, MICROSERVICES_LINE, CELLS, DRAWN };

struct drawing {
	double x[X_MAX], y[CELLS][X_MAX];
	size_t count;
	double cell_x[RUN_ARMS_MAX], cell_y[RUN_ARMS_MAX];
	double floor_us; /* where own work of 0 is drawn: the axis is logarithmic */
	double works[2 * RUN_ARMS_MAX];
	size_t work_count;
	struct doc_tick x_ticks[RUN_ARMS_MAX], y_ticks[2 * RUN_ARMS_MAX];
	struct text x_labels[RUN_ARMS_MAX], y_labels[2 * RUN_ARMS_MAX];
	size_t x_tick_count;
};

static void ticks_set(const struct map *map, struct drawing *d, const double *delays, size_t count)
{
	for (size_t side = 0; side < MAP_SIDES; side++)
		for (size_t i = 0; i < map->count[side]; i++)
			d->works[d->work_count++] = map->cells[side][i].work_us;
	d->work_count = map_distinct(d->works, d->work_count);
	double least = d->works[0] > 0 || d->work_count < 2 ? d->works[0] : d->works[1];
	d->floor_us = least > 0 ? least / 4 : 1;
	for (size_t i = 0; i < d->work_count; i++) {
		d->y_labels[i] = text_whole(d->works[i]);
		d->y_ticks[i] = (struct doc_tick){fmax(d->works[i], d->floor_us), d->y_labels[i].s};
	}
	for (size_t i = 0; i < count; i++) {
		d->x_labels[i] = text_delay(delays[i]);
		d->x_ticks[i] = (struct doc_tick){delays[i] / 1e3, d->x_labels[i].s};
	}
	d->x_tick_count = count;
}

/* Lines end where they leave what was measured; own work of 0 lies on the floor. */
static double drawn(const struct map *map, const struct drawing *d, double work_us)
{
	return work_us >= 0 && work_us <= map->work_max ? fmax(work_us, d->floor_us) : NAN;
}

static void lines_at(const struct map *map, struct drawing *d, double delay_us, double limit_us)
{
	size_t at = d->count++;
	d->x[at] = delay_us / 1e3;
	d->y[LATENCY_LINE][at] =
		drawn(map, d, map_break_even(map, MAP_LATENCY, MAP_SHARE, delay_us));
	d->y[CORES_LINE][at] = drawn(map, d, map_break_even(map, MAP_CPU, MAP_SHARE, delay_us));
	d->y[UNIFIED_LINE][at] =
		drawn(map, d, map_work_within(map, MAP_UNIFIED, limit_us, delay_us));
	d->y[MICROSERVICES_LINE][at] =
		drawn(map, d, map_work_within(map, MAP_MICROSERVICES, limit_us, delay_us));
}

static void drawing_fill(const struct map *map, struct drawing *d, double limit_us)
{
	double delays[RUN_ARMS_MAX];
	size_t count = map_delays(map, delays);
	*d = (struct drawing){.count = 0};
	ticks_set(map, d, delays, count);
	for (size_t i = 0; i < count; i++) {
		double step = i + 1 < count ? (delays[i + 1] - delays[i]) / STEPS : 0;
		size_t steps = i + 1 < count ? STEPS : 1;
		for (size_t k = 0; k < steps; k++)
			lines_at(map, d, delays[i] + step * (double)k, limit_us);
	}
	for (size_t i = 0; i < map->count[MAP_MICROSERVICES]; i++) {
		const struct map_cell *cell = &map->cells[MAP_MICROSERVICES][i];
		d->cell_x[i] = cell->delay_us / 1e3;
		d->cell_y[i] = fmax(cell->work_us, d->floor_us);
	}
}

/* What the series of a drawing are called and where their numbers are. */
static void series_set(const struct map *map, const struct drawing *d, char names[CELLS][64],
		       struct doc_series series[DRAWN])
{
	for (size_t i = 0; i < CELLS; i++)
		series[i] = (struct doc_series){.name = names[i],
						.mark = i <= CORES_LINE ? DOC_MARK_ABOVE
									: DOC_MARK_LINE,
						.x = d->x,
						.y = d->y[i],
						.count = d->count};
	series[CELLS] = (struct doc_series){.name = "measured cells",
					    .mark = DOC_MARK_POINTS,
					    .x = d->cell_x,
					    .y = d->cell_y,
					    .count = map->count[MAP_MICROSERVICES]};
}

void report_map_figure(const struct run *run, struct doc *doc, const struct map *map,
		       const struct slo *slo)
{
	struct drawing *d = malloc(sizeof(*d));
	struct doc_series series[DRAWN];
	char title[64], names[CELLS][64];
	if (!d) {
		doc_fail(doc);
		return;
	}
	drawing_fill(map, d, slo->goals[0].limit);
	snprintf(title, sizeof(title), "%s: where the tax stops mattering", run->pages[map->page]);
	snprintf(names[LATENCY_LINE], sizeof(names[0]), "tax under %.0f %% of latency from",
		 MAP_SHARE * 100);
	snprintf(names[CORES_LINE], sizeof(names[0]), "tax under %.0f %% of cores from",
		 MAP_SHARE * 100);
	for (int side = 0; side < MAP_SIDES; side++)
		snprintf(names[UNIFIED_LINE + side], sizeof(names[0]), "%.30s, %s: up to",
			 slo->text, map_side_names[side]);
	series_set(map, d, names, series);
	struct doc_figure figure = {
		.shape = DOC_MAP,
		.title = title,
		.keys = {.page = run->pages[map->page]},
		.x = {"delay on a hop", "ms", false, d->x_ticks, d->x_tick_count},
		.y = {"own work a page", "\u00b5s", true, d->y_ticks, d->work_count},
		.series = series,
		.series_count = DRAWN,
	};
	doc_figure(doc, &figure,
		   "%s. In the shaded areas the tax is small; above the lines of %s that side "
		   "breaks it. By the model; lines end where the measured range does, and own work "
		   "of 0 is drawn at the foot.",
		   title, slo->text);
	free(d);
}
