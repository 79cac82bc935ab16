/* plan_map: the plan key "map": the arms of both architectures differ in "work" and "hop_delay"
 * alone, and the report says from which of these on the architectures come near each other. */
#ifndef DUET_RUNNER_PLAN_MAP_H
#define DUET_RUNNER_PLAN_MAP_H

#include "runner/plan.h"

/* Reads a text that is an SLO. False with one line in error[JSON_FIELDS_ERROR_MAX]. */
bool plan_slo_read(json_t *value, const char *place, struct slo *slo, char *error);

/* Reads {slo*: one goal on p50, "p50<10ms"} into the struct plan at `into`. False with one line in
 * error[JSON_FIELDS_ERROR_MAX]. */
bool plan_map_read(json_t *value, const char *place, void *into, char *error);

/* What a map needs of the rest of the plan: a capacity, a level, arms of both architectures, those
 * of one the same but for work and delay, and these different enough for a model (map.h). True
 * without a map. As above. */
bool plan_map_check(const struct plan *plan, char *error);

#endif
