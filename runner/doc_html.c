/*
 * Writes a document as one HTML file that needs nothing else and asks nobody for anything: readable
 * as it stands, and drawn again by its script, with plots, sorting and filters, where scripts run.
 * Its policy allows exactly the two inline pieces that are here, by their hashes.
 */
#include "runner/doc_pieces.h"
#include "runner/web_assets.h"

#include <openssl/evp.h>
#include <string.h>

static void text_write(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			strbuf_add_text(out, "&amp;");
			break;
		case '<':
			strbuf_add_text(out, "&lt;");
			break;
		case '>':
			strbuf_add_text(out, "&gt;");
			break;
		case '"':
			strbuf_add_text(out, "&quot;");
			break;
		case '\'':
			strbuf_add_text(out, "&#39;");
			break;
		default:
			strbuf_add_char(out, *text);
		}
	}
}

static void element_write(struct strbuf *out, const char *open, const char *text, const char *close)
{
	strbuf_add_text(out, open);
	text_write(out, text);
	strbuf_add_text(out, close);
}

enum { NOWRAP_BYTES = 60 };

/* Opens a th or td with its classes: numbers right, long texts in lines. */
static void cell_open(struct strbuf *out, const char *tag, bool right, int tone, const char *text)
{
	static const char *const tones[] = {
		[DOC_PLAIN] = "", [DOC_MUTED] = "m", [DOC_STRONG] = "s"};
	strbuf_printf(out, "<%s", tag);
	const char *classes[] = {right ? "r" : "", tones[tone],
				 strlen(text) > NOWRAP_BYTES ? "w" : ""};
	const char *before = " class=\"";
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (!*classes[i])
			continue;
		strbuf_printf(out, "%s%s", before, classes[i]);
		before = " ";
	}
	if (!before[1])
		strbuf_add_char(out, '"');
	strbuf_add_char(out, '>');
}

static void row_write(struct strbuf *out, const struct doc_table *table, size_t row)
{
	strbuf_add_text(out, "<tr>");
	for (size_t i = 0; i < table->column_count; i++) {
		const struct doc_piece *cell = doc_table_cell(table, row, i);
		bool right = table->columns[i].detail == DOC_RIGHT;
		cell_open(out, i == 0 ? "th scope=\"row\"" : "td", right,
			  cell ? cell->detail : DOC_PLAIN, cell ? cell->text : "");
		text_write(out, cell ? cell->text : "");
		strbuf_add_text(out, i == 0 ? "</th>" : "</td>");
	}
	strbuf_add_text(out, "</tr>\n");
}

static void table_write(struct strbuf *out, const struct doc_table *table)
{
	bool behind = table->caption->detail == DOC_BEHIND;
	if (behind)
		strbuf_add_text(out, "<details><summary>The numbers</summary>\n");
	strbuf_add_text(out, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"");
	element_write(out, "", table->caption->text, "\"><table>");
	element_write(out, "<caption><span>", table->caption->text,
		      "</span></caption>\n<thead><tr>");
	for (size_t i = 0; i < table->column_count; i++) {
		cell_open(out, "th scope=\"col\"", table->columns[i].detail == DOC_RIGHT, DOC_PLAIN,
			  "");
		text_write(out, table->columns[i].text);
		strbuf_add_text(out, "</th>");
	}
	strbuf_add_text(out, "</tr></thead>\n<tbody>\n");
	for (size_t row = 0; row < table->row_count; row++)
		row_write(out, table, row);
	strbuf_add_text(out, "</tbody></table></div>\n");
	if (behind)
		strbuf_add_text(out, "</details></figure>\n");
}

static void contents_write(struct strbuf *out, const struct doc *doc)
{
	strbuf_add_text(out, "<nav class=\"contents\" aria-label=\"Contents\"><ul>\n");
	for (size_t i = 0; i < doc->count; i++) {
		if (doc->pieces[i].kind != DOC_HEADING || doc->pieces[i].detail != 2)
			continue;
		strbuf_printf(out, "<li><a href=\"#s%zu\">", i);
		element_write(out, "", doc->pieces[i].text, "</a></li>\n");
	}
	strbuf_add_text(out, "</ul></nav>\n");
}

