/*
 * Writes a document as one HTML file that needs nothing else: no script, no network, its styles
 * inside. Light and dark follow the reader's system. Wide tables and plots scroll inside their own
 * box, so that the page itself never does, down to 360 px.
 */
#include "runner/doc_pieces.h"

#include <string.h>

static const char style[] =
	":root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--paper:#fff;--line:#d5dae0;"
	"--band:#f4f6f8;--key:#0b5cad;"
	"--s0:#0b5cad;--s1:#c4421a;--s2:#1a7f4e;--s3:#8250df;--s4:#9a6700;--s5:#0e7c86;"
	"--s6:#bf3989;--s7:#57606a}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa5b1;--paper:#14171b;"
	"--line:#363d46;--band:#1d2127;--key:#6cb0f5;"
	"--s0:#6cb0f5;--s1:#ff8f66;--s2:#56d08f;--s3:#c0a2ff;--s4:#e3b341;--s5:#4fd0dc;"
	"--s6:#ff8ac4;--s7:#aab4c0}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;padding:1.25rem 1rem 4rem;max-width:72rem;background:var(--paper);"
	"color:var(--ink);font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"h1{font-size:1.9rem;line-height:1.2;margin:.5rem 0 1rem}\n"
	"h2{font-size:1.35rem;line-height:1.25;margin:2.5rem 0 .75rem;padding-top:.5rem;"
	"border-top:1px solid var(--line)}\n"
	"h3{font-size:1.08rem;margin:1.75rem 0 .5rem}\n"
	"p,li{max-width:48rem}p{margin:.6rem 0}ul{padding-left:1.25rem;margin:.6rem 0}\n"
	"a{color:var(--key)}nav ul{columns:15rem;padding:.75rem 1rem .75rem 2rem;"
	"background:var(--band);border-radius:.4rem}\n"
	".key{border-left:.25rem solid var(--key);background:var(--band);padding:.6rem .9rem;"
	"border-radius:0 .4rem .4rem 0;font-size:1.05rem}\n"
	".scroll{overflow-x:auto;margin:.75rem 0 1.25rem;border:1px solid var(--line);"
	"border-radius:.4rem}\n"
	"table{border-collapse:collapse;width:100%;font-size:.9rem;"
	"font-variant-numeric:tabular-nums;overflow-wrap:normal}\n"
	"caption{text-align:left;padding:.6rem .75rem;color:var(--soft)}\n"
	"th,td{padding:.38rem .75rem;text-align:left;vertical-align:top;"
	"border-top:1px solid var(--line)}\n"
	"th{font-weight:600;background:var(--band)}tbody th{background:none;font-weight:500}\n"
	"th,td{white-space:nowrap}thead th{white-space:normal;vertical-align:bottom}"
	".w{white-space:normal;min-width:20rem;overflow-wrap:anywhere}.r{text-align:right}.m{color:"
	"var(--soft)}.s{font-weight:650}\n"
	"pre{background:var(--band);padding:.75rem 1rem;border-radius:.4rem;overflow-x:auto;"
	"font-size:.88rem}\n"
	"figure{margin:1rem 0}figure .scroll{margin:0 0 .4rem}figcaption{color:var(--soft);"
	"font-size:.9rem;max-width:48rem}\n"
	"svg{display:block;width:100%;min-width:34rem;height:auto;font:12px system-ui,sans-serif;"
	"fill:currentColor}\n"
	"svg .g{stroke:var(--line);fill:none}svg .l{fill:none;stroke-width:2}\n"
	"svg .k0{stroke:var(--s0)}svg .k1{stroke:var(--s1);stroke-dasharray:7 3}"
	"svg .k2{stroke:var(--s2);stroke-dasharray:2 3}svg .k3{stroke:var(--s3);"
	"stroke-dasharray:9 3 2 3}svg .k4{stroke:var(--s4);stroke-dasharray:12 4}"
	"svg .k5{stroke:var(--s5);stroke-dasharray:4 2}svg .k6{stroke:var(--s6);"
	"stroke-dasharray:1 2}svg .k7{stroke:var(--s7);stroke-dasharray:6 2 1 2 1 2}\n"
	"svg .f0{fill:var(--s0)}svg .f1{fill:var(--s1)}svg .f2{fill:var(--s2)}"
	"svg .f3{fill:var(--s3)}svg .f4{fill:var(--s4)}svg .f5{fill:var(--s5)}"
	"svg .f6{fill:var(--s6)}svg .f7{fill:var(--s7)}\n"
	"@media print{body{max-width:none;padding:0;font-size:9.5pt}nav{display:none}"
	".scroll{overflow:visible;border:0}table{font-size:7.5pt}th,td{padding:.15rem .3rem}"
	"svg{min-width:0}h2,h3{break-after:avoid}tr,figure,.key{break-inside:avoid}}\n";

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
	strbuf_add_text(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
	element_write(out, "", table->caption->text, "\"><table>");
	element_write(out, "<caption>", table->caption->text, "</caption>\n<thead><tr>");
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
}

static void contents_write(struct strbuf *out, const struct doc *doc)
{
	strbuf_add_text(out, "<nav aria-label=\"Contents\"><ul>\n");
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
		[DOC_KEY] = {"<p class=\"key\">", "</p>\n"},
		[DOC_ITEM] = {"<li>", "</li>\n"},
		[DOC_CODE] = {"<pre tabindex=\"0\"><code>", "</code></pre>\n"},
		[DOC_FIGURE] = {"<figcaption>", "</figcaption></figure>\n"},
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
	if (piece->kind == DOC_FIGURE) {
		strbuf_add_text(out, "<figure><div class=\"scroll\" tabindex=\"0\">");
		strbuf_add_text(out, piece->svg ? piece->svg : "");
		strbuf_add_text(out, "</div>");
	}
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

void doc_write_html(const struct doc *doc, struct strbuf *out)
{
	bool contents = false;
	element_write(
		out,
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
		title_of(doc), "</title>\n<style>\n");
	strbuf_add_text(out, style);
	strbuf_add_text(out, "</style>\n</head>\n<body>\n<main>\n");
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
	strbuf_add_text(out, "</main>\n</body>\n</html>\n");
}
