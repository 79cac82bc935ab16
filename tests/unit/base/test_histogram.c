/* The histogram against exact order statistics of the same values, merged and unmerged. */
#include "common/base/histogram.h"
#include "common/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 100000 };

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Values over the whole range: 10^2 .. 10^11 ns, log-uniform. */
static int64_t log_uniform(struct rng *rng)
{
	return (int64_t)pow(10, 2 + 9 * rng_unit(rng));
}

static int64_t exponential(struct rng *rng)
{
	return 100 + (int64_t)(rng_exponential(rng) * 2e6);
}

static int64_t coarse(struct rng *rng)
{
	return 100 * (1 + (int64_t)rng_below(rng, 5));
}

static void check_percentiles(int64_t (*draw)(struct rng *rng))
{
	struct rng rng;
	rng_seed(&rng, 7);
	struct histogram *h = histogram_new();
	int64_t *values = malloc(COUNT * sizeof(*values));
	assert_non_null(h);
	assert_non_null(values);
	for (size_t i = 0; i < COUNT; i++) {
		values[i] = draw(&rng);
		histogram_record(h, values[i]);
	}
	qsort(values, COUNT, sizeof(*values), compare);
	for (int tenth = 1; tenth <= 1000; tenth++) {
		const double p = tenth / 10.0;
		const int64_t exact = values[(size_t)tenth * COUNT / 1000 - 1];
		const int64_t got = histogram_percentile(h, p);
		assert_true(got >= exact);
		assert_true((double)(got - exact) <= fmax(0.001 * (double)exact, 100));
	}
	assert_int_equal(histogram_min(h), values[0]);
	assert_int_equal(histogram_max(h), values[COUNT - 1]);
	assert_int_equal(histogram_percentile(h, 100), values[COUNT - 1]);
	free(values);
	histogram_free(h);
}

static void percentiles_match_order_statistics(void **state)
{
	(void)state;
	check_percentiles(log_uniform);
	check_percentiles(exponential);
	check_percentiles(coarse);
}

static void mean_and_deviation_are_exact(void **state)
{
	(void)state;
	struct histogram *h = histogram_new();
	for (int i = 0; i < 1000; i++) {
		histogram_record(h, 119999999999);
		histogram_record(h, 119999999997);
	}
	assert_float_equal(histogram_mean(h), 119999999998.0, 0);
	assert_float_equal(histogram_stddev(h), 1.0, 0.1);
	histogram_reset(h);
	assert_int_equal(histogram_count(h), 0);
	histogram_record_n(h, 1000, 3);
	histogram_record_n(h, 5000, 1);
	histogram_record_n(h, 9999, 0);
	assert_int_equal(histogram_count(h), 4);
	assert_float_equal(histogram_mean(h), 2000.0, 1e-9);
	assert_float_equal(histogram_stddev(h), sqrt(3.0) * 1000, 1e-6);
	histogram_free(h);
}

struct dump {
	int64_t last;
	uint64_t count;
	unsigned visits;
};

static void add_to_dump(void *arg, int64_t highest_ns, uint64_t count)
{
	struct dump *dump = arg;
	assert_true(highest_ns > dump->last);
	assert_true(count > 0);
	dump->last = highest_ns;
	dump->count += count;
	dump->visits++;
}

static void merging_is_exact(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 11);
	struct histogram *all = histogram_new(), *into = histogram_new(), *parts[4];
	for (int p = 0; p < 4; p++)
		parts[p] = histogram_new();
	for (size_t i = 0; i < COUNT; i++) {
		const int64_t value = log_uniform(&rng);
		histogram_record(all, value);
		histogram_record(parts[i % 3], value); /* parts[3] stays empty */
	}
	for (int p = 3; p >= 0; p--)
		histogram_merge(into, parts[p]);
	assert_int_equal(histogram_count(into), COUNT);
	assert_int_equal(histogram_min(into), histogram_min(all));
	assert_int_equal(histogram_max(into), histogram_max(all));
	assert_float_equal(histogram_mean(into), histogram_mean(all), 0);
	assert_float_equal(histogram_stddev(into), histogram_stddev(all), 0);
	for (int p = 1; p <= 100; p++)
		assert_int_equal(histogram_percentile(into, p), histogram_percentile(all, p));
	struct dump a = {-1, 0, 0}, b = {-1, 0, 0};
	histogram_each(all, add_to_dump, &a);
	histogram_each(into, add_to_dump, &b);
	assert_int_equal(a.last, b.last);
	assert_int_equal(a.count, b.count);
	assert_int_equal(a.visits, b.visits);
	assert_int_equal(a.count, COUNT);
	for (int p = 0; p < 4; p++)
		histogram_free(parts[p]);
	histogram_free(all);
	histogram_free(into);
}

static void values_are_clamped_to_the_range(void **state)
{
	(void)state;
	struct histogram *h = histogram_new();
	assert_int_equal(histogram_percentile(h, 50), 0);
	assert_int_equal(histogram_max(h), 0);
	assert_int_equal(histogram_min(h), 0);
	histogram_record(h, -5);
	histogram_record(h, 0);
	assert_int_equal(histogram_max(h), HISTOGRAM_MIN_NS);
	histogram_record(h, INT64_MAX);
	assert_int_equal(histogram_min(h), HISTOGRAM_MIN_NS);
	assert_int_equal(histogram_max(h), HISTOGRAM_MAX_NS);
	assert_int_equal(histogram_percentile(h, 100), HISTOGRAM_MAX_NS);
	assert_int_equal(histogram_percentile(h, 50), 199); /* the unit [100, 199] ns */
	histogram_free(h);
}

static void every_bucket_is_narrow(void **state)
{
	(void)state;
	struct histogram *h = histogram_new();
	for (int64_t ns = HISTOGRAM_MIN_NS; ns < HISTOGRAM_MAX_NS; ns += ns / 700 + 1) {
		histogram_reset(h);
		histogram_record(h, ns);
		struct dump dump = {-1, 0, 0};
		histogram_each(h, add_to_dump, &dump);
		assert_int_equal(dump.visits, 1);
		assert_true(dump.last >= ns);
		assert_true((double)(dump.last - ns) < fmax(0.001 * (double)ns, 100));
	}
	histogram_free(h);
}

static void ranks_survive_rounding(void **state)
{
	(void)state;
	assert_int_equal(histogram_rank(99.9, 1000000), 999000);
	assert_int_equal(histogram_rank(99.99, 1000000), 999900);
	assert_int_equal(histogram_rank(50, 20), 10);
	assert_int_equal(histogram_rank(50, 21), 11);
	assert_int_equal(histogram_rank(0, 21), 1);
	assert_int_equal(histogram_rank(100, 21), 21);
	for (uint64_t n = 1; n <= 100; n++)
		assert_int_equal(histogram_rank((double)n, 100), n);
	struct histogram *h = histogram_new();
	histogram_record_n(h, 1000, 10);
	histogram_record_n(h, 5000, 1);
	assert_int_equal(histogram_value_at_rank(h, 10), 1099);
	assert_int_equal(histogram_value_at_rank(h, 11), 5000);
	assert_int_equal(histogram_value_at_rank(h, 12), 5000);
	histogram_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_match_order_statistics),
		cmocka_unit_test(mean_and_deviation_are_exact),
		cmocka_unit_test(merging_is_exact),
		cmocka_unit_test(values_are_clamped_to_the_range),
		cmocka_unit_test(every_bucket_is_narrow),
		cmocka_unit_test(ranks_survive_rounding),
	};
	return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
