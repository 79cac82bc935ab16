#include "runner/plan_order.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct plan make_plan(size_t arms, int64_t blocks, int64_t seed)
{
	struct plan plan = {.turns = 1,
			    .seed = seed,
			    .blocks = blocks,
			    .page_count = 3,
			    .pages = {PLAN_HOME, PLAN_PLP, PLAN_PDP},
			    .arm_count = arms,
			    .level_count = 3,
			    .has_open = true};
	return plan;
}

static void everything_once_a_block(void **state)
{
	(void)state;
	for (size_t arms = 1; arms <= 7; arms++) {
		struct plan plan = make_plan(arms, 4, (int64_t)arms);
		size_t count;
		struct plan_trial *trials = plan_order(&plan, &count);
		int seen[4][3][7] = {{{0}}};
		assert_int_equal(count, (size_t)12 * arms);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(trials[i].order, i);
			assert_int_equal(trials[i].block, i / (3 * arms));
			assert_int_equal(trials[i].pair_order, i % arms);
			seen[trials[i].block][trials[i].page][trials[i].arm]++;
			/* the arms of a page stand together */
			assert_int_equal(trials[i].page, trials[i - i % arms].page);
			int loads[4] = {0};
			assert_int_equal(trials[i].load_count, 4);
			for (size_t k = 0; k < 4; k++)
				loads[trials[i].loads[k]]++;
			for (size_t k = 0; k < 4; k++)
				assert_int_equal(loads[k], 1);
		}
		for (size_t i = 0; i < count; i++)
			assert_int_equal(seen[i / (3 * arms)][i / arms % 3][i % arms], 1);
		free(trials);
	}
}

