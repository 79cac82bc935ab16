/* Reports of made-up runs whose numbers are known. */
#include "tests/unit/runner/report_fixture.h"

#include "runner/stats.h"

#include <math.h>

/* The interval of micro over unified, computed here from the fixture's own factors. */
static struct interval expected_ratio(void)
{
	double a[5], b[5];
	for (int block = 0; block < 5; block++) {
		a[block] = 400 * fixture_factor(0, block);
		b[block] = 1600 * fixture_factor(1, block);
	}
	return stats_paired_ratio(a, b, 5, 0.95);
}

static void gap_and_interval_are_right(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char *text = report_of(&f, "REPORT.md");
	char ratio[64];
	struct interval expected = expected_ratio();
	snprintf(ratio, sizeof(ratio), "**%.2f (%.2f to %.2f)**", expected.estimate, expected.low,
		 expected.high);
	has(text, ratio);
	/* Medians 408 and 1,632 us: block 2's, factor 1.02. */
	has(text, "**+1,224**");
	has(text, "| unified-sqlite faster ");
	has(text, "| pdp  | unified-sqlite | **29,412** |");
	has(text, "unified-sqlite answers 29,412 requests/s (34.0");
	has(text, "both sides are under 0.7 of their capacity in 1;");
	has(text, "of requests/s"); /* the capacity's ratio column */
	has(text, "none failed and none were answered degraded");
	has(text, "All arms of all pages answered with the manifest's bytes.");
	has_not(text, "no verdict");
	has_not(text, "Published in"); /* no 2,000 VUs here */
	free(text);
	fixture_close(&f);
}

/* 2,500 VUs: 0.85 of the second's capacity, a knee; 40,000: over both. */
static void overloaded_cells_have_no_gap(void **state)
{
	(void)state;
	const struct {
		long vus;
		const char *load, *says;
	} cases[] = {{2500, "0.85 knee", "knee; capacity 0.0999 times"},
		     {40000, "1.36 saturated", "saturated; capacity 0.0999 times"}};
	for (size_t i = 0; i < 2; i++) {
		struct fixture f = fixture_two_arms();
		f.vus = cases[i].vus;
		char *text = report_of(&f, "REPORT.md");
		has(text, cases[i].load);
		has(text, cases[i].says);
		has_not(text, "+1,224");
		has_not(text, "faster");
		has(text, "in 1 a side is at or past its knee");
		free(text);
		fixture_close(&f);
	}
}

static void fewer_than_five_blocks_give_no_verdict(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.blocks = 4;
	char *text = report_of(&f, "REPORT.md");
	has(text, "no verdict (4 blocks)");
	has(text, "(4.00 to 4.01)"); /* the interval is shown all the same */
	has(text, "too few blocks for a verdict");
	has_not(text, "unified-sqlite faster");
	has_not(text, "unified-sqlite answers more");
	free(text);
	fixture_close(&f);

	f = fixture_two_arms();
	f.blocks = 1;
	text = report_of(&f, "REPORT.md");
	has(text, "no verdict (1 block)");
	has(text, "**4.00**"); /* a ratio, and no interval */
	free(text);
	fixture_close(&f);
}

static void equal_arms_cannot_be_told_apart(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.arms[1].p50 = 400 * 0.9995;
	f.arms[1].capacity = 30000;
	char *text = report_of(&f, "REPORT.md");
	has(text, "cannot be told");
	has_not(text, "faster |");
	free(text);
	fixture_close(&f);
}

static void fail_two_percent(json_t *result, int arm, int block, const char *kind)
{
	(void)block;
	if (arm == 1 && strcmp(kind, "closed") == 0)
		json_object_set_new(json_object_get(json_object_get(result, "requests"), "errors"),
				    "http_5xx", json_integer(20));
}

static void degrade_two_percent(json_t *result, int arm, int block, const char *kind)
{
	(void)block;
	if (arm == 1 && strcmp(kind, "closed") == 0)
		json_object_set_new(json_object_get(result, "requests"), "degraded",
				    json_integer(20));
}