static void piece_write(struct strbuf *out, const struct doc *doc, size_t index)
{
	static const char *const tags[][2] = {
		[DOC_PARAGRAPH] = {"<p>", "</p>\n"},
		[DOC_KEY] = {"<p class=\"finding\">", "</p>\n"},
		[DOC_ITEM] = {"<li>", "</li>\n"},
		[DOC_CODE] = {"<pre tabindex=\"0\"><code>", "</code></pre>\n"},
		[DOC_ESTIMATOR] = {"<p>", "</p>\n"},
		/* Closed behind its table. */
		[DOC_FIGURE] = {"<figure><figcaption>", "</figcaption>\n"},
	};
	const struct doc_piece *piece = &doc->pieces[index];
	if (piece->kind == DOC_HEADING) {
		strbuf_printf(out, "<h%d id=\"s%zu\">", piece->detail, index);
		text_write(out, piece->text);
		strbuf_printf(out, "</h%d>\n", piece->detail);
		return;
	}
	bool list = piece->kind == DOC_ITEM;
	if (list && (index == 0 || doc->pieces[index - 1].kind != DOC_ITEM))
		strbuf_add_text(out, "<ul>\n");
	element_write(out, tags[piece->kind][0], piece->text, tags[piece->kind][1]);
	if (list && (index + 1 == doc->count || doc->pieces[index + 1].kind != DOC_ITEM))
		strbuf_add_text(out, "</ul>\n");
}

static const char *title_of(const struct doc *doc)
{
	for (size_t i = 0; i < doc->count; i++)
		if (doc->pieces[i].kind == DOC_HEADING)
			return doc->pieces[i].text;
	return "";
}

static void body_write(struct strbuf *out, const struct doc *doc)
{
	bool contents = false;
	for (size_t i = 0; i < doc->count;) {
		const struct doc_piece *piece = &doc->pieces[i];
		if (!contents && piece->kind == DOC_HEADING && piece->detail == 2) {
			contents_write(out, doc);
			contents = true;
		}
		if (piece->kind == DOC_TABLE) {
			struct doc_table table = doc_table_at(doc, i);
			table_write(out, &table);
			i = table.next;
			continue;
		}
		piece_write(out, doc, i);
		i++;
	}
}

/* 'sha256-BASE64' of an inline piece, as Content Security Policy Level 3 has it. */
static void hash_write(struct strbuf *out, const struct strbuf *piece)
{
	unsigned char digest[32], base64[45];
	if (EVP_Digest(piece->data, piece->len, digest, NULL, EVP_sha256(), NULL) != 1) {
		out->failed = true;
		return;
	}
	EVP_EncodeBlock(base64, digest, sizeof(digest));
	strbuf_printf(out, "'sha256-%s'", (const char *)base64);
}

/* JSON inside a script element: nothing in it can end the element or begin a comment. */
static void data_write(struct strbuf *out, const char *data)
{
	strbuf_add_text(out, "<script type=\"application/json\" id=\"report\">\n");
	for (; *data; data++) {
		if (*data == '<')
			strbuf_add_text(out, "\\u003c");
		else
			strbuf_add_char(out, *data);
	}
	strbuf_add_text(out, "</script>\n");
}

static void head_write(struct strbuf *out, const struct doc *doc, const struct strbuf *style,
		       const struct strbuf *script)
{
	strbuf_add_text(out,
			"<!doctype html>\n<html lang=\"en\">\n<head>\n"
			"<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
			"content=\"default-src 'none'; base-uri 'none'; form-action 'none'; "
			"require-trusted-types-for 'script'; style-src ");
	hash_write(out, style);
	strbuf_add_text(out, "; script-src ");
	hash_write(out, script);
	strbuf_add_text(out, "\">\n<meta name=\"viewport\" "
			     "content=\"width=device-width, initial-scale=1\">\n"
			     "<meta name=\"color-scheme\" content=\"light dark\">\n");
	element_write(out, "<title>", title_of(doc), "</title>\n<style>");
	strbuf_add(out, style->data, style->len);
	strbuf_add_text(out, "</style>\n</head>\n");
}

void doc_write_html(const struct doc *doc, const char *data, struct strbuf *out)
{
	struct strbuf style, script;
	strbuf_init(&style, out->max);
	strbuf_init(&script, out->max);
	web_assets_style(&style);
	web_assets_script(&script);
	if (strbuf_ok(&style) && strbuf_ok(&script)) {
		head_write(out, doc, &style, &script);
		strbuf_add_text(out, "<body>\n<main id=\"main\" class=\"run\">\n");
		body_write(out, doc);
		strbuf_add_text(out, "</main>\n");
		data_write(out, data);
		strbuf_add_text(out, "<script type=\"module\">");
		strbuf_add(out, script.data, script.len);
		strbuf_add_text(out, "</script>\n</body>\n</html>\n");
	} else {
		out->failed = true;
	}
	strbuf_free(&style);
	strbuf_free(&script);
}
