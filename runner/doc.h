/*
 * A small document: headings, paragraphs, lists, tables, code and figures, built once and written
 * twice, as Markdown and as one self-contained HTML file.
 *
 * Text is always plain text: both writers escape it, so that a name out of a file can never become
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

/* A plot: `svg` is trusted markup (made by svg.h, NULL fails the document), drawn in the HTML; the
 * text says the same in words and stands in both. */
void doc_figure(struct doc *doc, const char *svg, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Append the whole document; check strbuf_ok. */
void doc_write_markdown(const struct doc *doc, struct strbuf *out);
void doc_write_html(const struct doc *doc, struct strbuf *out);

#endif