static void errors_suppress_the_gap(void **state)
{
	(void)state;
	void (*const changes[])(json_t *, int, int, const char *) = {fail_two_percent,
								     degrade_two_percent};
	const char *const titles[] = {"| 5xx |", "| degraded |"};
	for (size_t i = 0; i < 2; i++) {
		struct fixture f = fixture_two_arms();
		f.change = changes[i];
		char *text = report_of(&f, "REPORT.md");
		has(text, "over 1 % failed or degraded");
		has(text, "**2.00 %**");
		has(text, titles[i]);
		has_not(text, "+1,224");
		free(text);
		fixture_close(&f);
	}
}

static void null_p95(json_t *result, int arm, int block, const char *kind)
{
	if (arm == 0 && block == 3 && strcmp(kind, "closed") == 0)
		json_object_set_new(
			json_object_get(json_object_get(result, "latency_us"), "response_time"),
			"p95", json_null());
}

static void a_missing_percentile_is_a_dash(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = null_p95;
	char *text = report_of(&f, "REPORT.md");
	has(text, "+1,224");     /* p50 stands */
	has_not(text, "+3,672"); /* p95 does not */
	has(text, "too few samples");
	char *p95 = strstr(text, "### p95");
	assert_non_null(p95);
	*strstr(p95, "## The tail") = '\0';
	has_not(p95, " 1.2"); /* nor the median of the other four blocks */
	free(text);
	fixture_close(&f);
}

static void halve_cpu(json_t *result, int arm, int block, const char *kind)
{
	(void)block;
	json_t *resources = json_object_get(result, "resources");
	double cpu = json_real_value(json_object_get(resources, "cpu_us_per_request"));
	if (arm == 0 && strcmp(kind, "capacity") == 0)
		json_object_set_new(resources, "cpu_us_per_request", json_real(cpu / 2));
}

/* A capacity that its CPU did not bound says so. */
static void idle_cpus_are_told(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char *text = report_of(&f, "REPORT.md");
	has(text, " 100 % |");
	has_not(text, "less than 90 % busy");
	free(text);
	fixture_close(&f);
	f = fixture_two_arms();
	f.change = halve_cpu;
	text = report_of(&f, "REPORT.md");
	has(text, "**50 %**");
	has(text, "In 1 of 2 capacities the servers kept their CPUs less than 90 % busy");
	free(text);
	fixture_close(&f);
}

static void spoil_block_four(json_t *result, int arm, int block, const char *kind)
{
	if (arm != 1 || block != 4 || strcmp(kind, "capacity") != 0)
		return;
	json_object_set_new(result, "valid", json_false());
	json_object_set_new(result, "invalid_why", json_pack("[s]", "the machine drifted by 4 %"));
}

static void invalid_trials_are_left_out_and_told(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = spoil_block_four;
	char *text = report_of(&f, "REPORT.md");
	has(text, "results_arm1_pdp_capacity_b4.json: the machine drifted by 4 %");
	has(text, "no verdict (4 blocks)");
	has(text, "| micro-mongodb  |    10 |       1 |");
	has(text, "The same with nothing left out");
	/* Without block 4 the median of 3000/factor is between blocks 1 and 2, with it block 2's.
	 */
	has(text, "2,953 |       2,941 |");
	free(text);
	fixture_close(&f);
}

static void spoil_one_level(json_t *result, int arm, int block, const char *kind)
{
	if (arm == 1 && block == 4 && strcmp(kind, "closed") == 0)
		json_object_set_new(result, "valid", json_false());
}

/* The last cell of an arm's first row under a heading. */
static void ends_with(const char *text, const char *heading, const char *arm, const char *cell)
{
	const char *section = strstr(text, heading);
	const char *row = section ? strstr(section, arm) : NULL;
	const char *end = row ? strchr(row, '\n') : NULL;
	if (!end || strncmp(end - strlen(cell), cell, strlen(cell)) != 0)
		fail_msg("under %s the row of %s does not end with %s", heading, arm, cell);
}

