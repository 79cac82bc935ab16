/* When requests are due: think jitter within its bounds, starts spread, arrivals evenly spaced. */
#include "common/base/clock.h"
#include "loadgen/popularity.h"
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
	struct closed_schedule s = {1000, THINK, schedule_jitter("none"), true};
	for (size_t vu = 0; vu < 200; vu++)
		assert_int_equal(closed_schedule_first(&s, vu, 200),
				 1000 + (int64_t)vu * THINK / 200);
	s.stagger = false;
	assert_int_equal(closed_schedule_first(&s, 199, 200), 1000);
	s.stagger = true;
	s.think = 0;
	assert_int_equal(closed_schedule_first(&s, 199, 200), 1000);
}

/* Many VUs whose answers take no time: in every tenth of a think time as many ask, from the first.
 */
static void as_many_ask_from_the_first_instant_on(void **state)
{
	(void)state;
	enum { VUS = 20000, TENTHS = 60 };
	for (const char *const *name = schedule_jitter_names; *name; name++) {
		const struct closed_schedule s = {0, THINK, schedule_jitter(*name), true};
		int asked[TENTHS] = {0};
		for (size_t vu = 0; vu < VUS; vu++) {
			struct rng rng;
			rng_seed_stream(&rng, 11, vu);
			int64_t due = closed_schedule_first(&s, vu, VUS);
			while (due < TENTHS * THINK / 10) {
				asked[due / (THINK / 10)]++;
				due = closed_schedule_next(&s, due, false, &rng);
			}
		}
		for (size_t i = 0; i < TENTHS; i++)
			if (asked[i] < VUS * 0.09 || asked[i] > VUS * 0.11)
				fail_msg("%s: %d ask in tenth %zu, not %d", *name, asked[i], i,
					 VUS / 10);
	}
}

