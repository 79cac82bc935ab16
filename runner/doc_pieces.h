/* The inside of a document, for its writers alone. */
#ifndef DUET_RUNNER_DOC_PIECES_H
#define DUET_RUNNER_DOC_PIECES_H

#include "runner/doc.h"

enum doc_kind {
	DOC_HEADING,
	DOC_PARAGRAPH,
	DOC_KEY,
	DOC_ITEM,
	DOC_CODE,
	DOC_TABLE,
	DOC_COLUMN,
	DOC_CELL,
	DOC_FIGURE,
	DOC_ESTIMATOR
};

struct doc_piece {
	enum doc_kind kind;
	int detail;       /* heading level, column alignment, cell tone; of a table: see below */
	const char *text; /* valid UTF-8, NUL-terminated; like what follows in the arena */
	const struct doc_keys *keys;     /* or NULL; a row's are its first cell's */
	const struct doc_figure *figure; /* figures only */
	const char *data;                /* estimators only: JSON */
};

/* A table's detail: one that stands by itself, or the numbers behind the figure above it. */
enum doc_place { DOC_ALONE, DOC_BEHIND };

struct doc {
	struct arena *arena;
	struct doc_piece *pieces;
	size_t count, size;
	const struct doc_keys *row; /* of the row that the next cell begins, or NULL */
	bool failed;
};

/* A cleaned copy of a text in the arena; "" and a failed document without memory. */
const char *doc_text(struct doc *doc, const char *text);
/* A copy of `keys` in the arena, NULL when none is set. */
const struct doc_keys *doc_keys_copy(struct doc *doc, struct doc_keys keys);

/* A deep copy in the arena; NULL and a failed document without memory. */
const struct doc_figure *doc_figure_copy(struct doc *doc, const struct doc_figure *from);
/* Adds the table of a figure's numbers. */
void doc_figure_table(struct doc *doc, const struct doc_figure *figure);

/* A table as its writers need it: pieces[first] is the DOC_TABLE. */
struct doc_table {
	const struct doc_piece *caption;
	const struct doc_piece *columns;
	const struct doc_piece *cells;
	size_t column_count, cell_count, row_count;
	size_t next; /* index of the piece behind the table */
};

/* The table that begins at pieces[first]. */
struct doc_table doc_table_at(const struct doc *doc, size_t first);

/* The cell of a row and column, or NULL when the last row ends before it. */
const struct doc_piece *doc_table_cell(const struct doc_table *table, size_t row, size_t column);

#endif
