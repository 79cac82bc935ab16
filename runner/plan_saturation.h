/* plan_saturation: a plan's "saturation", the search for the highest rate that keeps an SLO. */
#ifndef DUET_RUNNER_PLAN_SATURATION_H
#define DUET_RUNNER_PLAN_SATURATION_H

#include "runner/plan.h"

/* A reader of json_fields.h: into a struct plan. */
bool plan_saturation_read(json_t *value, const char *place, void *into, char *error);

#endif
