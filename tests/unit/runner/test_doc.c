/* Documents and what their writers make of them; reports of whole runs are in test_report.c. */
#include "runner/doc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

static char *text_of(const struct doc *doc, void (*write)(const struct doc *, struct strbuf *))
{
	struct strbuf out;
	strbuf_init(&out, 1 << 20);
	write(doc, &out);
	assert_true(strbuf_ok(&out));
	return out.data;
}

static json_t *json_of(const struct doc *doc)
{
	json_error_t error;
	char *text = text_of(doc, doc_write_json);
	json_t *pieces = json_loads(text, 0, &error);
	if (!pieces)
		fail_msg("%s: %s", error.text, text);
	free(text);
	return pieces;
}

/* Compares a piece with JSON written in single quotes. */
static void piece_is(const json_t *pieces, size_t index, const char *expected)
{
	char text[2048];
	snprintf(text, sizeof(text), "%s", expected);
	for (char *at = text; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	json_t *wanted = json_loads(text, 0, NULL);
	assert_non_null(wanted);
	char *found = json_dumps(json_array_get(pieces, index), JSON_COMPACT);
	if (!json_equal(wanted, json_array_get(pieces, index)))
		fail_msg("piece %zu is %s, not %s", index, found ? found : "none", text);
	free(found);
	json_decref(wanted);
}

static void pieces_keep_their_kinds(void **state)
{
	(void)state;
	struct doc *doc = doc_new();
	doc_heading(doc, 1, "Title");
	doc_paragraph(doc, "a \"b\" <c> %d", 7);
	doc_key(doc, "found");
	doc_item(doc, "one");
	doc_item(doc, "two");
	doc_code(doc, "a\nb");
	doc_item(doc, "three");
	json_t *pieces = json_of(doc);
	assert_int_equal(json_array_size(pieces), 6);
	piece_is(pieces, 0, "{'kind':'heading','level':1,'id':0,'text':'Title'}");
	piece_is(pieces, 1, "{'kind':'paragraph','text':'a \\'b\\' <c> 7'}");
	piece_is(pieces, 2, "{'kind':'key','text':'found'}");
	piece_is(pieces, 3, "{'kind':'list','items':['one','two']}");
	piece_is(pieces, 4, "{'kind':'code','text':'a\\nb'}");
	piece_is(pieces, 5, "{'kind':'list','items':['three']}");
	json_decref(pieces);
	doc_free(doc);
}

static void tables_carry_keys(void **state)
{
	(void)state;
	struct doc *doc = doc_new();
	doc_table(doc, "caption");
	doc_set_keys(doc, (struct doc_keys){.statistic = "p50"});
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_RIGHT, "arm-a, ms");
	doc_set_keys(doc, (struct doc_keys){.arm = "arm-a"});
	doc_row(doc, (struct doc_keys){.page = "home", .vus = "20"});
	doc_cell(doc, "home");
	doc_cell_toned(doc, DOC_STRONG, "1.5");
	doc_cell(doc, "pdp");
	/* A row that never came must not name the next table's first. */
	doc_row(doc, (struct doc_keys){.page = "plp"});
	doc_table(doc, "second");
	doc_column(doc, DOC_LEFT, "c");
	doc_cell(doc, "x");
	json_t *pieces = json_of(doc);
	piece_is(pieces, 0,
		 "{'kind':'table','caption':'caption','behind':false,'keys':{'statistic':'p50'},"
		 "'columns':[{'text':'page','align':'left'},"
		 "{'text':'arm-a, ms','align':'right','keys':{'arm':'arm-a'}}],"
		 "'rows':[{'keys':{'page':'home','vus':'20'},"
		 "'cells':['home',{'text':'1.5','tone':'strong'}]},{'cells':['pdp','']}]}");
	piece_is(pieces, 1,
		 "{'kind':'table','caption':'second','behind':false,"
		 "'columns':[{'text':'c','align':'left'}],'rows':[{'cells':['x']}]}");
	json_decref(pieces);
	doc_free(doc);
}

