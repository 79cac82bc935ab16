/*
 * Plots as inline SVG: lines over linear or logarithmic axes, and horizontal bars. Colours and dash
 * patterns are classes (k0..k7 strokes, f0..f7 fills, g grid) that the HTML's style defines, so
 * that one plot serves light and dark. All names are escaped. Points that are not finite, or not
 * above 0 on a logarithmic axis, break the line.
 */
#ifndef DUET_RUNNER_SVG_H
#define DUET_RUNNER_SVG_H

#include <stdbool.h>
#include <stddef.h>

enum { SVG_SERIES_MAX = 24, SVG_COLOURS = 8 };

struct svg_tick {
	double value;
	const char *label;
};

struct svg_axis {
	const char *title; /* with its unit: "p50, ms" */
	bool log;
	const struct svg_tick *ticks; /* NULL: chosen by the range */
	size_t tick_count;
};

struct svg_series {
	const char *name;
	const double *x, *y; /* borrowed */
	size_t count;
};

struct svg_lines {
	const char *title, *description; /* for those who do not see the plot */
	struct svg_axis x, y;
	struct svg_series series[SVG_SERIES_MAX];
	size_t series_count;
	bool markers; /* a dot at each point */
};

/* One bar; bars of a group stand together under its name. */
struct svg_bar {
	const char *group, *name;
	double value; /* >= 0; not finite: no bar, a dash */
	char label[32];
	size_t colour;
};

struct svg_bars {
	const char *title, *description;
	const char *axis; /* with its unit */
	const struct svg_bar *bars;
	size_t count;
};

/* Markup to free(), or NULL without memory. */
char *svg_lines_draw(const struct svg_lines *plot);
char *svg_bars_draw(const struct svg_bars *plot);

#endif
