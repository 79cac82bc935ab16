/* Relative least squares, by hand; against numpy in tests/stats/check.py. */
#include "runner/fit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void near(double value, double wanted)
{
	if (!(fabs(value - wanted) < 1e-9 * fmax(1, fabs(wanted))))
		fail_msg("%.17g is not %.17g", value, wanted);
}

static void a_line_is_found_and_its_points_foretold(void **state)
{
	(void)state;
	struct fit_rows data = {
		.x = {{1, 0}, {1, 5}, {1, 20}}, .y = {10, 20, 50}, .rows = 3, .columns = 2};
	double b[FIT_COLUMNS_MAX], errors[FIT_ROWS_MAX];
	assert_true(fit_solve(&data, b));
	near(b[0], 10);
	near(b[1], 2);
	near(fit_value(data.x[2], b, 2), 50);
	fit_leave_out(&data, errors);
	for (size_t i = 0; i < 3; i++)
		near(errors[i], 0);
}

/* One level for 1 and 2: (b - 1) + (b - 2) / 4 = 0 gives 1.2, where plain squares give 1.5. */
static void errors_are_relative(void **state)
{
	(void)state;
	struct fit_rows data = {.x = {{1}, {1}}, .y = {1, 2}, .rows = 2, .columns = 1};
	double b[FIT_COLUMNS_MAX], errors[FIT_ROWS_MAX];
	assert_true(fit_solve(&data, b));
	near(b[0], 1.2);
	fit_leave_out(&data, errors);
	near(errors[0], 1);    /* 2 for 1 */
	near(errors[1], -0.5); /* 1 for 2 */
}

/* y = 100 + x1 + 2 x2 + 30 [x2 > 0], from 0.1 to 40 ms. */
static void four_terms_are_told_apart(void **state)
{
	(void)state;
	static const double places[][2] = {{0, 0},      {40000, 0}, {0, 100},
					   {400, 2000}, {120, 500}, {4000, 1000}};
	struct fit_rows data = {.rows = 6, .columns = 4};
	double b[FIT_COLUMNS_MAX];
	for (size_t i = 0; i < 6; i++) {
		double delayed = places[i][1] > 0 ? 1 : 0;
		data.x[i][0] = 1;
		data.x[i][1] = places[i][0];
		data.x[i][2] = places[i][1];
		data.x[i][3] = delayed;
		data.y[i] = 100 + places[i][0] + 2 * places[i][1] + 30 * delayed;
	}
	assert_true(fit_solve(&data, b));
	near(b[0], 100);
	near(b[1], 1);
	near(b[2], 2);
	near(b[3], 30);
}

static void what_cannot_be_told_is_refused(void **state)
{
	(void)state;
	double b[FIT_COLUMNS_MAX], errors[FIT_ROWS_MAX];
	struct fit_rows alike = {
		.x = {{1, 3}, {1, 3}, {1, 3}}, .y = {1, 2, 3}, .rows = 3, .columns = 2};
	assert_false(fit_solve(&alike, b));
	fit_leave_out(&alike, errors);
	assert_true(isnan(errors[0]) && isnan(errors[1]) && isnan(errors[2]));
	struct fit_rows few = {.x = {{1, 3}}, .y = {1}, .rows = 1, .columns = 2};
	assert_false(fit_solve(&few, b));
	struct fit_rows empty = {.x = {{1, 0}, {1, 0}}, .y = {1, 2}, .rows = 2, .columns = 2};
	assert_false(fit_solve(&empty, b));
	struct fit_rows zero = {.x = {{1}, {1}}, .y = {1, 0}, .rows = 2, .columns = 1};
	assert_false(fit_solve(&zero, b));
	/* The last row alone tells the columns apart: it cannot be left out, the others can. */
	struct fit_rows one = {
		.x = {{1, 2}, {1, 2}, {1, 3}}, .y = {1, 1, 2}, .rows = 3, .columns = 2};
	fit_leave_out(&one, errors);
	assert_false(isnan(errors[0]) || isnan(errors[1]));
	assert_true(isnan(errors[2]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_found_and_its_points_foretold),
		cmocka_unit_test(errors_are_relative),
		cmocka_unit_test(four_terms_are_told_apart),
		cmocka_unit_test(what_cannot_be_told_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
