#include "runner/result_histogram.h"

#include "common/base/clock.h"
#include "runner/report_run.h"

#include <math.h>
#include <stdio.h>

void result_histogram_add(const json_t *result, const char *latency, struct histogram *into)
{
	char path[64];
	size_t i;
	json_t *bucket;
	(void)snprintf(path, sizeof(path), "latency_us.%.24s", latency);
	const json_t *at = json_value_at(result, path);
	double max_us = json_number_at(at, "max");
	json_array_foreach(json_object_get(at, "histogram"), i, bucket)
	{
		double us = json_number_value(json_array_get(bucket, 0));
		json_int_t count = json_integer_value(json_array_get(bucket, 1));
		if (max_us < us)
			us = max_us;
		if (us >= 0 && us <= (double)HISTOGRAM_MAX_NS && count > 0)
			histogram_record_n(into, llround(us * (double)NS_PER_US), (uint64_t)count);
	}
}

static uint64_t count_at(const json_t *result, const char *path)
{
	json_int_t count = json_integer_value(json_value_at(result, path));
	return count > 0 ? (uint64_t)count : 0;
}

struct result_counts result_counts(const json_t *result)
{
	struct result_counts counts = {.total = count_at(result, "requests.total"),
				       .ok = count_at(result, "requests.ok"),
				       .degraded = count_at(result, "requests.degraded")};
	uint64_t answered = counts.ok + counts.degraded;
	counts.failed = counts.total > answered ? counts.total - answered : 0;
	return counts;
}

void result_tally_add(const json_t *result, struct tally *into)
{
	for (size_t i = 0; i < OUTCOMES; i++) {
		char path[64];
		(void)snprintf(path, sizeof(path), "requests.%s%.32s",
			       i < ERROR_KINDS ? "errors." : "", outcome_names[i]);
		into->window[i] += count_at(result, path);
	}
	result_histogram_add(result, "response_time", into->response);
	result_histogram_add(result, "service_time", into->service);
	result_histogram_add(result, "send_lag", into->send_lag);
}