static void check_jitter(const char *name, double least, double most, double deviation)
{
	const struct closed_schedule s = {0, THINK, schedule_jitter(name), true};
	struct rng rng;
	double sum = 0, squares = 0, low = INFINITY, high = 0;
	rng_seed(&rng, 3);
	assert_non_null(s.jitter);
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

static struct open_schedule arrivals(const char *name, double rate, uint64_t seed, uint64_t worker,
				     uint64_t workers)
{
	struct open_schedule s;
	open_schedule_init(&s, name, rate, seed, worker, workers);
	assert_non_null(s.time_of);
	s.start = 500;
	return s;
}

static void arrivals_are_evenly_spaced_and_never_drift(void **state)
{
	(void)state;
	struct open_schedule s = arrivals("uniform", 3000, 1, 0, 1);
	for (int64_t i = 0; i < 300000; i++) {
		assert_int_equal(open_schedule_next(&s), 500 + (i * NS_PER_S + 1500) / 3000);
		open_schedule_take(&s);
	}
}

static void looking_does_not_take(void **state)
{
	(void)state;
	for (const char *const *name = schedule_arrival_names; *name; name++) {
		struct open_schedule s = arrivals(*name, 10, 1, 0, 1);
		const int64_t first = open_schedule_next(&s);
		assert_true(first >= s.start);
		assert_int_equal(open_schedule_next(&s), first);
		open_schedule_take(&s);
		assert_true(open_schedule_next(&s) > first);
	}
}

static void workers_share_one_sequence(void **state)
{
	(void)state;
	for (const char *const *name = schedule_arrival_names; *name; name++) {
		struct open_schedule all = arrivals(*name, 700, 4, 0, 1), parts[3];
		for (uint64_t t = 0; t < 3; t++)
			parts[t] = arrivals(*name, 700, 4, t, 3);
		for (int i = 0; i < 3000; i++) {
			assert_int_equal(open_schedule_next(&parts[i % 3]),
					 open_schedule_next(&all));
			open_schedule_take(&parts[i % 3]);
			open_schedule_take(&all);
		}
	}
}

/* Counts in fixed slices of a Poisson process have a variance equal to their mean; gaps have a
 * deviation equal to theirs. */
static void poisson_arrivals_are_poisson(void **state)
{
	(void)state;
	struct open_schedule s = arrivals("poisson", 1000, 8, 0, 1), other;
	double gaps = 0, squares = 0, counts[DRAWS / 100] = {0}, spread = 0;
	int64_t before = s.start;
	for (int i = 0; i < DRAWS; i++) {
		const int64_t due = open_schedule_next(&s);
		const double gap = (double)(due - before) / 1e6; /* of a mean of 1 ms */
		const size_t slice = (size_t)((due - s.start) / (100 * NS_PER_MS));
		gaps += gap;
		squares += gap * gap;
		if (slice < DRAWS / 100)
			counts[slice]++;
		before = due;
		open_schedule_take(&s);
	}
	const double mean = gaps / DRAWS;
	assert_true(fabs(mean - 1) < 0.03);
	assert_true(fabs(sqrt(squares / DRAWS - mean * mean) - 1) < 0.05);
	for (size_t i = 0; i < 180; i++) /* the last slices may be cut */
		spread += (counts[i] - 100) * (counts[i] - 100) / 180;
	assert_true(spread > 70 && spread < 135);
	s = arrivals("poisson", 1000, 8, 0, 1);
	other = arrivals("poisson", 1000, 9, 0, 1);
	assert_true(open_schedule_next(&s) != open_schedule_next(&other));
}

static void unknown_arrivals_are_none(void **state)
{
	(void)state;
	struct open_schedule s;
	open_schedule_init(&s, "uniform", 10, 1, 0, 1);
	assert_non_null(s.time_of);
	open_schedule_init(&s, "gaussian", 10, 1, 0, 1);
	assert_null(s.time_of);
}

static void a_pace_depends_on_due_times_alone(void **state)
{
	(void)state;
	for (const char *const *name = schedule_jitter_names; *name; name++) {
		const struct closed_schedule s = {0, THINK, schedule_jitter(*name), true};
		struct rng rng;
		int64_t due = 0, before = 0;
		rng_seed(&rng, 3);
		for (int i = 0; i < DRAWS; i++, before = due) {
			due = paced_schedule_next(&s, before, &rng);
			assert_true(due > before);
		}
		assert_true(fabs((double)due / (double)THINK / DRAWS - 1) < 0.03);
	}
}

/* Pearson's chi-square of the frequencies of all ranks against r^-S: its mean is 99, its deviation
 * 14. The ranks' order is taken from the table itself, and must be a permutation. */
static void zipf_frequencies_are_exact(void **state)
{
	(void)state;
	enum { ADDRESSES = 100, ASKED = 400000 };
	static const double exponents[] = {0.5, 1.1, 1.7};
	for (size_t e = 0; e < sizeof(exponents) / sizeof(exponents[0]); e++) {
		const double s = exponents[e];
		struct popularity p;
		struct rng rng;
		double counts[ADDRESSES] = {0}, weights = 0, chi = 0, moved = 0;
		rng_seed(&rng, 17);
		assert_true(popularity_init(&p, s, ADDRESSES, 42));
		for (int i = 0; i < ASKED; i++) {
			const size_t at = popularity_draw(&p, &rng);
			assert_true(at < ADDRESSES);
			counts[at]++;
		}
		for (int r = 0; r < ADDRESSES; r++)
			weights += pow(r + 1, -s);
		for (int r = 0; r < ADDRESSES; r++) {
			const double expected = ASKED * pow(r + 1, -s) / weights;
			const double difference = counts[p.by_rank[r]] - expected;
			chi += difference * difference / expected;
			moved += p.by_rank[r] != (uint32_t)r;
			counts[p.by_rank[r]] = INFINITY; /* a second time is no permutation */
		}
		assert_true(chi < 99 + 5 * 14);
		assert_true(moved > ADDRESSES / 2.0);
		popularity_free(&p);
	}
}

static void uniform_asks_for_all_alike(void **state)
{
	(void)state;
	struct popularity p;
	struct rng rng;
	double counts[50] = {0};
	rng_seed(&rng, 17);
	assert_true(popularity_init(&p, 0, 50, 42));
	for (int i = 0; i < 200000; i++)
		counts[popularity_draw(&p, &rng)]++;
	for (size_t i = 0; i < 50; i++)
		assert_true(fabs(counts[i] - 4000) < 5 * 63);
	popularity_free(&p);
}

static void each_turn_has_a_seed_and_the_first_the_loads(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 3; seed++) {
		assert_int_equal(schedule_turn_seed(seed, 0), seed);
		for (uint64_t turn = 1; turn < 100; turn++)
			for (uint64_t other = 0; other < turn; other++)
				assert_int_not_equal(schedule_turn_seed(seed, turn),
						     schedule_turn_seed(seed, other));
	}
	assert_int_not_equal(schedule_turn_seed(1, 1), schedule_turn_seed(2, 1));
}

static void laws_are_read_or_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"",        "zipf",    "zipf:",     "zipf:-1", "zipf:x",
					  "zipf:1x", "zipf:11", "zipf:1.1.", "Uniform", "zipf:nan"};
	double s;
	assert_true(popularity_parse("uniform", &s) && s <= 0);
	assert_true(popularity_parse("zipf:0", &s) && s <= 0);
	assert_true(popularity_parse("zipf:1.25", &s));
	assert_float_equal(s, 1.25, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (popularity_parse(bad[i], &s))
			fail_msg("'%s' was accepted", bad[i]);
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
		cmocka_unit_test(as_many_ask_from_the_first_instant_on),
		cmocka_unit_test(think_times_keep_their_mean_and_bounds),
		cmocka_unit_test(a_failure_backs_off),
		cmocka_unit_test(arrivals_are_evenly_spaced_and_never_drift),
		cmocka_unit_test(looking_does_not_take),
		cmocka_unit_test(workers_share_one_sequence),
		cmocka_unit_test(poisson_arrivals_are_poisson),
		cmocka_unit_test(unknown_arrivals_are_none),
		cmocka_unit_test(a_pace_depends_on_due_times_alone),
		cmocka_unit_test(zipf_frequencies_are_exact),
		cmocka_unit_test(uniform_asks_for_all_alike),
		cmocka_unit_test(each_turn_has_a_seed_and_the_first_the_loads),
		cmocka_unit_test(laws_are_read_or_refused),
		cmocka_unit_test(the_heap_gives_the_soonest_first),
	};
	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
