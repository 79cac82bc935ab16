#include "runner/plan_saturation.h"

#include "common/base/clock.h"
#include "runner/json_fields.h"
#include "runner/plan_map.h"
#include "runner/saturate_search.h"

#define AT(type, member) .offset = offsetof(struct type, member)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool read_slo(json_t *value, const char *place, void *into, char *error)
{
	return plan_slo_read(value, place, &((struct plan_saturation *)into)->slo, error);
}

static const struct json_field saturation_fields[] = {
	{"slo", JSON_FIELD_OBJECT, .required = true, .read = read_slo},
	{"vus", JSON_FIELD_INTEGER, .required = true, AT(plan_saturation, load.vus), .min = 1,
	 .max = 60000},
	{"warmup", JSON_FIELD_DURATION, .required = true, AT(plan_saturation, load.warmup_ns),
	 .min = 0, .max = 60e9},
	{"duration", JSON_FIELD_DURATION, .required = true, AT(plan_saturation, load.duration_ns),
	 .min = 200e6, .max = 60e9},
	{"repeats", JSON_FIELD_INTEGER, AT(plan_saturation, repeats), .min = 1, .max = 9},
	{"precision", JSON_FIELD_NUMBER, AT(plan_saturation, precision), .min = 0.01, .max = 0.5},
	{"runs_max", JSON_FIELD_INTEGER, AT(plan_saturation, runs_max), .min = 1,
	 .max = SEARCH_STEPS_MAX},
	{"time_max", JSON_FIELD_DURATION, AT(plan_saturation, time_max_ns), .min = 1e9,
	 .max = 3600e9},
};

bool plan_saturation_read(json_t *value, const char *place, void *into, char *error)
{
	struct plan *plan = into;
	plan->has_saturation = true;
	plan->saturation = (struct plan_saturation){
		.repeats = 3, .precision = 0.05, .runs_max = 40, .time_max_ns = 180 * NS_PER_S};
	if (!json_fields_read(value, place, saturation_fields, COUNT(saturation_fields),
			      &plan->saturation, error))
		return false;
	return plan->saturation.repeats % 2 == 1 ||
	       json_fields_fail(error, place, "\"repeats\" must be odd: a majority decides");
}
