#include "runner/plan_turns.h"

#include "runner/json_fields.h"

static int64_t shortest(const struct plan *plan)
{
	int64_t ns = INT64_MAX;
	if (plan->has_capacity)
		ns = plan->capacity.duration_ns;
	if (plan->has_open && plan->open.duration_ns < ns)
		ns = plan->open.duration_ns;
	if (plan->has_near && plan->near.duration_ns < ns)
		ns = plan->near.duration_ns;
	for (size_t i = 0; i < plan->level_count; i++)
		if (plan->levels[i].duration_ns < ns)
			ns = plan->levels[i].duration_ns;
	return ns;
}

bool plan_turns_check(const struct plan *plan, char *error)
{
	if (plan->turns == 1)
		return true;
	if (plan->turns % 2 != 0)
		return json_fields_fail(error, "turns",
					"must be 1 or even: each arm is as often before its "
					"neighbours as behind them");
	if (plan->has_saturation)
		return json_fields_fail(error, "turns",
					"cannot be with \"saturation\": a search takes no turns");
	if (shortest(plan) / plan->turns < PLAN_TURN_MIN_NS)
		return json_fields_fail(
			error, "turns",
			"leaves less than %d ms of the shortest load for each turn; "
			"fewer turns, or longer loads",
			(int)(PLAN_TURN_MIN_NS / 1000000));
	return true;
}
