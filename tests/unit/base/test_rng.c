#include "common/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Outputs that other implementations of the two published algorithms give for the same state. */
static void seeding_is_splitmix64(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 1234567);
	const uint64_t known[4] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
				   UINT64_C(9817491932198370423), UINT64_C(4593380528125082431)};
	for (int i = 0; i < 4; i++)
		assert_true(rng.s[i] == known[i]);
}

static void stream_is_xoshiro256starstar(void **state)
{
	(void)state;
	struct rng rng = {{1, 2, 3, 4}};
	const uint64_t known[10] = {UINT64_C(11520),
				    UINT64_C(0),
				    UINT64_C(1509978240),
				    UINT64_C(1215971899390074240),
				    UINT64_C(1216172134540287360),
				    UINT64_C(607988272756665600),
				    UINT64_C(16172922978634559625),
				    UINT64_C(8476171486693032832),
				    UINT64_C(10595114339597558777),
				    UINT64_C(2904607092377533576)};
	for (int i = 0; i < 10; i++)
		assert_true(rng_next(&rng) == known[i]);
}

static void streams_of_a_seed_differ_and_repeat(void **state)
{
	(void)state;
	struct rng a, b, c;
	rng_seed_stream(&a, 42, 1);
	rng_seed_stream(&b, 42, 1);
	rng_seed_stream(&c, 42, 2);
	int equal = 0;
	for (int i = 0; i < 100; i++) {
		uint64_t x = rng_next(&a);
		assert_true(x == rng_next(&b));
		equal += x == rng_next(&c);
	}
	assert_int_equal(equal, 0);
}

static void below_is_in_bounds_and_even(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 7);
	assert_int_equal(rng_below(&rng, 0), 0);
	assert_int_equal(rng_below(&rng, 1), 0);
	unsigned counts[7] = {0};
	for (int i = 0; i < 70000; i++) {
		uint64_t x = rng_below(&rng, 7);
		assert_true(x < 7);
		counts[x]++;
	}
	for (size_t i = 0; i < 7; i++)
		assert_in_range(counts[i], 9600, 10400);
	assert_true(rng_below(&rng, UINT64_MAX) < UINT64_MAX);
}

static void unit_and_exponential_have_their_means(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 42);
	double units = 0, exponentials = 0;
	for (int i = 0; i < 100000; i++) {
		double unit = rng_unit(&rng), exponential = rng_exponential(&rng);
		assert_true(unit >= 0 && unit < 1 && exponential >= 0);
		units += unit;
		exponentials += exponential;
	}
	assert_in_range((int)(units / 100), 495, 505);
	assert_in_range((int)(exponentials / 100), 980, 1020);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeding_is_splitmix64),
		cmocka_unit_test(stream_is_xoshiro256starstar),
		cmocka_unit_test(streams_of_a_seed_differ_and_repeat),
		cmocka_unit_test(below_is_in_bounds_and_even),
		cmocka_unit_test(unit_and_exponential_have_their_means),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
