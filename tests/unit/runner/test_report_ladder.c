/* The ladder and the waterfall as reports say them. */
#include "tests/unit/runner/ladder_fixture.h"

#include <math.h>

static char *ladder_report(struct fixture *f, const struct ladder_run *made, const char *name)
{
	char error[256] = "";
	ladder_write(f, made);
	if (!report_write(f->path, error))
		fail_msg("%s", error);
	return fixture_read(f, name);
}

/* 10 +- 0.18; ratios of 4/3 and less, falling with the blocks' own us. */
static void steps_have_intervals_and_what_is_below_resolution_says_so(void **state)
{
	(void)state;
	struct fixture f;
	char *text = ladder_report(&f, &ladder_plain, "REPORT.md");
	has(text, "## The ladder, step by step");
	has(text, "join \u2192 4q: four parts and a join instead of one page read (coordination).");
	has(text, "4txn \u2192 procs: more than one thing, or one that has no word here.");
	has(text, "Of 4 steps over all pages (capacity), 3 are resolved, 1 are below resolution");
	char *table = strstr(text, "Each step of the ladder");
	assert_non_null(table);
	char *row = strstr(table, "| join \u2192 4q ");
	assert_non_null(row);
	char *end = strchr(row, '\n');
	*end = '\0';
	has(row, "| coordination ");
	has(row, "+10.0 (9.8 to 10.2)");
	has(row, "**costs**");
	*end = '\n';
	row = strstr(table, "| 4q \u2192 4txn ");
	end = strchr(row, '\n');
	*end = '\0';
	has(row, "(-0.62 to 0.62)");
	has(row, "below resolution");
	has_not(row, "**");
	*end = '\n';
	free(text);
	fixture_close(&f);
}

/* Removed last: tcp - without = 2, 2, 2.2, 2, 1.8: 2; added: 0; so that 2 more is left. */
static void a_step_stands_twice_where_an_arm_is_there(void **state)
{
	(void)state;
	struct fixture f;
	char *text = ladder_report(&f, &ladder_plain, "REPORT.md");
	char *table = strstr(text, "Steps measured twice");
	assert_non_null(table);
	char *row = strstr(table, "| 4q \u2192 4txn ");
	assert_non_null(row);
	*strchr(row, '\n') = '\0';
	has(row, "+2.00 (1.82 to 2.18)");
	has(row, "+2.00 (1.42 to 2.58)"); /* the interaction, with the noise of both */
	has(row, "**costs more last**");
	*(row + strlen(row)) = '\n';
	has(text, "not removed last: join \u2192 4q, 4txn \u2192 procs. This run has no arm that "
		  "is tcp but for one of these steps");
	free(text);
	fixture_close(&f);

	struct ladder_run once = ladder_plain;
	once.ladder = "\"ladder\":[\"join\",\"4q\",\"4txn\",\"procs\",\"tcp\"]";
	text = ladder_report(&f, &once, "REPORT.md");
	has_not(text, "Steps measured twice");
	has(text, "not removed last: join \u2192 4q, 4q \u2192 4txn, 4txn \u2192 procs.");
	free(text);
	fixture_close(&f);
}

static json_t *figure_of(json_t *report, const char *shape)
{
	size_t i;
	json_t *piece;
	json_array_foreach(json_object_get(report, "pieces"), i, piece)
	{
		const char *own = json_string_value(json_object_get(piece, "shape"));
		if (own && strcmp(own, shape) == 0)
			return piece;
	}
	return NULL;
}

static void point_is(json_t *series, size_t at, const char *name, double from, double to)
{
	json_t *one = json_array_get(series, at);
	json_t *point = json_array_get(json_object_get(one, "points"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "name")), name);
	assert_true(fabs(json_number_value(json_array_get(point, 0)) - from) < 1e-3);
	assert_true(fabs(json_number_value(json_array_get(point, 1)) - to) < 1e-3);
}

/* 32; coordination 10, no word 50, sockets 5 (97 - 92); the store is below resolution: 0. */
static void the_waterfall_goes_from_base_to_top(void **state)
{
	(void)state;
	struct fixture f;
	char *text = ladder_report(&f, &ladder_plain, "report.json");
	json_t *report = json_loads(text, 0, NULL);
	json_t *figure = figure_of(report, "waterfall");
	assert_non_null(figure);
	json_t *series = json_object_get(figure, "series");
	assert_int_equal(json_array_size(series), 6);
	point_is(series, 0, "join", 0, 32);
	point_is(series, 1, "coordination", 32, 42);
	point_is(series, 2, "steps without a word", 42, 92);
	point_is(series, 3, "sockets and HTTP", 92, 97);
	point_is(series, 4, "below resolution, together", 97, 97);
	point_is(series, 5, "tcp", 0, 97);
	json_decref(report);
	free(text);
	text = fixture_read(&f, "REPORT.md");
	has(text, "## The fragmentation tax, by its words");
	has(text, "- serialization: parts written as JSON and read again.");
	has(text, "| pdp  | sockets and HTTP ");
	has(text, "| pdp  | all of it ");
	has(text, "**+65.0 (");
	has(text, "what that would cost is not measured here");
	free(text);
	fixture_close(&f);
}

static void closing_connections_stands_beside(void **state)
{
	(void)state;
	static const struct ladder_rung rungs[] = {
		{"join", "\"architecture\":\"unified\"", {30, 31, 32, 33, 34}},
		{"procs", LADDER_ARM("procs"), {90, 91.4, 92, 92.6, 94}},
		{"tcp", "\"architecture\":\"microservices\"", {95, 96, 97.2, 98, 98.8}},
		{"close", LADDER_ARM("tcp-close"), {195, 196, 197, 198, 199}},
	};
	static const struct ladder_run made = {
		.rungs = rungs,
		.count = 4,
		.ladder = "\"ladder\":[\"join\",\"procs\",\"tcp\",\"close\"]"};
	struct fixture f;
	char *text = ladder_report(&f, &made, "REPORT.md");
	has(text, "From join to tcp in CPU");
	has(text, "a new one for each call (close) is +100.0 (");
	has_not(text, "not measured here");
	free(text);
	fixture_close(&f);
}

static void a_run_without_a_ladder_has_no_such_section(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char *text = report_of(&f, "REPORT.md");
	has_not(text, "The ladder, step by step");
	has_not(text, "by its words");
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_have_intervals_and_what_is_below_resolution_says_so),
		cmocka_unit_test(a_step_stands_twice_where_an_arm_is_there),
		cmocka_unit_test(the_waterfall_goes_from_base_to_top),
		cmocka_unit_test(closing_connections_stands_beside),
		cmocka_unit_test(a_run_without_a_ladder_has_no_such_section),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
