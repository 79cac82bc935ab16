/* What a result file gets beside what the generator wrote. */
#include "runner/result_fill.h"

#include "tests/unit/runner/tiny_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct plan *plan;
	struct plan_trial *trials;
	size_t count;
};

static int set_up(void **state)
{
	char error[PLAN_ERROR_MAX];
	struct fixture *f = calloc(1, sizeof(*f));
	f->plan = plan_parse(tiny_plan, strlen(tiny_plan), "tiny", error);
	f->trials = plan_order(f->plan, &f->count);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	plan_free(f->plan);
	free(f->trials);
	free(f);
	return 0;
}

static json_t *fake_result(int answered)
{
	return json_pack("{s{} s{} s{si si} s{sn sn} s[] s[] sb sf sn sn sn}", "scenario", "config",
			 "requests", "sent_all", 100, "answered_all", answered, "resources",
			 "server", "cpu_us_per_request", "checks", "invalid_why", "valid", 1,
			 "throughput_rps", 50.0, "capacity_rps", "load_factor", "parity");
}

static bool is_valid_with(struct fixture *f, struct result_facts *facts, uint64_t counted,
			  int64_t overflows, double *load_factor)
{
	struct run_load_spec spec = {
		.shape = RUN_LOAD_LEVEL, .plan = f->plan, .load = &f->plan->levels[0]};
	struct run_load_outcome outcome = {
		.result = fake_result(98),
		.sampled = true,
		.usage = {{.cpu_s = 0.2}, {.cpu_s = 0.3}},
		.counts = {{.has = {[COUNT_CALLS] = true}, .values = {[COUNT_CALLS] = 400}}},
		.window_s = 2,
		.server_count = counted,
		.listen_overflows = overflows};
	assert_non_null(outcome.result);
	assert_true(result_fill(facts, &spec, &outcome));
	json_t *resources = json_object_get(outcome.result, "resources");
	/* 0.5 s of CPU for 50 requests/s x 2 s */
	assert_float_equal(json_number_value(json_object_get(resources, "cpu_us_per_request")),
			   5000, 1e-6);
	json_t *server = json_object_get(resources, "server");
	assert_int_equal(json_object_size(server), 2);
	/* The first process counted calls; the second counts nothing. */
	json_t *counts = json_object_get(json_object_get(server, "a"), "counts");
	assert_int_equal(json_integer_value(json_object_get(counts, "calls")), 400);
	assert_int_equal(json_object_size(counts), 1);
	assert_int_equal(json_integer_value(json_object_get(resources, "answers_counted")),
			 counted);
	assert_true(json_array_size(json_object_get(outcome.result, "checks")) >= 4);
	bool valid = json_is_true(json_object_get(outcome.result, "valid"));
	assert_int_equal(json_array_size(json_object_get(outcome.result, "invalid_why")) == 0,
			 valid);
	*load_factor = json_number_value(json_object_get(outcome.result, "load_factor"));
	run_load_outcome_free(&outcome);
	return valid;
}

static void completes_results(void **state)
{
	struct fixture *f = *state;
	double load;
	const struct site site = {.products = 80};
	struct result_facts facts = {.plan = f->plan,
				     .site = &site,
				     .trial = &f->trials[0],
				     .run_id = "one",
				     .environment = json_object(),
				     .store_name = "sqlite",
				     .store_version = "3",
				     .before = {.cpu_count = 1, .spin_us = {100}},
				     .after = {.cpu_count = 1, .spin_us = {101}},
				     .commands = json_object(),
				     .capacity_rps = 80,
				     .process_names = {"a", "b"},
				     .process_count = 2};
	assert_true(is_valid_with(f, &facts, 98, 0, &load));
	assert_float_equal(load, 20 / (0.5 * 80), 1e-9);
	assert_true(is_valid_with(f, &facts, 100, 0, &load));
	assert_false(is_valid_with(f, &facts, 97, 0, &load));
	assert_false(is_valid_with(f, &facts, 101, 0, &load));
	assert_false(is_valid_with(f, &facts, 98, 1, &load));
	facts.after.spin_us[0] = 103;
	assert_false(is_valid_with(f, &facts, 98, 0, &load));
	json_decref(facts.environment);
	json_decref(facts.commands);
}

/* Of the first trial; its JSON is the caller's. */
static struct result_facts facts_of(const struct fixture *f, const struct site *site)
{
	return (struct result_facts){.plan = f->plan,
				     .site = site,
				     .trial = &f->trials[0],
				     .run_id = "one",
				     .environment = json_object(),
				     .store_name = "sqlite",
				     .store_version = "3",
				     .commands = json_object()};
}

/* The generator calls every load without think time a capacity; a plan may have levels without. */
static void a_load_is_of_the_kind_that_the_plan_calls_it(void **state)
{
	static const struct {
		enum run_load_shape shape;
		const char *kind;
	} cases[] = {{RUN_LOAD_CAPACITY, "capacity"},
		     {RUN_LOAD_LEVEL, "closed"},
		     {RUN_LOAD_OPEN, "open"}};
	struct fixture *f = *state;
	const struct site site = {.products = 80};
	const struct result_facts facts = facts_of(f, &site);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct run_load_spec spec = {
			.shape = cases[i].shape, .plan = f->plan, .load = &f->plan->levels[0]};
		struct run_load_outcome outcome = {.result = fake_result(98)};
		json_t *scenario = json_object_get(outcome.result, "scenario");
		json_object_set_new(scenario, "kind", json_string("capacity"));
		assert_true(result_fill(&facts, &spec, &outcome));
		assert_string_equal(json_string_value(json_object_get(scenario, "kind")),
				    cases[i].kind);
		run_load_outcome_free(&outcome);
	}
	json_decref(facts.environment);
	json_decref(facts.commands);
}

/* Only a front with a cache has its figures in the result; without a hit there is no age. */
static void tells_what_a_cache_did(void **state)
{
	struct fixture *f = *state;
	const struct site site = {.products = 80};
	const struct result_facts facts = facts_of(f, &site);
	const struct run_load_spec spec = {
		.shape = RUN_LOAD_LEVEL, .plan = f->plan, .load = &f->plan->levels[0]};
	const struct run_load_cache caches[] = {
		{.on = false},
		{.on = true},
		{.on = true, .hits = 30, .misses = 10, .age_sum_s = 6, .age_max_s = 0.9}};
	f->plan->arms[f->trials[0].arm].cache_ttl_ns = 1500000000;
	for (size_t i = 0; i < 3; i++) {
		struct run_load_outcome outcome = {.result = fake_result(98), .cache = caches[i]};
		assert_true(result_fill(&facts, &spec, &outcome));
		const json_t *cache = json_object_get(outcome.result, "cache");
		assert_int_equal(cache != NULL, i > 0);
		assert_int_equal(json_is_null(json_object_get(cache, "hit_rate")), i == 1);
		assert_int_equal(json_is_null(json_object_get(cache, "age_mean_s")), i == 1);
		if (i == 2) {
			assert_float_equal(json_real_value(json_object_get(cache, "ttl_s")), 1.5,
					   1e-9);
			assert_float_equal(json_real_value(json_object_get(cache, "hit_rate")),
					   0.75, 1e-9);
			assert_float_equal(json_real_value(json_object_get(cache, "age_mean_s")),
					   0.2, 1e-9);
			assert_int_equal(json_integer_value(json_object_get(cache, "hits")), 30);
		}
		run_load_outcome_free(&outcome);
	}
	json_decref(facts.environment);
	json_decref(facts.commands);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(completes_results, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_load_is_of_the_kind_that_the_plan_calls_it,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(tells_what_a_cache_did, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