/* Two lines that share one x; the second has a hole. */
static void figure_add(struct doc *doc, bool ticks)
{
	static const struct doc_tick named[] = {{1, "one"}, {3, "three"}};
	double ax[] = {1, 2}, ay[] = {0.5, 25}, bx[] = {2, 3}, by[] = {NAN, 1234.5};
	char name[] = "b";
	struct doc_series series[] = {
		{.name = "a", .keys = {.arm = "a"}, .x = ax, .y = ay, .count = 2},
		{.name = name, .x = bx, .y = by, .count = 2},
	};
	struct doc_figure figure = {
		.title = "T",
		.keys = {.page = "home"},
		.x = {"VUs", "", true, ticks ? named : NULL, ticks ? 2 : 0},
		.y = {"p50", "ms", false, NULL, 0},
		.series = series,
		.series_count = 2,
	};
	doc_figure(doc, &figure, "Caption %d.", 1);
	name[0] = '!';
	bx[1] = 9;
}

static void figures_are_data_with_a_table_behind(void **state)
{
	(void)state;
	struct doc *doc = doc_new();
	figure_add(doc, false);
	json_t *pieces = json_of(doc);
	piece_is(pieces, 0,
		 "{'kind':'figure','shape':'lines','title':'T','text':'Caption 1.',"
		 "'keys':{'page':'home'},'x':{'label':'VUs','unit':'','scale':'log'},"
		 "'y':{'label':'p50','unit':'ms','scale':'linear'},'series':["
		 "{'name':'a','keys':{'arm':'a'},'points':[[1.0,0.5],[2.0,25.0]]},"
		 "{'name':'b','points':[[2.0,null],[3.0,1234.5]]}]}");
	piece_is(pieces, 1,
		 "{'kind':'table','caption':'T','behind':true,'keys':{'page':'home'},'columns':["
		 "{'text':'VUs','align':'right'},"
		 "{'text':'a, ms','align':'right','keys':{'arm':'a'}},"
		 "{'text':'b, ms','align':'right'}],'rows':["
		 "{'cells':['1','0.500','\u2013']},{'cells':['2','25.0','\u2013']},"
		 "{'cells':['3','\u2013','1234']}]}");
	json_decref(pieces);
	char *text = text_of(doc, doc_write_markdown);
	assert_null(text); /* nothing of a figure stands there */
	free(text);
	doc_free(doc);
}

static void ticks_are_the_rows_behind(void **state)
{
	(void)state;
	struct doc *doc = doc_new();
	figure_add(doc, true);
	json_t *pieces = json_of(doc);
	json_t *rows = json_object_get(json_array_get(pieces, 1), "rows");
	assert_int_equal(json_array_size(rows), 2);
	piece_is(rows, 0, "{'cells':['one','0.500','\u2013']}");
	piece_is(rows, 1, "{'cells':['three','\u2013','1234']}");
	piece_is(json_object_get(json_object_get(json_array_get(pieces, 0), "x"), "ticks"), 1,
		 "[3.0,'three']");
	json_decref(pieces);
	doc_free(doc);
}

static void bars_have_a_row_each(void **state)
{
	(void)state;
	struct doc *doc = doc_new();
	double zero = 0, value = 31282;
	struct doc_series series = {
		.name = "a", .keys = {.arm = "a"}, .x = &zero, .y = &value, .count = 1};
	struct doc_figure figure = {
		.shape = DOC_BARS,
		.title = "T",
		.x = {.label = "arm", .unit = ""},
		.y = {.label = "capacity", .unit = "requests/s"},
		.series = &series,
		.series_count = 1,
	};
	doc_figure(doc, &figure, "Caption.");
	json_t *pieces = json_of(doc);
	piece_is(pieces, 1,
		 "{'kind':'table','caption':'T','behind':true,'columns':["
		 "{'text':'arm','align':'left'},{'text':'capacity, requests/s','align':'right'}],"
		 "'rows':[{'keys':{'arm':'a'},'cells':['a','31282']}]}");
	json_decref(pieces);
	doc_free(doc);
}

