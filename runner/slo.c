#include "runner/slo.h"

#include "common/base/clock.h"
#include "common/base/options.h"
#include "loadgen/tally.h"
#include "runner/result_histogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As tally.c wants beyond a percentile, twice: a margin for chance. */
enum { SAMPLES_WANTED = 20, DIGITS_MAX = 12 };

const char *const slo_verdict_names[] = {"held", "broken", "untold"};

/* A plain decimal number; moves *at behind it. */
static bool number(const char **at, double *out)
{
	char digits[DIGITS_MAX + 1];
	char *end;
	size_t len = strspn(*at, "0123456789.");
	if (len == 0 || len > DIGITS_MAX)
		return false;
	memcpy(digits, *at, len);
	digits[len] = '\0';
	*out = strtod(digits, &end);
	*at += len;
	return *end == '\0' && isfinite(*out);
}

bool slo_share_parse(const char *text, double *share)
{
	const char *at = text;
	if (!number(&at, share))
		return false;
	at += *at == ' ';
	*share /= 100;
	return strcmp(at, "%") == 0 && *share > 0 && *share <= 1;
}

/* A time as "50ms" or "1.5ms", in us. */
static bool time_parse(const char *text, double *us)
{
	static const struct {
		const char *name;
		double us;
	} units[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}};
	const char *at = text;
	double value;
	if (!number(&at, &value) || !(value > 0))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(at, units[i].name) == 0) {
			*us = value * units[i].us;
			return true;
		}
	return false;
}

static const struct {
	const char *name;
	enum slo_value value;
	bool (*limit)(const char *text, double *out);
} words[] = {
	{"p", SLO_PERCENTILE, time_parse},
	{"mean", SLO_MEAN, time_parse},
	{"max", SLO_MAX, time_parse},
	{"errors", SLO_ERRORS, slo_share_parse},
};

static bool goal_parse(const char *text, struct slo_goal *goal)
{
	size_t name = strcspn(text, "0123456789<");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].name) != name || strncmp(text, words[i].name, name) != 0)
			continue;
		const char *at = text + name;
		goal->value = words[i].value;
		if (goal->value == SLO_PERCENTILE &&
		    (!number(&at, &goal->percentile) || !(goal->percentile > 0) ||
		     goal->percentile >= 100))
			return false;
		if (*at++ != '<')
			return false;
		goal->or_equal = *at == '=';
		return words[i].limit(at + goal->or_equal, &goal->limit);
	}
	return false;
}

static bool is_twice(const struct slo *slo, const struct slo_goal *goal)
{
	for (size_t i = 0; i < slo->count; i++)
		if (slo->goals[i].value == goal->value &&
		    !(slo->goals[i].percentile < goal->percentile ||
		      slo->goals[i].percentile > goal->percentile))
			return true;
	return false;
}

static bool refuse(char *error, const char *what, size_t len, const char *why)
{
	(void)snprintf(error, SLO_ERROR_MAX,
		       "the SLO's goal '%.*s' %s; goals are p95<50ms (or p50, p99.9, mean, max; "
		       "us, ms, s) and errors<1%%, with < or <=, separated by commas",
		       (int)(len < 40 ? len : 40), what, why);
	return false;
}

bool slo_parse(const char *text, struct slo *slo, char *error)
{
	*slo = (struct slo){.count = 0};
	if (strlen(text) >= sizeof(slo->text))
		return refuse(error, text, strlen(text), "begins an SLO that is too long");
	(void)snprintf(slo->text, sizeof(slo->text), "%s", text);
	const char *at = text;
	do {
		struct slo_goal goal = {.percentile = 0};
		size_t len = strcspn(at, ","), kept = 0;
		for (size_t i = 0; i < len; i++)
			if (at[i] != ' ' && kept + 1 < sizeof(goal.text))
				goal.text[kept++] = at[i];
		if (!goal_parse(goal.text, &goal))
			return refuse(error, at, len, "is not understood");
		if (is_twice(slo, &goal))
			return refuse(error, at, len, "stands there twice");
		if (slo->count == SLO_GOALS_MAX)
			return refuse(error, at, len, "is one too many");
		slo->goals[slo->count++] = goal;
		at += len;
	} while (*at++ == ',');
	return true;
}

/* What a result says of a goal; NaN when there are too few samples, infinity when the percentile
 * falls on a failure. */
static double measured(const struct slo_goal *goal, const struct result_counts *counts,
		       const struct histogram *h)
{
	const struct tally_latency latency = {.values = h, .failed = counts->failed};
	struct tally_point point;
	uint64_t ranked = histogram_count(h) + counts->failed;
	switch (goal->value) {
	case SLO_ERRORS:
		return counts->total ? (double)(counts->total - counts->ok) / (double)counts->total
				     : NAN;
	case SLO_MEAN:
		return counts->ok ? histogram_mean(h) / (double)NS_PER_US : INFINITY;
	case SLO_MAX:
		return counts->ok ? (double)histogram_max(h) / (double)NS_PER_US : INFINITY;
	case SLO_PERCENTILE:
		break;
	}
	point = tally_percentile(&latency, goal->percentile).point;
	if (point.rank == TALLY_VALUE)
		return (double)point.ns / (double)NS_PER_US;
	return histogram_rank(goal->percentile, ranked) > histogram_count(h) ? INFINITY : NAN;
}

enum slo_verdict slo_judge(const struct slo *slo, const json_t *result,
			   const struct slo_goal **missed)
{
	enum slo_verdict verdict = SLO_HELD;
	struct result_counts counts = result_counts(result);
	struct histogram *h = histogram_new();
	*missed = h ? NULL : &slo->goals[0];
	if (!h)
		return SLO_UNTOLD;
	result_histogram_add(result, "response_time", h);
	for (size_t i = 0; i < slo->count && verdict != SLO_BROKEN; i++) {
		const struct slo_goal *goal = &slo->goals[i];
		double value = measured(goal, &counts, h);
		if (goal->or_equal ? value <= goal->limit : value < goal->limit)
			continue;
		if (isnan(value) && verdict == SLO_UNTOLD)
			continue;
		*missed = goal;
		verdict = isnan(value) ? SLO_UNTOLD : SLO_BROKEN;
	}
	histogram_free(h);
	return verdict;
}

double slo_requests_needed(const struct slo *slo)
{
	double needed = SAMPLES_WANTED;
	for (size_t i = 0; i < slo->count; i++)
		if (slo->goals[i].value == SLO_PERCENTILE)
			needed =
				fmax(needed, SAMPLES_WANTED / (1 - slo->goals[i].percentile / 100));
	return needed;
}
