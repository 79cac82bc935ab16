/* threshold: a goal for a run in k6's words, "http_req_duration{page:pdp}:p(95)<500".
 *
 * The metric may carry tags, {name:value} or {name:value,name:value}: the goal is then for the runs
 * alone that have all of them, so that one list of goals may serve several runs. Which tags there
 * are is the caller's to say.
 */
#ifndef DUET_LOADGEN_THRESHOLD_H
#define DUET_LOADGEN_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>

struct tally;

enum { THRESHOLD_TAGS_MAX = 4, THRESHOLD_WORD_MAX = 32 };

enum threshold_value {
	THRESHOLD_PERCENTILE, /* ms of response time, failures ranked last */
	THRESHOLD_AVG,        /* ms, successes only; so are min and max */
	THRESHOLD_MIN,
	THRESHOLD_MAX,
	THRESHOLD_FAILED_RATE /* share of the requests due in the window, degraded included */
};

enum threshold_order { ORDER_BELOW, ORDER_AT_MOST, ORDER_ABOVE, ORDER_AT_LEAST };

struct threshold_tag {
	char name[THRESHOLD_WORD_MAX], value[THRESHOLD_WORD_MAX];
};

struct threshold {
	const char *text;  /* borrowed */
	size_t metric_len; /* of its metric, tags included: the rest is ":" and the goal */
	struct threshold_tag tags[THRESHOLD_TAGS_MAX];
	size_t tag_count;
	enum threshold_value value;
	double percentile;
	enum threshold_order order;
	double limit;
};

/* Reads a threshold; false with one line in `error` that shows what is allowed. */
bool threshold_parse(const char *text, struct threshold *out, char *error, size_t size);

/* A tag of a run: its name, its value here, and what it may be (NULL-terminated; NULL: any). */
struct threshold_fact {
	const char *name, *value;
	const char *const *choices;
};

/* Whether the threshold is for the run of these facts, into *applies. False with one line in
 * `error` when it has a tag that is none of them, or a value that the tag cannot have. */
bool threshold_match(const struct threshold *threshold, const struct threshold_fact *facts,
		     size_t count, bool *applies, char *error, size_t size);

/* True when the run reached it. *has_value is false when there are too few requests to tell, and
 * the threshold then counts as missed; *value is infinite when it falls on a failure. */
bool threshold_holds(const struct threshold *threshold, const struct tally *tally, double *value,
		     bool *has_value);

#endif
