/* When requests are due: think jitter within its bounds, starts spread, arrivals evenly spaced. */
#include "common/base/clock.h"
#include "loadgen/schedule.h"
#include "loadgen/timer_heap.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DRAWS = 20000 };
#define THINK NS_PER_S

static void starts_are_spread_over_the_think_time(void **state)
{
	(void)state;
	struct closed_schedule s = {1000, THINK, schedule_jitter("uniform"), true};
	for (size_t vu = 0; vu < 200; vu++)
		assert_int_equal(closed_schedule_first(&s, vu, 200),
				 1000 + (int64_t)vu * THINK / 200);
	s.stagger = false;
	assert_int_equal(closed_schedule_first(&s, 199, 200), 1000);
	s.stagger = true;
	s.think = 0;
	assert_int_equal(closed_schedule_first(&s, 199, 200), 1000);
}

static void check_jitter(const char *name, double least, double most, double deviation)
{
	const struct closed_schedule s = {0, THINK, schedule_jitter(name), true};
	struct rng rng;
	double sum = 0, squares = 0, low = INFINITY, high = 0;
	rng_seed(&rng, 3);
	assert_non_null(s.draw);
	for (int i = 0; i < DRAWS; i++) {
		const int64_t due = closed_schedule_next(&s, 5000, false, &rng);
		const double think = (double)(due - 5000) / (double)THINK;
		sum += think;
		squares += think * think;
		low = fmin(low, think);
		high = fmax(high, think);
	}
	const double mean = sum / DRAWS;
	assert_true(low >= least && high <= most);
	assert_true(fabs(mean - 1) < 0.03);
	assert_true(fabs(sqrt(squares / DRAWS - mean * mean) - deviation) < 0.03);
}

static void think_times_keep_their_mean_and_bounds(void **state)
{
	(void)state;
	check_jitter("none", 1, 1, 0);
	check_jitter("uniform", 0.5, 1.5, 1 / sqrt(12));
	check_jitter("exponential", 0, INFINITY, 1);
	assert_null(schedule_jitter("gaussian"));
}

static void a_failure_backs_off(void **state)
{
	(void)state;
	struct closed_schedule s = {0, 0, schedule_jitter("none"), true};
	struct rng rng;
	rng_seed(&rng, 3);
	assert_int_equal(closed_schedule_next(&s, 70, false, &rng), 70);
	assert_int_equal(closed_schedule_next(&s, 70, true, &rng), 70 + 10 * NS_PER_MS);
	s.think = THINK;
	assert_int_equal(closed_schedule_next(&s, 70, true, &rng), 70 + THINK);
}

static void arrivals_are_evenly_spaced_and_never_drift(void **state)
{
	(void)state;
	struct open_schedule s = {500, 3000, 0, 1, 0};
	for (int64_t i = 0; i < 300000; i++) {
		assert_int_equal(open_schedule_next(&s), 500 + (i * NS_PER_S + 1500) / 3000);
		open_schedule_take(&s);
	}
}

static void looking_does_not_take(void **state)
{
	(void)state;
	struct open_schedule s = {0, 10, 0, 1, 0};
	assert_int_equal(open_schedule_next(&s), 0);
	assert_int_equal(open_schedule_next(&s), 0);
	open_schedule_take(&s);
	assert_int_equal(open_schedule_next(&s), NS_PER_S / 10);
}

static void workers_share_one_sequence(void **state)
{
	(void)state;
	struct open_schedule all = {9, 700, 0, 1, 0}, parts[3];
	for (uint64_t t = 0; t < 3; t++)
		parts[t] = (struct open_schedule){9, 700, t, 3, 0};
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(open_schedule_next(&parts[i % 3]), open_schedule_next(&all));
		open_schedule_take(&parts[i % 3]);
		open_schedule_take(&all);
	}
}

static void the_heap_gives_the_soonest_first(void **state)
{
	(void)state;
	struct timer_heap heap;
	struct rng rng;
	rng_seed(&rng, 5);
	assert_true(timer_heap_init(&heap, 1000));
	assert_int_equal(timer_heap_next(&heap), INT64_MAX);
	int64_t sum = 0, taken = 0, last = -1;
	for (uint32_t i = 0; i < 1000; i++) {
		const int64_t due = (int64_t)rng_below(&rng, 300);
		sum += due * i;
		timer_heap_push(&heap, (struct timer){due, i});
	}
	while (heap.count > 0) {
		assert_true(timer_heap_next(&heap) >= last);
		const struct timer timer = timer_heap_pop(&heap);
		last = timer.due;
		taken += timer.due * timer.vu;
	}
	assert_int_equal(taken, sum);
	timer_heap_free(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_are_spread_over_the_think_time),
		cmocka_unit_test(think_times_keep_their_mean_and_bounds),
		cmocka_unit_test(a_failure_backs_off),
		cmocka_unit_test(arrivals_are_evenly_spaced_and_never_drift),
		cmocka_unit_test(looking_does_not_take),
		cmocka_unit_test(workers_share_one_sequence),
		cmocka_unit_test(the_heap_gives_the_soonest_first),
	};
	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
