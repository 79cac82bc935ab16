/* Figures: a deep copy of their data, and the table of their numbers. */
#include "common/base/arena.h"
#include "runner/doc_pieces.h"

#include <math.h>
#include <stdio.h>

enum { ROWS_MAX = 400 };

/* A copy of `count` elements of `each` bytes; NULL for none, or with a failed document. */
static const void *array_copy(struct doc *doc, const void *from, size_t count, size_t each)
{
	if (count == 0)
		return NULL;
	const void *copy = arena_copy(doc->arena, from, count * each);
	doc->failed = doc->failed || !copy;
	return copy;
}

static struct doc_axis axis_copy(struct doc *doc, const struct doc_axis *from)
{
	struct doc_axis axis = *from;
	struct doc_tick *ticks =
		from->tick_count ? arena_alloc(doc->arena, from->tick_count * sizeof(*ticks))
				 : NULL;
	doc->failed = doc->failed || (from->tick_count && !ticks);
	axis.label = doc_text(doc, from->label);
	axis.unit = doc_text(doc, from->unit);
	axis.ticks = ticks;
	for (size_t i = 0; ticks && i < from->tick_count; i++)
		ticks[i] = (struct doc_tick){from->ticks[i].value,
					     doc_text(doc, from->ticks[i].label)};
	return axis;
}

const struct doc_figure *doc_figure_copy(struct doc *doc, const struct doc_figure *from)
{
	struct doc_figure *figure = arena_alloc(doc->arena, sizeof(*figure));
	struct doc_series *series =
		arena_alloc(doc->arena, from->series_count * sizeof(*from->series));
	if (!figure || !series) {
		doc->failed = true;
		return NULL;
	}
	*figure = *from;
	figure->title = doc_text(doc, from->title);
	figure->x = axis_copy(doc, &from->x);
	figure->y = axis_copy(doc, &from->y);
	figure->series = series;
	for (size_t i = 0; i < from->series_count; i++) {
		const struct doc_series *one = &from->series[i];
		const struct doc_keys *keys = doc_keys_copy(doc, one->keys);
		series[i] = (struct doc_series){
			.name = doc_text(doc, one->name),
			.mark = one->mark,
			.keys = keys ? *keys : (struct doc_keys){0},
			.x = array_copy(doc, one->x, one->count, sizeof(*one->x)),
			.y = array_copy(doc, one->y, one->count, sizeof(*one->y)),
			.count = one->count,
		};
	}
	return figure;
}

/* ---- the table behind ---- */

/* The smallest x of any series above `after`; INFINITY when there is none. */
static double next_x(const struct doc_figure *figure, double after)
{
	double least = INFINITY;
	for (size_t s = 0; s < figure->series_count; s++)
		for (size_t i = 0; i < figure->series[s].count; i++)
			if (figure->series[s].x[i] > after)
				least = fmin(least, figure->series[s].x[i]);
	return least;
}

/* A series' value at exactly x, NaN without one. */
static double value_at(const struct doc_series *series, double x)
{
	for (size_t i = 0; i < series->count; i++)
		if (series->x[i] == x)
			return series->y[i];
	return NAN;
}

static void value_cell(struct doc *doc, double value)
{
	int decimals = fabs(value) < 10 ? 3 : fabs(value) < 1000 ? 1 : 0;
	if (isfinite(value))
		doc_cell(doc, "%.*f", decimals, value);
	else
		doc_cell(doc, "\u2013");
}

static void values_row(struct doc *doc, const struct doc_figure *figure, const char *label,
		       double x)
{
	doc_cell(doc, "%s", label);
	for (size_t s = 0; s < figure->series_count; s++)
		if (figure->series[s].mark != DOC_MARK_POINTS)
			value_cell(doc, value_at(&figure->series[s], x));
}

static void axis_column(struct doc *doc, const struct doc_axis *axis)
{
	doc_column(doc, DOC_RIGHT, *axis->unit ? "%s, %s" : "%s%s", axis->label, axis->unit);
}

static void lines_table(struct doc *doc, const struct doc_figure *figure)
{
	axis_column(doc, &figure->x);
	for (size_t s = 0; s < figure->series_count; s++) {
		if (figure->series[s].mark == DOC_MARK_POINTS)
			continue;
		doc_column(doc, DOC_RIGHT, *figure->y.unit ? "%s, %s" : "%s%s",
			   figure->series[s].name, figure->y.unit);
		doc_set_keys(doc, figure->series[s].keys);
	}
	for (size_t i = 0; i < figure->x.tick_count; i++)
		values_row(doc, figure, figure->x.ticks[i].label, figure->x.ticks[i].value);
	double x = figure->x.tick_count ? INFINITY : next_x(figure, -INFINITY);
	for (size_t row = 0; isfinite(x) && row < ROWS_MAX; row++, x = next_x(figure, x)) {
		char label[32];
		snprintf(label, sizeof(label), "%.6g", x);
		values_row(doc, figure, label, x);
	}
}

static void bars_table(struct doc *doc, const struct doc_figure *figure)
{
	doc_column(doc, DOC_LEFT, "%s", figure->x.label);
	axis_column(doc, &figure->y);
	for (size_t s = 0; s < figure->series_count; s++) {
		doc_row(doc, figure->series[s].keys);
		doc_cell(doc, "%s", figure->series[s].name);
		value_cell(doc, value_at(&figure->series[s], 0));
	}
}

/* "12.3 to 14.5", or a dash. */
static void interval_cell(struct doc *doc, const struct doc_series *series)
{
	if (series->count > 1)
		doc_cell(doc, "%.3f to %.3f", series->x[1], series->y[1]);
	else
		doc_cell(doc, "\u2013");
}

static void waterfall_table(struct doc *doc, const struct doc_figure *figure)
{
	doc_column(doc, DOC_LEFT, "%s", figure->x.label);
	doc_column(doc, DOC_RIGHT, "from, %s", figure->y.unit);
	doc_column(doc, DOC_RIGHT, "to, %s", figure->y.unit);
	doc_column(doc, DOC_RIGHT, "interval of its end");
	for (size_t s = 0; s < figure->series_count; s++) {
		const struct doc_series *series = &figure->series[s];
		doc_row(doc, series->keys);
		doc_cell(doc, "%s", series->name);
		value_cell(doc, series->x[0]);
		value_cell(doc, series->y[0]);
		interval_cell(doc, series);
	}
}

void doc_figure_table(struct doc *doc, const struct doc_figure *figure)
{
	static void (*const shapes[])(struct doc * doc, const struct doc_figure *figure) = {
		[DOC_LINES] = lines_table,
		[DOC_BARS] = bars_table,
		[DOC_WATERFALL] = waterfall_table,
		[DOC_MAP] = lines_table};
	doc_table(doc, "%s", figure->title);
	if (doc->count)
		doc->pieces[doc->count - 1].detail = DOC_BEHIND;
	doc_set_keys(doc, figure->keys);
	shapes[figure->shape](doc, figure);
}
