/* Builds documents. Bytes that are not UTF-8 (a file name may be anything) become '?' here, so that
 * all writers can trust their input; control characters other than a line's end become spaces. */
#include "runner/doc.h"

#include "common/base/arena.h"
#include "runner/doc_pieces.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 * 1024 };

struct doc *doc_new(void)
{
	struct doc *doc = calloc(1, sizeof(*doc));
	if (!doc)
		return NULL;
	doc->arena = arena_new(0);
	if (!doc->arena) {
		free(doc);
		return NULL;
	}
	return doc;
}

void doc_free(struct doc *doc)
{
	if (!doc)
		return;
	arena_free(doc->arena);
	free(doc->pieces);
	free(doc);
}

void doc_fail(struct doc *doc)
{
	doc->failed = true;
}

bool doc_ok(const struct doc *doc)
{
	return !doc->failed;
}

/* Length of the well-formed UTF-8 sequence at `at` (1 to 4), or 0. */
static size_t utf8_length(const unsigned char *at)
{
	size_t length = at[0] < 0x80    ? 1
			: at[0] < 0xc2  ? 0
			: at[0] < 0xe0  ? 2
			: at[0] < 0xf0  ? 3
			: at[0] <= 0xf4 ? 4
					: 0;
	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

static void text_clean(char *text)
{
	unsigned char *at = (unsigned char *)text;
	while (*at) {
		size_t length = utf8_length(at);
		if (length == 0)
			*at = '?';
		else if ((*at < 0x20 && *at != '\n') || *at == 0x7f)
			*at = ' ';
		at += length ? length : 1;
	}
}

static struct doc_piece *piece_add(struct doc *doc, enum doc_kind kind, int detail)
{
	if (doc->count == doc->size) {
		size_t size = doc->size ? doc->size * 2 : 256;
		struct doc_piece *more = realloc(doc->pieces, size * sizeof(*more));
		if (!more) {
			doc->failed = true;
			return NULL;
		}
		doc->pieces = more;
		doc->size = size;
	}
	struct doc_piece *piece = &doc->pieces[doc->count++];
	*piece = (struct doc_piece){.kind = kind, .detail = detail, .text = ""};
	if (kind == DOC_CELL)
		piece->keys = doc->row;
	doc->row = NULL;
	return piece;
}

__attribute__((format(printf, 4, 0))) static struct doc_piece *text_add(
	struct doc *doc, enum doc_kind kind, int detail, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	struct doc_piece *piece = piece_add(doc, kind, detail);
	char *text = NULL;
	if (length >= 0 && length <= TEXT_MAX)
		text = arena_alloc(doc->arena, (size_t)length + 1);
	if (!piece || !text) {
		doc->failed = true;
		return NULL;
	}
	vsnprintf(text, (size_t)length + 1, format, args);
	text_clean(text);
	piece->text = text;
	return piece;
}

void doc_heading(struct doc *doc, int level, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_add(doc, DOC_HEADING, level, format, args);
	va_end(args);
}

void doc_paragraph(struct doc *doc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_add(doc, DOC_PARAGRAPH, 0, format, args);
	va_end(args);
}

void doc_key(struct doc *doc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_add(doc, DOC_KEY, 0, format, args);
	va_end(args);
}

void doc_item(struct doc *doc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_add(doc, DOC_ITEM, 0, format, args);
	va_end(args);
}

void doc_code(struct doc *doc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_add(doc, DOC_CODE, 0, format, args);
	va_end(args);
}

void doc_table(struct doc *doc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_add(doc, DOC_TABLE, 0, format, args);
	va_end(args);
}

void doc_column(struct doc *doc, enum doc_align align, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_add(doc, DOC_COLUMN, (int)align, format, args);
	va_end(args);
}

void doc_cell(struct doc *doc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_add(doc, DOC_CELL, DOC_PLAIN, format, args);
	va_end(args);
}

void doc_cell_toned(struct doc *doc, enum doc_tone tone, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_add(doc, DOC_CELL, (int)tone, format, args);
	va_end(args);
}

const char *doc_text(struct doc *doc, const char *text)
{
	char *copy = arena_copy(doc->arena, text, strlen(text));
	if (!copy) {
		doc->failed = true;
		return "";
	}
	text_clean(copy);
	return copy;
}

static const char *key_copy(struct doc *doc, const char *key)
{
	return key && *key ? doc_text(doc, key) : NULL;
}

const struct doc_keys *doc_keys_copy(struct doc *doc, struct doc_keys keys)
{
	struct doc_keys own = {.page = key_copy(doc, keys.page),
			       .arm = key_copy(doc, keys.arm),
			       .statistic = key_copy(doc, keys.statistic)};
	memcpy(own.vus, keys.vus, sizeof(own.vus));
	if (!own.page && !own.arm && !own.statistic && !*own.vus)
		return NULL;
	const void *copy = arena_copy(doc->arena, &own, sizeof(own));
	doc->failed = doc->failed || !copy;
	return copy;
}

void doc_set_keys(struct doc *doc, struct doc_keys keys)
{
	if (doc->count)
		doc->pieces[doc->count - 1].keys = doc_keys_copy(doc, keys);
}

void doc_row(struct doc *doc, struct doc_keys keys)
{
	doc->row = doc_keys_copy(doc, keys);
}

void doc_figure(struct doc *doc, const struct doc_figure *figure, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	struct doc_piece *piece = text_add(doc, DOC_FIGURE, 0, format, args);
	va_end(args);
	if (!piece)
		return;
	piece->keys = doc_keys_copy(doc, figure->keys);
	piece->figure = doc_figure_copy(doc, figure);
	doc_figure_table(doc, figure);
}

void doc_estimator(struct doc *doc, const char *data, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	struct doc_piece *piece = text_add(doc, DOC_ESTIMATOR, 0, format, args);
	va_end(args);
	if (piece)
		piece->data = doc_text(doc, data);
}

struct doc_table doc_table_at(const struct doc *doc, size_t first)
{
	struct doc_table table = {.caption = &doc->pieces[first]};
	size_t at = first + 1;
	table.columns = doc->pieces + at;
	while (at < doc->count && doc->pieces[at].kind == DOC_COLUMN)
		at++;
	table.column_count = at - first - 1;
	table.cells = doc->pieces + at;
	size_t cells = at;
	while (at < doc->count && doc->pieces[at].kind == DOC_CELL)
		at++;
	table.cell_count = at - cells;
	if (table.column_count)
		table.row_count = (table.cell_count + table.column_count - 1) / table.column_count;
	table.next = at;
	return table;
}

const struct doc_piece *doc_table_cell(const struct doc_table *table, size_t row, size_t column)
{
	size_t index = row * table->column_count + column;
	return index < table->cell_count ? &table->cells[index] : NULL;
}
