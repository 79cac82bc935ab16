#include "loadgen/threshold.h"

#include "common/base/clock.h"
#include "loadgen/tally.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *prefix;
	enum threshold_value value;
	double percentile; /* < 0: follows in the text, then ")" */
} values[] = {
	{"http_req_duration:p(", THRESHOLD_PERCENTILE, -1},
	{"http_req_duration:med", THRESHOLD_PERCENTILE, 50},
	{"http_req_duration:avg", THRESHOLD_AVG, 0},
	{"http_req_duration:min", THRESHOLD_MIN, 0},
	{"http_req_duration:max", THRESHOLD_MAX, 0},
	{"http_req_failed:rate", THRESHOLD_FAILED_RATE, 0},
};

/* The longer sign first: "<" begins "<=". */
static const struct {
	const char *sign;
	enum threshold_order order;
} orders[] = {
	{"<=", ORDER_AT_MOST},
	{">=", ORDER_AT_LEAST},
	{"<", ORDER_BELOW},
	{">", ORDER_ABOVE},
};

static bool number(const char **at, double *out)
{
	char *end;
	if (!strchr("0123456789.", **at) || !**at)
		return false;
	*out = strtod(*at, &end);
	const bool read = end != *at && isfinite(*out);
	*at = end;
	return read;
}

static bool parse_value(const char **at, struct threshold *out)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const size_t len = strlen(values[i].prefix);
		if (strncmp(*at, values[i].prefix, len) != 0)
			continue;
		*at += len;
		out->value = values[i].value;
		out->percentile = values[i].percentile;
		if (out->percentile >= 0)
			return true;
		return number(at, &out->percentile) && out->percentile <= 100 && *(*at)++ == ')';
	}
	return false;
}

static bool parse_order(const char **at, struct threshold *out)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const size_t len = strlen(orders[i].sign);
		if (strncmp(*at, orders[i].sign, len) != 0)
			continue;
		*at += len;
		out->order = orders[i].order;
		return true;
	}
	return false;
}

bool threshold_parse(const char *text, struct threshold *out, char *error, size_t size)
{
	const char *at = text;
	*out = (struct threshold){.text = text};
	if (parse_value(&at, out) && parse_order(&at, out) && number(&at, &out->limit) && !*at)
		return true;
	snprintf(error, size,
		 "--threshold '%.60s' is not understood; write http_req_duration:p(95)<500 (or "
		 "avg, med, min, max; ms) or http_req_failed:rate<0.01",
		 text);
	return false;
}

/* What has no latency is above every limit. */
static bool measure_percentile(const struct tally_latency *latency, double percentile,
			       double *value)
{
	const struct tally_point point = tally_percentile(latency, percentile).point;
	*value = point.rank == TALLY_VALUE ? (double)point.ns / (double)NS_PER_MS : INFINITY;
	return point.rank != TALLY_FEW;
}

static bool measure(const struct threshold *t, const struct tally *tally, double *value)
{
	const double ms = (double)NS_PER_MS;
	const uint64_t total = tally_total(tally);
	const struct tally_latency latency = tally_response(tally);
	switch (t->value) {
	case THRESHOLD_PERCENTILE:
		return measure_percentile(&latency, t->percentile, value);
	case THRESHOLD_FAILED_RATE:
		*value = total ? (double)(total - tally->window[OUTCOME_OK]) / (double)total : 1;
		return total > 0;
	case THRESHOLD_AVG:
		*value = histogram_mean(tally->response) / ms;
		break;
	case THRESHOLD_MIN:
		*value = (double)histogram_min(tally->response) / ms;
		break;
	case THRESHOLD_MAX:
		*value = (double)histogram_max(tally->response) / ms;
		break;
	}
	return histogram_count(tally->response) > 0;
}

bool threshold_holds(const struct threshold *threshold, const struct tally *tally, double *value,
		     bool *has_value)
{
	*value = 0;
	*has_value = measure(threshold, tally, value);
	if (!*has_value)
		return false;
	switch (threshold->order) {
	case ORDER_BELOW:
		return *value < threshold->limit;
	case ORDER_AT_MOST:
		return *value <= threshold->limit;
	case ORDER_ABOVE:
		return *value > threshold->limit;
	case ORDER_AT_LEAST:
		return *value >= threshold->limit;
	}
	return false;
}
