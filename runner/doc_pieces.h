/* The inside of a document, for its two writers alone. */
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
	DOC_FIGURE
};

struct doc_piece {
	enum doc_kind kind;
	int detail;       /* heading level, column alignment or cell tone */
	const char *text; /* valid UTF-8, NUL-terminated, owned by the document's arena */
	const char *svg;  /* figures only */
};

struct doc {
	struct arena *arena;
	struct doc_piece *pieces;
	size_t count, size;
	bool failed;
};

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
