#include "runner/plan_map.h"

#include "runner/json_fields.h"
#include "runner/map.h"

bool plan_slo_read(json_t *value, const char *place, struct slo *slo, char *error)
{
	char why[SLO_ERROR_MAX];
	const char *text = json_string_value(value);
	if (!text)
		return json_fields_fail(error, place, "must be a text as \"p95<50ms,errors<1%%\"");
	return slo_parse(text, slo, why) || json_fields_fail(error, place, "%.200s", why);
}

/* The model is of p50: no other goal could be read off it. */
static bool read_slo(json_t *value, const char *place, void *into, char *error)
{
	struct plan *plan = into;
	if (!plan_slo_read(value, place, &plan->map_slo, error))
		return false;
	const struct slo_goal *goal = &plan->map_slo.goals[0];
	bool median =
		goal->value == SLO_PERCENTILE && goal->percentile >= 50 && goal->percentile <= 50;
	return (plan->map_slo.count == 1 && median) ||
	       json_fields_fail(error, place, "must be one goal on p50, as \"p50<10ms\"");
}

bool plan_map_read(json_t *value, const char *place, void *into, char *error)
{
	static const struct json_field fields[] = {
		{"slo", JSON_FIELD_OBJECT, .required = true, .read = read_slo},
	};
	struct plan *plan = into;
	plan->has_map = true;
	return json_fields_read(value, place, fields, sizeof(fields) / sizeof(fields[0]), plan,
				error);
}

static bool differ_by_more(const struct plan_arm *a, const struct plan_arm *b)
{
	return a->store != b->store || a->schema != b->schema || a->workers != b->workers ||
	       a->coalesce != b->coalesce || a->rung != b->rung || a->fanout != b->fanout ||
	       a->precomputed != b->precomputed || a->placement != b->placement ||
	       a->cache_ttl_ns != b->cache_ttl_ns || a->wire != b->wire;
}

/* The first arm of an architecture; NULL when there is none. */
static const struct plan_arm *first_of(const struct plan *plan, int architecture)
{
	for (size_t i = 0; i < plan->arm_count; i++)
		if (plan->arms[i].architecture == architecture)
			return &plan->arms[i];
	return NULL;
}

/* Whether a model could be fitted if every arm of a side were measured. */
static bool tells_apart(const struct plan *plan, enum map_side side, int architecture)
{
	struct map_cell cells[PLAN_ARMS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < plan->arm_count; i++)
		if (plan->arms[i].architecture == architecture)
			cells[count++] = (struct map_cell){
				.work_us = (double)plan->arms[i].work_ns / 1e3,
				.delay_us = (double)plan->arms[i].hop_delay_ns / 1e3};
	return map_tells_apart(side, cells, count);
}

bool plan_map_check(const struct plan *plan, char *error)
{
	if (!plan->has_map)
		return true;
	if (!plan->has_capacity || plan->level_count == 0)
		return json_fields_fail(error, "map", "needs \"capacity\" and a level");
	if (!first_of(plan, PLAN_UNIFIED) || !first_of(plan, PLAN_MICROSERVICES))
		return json_fields_fail(error, "map", "needs arms of both architectures");
	for (size_t i = 0; i < plan->arm_count; i++) {
		const struct plan_arm *arm = &plan->arms[i];
		const struct plan_arm *first = first_of(plan, arm->architecture);
		if (differ_by_more(first, arm))
			return json_fields_fail(error, "map",
						"\"%.40s\" and \"%.40s\" differ in more than "
						"\"work\" and \"hop_delay\"",
						first->id, arm->id);
	}
	if (!tells_apart(plan, MAP_UNIFIED, PLAN_UNIFIED))
		return json_fields_fail(error, "map", "needs unified arms of two different works");
	if (!tells_apart(plan, MAP_MICROSERVICES, PLAN_MICROSERVICES))
		return json_fields_fail(error, "map",
					"needs four microservices arms or more: two works, one "
					"without a hop_delay, two hop_delays, and neither of both "
					"following the other");
	return true;
}
