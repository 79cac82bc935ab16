/* Verdicts: the band, the twin's noise, Holm's adjustment, and equivalence. */
#include "runner/report_family.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/runner/report_fixture.h"

/* p50 of every arm in every block: 400 us times its ratio, and for arms but the first a jitter of
 * that share, up in two blocks and down in two. */
static double ratios[FIXTURE_ARMS_MAX], jitter;

static void set_p50(json_t *result, int arm, int block, const char *kind)
{
	static const double pattern[5] = {1, -1, 1, -1, 0};
	double p50 = 400 * ratios[arm] * exp(arm > 0 ? jitter * pattern[block % 5] : 0);
	(void)kind;
	json_object_set_new(json_object_get(result, "latency_us"), "response_time",
			    fixture_latency(p50));
	if (strstr(json_string_value(json_object_get(json_object_get(result, "scenario"), "arm")),
		   "twin"))
		json_object_set_new(json_object_get(result, "config"), "arm",
				    json_pack("{ss}", "twin_of", "unified-sqlite"));
}

/* The comparison of the second arm's p50 with the first's, among `arms` arms. */
static struct comparison compared(int arms, const char *last_id, int blocks)
{
	static const char *const ids[] = {"unified-sqlite", "b", "c", "d", "e", "f", "g", "h"};
	char error[256];
	struct fixture f = fixture_two_arms();
	for (int i = 0; i < arms; i++) {
		f.arms[i] = f.arms[0];
		f.arms[i].id = ids[i];
	}
	if (last_id)
		f.arms[arms - 1].id = last_id;
	f.arm_count = arms;
	f.blocks = blocks;
	f.change = set_p50;
	fixture_open(&f);
	fixture_write(&f);
	struct run *run = report_run_open(f.path, error);
	if (!run)
		fail_msg("%s", error);
	struct comparison found = family_compare(run, (struct cell){1, 0, 1, false}, METRIC_P50);
	report_run_close(run);
	fixture_close(&f);
	return found;
}

static void a_gap_must_leave_the_band(void **state)
{
	(void)state;
	ratios[0] = 1;
	jitter = 0.001;
	ratios[1] = 1.028; /* far from 1 by its noise, and within 3 % */
	struct comparison found = compared(2, NULL, 5);
	assert_true(found.p < 0.001);
	assert_int_equal(found.verdict, VERDICT_OPEN);
	ratios[1] = 1.04;
	assert_int_equal(compared(2, NULL, 5).verdict, VERDICT_BASELINE);
	ratios[1] = 1 / 1.04;
	assert_int_equal(compared(2, NULL, 5).verdict, VERDICT_OTHER);
	assert_int_equal(compared(2, NULL, 4).verdict, VERDICT_NONE);
}

static void the_twin_widens_the_band(void **state)
{
	(void)state;
	ratios[0] = 1;
	jitter = 0.001;
	ratios[1] = 1.08;
	ratios[2] = 1.01;
	struct comparison found = compared(3, "unified-sqlite-twin", 5);
	assert_true(found.band <= BAND_MIN && found.band >= BAND_MIN);
	assert_int_equal(found.verdict, VERDICT_BASELINE);
	ratios[2] = 1.1;
	found = compared(3, "unified-sqlite-twin", 5);
	assert_true(found.band > 0.1 && found.band < 0.11);
	assert_int_equal(found.verdict, VERDICT_OPEN);
	ratios[2] = 1 / 1.1; /* faster or slower: noise all the same */
	found = compared(3, "unified-sqlite-twin", 5);
	assert_true(found.band > 0.1 && found.band < 0.11);
	/* it is no arm to compare with: the family has one member */
	assert_true(fabs(found.p - found.ratio.p) < 1e-12);
}

/* The same gap, alone and among six others: only alone its p is small enough. */
static void a_family_pays_for_its_size(void **state)
{
	(void)state;
	for (int i = 0; i < FIXTURE_ARMS_MAX; i++)
		ratios[i] = 1;
	ratios[1] = 1.2;
	jitter = 0.09;
	struct comparison alone = compared(2, NULL, 5);
	assert_true(alone.p < 0.05);
	assert_int_equal(alone.verdict, VERDICT_BASELINE);
	struct comparison among = compared(8, NULL, 5);
	assert_true(fabs(among.p - 7 * alone.p) < 1e-9);
	assert_int_equal(among.verdict, VERDICT_OPEN);
}

static void equivalence_is_an_interval_within(void **state)
{
	(void)state;
	static const struct {
		double low, high;
		bool equivalent;
	} cases[] = {{0.96, 1.04, true},  {0.951, 1, false}, {1, 1.051, false},
		     {1.04, 1.06, false}, {0.5, 2, false},   {NAN, NAN, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(family_equivalent((struct interval){.low = cases[i].low,
								     .high = cases[i].high}),
				 cases[i].equivalent);
}

static void one_user_alone_waits_for_nobody(void **state)
{
	(void)state;
	char error[256];
	for (long vus = 1; vus <= 2; vus++) {
		struct fixture f = fixture_two_arms();
		f.arms[0].capacity = 0.5; /* a load factor of 2 and 4 */
		f.vus = vus;
		fixture_open(&f);
		fixture_write(&f);
		struct run *run = report_run_open(f.path, error);
		assert_non_null(run);
		assert_int_equal(cell_state(run, (struct cell){0, 0, 1, false}),
				 vus == 1 ? GAP_STATED : GAP_SATURATED);
		report_run_close(run);
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gap_must_leave_the_band),
		cmocka_unit_test(the_twin_widens_the_band),
		cmocka_unit_test(a_family_pays_for_its_size),
		cmocka_unit_test(equivalence_is_an_interval_within),
		cmocka_unit_test(one_user_alone_waits_for_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
