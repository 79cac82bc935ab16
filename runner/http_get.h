/* http_get: one blocking GET, for health checks and counters; never inside a timed window. */
#ifndef DUET_RUNNER_HTTP_GET_H
#define DUET_RUNNER_HTTP_GET_H

#include "common/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

/* Asks http://127.0.0.1:port/path; the body is appended to `body` (may be NULL). Returns the
 * status, 0 when there was no answer within `timeout_ms`. */
int http_get(uint16_t port, const char *path, long timeout_ms, struct strbuf *body);

/* The same of a server on the Unix socket at `socket`. */
int http_get_unix(const char *socket, const char *path, long timeout_ms, struct strbuf *body);

/* The sum and the largest of a metric's samples, over all labels (which hold no spaces), in a
 * /metrics body; false and 0 without any. */
bool http_get_samples(const char *metrics, const char *name, double *sum, double *most);

/* The sum of http_requests_total{route="ROUTE",...} over all statuses in a /metrics body. */
uint64_t http_get_count(const char *metrics, const char *route);

#endif
