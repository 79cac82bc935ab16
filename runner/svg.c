#include "runner/svg.h"

#include "common/base/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WIDTH = 760,
	LEFT = 76, /* of the plot's frame */
	RIGHT = 740,
	FRAME = 320, /* its height */
	LINE = 18,   /* a line of the legend */
	SVG_MAX = 1 << 20,
	TICKS_MAX = 24,
	CAPTION_MAX = 24
};

struct range {
	double low, high;
};

/* A value's place from 0 to 1 along an axis. */
static double along(const struct svg_axis *axis, struct range range, double value)
{
	if (axis->log)
		return (log(value) - log(range.low)) / (log(range.high) - log(range.low));
	return (value - range.low) / (range.high - range.low);
}

static bool drawable(const struct svg_axis *axis, double value)
{
	return isfinite(value) && (!axis->log || value > 0);
}

static void escaped(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			strbuf_add_text(out, "&lt;");
		else if (*text == '>')
			strbuf_add_text(out, "&gt;");
		else if (*text == '&')
			strbuf_add_text(out, "&amp;");
		else
			strbuf_add_char(out, *text);
	}
}

static void words(struct strbuf *out, double x, double y, const char *anchor, const char *text)
{
	strbuf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	escaped(out, text);
	strbuf_add_text(out, "</text>\n");
}

static void opening(struct strbuf *out, const char *title, const char *description, double height)
{
	strbuf_printf(out,
		      "<svg role=\"img\" viewBox=\"0 0 %d %.0f\" "
		      "xmlns=\"http://www.w3.org/2000/svg\">\n<title>",
		      WIDTH, height);
	escaped(out, title);
	strbuf_add_text(out, "</title><desc>");
	escaped(out, description);
	strbuf_add_text(out, "</desc>\n");
}

static char *closing(struct strbuf *out)
{
	strbuf_add_text(out, "</svg>");
	if (strbuf_ok(out))
		return out->data;
	strbuf_free(out);
	return NULL;
}

static double number(const struct svg_series *series, bool of_x, size_t i)
{
	return of_x ? series->x[i] : series->y[i];
}

/* What the series cover; linear axes begin at 0. An empty plot gets 1 to 10. */
static struct range range_of(const struct svg_lines *plot, bool of_x)
{
	const struct svg_axis *axis = of_x ? &plot->x : &plot->y;
	struct range range = {INFINITY, -INFINITY};
	for (size_t s = 0; s < plot->series_count; s++)
		for (size_t i = 0; i < plot->series[s].count; i++) {
			double value = number(&plot->series[s], of_x, i);
			if (!drawable(axis, value))
				continue;
			range.low = fmin(range.low, value);
			range.high = fmax(range.high, value);
		}
	if (range.low > range.high)
		range = (struct range){1, 10};
	if (!axis->log)
		range.low = fmin(0, range.low);
	if (axis->log && range.low == range.high)
		range = (struct range){range.low / 2, range.high * 2};
	if (!axis->log && range.low == range.high)
		range.high = range.low + 1;
	return range;
}

/* The step of 1, 2 or 5 times a power of ten that makes about six ticks. */
static double step_for(double span)
{
	double power = pow(10, floor(log10(span / 6)));
	double times = span / 6 / power;
	return power * (times > 5 ? 10 : times > 2 ? 5 : times > 1 ? 2 : 1);
}

static size_t ticks_linear(struct range *range, double ticks[TICKS_MAX])
{
	double step = step_for(range->high - range->low);
	size_t count = 0;
	range->high = ceil(range->high / step - 1e-9) * step;
	for (long i = lround(floor(range->low / step)); count < TICKS_MAX; i++) {
		if ((double)i * step > range->high + step / 2)
			break;
		ticks[count++] = (double)i * step;
	}
	return count;
}

/* Powers of ten, and their 2 and 5 times when there are few; the range grows to whole ticks. */
static size_t ticks_log(struct range *range, double ticks[TICKS_MAX])
{
	static const double times[] = {1, 2, 5};
	size_t each = log10(range->high / range->low) > 3 ? 1 : 3;
	size_t count = 0;
	double below = NAN;
	for (int power = (int)floor(log10(range->low)) - 1; power < 40; power++)
		for (size_t i = 0; i < each; i++) {
			double value = times[i] * pow(10, power);
			if (value <= range->low * 1.0000001) {
				below = value;
				continue;
			}
			if (count == 0 && !isnan(below))
				ticks[count++] = below;
			if (count < TICKS_MAX)
				ticks[count++] = value;
			if (value >= range->high || count == TICKS_MAX) {
				range->low = ticks[0];
				range->high = fmax(value, range->high);
				return count;
			}
		}
	return count;
}

static void tick_label(char label[32], double value)
{
	snprintf(label, 32, "%.6g", value);
}

