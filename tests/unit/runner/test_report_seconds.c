/* The series in a report: a row a second, or a row a turn, whose counts become rates. */
#include "tests/unit/runner/report_fixture.h"

#include <math.h>

/* Two rows, `length` s apart, of 30 and 40 requests. */
static void add_series(json_t *result, double length)
{
	json_object_set_new(result, "series",
			    json_pack("[{sf si si sf sn} {sf si si sf sn}]", "t", 0.0, "requests",
				      30, "errors", 0, "p50", 1000.0, "p95", "t", length,
				      "requests", 40, "errors", 0, "p50", 1000.0, "p95"));
}

static void add_seconds(json_t *result, int arm, int block, const char *kind)
{
	(void)arm;
	(void)block;
	(void)kind;
	add_series(result, 1);
}

static void add_turns(json_t *result, int arm, int block, const char *kind)
{
	(void)arm;
	(void)block;
	(void)kind;
	add_series(result, 0.5);
}

static void set_turns(const struct fixture *f, int turns)
{
	char *text = fixture_read(f, "run.json");
	json_t *about = json_loads(text, 0, NULL);
	json_object_set_new(json_object_get(about, "plan"), "turns", json_integer(turns));
	free(text);
	text = json_dumps(about, JSON_INDENT(1));
	fixture_put(f, "run.json", text);
	free(text);
	json_decref(about);
}

/* The second point of the first arm in the figure of that title; NaN without one. */
static double second_point(const struct fixture *f, const char *title)
{
	size_t i;
	double y = NAN;
	char *text = fixture_read(f, "report.json");
	json_t *piece, *report = json_loads(text, 0, NULL);
	json_array_foreach(json_object_get(report, "pieces"), i, piece)
	{
		const char *its = json_string_value(json_object_get(piece, "title"));
		json_t *series = json_array_get(json_object_get(piece, "series"), 0);
		if (its && strcmp(its, title) == 0)
			y = json_number_value(json_array_get(
				json_array_get(json_object_get(series, "points"), 1), 1));
	}
	json_decref(report);
	free(text);
	return y;
}

static struct fixture written(void (*change)(json_t *, int, int, const char *), int turns)
{
	char error[256];
	struct fixture f = fixture_two_arms();
	f.change = change;
	fixture_open(&f);
	fixture_write(&f);
	if (turns > 1)
		set_turns(&f, turns);
	if (!report_write(f.path, error))
		fail_msg("%s", error);
	return f;
}

static void rows_are_seconds(void **state)
{
	(void)state;
	struct fixture f = written(add_seconds, 1);
	assert_float_equal(second_point(&f, "pdp at 20 VUs: requests answered each second"), 40,
			   1e-9);
	char *text = fixture_read(&f, "REPORT.md");
	assert_non_null(strstr(text, "## Second by second"));
	assert_null(strstr(text, "Turns: "));
	free(text);
	fixture_close(&f);
}

static void rows_are_turns(void **state)
{
	(void)state;
	struct fixture f = written(add_turns, 4);
	assert_float_equal(second_point(&f, "pdp at 20 VUs: requests/s of each turn"), 80, 1e-9);
	assert_float_equal(second_point(&f, "pdp at 20 VUs: p50 of each turn"), 1, 1e-9);
	char *text = fixture_read(&f, "REPORT.md");
	assert_non_null(strstr(text, "## Turn by turn"));
	assert_non_null(strstr(text, "window was cut into 4, which the arms took in turns"));
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_seconds),
		cmocka_unit_test(rows_are_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
