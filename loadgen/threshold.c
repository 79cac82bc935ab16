#include "loadgen/threshold.h"

#include "common/base/clock.h"
#include "loadgen/tally.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *metric, *name;
	enum threshold_value value;
	double percentile; /* < 0: follows in the text, then ")" */
} values[] = {
	{"http_req_duration", "p(", THRESHOLD_PERCENTILE, -1},
	{"http_req_duration", "med", THRESHOLD_PERCENTILE, 50},
	{"http_req_duration", "avg", THRESHOLD_AVG, 0},
	{"http_req_duration", "min", THRESHOLD_MIN, 0},
	{"http_req_duration", "max", THRESHOLD_MAX, 0},
	{"http_req_failed", "rate", THRESHOLD_FAILED_RATE, 0},
};

static const char word_letters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

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

/* A tag's name or value, and the sign that ends it. */
static bool parse_word(const char **at, char word[THRESHOLD_WORD_MAX], const char *ends, char *end)
{
	const size_t len = strspn(*at, word_letters);
	if (len == 0 || len >= THRESHOLD_WORD_MAX)
		return false;
	memcpy(word, *at, len);
	word[len] = '\0';
	*at += len;
	*end = **at;
	if (!*end || !strchr(ends, *end))
		return false;
	++*at;
	return true;
}

/* "{name:value,name:value}", or nothing. */
static bool parse_tags(const char **at, struct threshold *out)
{
	char end = **at == '{' ? ',' : '}';
	*at += end == ',';
	while (end == ',') {
		struct threshold_tag *tag = &out->tags[out->tag_count];
		if (out->tag_count == THRESHOLD_TAGS_MAX || !parse_word(at, tag->name, ":", &end) ||
		    !parse_word(at, tag->value, ",}", &end))
			return false;
		out->tag_count++;
	}
	return true;
}

/* The rows of the metric that the text begins with; 0 when there is none. */
static size_t metric_len(const char *text)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const size_t len = strlen(values[i].metric);
		if (strncmp(text, values[i].metric, len) == 0 && strchr("{:", text[len]))
			return len;
	}
	return 0;
}

static bool parse_value(const char **at, struct threshold *out)
{
	const char *metric = *at;
	const size_t metric_size = metric_len(metric);
	*at += metric_size;
	if (!metric_size || !parse_tags(at, out) || **at != ':')
		return false;
	out->metric_len = (size_t)(*at - metric);
	++*at;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const size_t len = strlen(values[i].name);
		if (strlen(values[i].metric) != metric_size ||
		    strncmp(metric, values[i].metric, metric_size) != 0 ||
		    strncmp(*at, values[i].name, len) != 0)
			continue;
		*at += len;
		out->value = values[i].value;
		out->percentile = values[i].percentile;
		if (out->percentile >= 0)
			return true;
		return number(at, &out->percentile) && out->percentile > 0 &&
		       out->percentile < 100 && *(*at)++ == ')';
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
		 "--threshold '%.80s' is not understood; write http_req_duration:p(95)<500 (or "
		 "avg, med, min, max; ms) or http_req_failed:rate<0.01, after the metric a tag if "
		 "need be, {page:pdp}",
		 text);
	return false;
}

static const struct threshold_fact *fact_of(const struct threshold_tag *tag,
					    const struct threshold_fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(tag->name, facts[i].name) == 0)
			return &facts[i];
	return NULL;
}

static bool may_be(const struct threshold_fact *fact, const char *value)
{
	for (const char *const *choice = fact->choices; choice && *choice; choice++)
		if (strcmp(*choice, value) == 0)
			return true;
	return !fact->choices;
}

/* "a, b, c" of the facts' names, or of one fact's choices. */
static void list_words(const struct threshold_fact *facts, size_t count, const char *const *choices,
		       char *out, size_t size)
{
	size_t len = 0;
	out[0] = '\0';
	for (size_t i = 0; choices ? choices[i] != NULL : i < count; i++)
		if (len < size)
			len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : "",
						choices ? choices[i] : facts[i].name);
}

bool threshold_match(const struct threshold *threshold, const struct threshold_fact *facts,
		     size_t count, bool *applies, char *error, size_t size)
{
	char known[128];
	*applies = true;
	for (size_t i = 0; i < threshold->tag_count; i++) {
		const struct threshold_tag *tag = &threshold->tags[i];
		const struct threshold_fact *fact = fact_of(tag, facts, count);
		if (!fact || !may_be(fact, tag->value)) {
			list_words(facts, count, fact ? fact->choices : NULL, known, sizeof(known));
			snprintf(error, size, "--threshold '%.80s': %s '%s' is none of %s",
				 threshold->text, fact ? tag->name : "tag",
				 fact ? tag->value : tag->name, known);
			return false;
		}
		*applies = *applies && strcmp(tag->value, fact->value) == 0;
	}
	return true;
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