/* Of a waterfall: from 0 to 30, then down to 20, which ends between 18 and 22. */
static void a_waterfall_says_where_bars_begin_and_end(void **state)
{
	(void)state;
	struct doc *doc = doc_new();
	const double base[] = {0}, base_end[] = {30};
	const double down[] = {30, 18}, down_end[] = {20, 22};
	const struct doc_series series[] = {
		{.name = "base", .keys = {.arm = "join"}, .x = base, .y = base_end, .count = 1},
		{.name = "less", .x = down, .y = down_end, .count = 2},
	};
	const struct doc_figure figure = {.shape = DOC_WATERFALL,
					  .title = "T",
					  .x = {.label = "word", .unit = ""},
					  .y = {.label = "CPU", .unit = "us"},
					  .series = series,
					  .series_count = 2};
	doc_figure(doc, &figure, "Caption.");
	json_t *pieces = json_of(doc);
	piece_is(pieces, 0,
		 "{'kind':'figure','shape':'waterfall','title':'T','text':'Caption.',"
		 "'x':{'label':'word','unit':'','scale':'linear'},"
		 "'y':{'label':'CPU','unit':'us','scale':'linear'},'series':["
		 "{'name':'base','points':[[0.0,30.0]],'keys':{'arm':'join'}},"
		 "{'name':'less','points':[[30.0,20.0],[18.0,22.0]]}]}");
	piece_is(pieces, 1,
		 "{'kind':'table','caption':'T','behind':true,'columns':["
		 "{'text':'word','align':'left'},{'text':'from, us','align':'right'},"
		 "{'text':'to, us','align':'right'},"
		 "{'text':'interval of its end','align':'right'}],'rows':["
		 "{'cells':['base','0.000','30.0','\u2013'],'keys':{'arm':'join'}},"
		 "{'cells':['less','30.0','20.0','18.000 to 22.000']}]}");
	json_decref(pieces);
	doc_free(doc);
}

/* A map: an area above a line, and places, which are not in the table behind. */
static void maps_say_how_a_series_is_drawn(void **state)
{
	(void)state;
	static const struct doc_tick named[] = {{0, "0"}, {2, "2"}};
	struct doc *doc = doc_new();
	double x[] = {0, 1, 2}, y[] = {30, 40, NAN}, px[] = {2, 0}, py[] = {7, 9};
	struct doc_series series[] = {
		{.name = "a", .mark = DOC_MARK_ABOVE, .x = x, .y = y, .count = 3},
		{.name = "p", .mark = DOC_MARK_POINTS, .x = px, .y = py, .count = 2},
	};
	struct doc_figure figure = {
		.shape = DOC_MAP,
		.title = "T",
		.x = {"delay", "ms", false, named, 2},
		.y = {"work", "us", true, NULL, 0},
		.series = series,
		.series_count = 2,
	};
	doc_figure(doc, &figure, "Caption.");
	json_t *pieces = json_of(doc);
	piece_is(json_object_get(json_array_get(pieces, 0), "series"), 0,
		 "{'name':'a','mark':'above','points':[[0.0,30.0],[1.0,40.0],[2.0,null]]}");
	piece_is(json_object_get(json_array_get(pieces, 0), "series"), 1,
		 "{'name':'p','mark':'points','points':[[2.0,7.0],[0.0,9.0]]}");
	assert_string_equal(json_string_value(json_object_get(json_array_get(pieces, 0), "shape")),
			    "map");
	piece_is(pieces, 1,
		 "{'kind':'table','caption':'T','behind':true,'columns':["
		 "{'text':'delay, ms','align':'right'},{'text':'a, us','align':'right'}],"
		 "'rows':[{'cells':['0','30.0']},{'cells':['2','\u2013']}]}");
	json_decref(pieces);
	doc_free(doc);
}

static void a_form_carries_its_data(void **state)
{
	(void)state;
	struct doc *doc = doc_new();
	doc_estimator(doc, "{\"pages\":[1.5,null]}", "No %s.", "scripts");
	json_t *pieces = json_of(doc);
	piece_is(pieces, 0, "{'kind':'estimator','text':'No scripts.','pages':[1.5,null]}");
	json_decref(pieces);
	char *text = text_of(doc, doc_write_markdown);
	assert_null(text);
	free(text);
	doc_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_waterfall_says_where_bars_begin_and_end),
		cmocka_unit_test(pieces_keep_their_kinds),
		cmocka_unit_test(tables_carry_keys),
		cmocka_unit_test(figures_are_data_with_a_table_behind),
		cmocka_unit_test(ticks_are_the_rows_behind),
		cmocka_unit_test(bars_have_a_row_each),
		cmocka_unit_test(maps_say_how_a_series_is_drawn),
		cmocka_unit_test(a_form_carries_its_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