/* T A B, then B A T: the arm that both are compared to is always between them. */
static void a_twin_stands_beside_the_first_arm(void **state)
{
	(void)state;
	static const size_t wanted[2][3] = {{2, 0, 1}, {1, 0, 2}};
	struct plan plan = make_plan(3, 4, 9);
	size_t count;
	plan.twin = true;
	struct plan_trial *trials = plan_order(&plan, &count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(trials[i].arm, wanted[trials[i].block % 2][i % 3]);
	free(trials);
}

/* No capacity, no level, no part in the pilot pass; the same requests as the others in the load
 * that is left. */
static void an_arm_of_closed_connections_takes_the_open_load_alone(void **state)
{
	(void)state;
	struct plan plan = make_plan(2, 2, 7);
	size_t count;
	plan.has_capacity = true;
	plan.capacity = plan.open = (struct plan_load){.duration_ns = 1000000000};
	plan.arms[1].rung = PLAN_RUNG_TCP_CLOSE;
	struct plan_trial *trials = plan_order(&plan, &count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(trials[i].load_count, trials[i].arm == 1 ? 1 : 4);
		assert_true(trials[i].arm == 0 || trials[i].loads[0] == plan.level_count);
		assert_true(trials[i].seed == trials[i - i % 2].seed);
	}
	assert_float_equal(plan_trial_expected_s(&plan, &plan.arms[1], true), 0, 1e-9);
	assert_true(plan_trial_expected_s(&plan, &plan.arms[1], false) <
		    plan_trial_expected_s(&plan, &plan.arms[0], false));
	free(trials);
}

static void every_turn_warms_up(void **state)
{
	(void)state;
	struct plan plan = make_plan(2, 2, 7);
	plan.has_open = false;
	plan.level_count = 1;
	plan.levels[0] = (struct plan_load){.warmup_ns = NS_PER_S, .duration_ns = 4 * NS_PER_S};
	double whole = plan_trial_expected_s(&plan, &plan.arms[0], false);
	plan.turns = 4;
	double more = plan_trial_expected_s(&plan, &plan.arms[0], false) - whole;
	assert_true(more > 3 && more < 4); /* three warm-ups, and the drains between */
}

static void repeats_are_a_quarter(void **state)
{
	(void)state;
	struct plan plan = make_plan(2, 5, 9);
	assert_int_equal(plan_repeats_max(&plan), 0);
	plan.repeats = 2;
	assert_int_equal(plan_repeats_max(&plan), 4); /* of 15 */
	/* four units of two trials; a run is fifteen of them */
	plan.has_open = false;
	assert_float_equal(plan_repeats_expected_s(&plan), plan_expected_s(&plan) * 4 / 15, 1e-9);
}

static void two_arms_go_ab_then_ba(void **state)
{
	(void)state;
	for (int64_t seed = 0; seed < 20; seed++) {
		struct plan plan = make_plan(2, 5, seed);
		size_t count;
		struct plan_trial *trials = plan_order(&plan, &count);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(trials[i].arm, (trials[i].block + (int64_t)i) % 2);
		free(trials);
	}
}

static void many_arms_go_forwards_then_backwards(void **state)
{
	(void)state;
	struct plan plan = make_plan(7, 4, 42);
	size_t count, at[4][3][7] = {{{0}}};
	struct plan_trial *trials = plan_order(&plan, &count);
	for (size_t i = 0; i < count; i++)
		at[trials[i].block][trials[i].page][trials[i].pair_order] = trials[i].arm;
	for (size_t page = 0; page < 3; page++)
		for (size_t k = 0; k < 7; k++) {
			assert_int_equal(at[0][page][k], at[1][page][6 - k]);
			assert_int_equal(at[2][page][k], at[3][page][6 - k]);
		}
	assert_memory_not_equal(at[0], at[2], sizeof(at[0]));
	free(trials);
}

static void a_pair_has_the_same_loads(void **state)
{
	(void)state;
	struct plan plan = make_plan(2, 20, 7);
	size_t count, differ = 0;
	struct plan_trial *trials = plan_order(&plan, &count);
	for (size_t i = 0; i < count; i += 2) {
		assert_memory_equal(trials[i].loads, trials[i + 1].loads, sizeof(trials[i].loads));
		assert_true(trials[i].seed == trials[i + 1].seed);
		if (i + 2 < count)
			differ += memcmp(trials[i].loads, trials[i + 2].loads,
					 sizeof(trials[i].loads)) != 0;
	}
	assert_true(differ > count / 4);
	free(trials);
}

static void the_seed_decides(void **state)
{
	(void)state;
	struct plan a = make_plan(3, 6, 1), b = make_plan(3, 6, 2);
	size_t count;
	struct plan_trial *first = plan_order(&a, &count), *again = plan_order(&a, &count),
			  *other = plan_order(&b, &count);
	assert_memory_equal(first, again, count * sizeof(*first));
	assert_memory_not_equal(first, other, count * sizeof(*first));
	/* a random order of pages does not always begin with the same one */
	size_t begins[3] = {0};
	for (size_t i = 0; i < count; i += 9)
		begins[first[i].page]++;
	assert_true(begins[0] < 6 && begins[1] < 6 && begins[2] < 6);
	free(first);
	free(again);
	free(other);
}

static void project_plans_fit_their_time(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		double most_s;
	} plans[] = {{"runner/plans/headline.json", 22 * 60},
		     {"runner/plans/quick.json", 3 * 60},
		     {"runner/plans/factorial.json", 29 * 60},
		     {"runner/plans/ladder.json", 29 * 60},
		     {"runner/plans/stamps.json", 29 * 60},
		     {"runner/plans/fanout.json", 29 * 60},
		     {"runner/plans/placement.json", 29 * 60},
		     {"runner/plans/tcp-close.json", 15 * 60},
		     {"runner/plans/cache.json", 15 * 60},
		     {"runner/plans/cache-uniform.json", 15 * 60},
		     {"runner/plans/wire.json", 20 * 60},
		     {"runner/plans/breakeven.json", 23 * 60}};
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		char error[PLAN_ERROR_MAX];
		struct plan *plan = plan_read(plans[i].path, error);
		assert_non_null(plan);
		assert_true(plan_expected_s(plan) < plans[i].most_s);
		if (plan->has_map) /* whatever has to be repeated */
			assert_true(plan_expected_s(plan) + plan_repeats_expected_s(plan) <
				    30 * 60);
		plan_free(plan);
	}
}

/* What bench-wake compares differs in nothing else; a run takes under 5 minutes, repeats and all.
 */
static void the_wake_plans_differ_in_one_key(void **state)
{
	(void)state;
	char error[PLAN_ERROR_MAX];
	struct plan *plans[2] = {plan_read("runner/plans/wake-off.json", error),
				 plan_read("runner/plans/wake-on.json", error)};
	for (size_t i = 0; i < 2; i++) {
		assert_non_null(plans[i]);
		assert_int_equal(plans[i]->keep_awake, i);
		assert_true(plan_expected_s(plans[i]) + plan_repeats_expected_s(plans[i]) < 300);
		assert_int_equal(json_object_del(plans[i]->json, "id"), 0);
		assert_int_equal(json_object_del(plans[i]->json, "title"), 0);
		assert_int_equal(json_object_del(plans[i]->json, "keep_awake"), 0);
	}
	assert_true(json_equal(plans[0]->json, plans[1]->json));
	plan_free(plans[0]);
	plan_free(plans[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_once_a_block),
		cmocka_unit_test(two_arms_go_ab_then_ba),
		cmocka_unit_test(a_twin_stands_beside_the_first_arm),
		cmocka_unit_test(every_turn_warms_up),
		cmocka_unit_test(repeats_are_a_quarter),
		cmocka_unit_test(an_arm_of_closed_connections_takes_the_open_load_alone),
		cmocka_unit_test(many_arms_go_forwards_then_backwards),
		cmocka_unit_test(a_pair_has_the_same_loads),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(project_plans_fit_their_time),
		cmocka_unit_test(the_wake_plans_differ_in_one_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
