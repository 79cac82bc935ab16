/* The search against made-up servers: exact ones, noisy ones, and those that have no limit. */
#include "runner/saturate_search.h"

#include "common/base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct search_rules usual = {.start = 100,
					  .rate_min = 10,
					  .rate_max = 10000,
					  .ramp = 1.6,
					  .precision = 0.05,
					  .repeats = 3,
					  .steps_max = 40};

/* Searches a server that holds up to `limit`; a run lies with a chance of `noise`. */
static struct search run(const struct search_rules *rules, double limit, double noise,
			 uint64_t seed)
{
	struct search search;
	struct rng rng;
	enum search_phase phase;
	double rate;
	rng_seed(&rng, seed);
	search_init(&search, rules);
	while (search_next(&search, &rate, &phase)) {
		bool lies = (double)rng_below(&rng, 1000000) / 1e6 < noise;
		assert_true(rate >= rules->rate_min && rate <= rules->rate_max);
		search_note(&search, rate, (rate <= limit) != lies);
	}
	return search;
}

static void the_limit_is_found_from_below_and_above(void **state)
{
	(void)state;
	static const double limits[] = {10.5, 50, 99, 100, 101, 160, 163, 777, 4321, 9500};
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct search search = run(&usual, limits[i], 0, 1);
		const struct search_point *best = search_best(&search);
		const struct search_point *broken = search_broken(&search);
		assert_int_equal(search.end, SEARCH_FOUND);
		assert_true(best->rate <= limits[i] && broken->rate > limits[i]);
		assert_true(broken->rate / best->rate <= 1.05 + 1e-9);
		/* both sides of the edge by a majority of three */
		assert_int_equal(search_decide(&search, best), SEARCH_HELD);
		assert_true(best->held >= 2 && broken->runs - broken->held >= 2);
		assert_true(search.steps <= 25);
	}
}

static void it_ends_where_there_is_no_limit(void **state)
{
	(void)state;
	struct search search = run(&usual, 1e9, 0, 1);
	assert_int_equal(search.end, SEARCH_TOP);
	assert_float_equal(search_best(&search)->rate, 10000, 0);
	assert_int_equal(search_decide(&search, search_best(&search)), SEARCH_HELD);
	assert_null(search_broken(&search));
	search = run(&usual, 1, 0, 1);
	assert_int_equal(search.end, SEARCH_NOTHING);
	assert_null(search_best(&search));
	assert_float_equal(search_broken(&search)->rate, 10, 0);
}

static void one_bad_run_does_not_end_the_ramp(void **state)
{
	(void)state;
	struct search search;
	enum search_phase phase;
	double rate, broken_once = 0;
	search_init(&search, &usual);
	while (search_next(&search, &rate, &phase)) {
		bool lie = broken_once <= 0 && rate > 200;
		if (lie)
			broken_once = rate;
		search_note(&search, rate, !lie && rate <= 1000);
	}
	assert_int_equal(search.end, SEARCH_FOUND);
	assert_true(search_best(&search)->rate > 900);
	for (size_t i = 0; i < search.count; i++)
		if (fabs(search.points[i].rate - broken_once) < 1e-9)
			assert_int_equal(search_decide(&search, &search.points[i]), SEARCH_HELD);
}

/* A lucky run above the limit is taken back by its confirmation. */
static void a_lucky_run_is_refuted(void **state)
{
	(void)state;
	struct search search;
	enum search_phase phase;
	double rate, lucky = 0;
	search_init(&search, &usual);
	while (search_next(&search, &rate, &phase)) {
		bool lie = lucky <= 0 && phase == SEARCH_BISECT && rate > 1000;
		if (lie)
			lucky = rate;
		search_note(&search, rate, lie || rate <= 1000);
	}
	assert_true(lucky > 1000);
	assert_int_equal(search.end, SEARCH_FOUND);
	assert_true(search_best(&search)->rate <= 1000 && search_best(&search)->rate > 940);
}

static void noise_moves_it_little(void **state)
{
	(void)state;
	int near = 0;
	for (uint64_t seed = 1; seed <= 500; seed++) {
		struct search search = run(&usual, 1000, 0.05, seed);
		const struct search_point *best = search_best(&search);
		near += search.end == SEARCH_FOUND && best->rate > 900 && best->rate < 1100;
	}
	assert_true(near >= 450); /* with a single run a step it is under 400 */
	struct search_rules once = usual;
	once.repeats = 1;
	int single = 0;
	for (uint64_t seed = 1; seed <= 500; seed++) {
		struct search search = run(&once, 1000, 0.05, seed);
		const struct search_point *best = search_best(&search);
		single +=
			search.end == SEARCH_FOUND && best && best->rate > 900 && best->rate < 1100;
	}
	assert_true(single < 400);
}

static void runs_are_bounded(void **state)
{
	(void)state;
	struct search_rules few = usual;
	few.steps_max = 4;
	struct search search = run(&few, 1000, 0, 1);
	assert_int_equal(search.end, SEARCH_OUT_OF_RUNS);
	assert_int_equal(search.steps, 4);
	assert_non_null(search_best(&search)); /* what was reached is still told */
	for (uint64_t seed = 1; seed <= 200; seed++)
		assert_true(run(&usual, 1000, 0.5, seed).steps <= usual.steps_max);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_limit_is_found_from_below_and_above),
		cmocka_unit_test(it_ends_where_there_is_no_limit),
		cmocka_unit_test(one_bad_run_does_not_end_the_ramp),
		cmocka_unit_test(a_lucky_run_is_refuted),
		cmocka_unit_test(noise_moves_it_little),
		cmocka_unit_test(runs_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
