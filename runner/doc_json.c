/* Writes a document as a JSON array of its pieces, one a line, so that two reports can be compared
 * line by line. What results/report.schema.json calls "pieces". */
#include "runner/doc_pieces.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A number; null when it is not finite. */
static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static void keys_put(json_t *to, const struct doc_keys *keys)
{
	json_t *out = json_object();
	const struct {
		const char *name, *value;
	} all[] = {{"page", keys ? keys->page : NULL},
		   {"vus", keys ? keys->vus : NULL},
		   {"arm", keys ? keys->arm : NULL},
		   {"statistic", keys ? keys->statistic : NULL}};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].value && *all[i].value)
			json_object_set_new(out, all[i].name, json_string(all[i].value));
	if (json_object_size(out))
		json_object_set(to, "keys", out);
	json_decref(out);
}

/* A cell is its text, or {text, tone} when it is toned. */
static json_t *cell_json(const struct doc_piece *cell)
{
	static const char *const tones[] = {[DOC_MUTED] = "muted", [DOC_STRONG] = "strong"};
	if (!cell || cell->detail == DOC_PLAIN)
		return json_string(cell ? cell->text : "");
	return json_pack("{ss ss}", "text", cell->text, "tone", tones[cell->detail]);
}

static json_t *table_json(const struct doc_table *table)
{
	json_t *columns = json_array(), *rows = json_array();
	for (size_t i = 0; i < table->column_count; i++) {
		const struct doc_piece *column = &table->columns[i];
		json_t *one = json_pack("{ss ss}", "text", column->text, "align",
					column->detail == DOC_RIGHT ? "right" : "left");
		keys_put(one, column->keys);
		json_array_append_new(columns, one);
	}
	for (size_t row = 0; row < table->row_count; row++) {
		json_t *cells = json_array(), *one = json_pack("{so}", "cells", cells);
		for (size_t i = 0; i < table->column_count; i++)
			json_array_append_new(cells, cell_json(doc_table_cell(table, row, i)));
		keys_put(one, doc_table_cell(table, row, 0)->keys);
		json_array_append_new(rows, one);
	}
	json_t *out = json_pack(
		"{ss ss sb so so}", "kind", "table", "caption", table->caption->text, "behind",
		table->caption->detail == DOC_BEHIND, "columns", columns, "rows", rows);
	keys_put(out, table->caption->keys);
	return out;
}

static json_t *axis_json(const struct doc_axis *axis)
{
	json_t *out = json_pack("{ss ss ss}", "label", axis->label, "unit", axis->unit, "scale",
				axis->log ? "log" : "linear");
	json_t *ticks = json_array();
	for (size_t i = 0; i < axis->tick_count; i++)
		json_array_append_new(ticks, json_pack("[o s]", number(axis->ticks[i].value),
						       axis->ticks[i].label));
	if (json_array_size(ticks))
		json_object_set(out, "ticks", ticks);
	json_decref(ticks);
	return out;
}

static const char *const marks[] = {[DOC_MARK_ABOVE] = "above", [DOC_MARK_POINTS] = "points"};

static json_t *figure_json(const struct doc_piece *piece)
{
	static const char *const shapes[] = {[DOC_LINES] = "lines",
					     [DOC_BARS] = "bars",
					     [DOC_WATERFALL] = "waterfall",
					     [DOC_MAP] = "map"};
	const struct doc_figure *figure = piece->figure;
	json_t *all = json_array();
	for (size_t s = 0; s < figure->series_count; s++) {
		const struct doc_series *series = &figure->series[s];
		json_t *points = json_array();
		for (size_t i = 0; i < series->count; i++)
			json_array_append_new(points, json_pack("[o o]", number(series->x[i]),
								number(series->y[i])));
		json_t *one = json_pack("{ss so}", "name", series->name, "points", points);
		if (series->mark != DOC_MARK_LINE)
			json_object_set_new(one, "mark", json_string(marks[series->mark]));
		keys_put(one, &series->keys);
		json_array_append_new(all, one);
	}
	json_t *out =
		json_pack("{ss ss ss ss so so so}", "kind", "figure", "shape",
			  shapes[figure->shape], "title", figure->title, "text", piece->text, "x",
			  axis_json(&figure->x), "y", axis_json(&figure->y), "series", all);
	keys_put(out, piece->keys);
	return out;
}

/* Items that follow each other, from pieces[*at]; leaves *at behind the last. */
static json_t *list_json(const struct doc *doc, size_t *at)
{
	json_t *items = json_array();
	for (; *at < doc->count && doc->pieces[*at].kind == DOC_ITEM; (*at)++)
		json_array_append_new(items, json_string(doc->pieces[*at].text));
	return json_pack("{ss so}", "kind", "list", "items", items);
}

static json_t *estimator_json(const struct doc_piece *piece)
{
	json_t *out = json_pack("{ss ss}", "kind", "estimator", "text", piece->text);
	json_t *data = json_loads(piece->data, 0, NULL);
	if (json_object_update(out, data) != 0) {
		json_decref(out);
		out = NULL;
	}
	json_decref(data);
	return out;
}

/* The piece at *at, which goes on behind it. */
static json_t *piece_json(const struct doc *doc, size_t *at)
{
	static const char *const names[] = {
		[DOC_PARAGRAPH] = "paragraph", [DOC_KEY] = "key", [DOC_CODE] = "code"};
	const struct doc_piece *piece = &doc->pieces[*at];
	if (piece->kind == DOC_ITEM)
		return list_json(doc, at);
	if (piece->kind == DOC_TABLE) {
		struct doc_table table = doc_table_at(doc, *at);
		*at = table.next;
		return table_json(&table);
	}
	size_t index = (*at)++;
	if (piece->kind == DOC_FIGURE)
		return figure_json(piece);
	if (piece->kind == DOC_ESTIMATOR)
		return estimator_json(piece);
	if (piece->kind == DOC_HEADING)
		return json_pack("{ss si si ss}", "kind", "heading", "level", piece->detail, "id",
				 (int)index, "text", piece->text);
	return json_pack("{ss ss}", "kind", names[piece->kind], "text", piece->text);
}

static int chunk_add(const char *bytes, size_t len, void *out)
{
	strbuf_add(out, bytes, len);
	return 0;
}

void doc_write_json(const struct doc *doc, struct strbuf *out)
{
	strbuf_add_text(out, "[");
	for (size_t at = 0; at < doc->count;) {
		strbuf_add_text(out, at ? ",\n" : "\n");
		json_t *piece = piece_json(doc, &at);
		if (json_dump_callback(piece, chunk_add, out,
				       JSON_COMPACT | JSON_REAL_PRECISION(6)) != 0)
			out->failed = true;
		json_decref(piece);
	}
	strbuf_add_text(out, "\n]");
}
