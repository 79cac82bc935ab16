/*
 * A small document: headings, paragraphs, lists, tables, code and figures, built once and written
 * three times: as Markdown, as JSON and as one self-contained HTML file. The JSON is what
 * web/assets draws, on the results page and inside the HTML.
 *
 * Text is always plain text: the writers escape it, so that a name out of a file can never become
 * markup. A document is a flat list of pieces in reading order; a table is its columns, then its
 * cells, row by row. Ownership: the document copies every text. A failed allocation is remembered;
 * check doc_ok once, at the end. The same pieces give the same bytes.
 */
#ifndef DUET_RUNNER_DOC_H
#define DUET_RUNNER_DOC_H

#include "common/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

struct doc;

enum doc_align { DOC_LEFT, DOC_RIGHT };
enum doc_tone { DOC_PLAIN, DOC_MUTED, DOC_STRONG };

/* An empty document, or NULL without memory. */
struct doc *doc_new(void);
/* NULL is allowed. */
void doc_free(struct doc *doc);

/* False when an allocation failed or a text was longer than 64 KiB: the document is not whole. */
bool doc_ok(const struct doc *doc);

/* For a section that had no memory for what it was to say: the document is not whole. */
void doc_fail(struct doc *doc);

/* `level` 1 is the title (once, first), 2 a section, 3 a part of one. */
void doc_heading(struct doc *doc, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void doc_paragraph(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A paragraph that carries the finding. */
void doc_key(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An item of a list; items that follow each other are one list. */
void doc_item(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A block of commands or of other text whose lines matter. */
void doc_code(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Opens a table with its caption; then its columns, then its cells, left to right, row by row. The
 * next piece that is neither closes it; an unfinished last row is filled up. */
void doc_table(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));
void doc_column(struct doc *doc, enum doc_align align, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void doc_cell(struct doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));
void doc_cell_toned(struct doc *doc, enum doc_tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What a table, a row, a column or a figure is about, so that a reader can pick: texts as they
 * stand in the run. NULL or "": does not apply, and no choice hides it. */
struct doc_keys {
	const char *page, *arm, *statistic;
	char vus[24]; /* "200"; "capacity" or "open" where a table mixes such loads with others */
};

/* Sets the keys of the piece just added: a table, or a column. */
void doc_set_keys(struct doc *doc, struct doc_keys keys);
/* The next cell begins a row about `keys`. */
void doc_row(struct doc *doc, struct doc_keys keys);

/* A map is lines over two axes some of which bound an area, and places marked on it. */
enum doc_shape { DOC_LINES, DOC_BARS, DOC_WATERFALL, DOC_MAP };

/* How a series is drawn: a line; one with the area above it shaded (maps); its points alone, which
 * are then not in the table behind (maps). */
enum doc_mark { DOC_MARK_LINE, DOC_MARK_ABOVE, DOC_MARK_POINTS };

struct doc_tick {
	double value;
	const char *label;
};

struct doc_axis {
	const char *label, *unit;     /* the unit is "" for a pure number */
	bool log;                     /* values not above 0 are not drawn then */
	const struct doc_tick *ticks; /* NULL: chosen by the range */
	size_t tick_count;
};

/* Points in ascending order of x, unless they are marked each alone. A y that is not finite breaks
 * the line. */
struct doc_series {
	const char *name;
	enum doc_mark mark;
	struct doc_keys keys;
	const double *x, *y;
	size_t count;
};

/* A plot as data, all borrowed for the call. Bars have one point a series, at x = 0. A waterfall's
 * series are bars that go on where others end: the point is where the bar begins (x) and where it
 * ends (y), and a second one, if any, the interval of its end (from x to y). */
struct doc_figure {
	enum doc_shape shape;
	const char *title;
	struct doc_keys keys;
	struct doc_axis x, y;
	const struct doc_series *series;
	size_t series_count;
};

/* Adds a plot with its caption, and the table of its numbers behind it: a row a tick of x when the
 * axis has ticks, else a row a value of x. Markdown leaves figures out. */
void doc_figure(struct doc *doc, const struct doc_figure *figure, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a small form that computes estimates where scripts run (web/assets/estimate.js); `data` is a
 * JSON object with what it computes from (results/report.schema.json, "estimator"). The text stands
 * in its place where no script runs; Markdown leaves it out. */
void doc_estimator(struct doc *doc, const char *data, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Append the whole document; check strbuf_ok. */
void doc_write_markdown(const struct doc *doc, struct strbuf *out);
/* A JSON array of the pieces, one a line; results/report.schema.json has its shape. */
void doc_write_json(const struct doc *doc, struct strbuf *out);
/* `data` is the JSON that the HTML's script draws (report_json.h). */
void doc_write_html(const struct doc *doc, const char *data, struct strbuf *out);

#endif