static void tails_and_throughput_count_their_trials(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = spoil_one_level;
	char *text = report_of(&f, "REPORT.md");
	const char *const headings[] = {"\n## The tail\n", "\n## Throughput\n"};
	for (size_t i = 0; i < 2; i++) {
		ends_with(text, headings[i], "| unified-sqlite ", "|      5 |");
		ends_with(text, headings[i], "| micro-mongodb ", "|      4 |");
	}
	free(text);
	fixture_close(&f);
}

static void spoil_all(json_t *result, int arm, int block, const char *kind)
{
	(void)arm;
	(void)block;
	(void)kind;
	json_object_set_new(result, "valid", json_false());
}

static void a_run_without_a_valid_file_shows_nothing(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = spoil_all;
	char *text = report_of(&f, "REPORT.md");
	has(text, "No file of this run is valid, so that it shows nothing");
	has_not(text, "faster");
	has_not(text, "answers more");
	free(text);
	fixture_close(&f);
}

static void broken_files_are_listed(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char error[256];
	fixture_open(&f);
	fixture_write(&f);
	fixture_put(&f, "results_torn_pdp_20_b0.json", "{\"schema_version\": 1, \"run\": {");
	fixture_put(&f, "results_newer_pdp_20_b0.json", "{\"schema_version\": 2}");
	fixture_put(&f, "results_list_pdp_20_b0.json", "[]");
	fixture_put(&f, "results_armless_pdp_20_b0.json", "{\"schema_version\": 1}");
	fixture_put(&f, "results_empty_pdp_20_b0.json", "");
	fixture_put(&f, "run.json", "{");
	if (!report_write(f.path, error))
		fail_msg("%s", error);
	char *text = fixture_read(&f, "REPORT.md");
	has(text, "results_torn_pdp_20_b0.json: not JSON, or torn");
	has(text, "results_newer_pdp_20_b0.json: of a newer schema");
	has(text, "results_list_pdp_20_b0.json: not a JSON object");
	has(text, "results_armless_pdp_20_b0.json: names no arm");
	has(text, "results_empty_pdp_20_b0.json: not JSON, or torn");
	has(text, "run.json: not JSON, or torn");
	has(text, "+1,224"); /* and the rest stands */
	free(text);
	fixture_close(&f);
}

static void nothing_to_report_is_an_error(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char error[256] = "";
	assert_false(report_write("/nonexistent/run", error));
	has(error, "/nonexistent/run");
	fixture_open(&f);
	assert_false(report_write(f.path, error));
	has(error, "no results_*.json");
	fixture_put(&f, "results_a_pdp_20_b0.json", "{");
	assert_false(report_write(f.path, error));
	has(error, "none of 1 result files is readable");
	fixture_close(&f);
}

static void same_files_same_bytes(void **state)
{
	(void)state;
	static const char *const names[] = {"REPORT.md", "report.html", "report.json"};
	for (size_t i = 0; i < 3; i++) {
		struct fixture a = fixture_two_arms();
		struct fixture b = fixture_two_arms();
		char *first = report_of(&a, names[i]);
		char *second = report_of(&b, names[i]);
		assert_string_equal(first, second);
		free(first);
		free(second);
		fixture_close(&a);
		fixture_close(&b);
	}
}

