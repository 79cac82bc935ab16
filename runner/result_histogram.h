/* result_histogram: a result file's latencies and counts as numbers to work with: its histogram
 * rebuilt from the buckets that it kept, so that trials can be merged and any percentile taken. */
#ifndef DUET_RUNNER_RESULT_HISTOGRAM_H
#define DUET_RUNNER_RESULT_HISTOGRAM_H

#include "common/base/histogram.h"
#include "loadgen/tally.h"

#include <jansson.h>
#include <stdbool.h>

/* Adds the successes of a latency ("response_time", "service_time", "send_lag") of a result. A
 * bucket comes back as the bucket that it was; the largest value's bucket as the exact maximum. */
void result_histogram_add(const json_t *result, const char *latency, struct histogram *into);

/* Of the requests due in the window. failed: neither ok nor degraded (every kind of error,
 * unfinished, dropped). */
struct result_counts {
	uint64_t total, ok, degraded, failed;
};

struct result_counts result_counts(const json_t *result);

/* Adds what a result counted in its window, by outcome, and its three histograms to a tally; not
 * its seconds. */
void result_tally_add(const json_t *result, struct tally *into);

#endif
