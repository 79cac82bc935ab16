/* The loads of a plan: the rules of turns, and of the load near an arm's own capacity. */
#include "runner/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define UNIFIED "{\"id\":\"u\",\"architecture\":\"unified\",\"store\":\"sqlite\"}"
#define BESIDE                                                                                     \
	"\"id\":\"x\",\"seed\":1,\"products\":80,\"data_seed\":42,\"blocks\":1,\"pages\":["        \
	"\"pdp\"],\"arms\":[" UNIFIED                                                              \
	"],\"levels\":[{\"vus\":20,\"warmup\":\"0s\",\"duration\":\"1s\"}],"
#define CAPACITY "\"capacity\":{\"vus\":9,\"warmup\":\"0s\",\"duration\":\"1s\"},"

static struct plan *parse(const char *capacity, const char *more, char *error)
{
	char text[800];
	(void)snprintf(text, sizeof(text), "{" BESIDE "%s%s}", capacity, more);
	return plan_parse(text, strlen(text), "x.json", error);
}

static void turns_are_even_and_long_enough(void **state)
{
	(void)state;
	static const struct {
		const char *more, *names;
	} wrong[] = {
		{"\"turns\":0", "turns: must be"},
		{"\"turns\":22", "turns: must be"},
		{"\"turns\":3", "turns: must be 1 or even"},
		{"\"turns\":20", "leaves less than 200 ms"},
	};
	char error[PLAN_ERROR_MAX] = "";
	struct plan *plan = parse(CAPACITY, "\"turns\":4", error);
	assert_non_null(plan);
	assert_int_equal(plan->turns, 4);
	plan_free(plan);
	plan = parse(CAPACITY, "\"twin\":true", error);
	assert_non_null(plan);
	assert_int_equal(plan->turns, 1);
	plan_free(plan);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(parse(CAPACITY, wrong[i].more, error));
		if (!strstr(error, wrong[i].names))
			fail_msg("%s\nis not in: %s", wrong[i].names, error);
	}
}

static void a_near_load_has_a_share_of_its_own_capacity(void **state)
{
	(void)state;
	static const struct {
		const char *more, *names;
	} wrong[] = {
		{"\"near\":{\"vus\":9,\"warmup\":\"0s\",\"duration\":\"1s\"}",
		 "near: the key \"of_own_capacity\" is missing"},
		{"\"near\":{\"vus\":9,\"warmup\":\"0s\",\"duration\":\"1s\",\"of_own_capacity\":1}",
		 "near.of_own_capacity: must be"},
		{"\"near\":{\"vus\":9,\"warmup\":\"0s\",\"duration\":\"1s\",\"of_slowest_"
		 "capacity\":1}",
		 "near: unknown key \"of_slowest_capacity\""},
	};
	char error[PLAN_ERROR_MAX] = "";
	struct plan *plan = parse(CAPACITY,
				  "\"near\":{\"of_own_capacity\":0.8,\"vus\":300,"
				  "\"warmup\":\"0s\",\"duration\":\"2s\"}",
				  error);
	assert_non_null(plan);
	assert_true(plan->has_near);
	assert_float_equal(plan->near.of_own_capacity, 0.8, 1e-12);
	assert_int_equal(plan_vus_max(plan), 300);
	plan_free(plan);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(parse(CAPACITY, wrong[i].more, error));
		if (!strstr(error, wrong[i].names))
			fail_msg("%s\nis not in: %s", wrong[i].names, error);
	}
	assert_null(parse("",
			  "\"near\":{\"of_own_capacity\":0.8,\"vus\":9,\"warmup\":\"0s\","
			  "\"duration\":\"1s\"}",
			  error));
	assert_non_null(strstr(error, "near: needs \"capacity\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_are_even_and_long_enough),
		cmocka_unit_test(a_near_load_has_a_share_of_its_own_capacity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
