/* Writes a document as GitHub-flavoured Markdown. Every character with a meaning of its own is
 * escaped with a backslash; table cells are padded, so that the file reads well as plain text.
 * Figures, the tables behind them and forms are left out. */
#include "runner/doc_pieces.h"

#include <ctype.h>
#include <string.h>

/* An underscore between word characters never is markup; escaped names would be hard to read. */
static bool needs_escape(const char *text, const char *at)
{
	if (*at == '_')
		return at == text || !isalnum((unsigned char)at[-1]) ||
		       !isalnum((unsigned char)at[1]);
	return strchr("\\`*[]<>|&~", *at) != NULL;
}

/* Text with markup escaped and line ends as spaces. */
static void text_write(struct strbuf *out, const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at == '\n') {
			strbuf_add_char(out, ' ');
			continue;
		}
		if (needs_escape(text, at))
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, *at);
	}
}

/* Characters as a person sees them: bytes that do not continue one. */
static size_t width_of(const char *text, size_t len)
{
	size_t width = 0;
	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

static void padding_write(struct strbuf *out, size_t count)
{
	while (count-- > 0)
		strbuf_add_char(out, ' ');
}

/* One cell as Markdown into `scratch`, which is emptied first. */
static void cell_render(struct strbuf *scratch, const struct doc_piece *cell)
{
	strbuf_clear(scratch);
	bool strong = cell && cell->kind == DOC_CELL && cell->detail == DOC_STRONG && *cell->text;
	if (strong)
		strbuf_add_text(scratch, "**");
	if (cell)
		text_write(scratch, cell->text);
	if (strong)
		strbuf_add_text(scratch, "**");
}

/* One long value must not widen all rows beside it. */
enum { PADDED_MAX = 70 };

static size_t column_width(const struct doc_table *table, size_t column, struct strbuf *scratch)
{
	cell_render(scratch, &table->columns[column]);
	size_t widest = width_of(scratch->data, scratch->len);
	for (size_t row = 0; row < table->row_count; row++) {
		cell_render(scratch, doc_table_cell(table, row, column));
		size_t width = width_of(scratch->data, scratch->len);
		widest = width > widest ? width : widest;
	}
	return widest < 3 ? 3 : widest > PADDED_MAX ? PADDED_MAX : widest;
}

static void cell_write(struct strbuf *out, struct strbuf *scratch, const struct doc_piece *cell,
		       bool right, size_t width)
{
	cell_render(scratch, cell);
	size_t used = width_of(scratch->data, scratch->len);
	size_t padding = width > used ? width - used : 0;
	strbuf_add_char(out, ' ');
	if (right)
		padding_write(out, padding);
	strbuf_add(out, scratch->data ? scratch->data : "", scratch->len);
	if (!right)
		padding_write(out, padding);
	strbuf_add_text(out, " |");
}

enum { COLUMNS_MAX = 64 };

static void table_write(struct strbuf *out, const struct doc_table *table)
{
	struct strbuf scratch;
	size_t widths[COLUMNS_MAX] = {0};
	strbuf_init(&scratch, 1 << 20);
	size_t columns = table->column_count < COLUMNS_MAX ? table->column_count : COLUMNS_MAX;
	for (size_t i = 0; i < columns; i++)
		widths[i] = column_width(table, i, &scratch);
	text_write(out, table->caption->text);
	strbuf_add_text(out, "\n\n|");
	for (size_t i = 0; i < columns; i++)
		cell_write(out, &scratch, &table->columns[i], table->columns[i].detail == DOC_RIGHT,
			   widths[i]);
	strbuf_add_text(out, "\n|");
	for (size_t i = 0; i < columns; i++) {
		strbuf_add_char(out, ' ');
		bool right = table->columns[i].detail == DOC_RIGHT;
		for (size_t dash = right ? 1 : 0; dash < widths[i]; dash++)
			strbuf_add_char(out, '-');
		strbuf_add_text(out, right ? ": |" : " |");
	}
	strbuf_add_char(out, '\n');
	for (size_t row = 0; row < table->row_count; row++) {
		strbuf_add_char(out, '|');
		for (size_t i = 0; i < columns; i++)
			cell_write(out, &scratch, doc_table_cell(table, row, i),
				   table->columns[i].detail == DOC_RIGHT, widths[i]);
		strbuf_add_char(out, '\n');
	}
	strbuf_add_char(out, '\n');
	strbuf_free(&scratch);
}

/* Indented code needs no fence that its text could close. */
static void code_write(struct strbuf *out, const char *text)
{
	strbuf_add_text(out, "    ");
	for (const char *at = text; *at; at++) {
		strbuf_add_char(out, *at);
		if (*at == '\n')
			strbuf_add_text(out, "    ");
	}
	strbuf_add_text(out, "\n\n");
}

static void piece_write(struct strbuf *out, const struct doc_piece *piece, bool list_goes_on)
{
	static const char *const before[] = {
		[DOC_PARAGRAPH] = "", [DOC_KEY] = "> ", [DOC_ITEM] = "- "};
	if (piece->kind == DOC_CODE) {
		code_write(out, piece->text);
		return;
	}
	if (piece->kind == DOC_HEADING) {
		for (int i = 0; i < piece->detail; i++)
			strbuf_add_char(out, '#');
		strbuf_add_char(out, ' ');
	} else {
		strbuf_add_text(out, before[piece->kind]);
	}
	text_write(out, piece->text);
	strbuf_add_text(out, list_goes_on ? "\n" : "\n\n");
}

void doc_write_markdown(const struct doc *doc, struct strbuf *out)
{
	for (size_t i = 0; i < doc->count;) {
		const struct doc_piece *piece = &doc->pieces[i];
		if (piece->kind == DOC_TABLE) {
			struct doc_table table = doc_table_at(doc, i);
			if (piece->detail == DOC_ALONE)
				table_write(out, &table);
			i = table.next;
			continue;
		}
		if (piece->kind == DOC_FIGURE || piece->kind == DOC_ESTIMATOR) {
			i++;
			continue;
		}
		bool same = i + 1 < doc->count && doc->pieces[i + 1].kind == piece->kind;
		bool list = piece->kind == DOC_ITEM && same;
		piece_write(out, piece, list);
		if (piece->kind == DOC_KEY && same)
			strbuf_add_text(out, "<!-- -->\n\n");
		i++;
	}
}
