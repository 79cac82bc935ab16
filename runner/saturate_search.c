#include "runner/saturate_search.h"

#include <math.h>

const char *const search_phase_names[] = {"ramp", "bisect", "repeat", "confirm"};
const char *const search_end_names[] = {"going", "found",       "nothing_holds",
					"top",   "out_of_runs", "out_of_time"};
const char *const search_decision_names[] = {"open", "held", "broken"};

void search_init(struct search *search, const struct search_rules *rules)
{
	*search = (struct search){.rules = *rules};
}

enum search_decision search_decide(const struct search *search, const struct search_point *point)
{
	int64_t majority = search->rules.repeats / 2 + 1;
	if (point->held >= majority)
		return SEARCH_HELD;
	return point->runs - point->held >= majority ? SEARCH_BROKEN : SEARCH_OPEN;
}

const struct search_point *search_broken(const struct search *search)
{
	const struct search_point *lowest = NULL;
	for (size_t i = 0; i < search->count; i++) {
		const struct search_point *point = &search->points[i];
		if (search_decide(search, point) == SEARCH_BROKEN &&
		    (!lowest || point->rate < lowest->rate))
			lowest = point;
	}
	return lowest;
}

static bool is_below(const struct search_point *point, const struct search_point *broken)
{
	return !broken || point->rate < broken->rate;
}

const struct search_point *search_best(const struct search *search)
{
	const struct search_point *broken = search_broken(search), *best = NULL;
	for (size_t i = 0; i < search->count; i++) {
		const struct search_point *point = &search->points[i];
		bool held = search_decide(search, point) == SEARCH_HELD ||
			    (point->held > 0 && point->held == point->runs);
		if (held && is_below(point, broken) && (!best || point->rate > best->rate))
			best = point;
	}
	return best;
}

/* A rate that was broken at least once and is not decided: to be run again at once. */
static const struct search_point *doubtful(const struct search *search)
{
	const struct search_point *broken = search_broken(search);
	for (size_t i = 0; i < search->count; i++) {
		const struct search_point *point = &search->points[i];
		if (search_decide(search, point) == SEARCH_OPEN && point->held < point->runs &&
		    is_below(point, broken))
			return point;
	}
	return NULL;
}

static bool step(double rate, enum search_phase phase, double *next, enum search_phase *why)
{
	*next = rate;
	*why = phase;
	return true;
}

static bool finish(struct search *search, enum search_end end)
{
	search->end = end;
	return false;
}

/* The last word on the best rate: run it until it is decided, then end so. */
static bool settle(struct search *search, const struct search_point *best, enum search_end end,
		   double *rate, enum search_phase *phase)
{
	if (search_decide(search, best) == SEARCH_HELD)
		return finish(search, end);
	return step(best->rate, SEARCH_CONFIRM, rate, phase);
}

bool search_next(struct search *search, double *rate, enum search_phase *phase)
{
	const struct search_rules *rules = &search->rules;
	const struct search_point *again = doubtful(search), *best = search_best(search);
	const struct search_point *broken = search_broken(search);
	if (search->end != SEARCH_GOING)
		return false;
	if (search->steps >= rules->steps_max)
		return finish(search, SEARCH_OUT_OF_RUNS);
	if (again)
		return step(again->rate, SEARCH_REPEAT, rate, phase);
	if (!best && !broken)
		return step(rules->start, SEARCH_RAMP, rate, phase);
	if (!broken && best->rate >= rules->rate_max)
		return settle(search, best, SEARCH_TOP, rate, phase);
	if (!broken)
		return step(fmin(best->rate * rules->ramp, rules->rate_max), SEARCH_RAMP, rate,
			    phase);
	if (!best && broken->rate <= rules->rate_min)
		return finish(search, SEARCH_NOTHING);
	if (!best)
		return step(fmax(broken->rate / rules->ramp, rules->rate_min), SEARCH_RAMP, rate,
			    phase);
	if (broken->rate / best->rate > 1 + rules->precision)
		return step(sqrt(broken->rate * best->rate), SEARCH_BISECT, rate, phase);
	return settle(search, best, SEARCH_FOUND, rate, phase);
}

void search_note(struct search *search, double rate, bool held)
{
	size_t i = 0;
	while (i < search->count &&
	       (search->points[i].rate < rate || search->points[i].rate > rate))
		i++;
	if (i == SEARCH_STEPS_MAX)
		return;
	if (i == search->count)
		search->points[search->count++] = (struct search_point){.rate = rate};
	search->points[i].runs++;
	search->points[i].held += held;
	search->steps++;
}
