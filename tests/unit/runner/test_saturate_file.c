/* Search documents made by hand: what is read back, the curve, the sentence, the report's table. */
#include "runner/report.h"
#include "runner/saturate_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/runner/report_fixture.h"

/* Two runs at 200 requests/s, one of them broken, and one at 100. */
static json_t *document(const char *arm, int block, double per_core, const char *state, bool valid)
{
	static const struct {
		double rate, p95;
		int held;
	} runs[] = {{200, 40000, 1}, {100, 10000, 1}, {200, 80000, 0}};
	json_t *list = json_array();
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		json_array_append_new(
			list, json_pack("{sf sf si si sb sf sf sn}", "rate_rps", runs[i].rate,
					"answered_rps", runs[i].rate, "requests", 1000, "failed",
					runs[i].held ? 0 : 20, "held", runs[i].held, "p50_us",
					1000.0, "p95_us", runs[i].p95, "p99_us"));
	return json_pack("{si s{si} s{ss ss} s{ss si sf sf} so sf si sb s{ss ss sf sf sb sb}}",
			 "schema_version", 1, "run", "block", block, "scenario", "arm", arm, "page",
			 "pdp", "config", "slo", "p95<50ms", "repeats", 3, "precision", 0.05,
			 "min_rps", 13.0, "runs", list, "capacity_rps", 500.0, "cores", 2, "valid",
			 (int)valid, "outcome", "state", state, "end", "found", "highest_rps",
			 2 * per_core, "per_core_rps", per_core, "confirmed", 1,
			 "generator_limited", 0);
}

static void put(const struct fixture *f, const char *name, json_t *root)
{
	char *text = json_dumps(root, JSON_INDENT(1));
	fixture_put(f, name, text);
	free(text);
	json_decref(root);
}

static void points_are_medians_by_rate(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	struct saturation_files files;
	struct saturation_point points[SATURATION_POINTS_MAX];
	json_t *whole = document("a", 0, 100, "complete", true);
	/* set aside, so that it stands in no median */
	json_array_append_new(json_object_get(whole, "runs"),
			      json_pack("{sf sf sf sb sb}", "rate_rps", 200.0, "p95_us", 1e6,
					"answered_rps", 1.0, "held", 0, "counted", 0));
	fixture_open(&f);
	put(&f, "saturation_a_pdp_b0.json", whole);
	fixture_put(&f, "saturation_torn_pdp_b0.json", "{\"run\":");
	fixture_put(&f, "saturation_else_pdp_b0.json", "{}");
	assert_true(saturation_files_read(&files, f.path));
	assert_int_equal(files.count, 1);
	assert_true(files.at[0].valid);
	assert_int_equal(saturation_points(&files.at[0], points), 2);
	assert_float_equal(points[0].rate, 100, 0);
	assert_float_equal(points[1].rate, 200, 0);
	assert_int_equal(points[1].runs, 2);
	assert_int_equal(points[1].held, 1);
	assert_float_equal(points[1].p95_us, 60000, 0);
	assert_float_equal(points[1].failed_share, 0.01, 1e-12);
	assert_true(isnan(points[1].p99_us));
	saturation_files_free(&files);
	fixture_close(&f);
	assert_true(saturation_files_read(&files, "/nonexistent/folder"));
	assert_int_equal(files.count, 0);
}

static void what_limits_an_answer_is_said(void **state)
{
	(void)state;
	static const struct {
		const char *state, *end;
		bool valid, limited;
		const char *says;
		bool disturbed;
	} cases[] = {
		{"complete", "found", true, false,
		 "a pdp: 200 requests/s hold p95<50ms, 100 per "
		 "core (capacity 500)",
		 false},
		{"complete", "found", true, true, "a lower bound", false},
		{"complete", "out_of_time", true, false, "ran out of time", false},
		{"complete", "out_of_runs", true, false, "ran out of runs", false},
		{"complete", "top", true, false, "the limit may be higher", false},
		{"complete", "found", false, false, "does not count", false},
		{"complete", "found", false, false, "something else had the CPUs", true},
		{"interrupted", "going", false, false, "was interrupted", false},
		{"unfinished", "going", false, false, "was not finished", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f = fixture_two_arms();
		struct saturation_files files;
		char says[SATURATION_TEXT_MAX];
		json_t *root = document("a", 0, 100, cases[i].state, cases[i].valid);
		json_t *outcome = json_object_get(root, "outcome");
		json_object_set_new(outcome, "end", json_string(cases[i].end));
		json_object_set_new(outcome, "generator_limited", json_boolean(cases[i].limited));
		json_object_set_new(outcome, "disturbed", json_boolean(cases[i].disturbed));
		fixture_open(&f);
		put(&f, "saturation_a_pdp_b0.json", root);
		assert_true(saturation_files_read(&files, f.path));
		saturation_says(&files.at[0], says);
		if (!strstr(says, cases[i].says) ||
		    (i == 0 && strlen(says) != strlen(cases[i].says)))
			fail_msg("%s\nis not what is said: %s", cases[i].says, says);
		saturation_files_free(&files);
		fixture_close(&f);
	}
}

/* Medians over valid blocks, the ratio over pairs; an invalid attempt gives way to a valid one. */
static void the_report_has_the_table(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char name[64], error[256];
	fixture_open(&f);
	fixture_write(&f);
	for (int block = 0; block < 5; block++) {
		snprintf(name, sizeof(name), "saturation_u_pdp_b%d.json", block);
		put(&f, name, document("unified-sqlite", block, 8000 + block, "complete", true));
		snprintf(name, sizeof(name), "saturation_m_pdp_b%d.json", block);
		put(&f, name, document("micro-mongodb", block, 1000, "complete", block != 4));
	}
	put(&f, "saturation_m_pdp_b4_a1.json", document("micro-mongodb", 4, 900, "complete", true));
	assert_true(report_write(f.path, error));
	char *text = fixture_read(&f, "REPORT.md");
	static const char *const parts[] = {
		"## Requests per second per core within the SLO",
		"**8,002**", /* the median of 8,000 to 8,004 */
		"|   900 | 1,000 |",
		"unified-sqlite answers more",
		"micro-mongodb, pdp: latency by rate",
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strstr(text, parts[i]))
			fail_msg("not in the report: %s\n%s", parts[i], text);
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_are_medians_by_rate),
		cmocka_unit_test(what_limits_an_answer_is_said),
		cmocka_unit_test(the_report_has_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
