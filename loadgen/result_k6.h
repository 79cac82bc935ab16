/* result_k6: a result in the shape of k6's end-of-test summary, so that tools that read k6's read
 * ours: what k6 hands to handleSummary(), each metric's values also beside their "values" as k6's
 * --summary-export has them. Source: Grafana k6 documentation, "Custom summary" (the data object)
 * and "Metrics reference"; https://grafana.com/docs/k6/latest/.
 *
 * What the names mean here: http_req_duration is the response time (from when the request was due;
 * k6 measures from sending, which in a closed load is the same but for the send lag),
 * http_req_blocked the send lag, dropped_iterations what was never sent; an iteration is one
 * request, and the one check is the body's. Times are ms. A percentile without a value is null.
 */
#ifndef DUET_LOADGEN_RESULT_K6_H
#define DUET_LOADGEN_RESULT_K6_H

#include <jansson.h>

/* From a result of results/schema.json; json_decref it. NULL without memory. */
json_t *result_k6(const json_t *result);

#endif
