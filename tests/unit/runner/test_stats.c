/* The statistics against tables and hand-made examples; tests/stats/check.py compares with SciPy.
 */
#include "runner/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void near(double got, double expected, double tolerance)
{
	if (!(fabs(got - expected) <= tolerance * fmax(1.0, fabs(expected))))
		fail_msg("expected %.12g, got %.12g", expected, got);
}

/* Closed forms: df 1 is tan(pi (p - 1/2)); df 2 is (2p-1) / sqrt(2 p (1-p)). */
static void quantile_has_closed_forms(void **state)
{
	(void)state;
	const double p[] = {0.6, 0.74, 0.76, 0.9, 0.975, 0.9995};
	for (size_t i = 0; i < sizeof(p) / sizeof(p[0]); i++) {
		near(stats_t_quantile(p[i], 1), tan(acos(-1.0) * (p[i] - 0.5)), 1e-11);
		near(stats_t_quantile(p[i], 2), (2 * p[i] - 1) / sqrt(2 * p[i] * (1 - p[i])),
		     1e-11);
		near(stats_t_quantile(1 - p[i], 7), -stats_t_quantile(p[i], 7), 1e-9);
		near(stats_t_cdf(stats_t_quantile(p[i], 4), 4), p[i], 1e-12);
	}
	near(stats_t_quantile(0.975, 4), 2.7764451051977987, 1e-12);
	near(stats_t_quantile(0.5, 3), 0, 0);
}

static void quantile_refuses_nonsense(void **state)
{
	(void)state;
	assert_true(isnan(stats_t_quantile(0, 3)));
	assert_true(isnan(stats_t_quantile(1, 3)));
	assert_true(isnan(stats_t_quantile(0.9, 0)));
	assert_true(isnan(stats_t_cdf(NAN, 3)));
}

/* ln ratios -0.1, 0, 0.1 around ln 2: mean ln 2, standard error 0.1/sqrt(3), t(0.975, 2) 4.302653.
 */
static void paired_ratio_is_right(void **state)
{
	(void)state;
	const double a[] = {100, 200, 50};
	const double b[] = {200 * exp(-0.1), 400, 100 * exp(0.1)};
	struct interval ratio = stats_paired_ratio(a, b, 3, 0.95);
	double reach = 4.302652729911275 * 0.1 / sqrt(3);
	near(ratio.estimate, 2, 1e-12);
	near(ratio.low, 2 * exp(-reach), 1e-11);
	near(ratio.high, 2 * exp(reach), 1e-11);
	assert_int_equal(ratio.n, 3);
	assert_true(stats_excludes(ratio, 1));
	assert_false(stats_excludes(ratio, 2));
	struct interval inverse = stats_paired_ratio(b, a, 3, 0.95);
	near(inverse.low, 1 / ratio.high, 1e-12);
}

static void few_values_have_no_interval(void **state)
{
	(void)state;
	const double a[] = {10, 0};
	const double b[] = {30, 5};
	struct interval one = stats_paired_ratio(a, b, 1, 0.95);
	near(one.estimate, 3, 1e-12);
	assert_true(isnan(one.low) && isnan(one.high));
	assert_false(stats_excludes(one, 1));
	assert_true(isnan(stats_paired_ratio(a, b, 0, 0.95).estimate));
	assert_true(
		isnan(stats_paired_ratio(a, b, 2, 0.95).estimate)); /* a zero has no logarithm */
	assert_true(isnan(stats_mean_interval(a, 0, 0.95).estimate));
	assert_true(isnan(stats_welch_ratio(a, 1, b, 2, 0.95).low));
}

static void welch_without_spread(void **state)
{
	(void)state;
	const double a[] = {10, 10, 10};
	const double b[] = {20, 20};
	struct interval ratio = stats_welch_ratio(a, 3, b, 2, 0.95);
	near(ratio.estimate, 2, 1e-12);
	near(ratio.low, 2, 1e-12);
	near(ratio.high, 2, 1e-12);
}

static void order_statistics(void **state)
{
	(void)state;
	double odd[] = {3, 1, 2};
	double even[] = {4, 1, 3, 2};
	const double geometric[] = {1, 10, 100};
	near(stats_median(odd, 3), 2, 0);
	near(stats_median(even, 4), 2.5, 0);
	assert_true(isnan(stats_median(odd, 0)));
	near(stats_geometric_mean(geometric, 3), 10, 1e-12);
	near(stats_min(geometric, 3), 1, 0);
	near(stats_max(geometric, 3), 100, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantile_has_closed_forms),
		cmocka_unit_test(quantile_refuses_nonsense),
		cmocka_unit_test(paired_ratio_is_right),
		cmocka_unit_test(few_values_have_no_interval),
		cmocka_unit_test(welch_without_spread),
		cmocka_unit_test(order_statistics),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
