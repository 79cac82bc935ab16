/* Two by two, by hand. */
#include "runner/factorial.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { BLOCKS = 5 };

/* What differs from block to block is on all corners alike, but for a little on the last. */
static void fill(double values[FACTORIAL_CORNERS][BLOCKS], const double means[FACTORIAL_CORNERS])
{
	static const double own[BLOCKS] = {1, 1.1, 0.9, 1.2, 1.05};
	static const double last[BLOCKS] = {1.01, 1 / 1.01, 1.01, 1 / 1.01, 1};
	for (size_t corner = 0; corner < FACTORIAL_CORNERS; corner++)
		for (size_t block = 0; block < BLOCKS; block++)
			values[corner][block] = means[corner] * own[block] *
						(corner == FACTORIAL_M2 ? last[block] : 1);
}

static void effects(const double means[FACTORIAL_CORNERS], struct interval out[FACTORIAL_EFFECTS])
{
	static double values[FACTORIAL_CORNERS][BLOCKS];
	const double *const corners[] = {values[0], values[1], values[2], values[3]};
	fill(values, means);
	factorial_effects(corners, BLOCKS, 0.95, out);
}

static void is_near(double found, double wanted)
{
	if (!(fabs(found - wanted) <= 1e-7 * fmax(1, fabs(wanted))))
		fail_msg("%.12g is not %.12g", found, wanted);
}

static void is_about(struct interval interval, double wanted)
{
	is_near(interval.estimate, wanted);
	assert_int_equal(interval.n, BLOCKS);
}

/* u1 10, u2 40, m1 30, m2 480: the architecture alone triples, the store alone quadruples, and 480
 * / (10 x 3 x 4) = 4 is left. Main effects: sqrt(3 x 12) = 6, sqrt(4 x 16) = 8. */
static void corners_are_taken_apart(void **state)
{
	(void)state;
	struct interval e[FACTORIAL_EFFECTS];
	effects((const double[]){10, 40, 30, 480}, e);
	is_about(e[EFFECT_GAP], 48);
	is_about(e[EFFECT_ARCHITECTURE_ALONE], 3);
	is_about(e[EFFECT_STORE_ALONE], 4);
	is_about(e[EFFECT_INTERACTION], 4);
	is_about(e[EFFECT_ARCHITECTURE], 6);
	is_about(e[EFFECT_STORE], 8);
	/* The blocks' own factors cancel: only the last corner's +-1 % is left, halved in a main
	 * effect. sd of (a, -a, a, -a, 0) is a; reach t a / sqrt(5). */
	double reach = 2.7764451 * log(1.01) / sqrt(5);
	is_near(log(e[EFFECT_GAP].high / 48), reach);
	is_near(log(e[EFFECT_ARCHITECTURE].high / 6), reach / 2);
	is_near(log(e[EFFECT_ARCHITECTURE_ALONE].high / 3), 0);
}

/* The parts multiply to the gap whatever their signs are. */
static void any_signs_multiply_to_the_gap(void **state)
{
	(void)state;
	static const double cases[][FACTORIAL_CORNERS] = {
		{10, 5, 30, 20}, {10, 40, 5, 10}, {10, 5, 4, 1}, {10, 40, 30, 60}, {7, 7, 7, 7}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct interval e[FACTORIAL_EFFECTS];
		effects(cases[i], e);
		is_near(e[EFFECT_GAP].estimate, e[EFFECT_ARCHITECTURE_ALONE].estimate *
							e[EFFECT_STORE_ALONE].estimate *
							e[EFFECT_INTERACTION].estimate);
		is_near(e[EFFECT_GAP].estimate, cases[i][3] / cases[i][0]);
	}
}

static void what_is_not_above_zero_has_no_ratio(void **state)
{
	(void)state;
	struct interval e[FACTORIAL_EFFECTS];
	effects((const double[]){10, 0, 30, 480}, e);
	assert_true(isnan(e[EFFECT_GAP].estimate));
	assert_true(isnan(e[EFFECT_STORE].low));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corners_are_taken_apart),
		cmocka_unit_test(any_signs_multiply_to_the_gap),
		cmocka_unit_test(what_is_not_above_zero_has_no_ratio),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