static void the_json_says_what_the_run_is(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = spoil_block_four;
	fixture_open(&f);
	fixture_put(&f, "results_torn_pdp_20_b0.json", "{");
	char error[256];
	fixture_write(&f);
	if (!report_write(f.path, error))
		fail_msg("%s", error);
	char *text = fixture_read(&f, "report.json");
	json_t *report = json_loads(text, 0, NULL);
	json_t *wanted = json_pack(
		"{ss ss ss ss ss ss ss sb s[{ss ss ss} {ss ss ss}] s[s] s[i] si s{si si si}}", "id",
		"r1", "plan", "test", "title", "A test of reports", "started_at",
		"2026-01-02T03:04:05Z", "finished_at", "2026-01-02T03:24:05Z", "machine",
		"Test CPU, \u2013 CPUs, an unnamed kernel", "commit", "abc123", "clean", 1, "arms",
		"id", "unified-sqlite", "architecture", "unified", "text", "unified on SQLite",
		"id", "micro-mongodb", "architecture", "microservices", "text",
		"microservices on MongoDB", "pages", "pdp", "levels", 20, "blocks", 5, "trials",
		"valid", 19, "invalid", 1, "unreadable", 1);
	assert_non_null(wanted);
	assert_int_equal(json_integer_value(json_object_get(report, "schema_version")), 1);
	char *run = json_dumps(json_object_get(report, "run"), JSON_COMPACT);
	if (!json_equal(json_object_get(report, "run"), wanted))
		fail_msg("%s", run);
	assert_true(json_array_size(json_object_get(report, "pieces")) > 20);
	free(run);
	free(text);
	json_decref(wanted);
	json_decref(report);
	fixture_close(&f);
}

/* Ten buckets of 100, 100, ... 10 a block: half of 4,550 lies in the fifth, at 1.7 times p50. */
static void percentiles_are_drawn_from_all_blocks(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	free(report_of(&f, "REPORT.md"));
	char *text = fixture_read(&f, "report.json");
	json_t *report = json_loads(text, 0, NULL);
	json_t *piece = NULL, *found = NULL;
	size_t i;
	json_array_foreach(json_object_get(report, "pieces"), i, piece)
	{
		const char *title = json_string_value(json_object_get(piece, "title"));
		if (title && strcmp(title, "pdp at 20 VUs: percentiles of response time") == 0)
			found = piece;
	}
	json_t *series = json_array_get(json_object_get(found, "series"), 0);
	json_array_foreach(json_object_get(series, "points"), i, piece)
	{
		if (json_real_value(json_array_get(piece, 0)) == 2.0)
			break;
	}
	double ms = json_real_value(json_array_get(piece, 1));
	/* 400 us and blocks from 1.00 to 1.04 of it. */
	assert_true(ms >= 0.4 * 1.7 && ms <= 0.4 * 1.7 * 1.05);
	json_decref(report);
	free(text);
	fixture_close(&f);
}

static void missing_files_are_told(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char error[256], path[200];
	fixture_open(&f);
	fixture_write(&f);
	snprintf(path, sizeof(path), "%s/results_arm1_pdp_20_b2.json", f.path);
	unlink(path);
	if (!report_write(f.path, error))
		fail_msg("%s", error);
	char *text = fixture_read(&f, "REPORT.md");
	has(text, "This run is not complete: 1 of its scenarios");
	has(text, "no verdict (4 blocks)");
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gap_and_interval_are_right),
		cmocka_unit_test(overloaded_cells_have_no_gap),
		cmocka_unit_test(fewer_than_five_blocks_give_no_verdict),
		cmocka_unit_test(equal_arms_cannot_be_told_apart),
		cmocka_unit_test(errors_suppress_the_gap),
		cmocka_unit_test(a_missing_percentile_is_a_dash),
		cmocka_unit_test(invalid_trials_are_left_out_and_told),
		cmocka_unit_test(tails_and_throughput_count_their_trials),
		cmocka_unit_test(idle_cpus_are_told),
		cmocka_unit_test(a_run_without_a_valid_file_shows_nothing),
		cmocka_unit_test(broken_files_are_listed),
		cmocka_unit_test(nothing_to_report_is_an_error),
		cmocka_unit_test(same_files_same_bytes),
		cmocka_unit_test(the_json_says_what_the_run_is),
		cmocka_unit_test(percentiles_are_drawn_from_all_blocks),
		cmocka_unit_test(missing_files_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
