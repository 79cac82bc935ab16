/* The live view's percentiles against exact ones: within 3 %, and of the asked-for stretch alone.
 */
#include "common/base/rng.h"
#include "loadgen/live.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 10000 };

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void percentiles_are_within_three_percent(void **state)
{
	(void)state;
	struct live *live = calloc(1, sizeof(*live));
	struct live_view view = {0};
	int64_t values[COUNT];
	struct rng rng;
	rng_seed(&rng, 3);
	assert_non_null(live);
	for (size_t i = 0; i < COUNT; i++) {
		values[i] = (int64_t)pow(10, 4 + 6 * rng_unit(&rng)); /* 10 us to 10 s */
		live_record(live, false, values[i]);
	}
	live_record(live, true, 1);
	live_add(&view, live);
	assert_int_equal(view.answers, COUNT);
	assert_int_equal(view.failures, 1);
	qsort(values, COUNT, sizeof(values[0]), compare);
	for (size_t p = 1; p <= 99; p++) {
		const size_t rank = p * COUNT / 100;
		const double exact = (double)values[rank - 1];
		assert_true(fabs(live_percentile(&view, (double)p) / exact - 1) < 0.033);
	}
	free(live);
}

static void a_stretch_is_what_came_since(void **state)
{
	(void)state;
	struct live *live = calloc(1, sizeof(*live));
	struct live_view before = {0}, now = {0};
	assert_non_null(live);
	assert_true(live_percentile(&now, 50) < 0);
	for (int i = 0; i < 100; i++)
		live_record(live, false, 1000000000);
	live_record(live, true, 0);
	live_add(&before, live);
	for (int i = 0; i < 3; i++)
		live_record(live, false, 1000000);
	live_add(&now, live);
	const struct live_view since = live_since(&now, &before);
	assert_int_equal(since.answers, 3);
	assert_int_equal(since.failures, 0);
	assert_true(fabs(live_percentile(&since, 95) / 1e6 - 1) < 0.033);
	free(live);
}

static void the_ends_are_kept(void **state)
{
	(void)state;
	struct live *live = calloc(1, sizeof(*live));
	struct live_view view = {0};
	assert_non_null(live);
	live_record(live, false, -5);
	live_record(live, false, 0);
	live_record(live, false, INT64_MAX);
	live_add(&view, live);
	assert_int_equal(view.answers, 3);
	assert_true(live_percentile(&view, 50) < 1100);
	assert_true(live_percentile(&view, 100) > 2e11);
	free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_are_within_three_percent),
		cmocka_unit_test(a_stretch_is_what_came_since),
		cmocka_unit_test(the_ends_are_kept),
	};
	return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
