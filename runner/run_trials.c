#include "runner/run_trials.h"

#include <stdio.h>
#include <string.h>

struct unit {
	struct trial_bench *bench;
	const struct plan_trial *trials; /* of attempt 0, one an arm */
	size_t count;
	double open_rate;
	size_t skipped; /* trials found finished since the last that was not */
};

static double trial_expected_s(const struct unit *unit, const struct plan_trial *trial)
{
	const struct plan *plan = unit->bench->plan;
	return plan_trial_expected_s(plan, &plan->arms[trial->arm], false);
}

static json_t *repeats_of(const struct unit *unit)
{
	return json_object_get(unit->bench->folder->about, "repeats");
}

/* True when run.json has this attempt of the unit. */
static bool is_recorded(const struct unit *unit, int64_t attempt)
{
	size_t i;
	json_t *repeat;
	json_array_foreach(repeats_of(unit), i, repeat)
	{
		const char *page = json_string_value(json_object_get(repeat, "page"));
		json_t *block = json_object_get(repeat, "block");
		if (page && strcmp(page, plan_page_names[unit->trials->page]) == 0 &&
		    json_integer_value(block) == unit->trials->block &&
		    json_integer_value(json_object_get(repeat, "attempt")) == attempt)
			return true;
	}
	return false;
}

static bool record(struct unit *unit, int64_t attempt, char *error)
{
	const struct plan_trial *trial = unit->trials;
	struct run_folder *folder = unit->bench->folder;
	const char *page = plan_page_names[trial->page];
	if (!repeats_of(unit))
		(void)json_object_set_new(folder->about, "repeats", json_array());
	(void)json_array_append_new(repeats_of(unit),
				    json_pack("{sI ss sI}", "block", (json_int_t)trial->block,
					      "page", page, "attempt", (json_int_t)attempt));
	(void)fprintf(stderr, "duet: block %lld %s: a check failed, so that it is run again (%s)\n",
		      (long long)trial->block + 1, page,
		      "what failed stands in invalid_why and in the report");
	return run_folder_save(folder, error);
}

static bool are_there(const struct unit *unit, const struct plan_trial *trials, size_t count)
{
	const struct trial_bench *bench = unit->bench;
	bool there = bench->folder->resumed;
	for (size_t i = 0; there && i < count; i++)
		there = run_folder_has(bench->folder, bench->plan, &trials[i]);
	return there;
}

/* Trials that run together, unless all are there. */
static bool run_some(struct unit *unit, const struct plan_trial *trials, size_t count, char *error)
{
	struct trial_bench *bench = unit->bench;
	if (are_there(unit, trials, count)) {
		for (size_t i = 0; i < count; i++)
			run_progress_skip(&bench->progress, trial_expected_s(unit, &trials[i]));
		unit->skipped += count;
		return true;
	}
	if (*bench->interrupted)
		return false;
	if (unit->skipped)
		(void)fprintf(stderr, "duet: %zu trials are there already\n", unit->skipped);
	unit->skipped = 0;
	return trial_run(bench, trials, count, unit->open_rate, error);
}

/* One trial of every arm: all at once where they take turns, else one after the other. */
static bool run_attempt(struct unit *unit, int64_t attempt, bool *valid, char *error)
{
	struct trial_bench *bench = unit->bench;
	struct plan_trial trials[PLAN_ARMS_MAX];
	size_t together = bench->plan->turns > 1 ? unit->count : 1;
	*valid = true;
	for (size_t i = 0; i < unit->count; i++) {
		trials[i] = unit->trials[i];
		trials[i].attempt = attempt;
	}
	for (size_t i = 0; i < unit->count; i += together)
		if (!run_some(unit, trials + i, together, error))
			return false;
	for (size_t i = 0; i < unit->count; i++)
		*valid = run_folder_valid(bench->folder, bench->plan, &trials[i]) && *valid;
	return true;
}

/* Whether the unit is to be run once more; writes that down. */
static bool wants_more(struct unit *unit, int64_t attempt, bool *recorded, char *error)
{
	const struct plan *plan = unit->bench->plan;
	*recorded = true;
	if (attempt > plan->repeats)
		return false;
	if (!is_recorded(unit, attempt)) {
		if (json_array_size(repeats_of(unit)) >= plan_repeats_max(plan))
			return false;
		*recorded = record(unit, attempt, error);
	}
	for (size_t i = 0; i < unit->count; i++)
		run_progress_extend(&unit->bench->progress,
				    trial_expected_s(unit, &unit->trials[i]));
	return *recorded;
}

static bool run_unit(struct unit *unit, char *error)
{
	bool valid = false, recorded = true;
	for (int64_t attempt = 0; !valid; attempt++) {
		if (attempt > 0 && !wants_more(unit, attempt, &recorded, error))
			return recorded;
		if (!run_attempt(unit, attempt, &valid, error))
			return false;
	}
	return true;
}

bool run_trials(struct trial_bench *bench, const struct plan_trial *trials, size_t count,
		const double *open_rates, char *error)
{
	size_t arms = bench->plan->arm_count;
	struct unit unit = {.bench = bench, .count = arms};
	for (size_t i = 0; i + arms <= count; i += arms) {
		unit.trials = trials + i;
		unit.open_rate = open_rates[trials[i].page];
		if (!run_unit(&unit, error))
			return false;
	}
	return true;
}
