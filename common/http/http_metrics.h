/* http_metrics: a loop's counters of answers by route and status, and the sums over loops as
 * OpenMetrics text.
 *
 * Threads: a loop writes its own counters; any thread may read them.
 */
#ifndef DUET_HTTP_HTTP_METRICS_H
#define DUET_HTTP_HTTP_METRICS_H

#include "common/base/strbuf.h"
#include "common/http/http_server.h"

#include <stdatomic.h>

enum { HTTP_STATUSES = 10, HTTP_METRIC_ROUTES = HTTP_ROUTES_MAX + 8 };

struct http_metrics {
	_Atomic uint64_t answers[HTTP_METRIC_ROUTES][HTTP_STATUSES];
	_Atomic uint64_t connections;       /* open now */
	_Atomic uint64_t in_flight;         /* requests being handled now */
	_Atomic uint64_t connections_total; /* accepted since start */
	_Atomic uint64_t answer_turns;      /* turns of the loop that answered (http_turn.h) */
};

/* Adds to a counter that only this thread writes: no locked instruction. */
static inline void http_metrics_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

/* Counts an answer. */
void http_metrics_count(struct http_metrics *metrics, size_t route, int status);

/* Appends the sums over `loops`; `names` are the routes' labels. */
void http_metrics_write(struct strbuf *out, const struct http_metrics *const *loops, size_t count,
			const char *const *names, size_t name_count);

/* Adds samples to samples: every line of `text` ("name{labels} value") is added to the line of
 * `sum` with the same name and labels, or appended to it; comment lines are kept once. */
void http_metrics_merge(struct strbuf *sum, struct slice text);

#endif
