/* threshold: a goal for a run in k6's words, "http_req_duration:p(95)<500". */
#ifndef DUET_LOADGEN_THRESHOLD_H
#define DUET_LOADGEN_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>

struct tally;

enum threshold_value {
	THRESHOLD_PERCENTILE, /* ms of response time, failures ranked last */
	THRESHOLD_AVG,        /* ms, successes only; so are min and max */
	THRESHOLD_MIN,
	THRESHOLD_MAX,
	THRESHOLD_FAILED_RATE /* share of the requests due in the window, degraded included */
};

enum threshold_order { ORDER_BELOW, ORDER_AT_MOST, ORDER_ABOVE, ORDER_AT_LEAST };

struct threshold {
	const char *text; /* borrowed */
	enum threshold_value value;
	double percentile;
	enum threshold_order order;
	double limit;
};

/* Reads a threshold; false with one line in `error` that shows what is allowed. */
bool threshold_parse(const char *text, struct threshold *out, char *error, size_t size);

/* True when the run reached it. *has_value is false when there are too few successes to tell, and
 * the threshold then counts as missed. */
bool threshold_holds(const struct threshold *threshold, const struct tally *tally, double *value,
		     bool *has_value);

#endif
