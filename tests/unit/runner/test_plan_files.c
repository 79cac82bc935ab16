/* The plans in runner/plans. */
#include "runner/plan.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void plans_are_as_agreed(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		int64_t blocks, think_ns;
		size_t arms, pages, levels;
		bool capacity, open, stagger;
		int jitter;
	} plans[] = {
		{"runner/plans/headline.json", 5, NS_PER_S, 2, 3, 3, true, false, true, 1},
		{"runner/plans/quick.json", 1, NS_PER_S, 2, 3, 3, true, false, true, 1},
		{"runner/plans/published.json", 1, NS_PER_S, 2, 3, 3, false, false, false, 0},
		{"runner/plans/factorial.json", 8, NS_PER_S, 7, 3, 0, true, true, true, 1},
		{"runner/plans/ladder.json", 5, NS_PER_S, 12, 2, 0, true, true, true, 1},
		{"runner/plans/fanout.json", 5, NS_PER_S, 6, 3, 0, true, true, true, 1},
		{"runner/plans/placement.json", 5, NS_PER_S / 5, 10, 2, 1, true, false, true, 1},
		{"runner/plans/tcp-close.json", 5, NS_PER_S, 2, 3, 0, true, true, true, 1},
		{"runner/plans/cache.json", 5, NS_PER_S, 4, 1, 0, true, true, true, 1},
		{"runner/plans/cache-uniform.json", 5, NS_PER_S, 4, 1, 0, true, true, true, 1},
		{"runner/plans/wire.json", 5, NS_PER_S, 5, 3, 0, true, true, true, 1},
		{"runner/plans/breakeven.json", 5, 0, 21, 2, 1, true, false, false, 0},
		{"runner/plans/saturation.json", 3, NS_PER_S, 2, 3, 0, true, false, true, 1},
		{"runner/plans/aa.json", 12, NS_PER_S, 4, 2, 1, true, false, true, 1},
		{"runner/plans/headline-reference.json", 10, NS_PER_S, 3, 3, 3, true, false, true,
		 1},
		{"runner/plans/open-twins.json", 5, NS_PER_S, 2, 3, 3, true, false, true, 1},
		{"runner/plans/wake-off.json", 5, NS_PER_S, 2, 1, 2, true, false, true, 1},
		{"runner/plans/wake-on.json", 5, NS_PER_S, 2, 1, 2, true, false, true, 1},
		{"runner/plans/stamps.json", 5, NS_PER_S, 4, 3, 2, true, true, true, 1},
	};
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		char error[PLAN_ERROR_MAX] = "";
		struct plan *plan = plan_read(plans[i].path, error);
		assert_string_equal(error, "");
		assert_int_equal(plan->blocks, plans[i].blocks);
		assert_int_equal(plan->think_ns, plans[i].think_ns);
		assert_int_equal(plan->arm_count, plans[i].arms);
		assert_int_equal(plan->page_count, plans[i].pages);
		assert_int_equal(plan->level_count, plans[i].levels);
		assert_int_equal(plan->has_capacity, plans[i].capacity);
		assert_int_equal(plan->has_open, plans[i].open);
		assert_int_equal(plan->stagger, plans[i].stagger);
		assert_int_equal(plan->jitter, plans[i].jitter);
		assert_int_equal(plan->products, 1200);
		assert_int_equal(plan->data_seed, 42);
		/* a cache is in its own plans and in no other */
		bool kept = false;
		for (size_t arm = 0; arm < plan->arm_count; arm++)
			kept = kept || plan->arms[arm].cache_ttl_ns > 0;
		assert_int_equal(kept, strncmp(plan->id, "cache", 5) == 0);
		plan_free(plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_are_as_agreed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
