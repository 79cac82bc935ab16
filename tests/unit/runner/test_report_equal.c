/* Equal arms and open twins in a report. */
#include "runner/report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/runner/report_fixture.h"

/* How far the second arm's p50 strays from the first's, up in one block and down in the next. */
static double jitter;

static void stray(json_t *result, int arm, int block, const char *kind)
{
	double p50 = 400 * exp(arm == 1 ? jitter * (block % 2 ? 1 : -1) : 0);
	if (strcmp(kind, "closed") == 0)
		json_object_set_new(json_object_get(result, "latency_us"), "response_time",
				    fixture_latency(p50));
}

static struct fixture equal_arms(int blocks)
{
	struct fixture f = fixture_two_arms();
	f.arms[1] = f.arms[0];
	f.arms[1].id = "unified-again";
	f.blocks = blocks;
	f.change = stray;
	return f;
}

static void equal_arms_are_shown_equal(void **state)
{
	(void)state;
	struct fixture f = equal_arms(6);
	jitter = 0.01;
	char *text = report_of(&f, "REPORT.md");
	has(text, "unified-again / unified-sqlite | p50");
	has(text,
	    "within \u00b15 % of each other in 2 of 2 cells by requests/s or p50, and in 2 of 2");
	free(text);
	fixture_close(&f);
	/* 10 % of noise: t(0.95, 5) 0.11 / sqrt(6) is 9 %, and nothing is shown */
	f = equal_arms(6);
	jitter = 0.1;
	text = report_of(&f, "REPORT.md");
	has(text, "not shown");
	has(text,
	    "within \u00b15 % of each other in 1 of 2 cells by requests/s or p50, and in 1 of 2");
	free(text);
	fixture_close(&f);
	f = equal_arms(1);
	text = report_of(&f, "REPORT.md");
	has(text, "no interval");
	has(text, "in 0 of 2 cells by requests/s or p50, and in 0 of 2");
	free(text);
	fixture_close(&f);
}

static void different_arms_are_no_null_test(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char *text = report_of(&f, "REPORT.md");
	has_not(text, "What equal arms differ by");
	has_not(text, "open twins");
	free(text);
	fixture_close(&f);
}

static void name_twin(json_t *result, int arm, int block, const char *kind)
{
	(void)block;
	(void)kind;
	if (arm == 2)
		json_object_set_new(json_object_get(result, "config"), "arm",
				    json_pack("{ss}", "twin_of", "unified-sqlite"));
}

/* The twin's arm is 10 % slower in every block: the band is as wide, and stands in the table. */
static void a_twin_gives_its_band(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.arms[2] = f.arms[0];
	f.arms[2].id = "unified-sqlite-twin";
	f.arms[2].p50 = 440;
	f.arm_count = 3;
	f.change = name_twin;
	char *text = report_of(&f, "REPORT.md");
	has(text, "unified-sqlite-twin / unified-sqlite | p50");
	has(text, "\u00b110."); /* and some hundredths: the interval's far end */
	has(text, "in 1 of 2 cells by requests/s or p50, and in 1 of 2");
	has(text, "what this run's twin shows two equal arms to differ by");
	has_not(text, "unified-sqlite-twin faster");
	free(text);
	fixture_close(&f);
}

/* The closed p99 is 1.6 ms (1 + 0.01 block), the open one 4.8 ms: 3 times, over the cells of both.
 */
static void open_twins_stand_beside(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.blocks = 1;
	fixture_open(&f);
	fixture_write(&f);
	json_t *result = fixture_head(&f, 0, 0, "open");
	fixture_body(&f, result, 0, 0, "open");
	json_object_set_new(json_object_get(result, "scenario"), "twin_of_vus", json_integer(20));
	json_object_set_new(json_object_get(result, "latency_us"), "response_time",
			    fixture_latency(1200));
	char *text = json_dumps(result, 0), error[256];
	fixture_put(&f, "results_arm0_pdp_20open_b0.json", text);
	free(text);
	if (!report_write(f.path, error))
		fail_msg("%s", error);
	text = fixture_read(&f, "REPORT.md");
	has(text, "| unified-sqlite | closed |");
	has(text, "| unified-sqlite | open   |");
	has(text, "The open p99 is 3.00 to 3.00 times the closed one");
	free(text);
	json_decref(result);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_arms_are_shown_equal),
		cmocka_unit_test(different_arms_are_no_null_test),
		cmocka_unit_test(a_twin_gives_its_band),
		cmocka_unit_test(open_twins_stand_beside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
