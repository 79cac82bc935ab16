#include "runner/plan_ladder.h"

#include "runner/json_fields.h"

#include <stdio.h>
#include <string.h>

static bool is_arm(const struct plan *plan, const char *id)
{
	for (size_t i = 0; i < plan->arm_count; i++)
		if (strcmp(plan->arms[i].id, id) == 0)
			return true;
	return false;
}

/* The place of an arm on the ladder, its length when it is not on it. */
static size_t place_of(const json_t *ladder, const char *id)
{
	size_t at = 0, count = json_array_size(ladder);
	while (at < count && strcmp(json_string_value(json_array_get(ladder, at)), id) != 0)
		at++;
	return at;
}

static bool check_rungs(const struct plan *plan, char *error)
{
	size_t count = json_array_size(plan->ladder);
	if (count < 2)
		return json_fields_fail(error, "ladder", "must be a list of at least 2 arms' ids");
	for (size_t i = 0; i < count; i++) {
		char place[JSON_FIELDS_PLACE_MAX];
		const char *id = json_string_value(json_array_get(plan->ladder, i));
		(void)snprintf(place, sizeof(place), "ladder[%zu]", i);
		if (!id || !is_arm(plan, id))
			return json_fields_fail(error, place, "\"%.48s\" is no arm of the plan",
						id ? id : "");
		if (place_of(plan->ladder, id) < i)
			return json_fields_fail(error, place, "\"%.48s\" stands there twice", id);
	}
	return true;
}

static bool check_without(const struct plan *plan, char *error)
{
	static const char place[] = "top_without";
	size_t count = json_array_size(plan->ladder);
	const char *rung;
	json_t *value;
	if (!json_is_object(plan->top_without) || !plan->ladder)
		return json_fields_fail(error, place,
					"must be an object {rung: arm} beside \"ladder\"");
	json_object_foreach(plan->top_without, rung, value)
	{
		const char *arm = json_string_value(value);
		size_t at = place_of(plan->ladder, rung);
		if (at == 0 || at + 1 >= count)
			return json_fields_fail(error, place,
						"\"%.48s\" must be a rung between the ladder's "
						"first and its last",
						rung);
		if (!arm || !is_arm(plan, arm) || place_of(plan->ladder, arm) < count)
			return json_fields_fail(error, place,
						"\"%.48s\" must be an arm of the plan that is not "
						"on the ladder",
						arm ? arm : "");
	}
	return true;
}

bool plan_ladder_check(const struct plan *plan, char *error)
{
	return (!plan->ladder || check_rungs(plan, error)) &&
	       (!plan->top_without || check_without(plan, error));
}
