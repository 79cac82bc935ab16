/* Trends over time, which arm ran first, and link orders, in a report. */
#include "runner/report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/runner/report_fixture.h"

/* The second arm's p50 over the first's 400 us: by block, by order (the first arm is first in even
 * blocks), by build, and a little noise that is the same in every test. */
static double by_block, by_order;
static int builds;

static void set_p50(json_t *result, int arm, int block, const char *kind)
{
	static const double noise[] = {0.003, -0.002, 0.001, -0.003, 0.002, -0.001, 0.002, -0.002};
	json_t *run = json_object_get(result, "run");
	double p50 =
		arm == 0 ? 400
			 : 1600 * exp(noise[block % 8] + by_block * block + by_order * (block % 2));
	json_object_set_new(run, "pair_order", json_integer((arm + block) % 2));
	if (builds > 1)
		json_object_set_new(run, "build", json_integer(block % builds));
	if (strcmp(kind, "closed") == 0)
		json_object_set_new(json_object_get(result, "latency_us"), "response_time",
				    fixture_latency(p50));
}

static char *report_with(double block_effect, double order_effect, int blocks, int build_count,
			 struct fixture *f)
{
	*f = fixture_two_arms();
	by_block = block_effect;
	by_order = order_effect;
	builds = build_count;
	f->blocks = blocks;
	f->change = set_p50;
	return report_of(f, "REPORT.md");
}

static void nothing_is_found_where_nothing_is(void **state)
{
	(void)state;
	struct fixture f;
	char *text = report_with(0, 0, 8, 1, &f);
	has(text, "Over time, from block to block: no effect stands out of the noise, in any of 2");
	has(text, "Which arm of a pair ran first: ");
	has_not(text, "link orders");
	free(text);
	fixture_close(&f);
}

static void a_trend_is_found(void **state)
{
	(void)state;
	struct fixture f;
	char *text = report_with(0.02, 0, 8, 1, &f);
	has(text, "Over time, from block to block: an effect in 1 of 2 ratios");
	has(text, "< 0.001 |");
	free(text);
	fixture_close(&f);
}

static void an_order_effect_is_found(void **state)
{
	(void)state;
	struct fixture f;
	char *text = report_with(0, 0.2, 8, 1, &f);
	has(text, "Which arm of a pair ran first: an effect in ");
	free(text);
	fixture_close(&f);
}

static void too_few_blocks_are_said(void **state)
{
	(void)state;
	struct fixture f;
	char *text = report_with(0.02, 0.2, 2, 1, &f);
	has(text, "Over time, from block to block: cannot be tested; that needs 3 blocks");
	has(text, "Which arm of a pair ran first: cannot be tested; that needs 2 blocks");
	free(text);
	fixture_close(&f);
}

/* Blocks 0, 3 and 6 are build 0's and so on; the trend makes builds differ: 1.02^(1) and so on. */
static void builds_stand_beside(void **state)
{
	(void)state;
	struct fixture f;
	char *text = report_with(0.1, 0, 3, 3, &f);
	has(text, "the same code in 3 link orders");
	has(text, "differ by a factor of up to 1.2"); /* exp(0.2), and noise */
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_where_nothing_is),
		cmocka_unit_test(a_trend_is_found),
		cmocka_unit_test(an_order_effect_is_found),
		cmocka_unit_test(too_few_blocks_are_said),
		cmocka_unit_test(builds_stand_beside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