/* Draws one axis with its grid; `range` grows to the ticks. */
static void axis_draw(struct strbuf *out, const struct svg_axis *axis, bool of_x,
		      struct range *range, double top)
{
	double values[TICKS_MAX];
	size_t count = axis->tick_count < TICKS_MAX ? axis->tick_count : TICKS_MAX;
	if (!axis->ticks)
		count = axis->log ? ticks_log(range, values) : ticks_linear(range, values);
	for (size_t i = 0; i < count; i++) {
		char label[32];
		double value = axis->ticks ? axis->ticks[i].value : values[i];
		double at = along(axis, *range, value);
		if (at < -0.001 || at > 1.001)
			continue;
		tick_label(label, value);
		const char *text = axis->ticks ? axis->ticks[i].label : label;
		double x = LEFT + at * (RIGHT - LEFT);
		double y = top + FRAME * (1 - at);
		if (of_x)
			strbuf_printf(out, "<path class=\"g\" d=\"M%.1f %.1fV%.1f\"/>\n", x, top,
				      top + FRAME);
		else
			strbuf_printf(out, "<path class=\"g\" d=\"M%d %.1fH%d\"/>\n", LEFT, y,
				      RIGHT);
		words(out, of_x ? x : LEFT - 8, of_x ? top + FRAME + 18 : y + 4,
		      of_x ? "middle" : "end", text);
	}
}

static void series_draw(struct strbuf *out, const struct svg_lines *plot, size_t index,
			struct range xs, struct range ys, double top)
{
	const struct svg_series *series = &plot->series[index];
	bool drawing = false;
	strbuf_printf(out, "<path class=\"l k%zu\" d=\"", index % SVG_COLOURS);
	for (int markers = 0; markers <= (plot->markers ? 1 : 0); markers++) {
		for (size_t i = 0; i < series->count; i++) {
			bool shown = drawable(&plot->x, series->x[i]) &&
				     drawable(&plot->y, series->y[i]);
			if (!shown) {
				drawing = false;
				continue;
			}
			double x = LEFT + along(&plot->x, xs, series->x[i]) * (RIGHT - LEFT);
			double y = top + FRAME * (1 - along(&plot->y, ys, series->y[i]));
			if (markers)
				strbuf_printf(out,
					      "<circle class=\"f%zu\" cx=\"%.1f\" cy=\"%.1f\" "
					      "r=\"3.5\"/>",
					      index % SVG_COLOURS, x, y);
			else
				strbuf_printf(out, "%c%.1f %.1f", drawing ? 'L' : 'M', x, y);
			drawing = true;
		}
		strbuf_add_text(out, markers ? "\n" : "\"/>\n");
	}
}

char *svg_lines_draw(const struct svg_lines *plot)
{
	struct strbuf out;
	strbuf_init(&out, SVG_MAX);
	double top = 30 + LINE * (double)plot->series_count;
	opening(&out, plot->title, plot->description, top + FRAME + 44);
	for (size_t i = 0; i < plot->series_count; i++) {
		double y = 14 + LINE * (double)i;
		strbuf_printf(&out, "<path class=\"l k%zu\" d=\"M%d %.1fh40\"/>\n", i % SVG_COLOURS,
			      LEFT, y);
		words(&out, LEFT + 48, y + 4, "start", plot->series[i].name);
	}
	words(&out, 8, top - 12, "start", plot->y.title);
	words(&out, RIGHT, top + FRAME + 38, "end", plot->x.title);
	struct range xs = range_of(plot, true);
	struct range ys = range_of(plot, false);
	axis_draw(&out, &plot->x, true, &xs, top);
	axis_draw(&out, &plot->y, false, &ys, top);
	for (size_t i = 0; i < plot->series_count; i++)
		series_draw(&out, plot, i, xs, ys, top);
	return closing(&out);
}

char *svg_bars_draw(const struct svg_bars *plot)
{
	enum { BAR_LEFT = 230, BAR_RIGHT = 640, STEP = 24 };
	struct strbuf out;
	size_t groups = 0;
	double most = 0;
	const char *group = "";
	for (size_t i = 0; i < plot->count; i++) {
		groups += strcmp(group, plot->bars[i].group) != 0;
		group = plot->bars[i].group;
		most = isfinite(plot->bars[i].value) ? fmax(most, plot->bars[i].value) : most;
	}
	strbuf_init(&out, SVG_MAX);
	opening(&out, plot->title, plot->description,
		20 + STEP * (double)(plot->count + groups) + 24);
	double y = 8;
	group = "";
	for (size_t i = 0; i < plot->count; i++) {
		const struct svg_bar *bar = &plot->bars[i];
		if (strcmp(group, bar->group) != 0) {
			group = bar->group;
			y += STEP;
			words(&out, 8, y - 6, "start", group);
		}
		bool shown = isfinite(bar->value) && most > 0;
		double width = shown ? bar->value / most * (BAR_RIGHT - BAR_LEFT) : 0;
		words(&out, BAR_LEFT - 8, y + 13, "end", bar->name);
		strbuf_printf(&out,
			      "<rect class=\"f%zu\" x=\"%d\" y=\"%.1f\" width=\"%.1f\" "
			      "height=\"16\" rx=\"2\"/>\n",
			      bar->colour % SVG_COLOURS, BAR_LEFT, y, fmax(width, 1));
		words(&out, BAR_LEFT + width + 8, y + 13, "start", bar->label);
		y += STEP;
	}
	words(&out, BAR_LEFT, y + 16, "start", plot->axis);
	return closing(&out);
}
