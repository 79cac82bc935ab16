/* upstream: one service as a transport sees it: its address, the calls that wait for their turn,
 * and what became of the others.
 *
 * The FIFO is ordered by arrival. What is on the wire is ordered by the time at which it expires;
 * most calls expire a fixed time after their sending, so that a new one belongs at the end.
 */
#ifndef DUET_BFF_UPSTREAM_H
#define DUET_BFF_UPSTREAM_H

#include "bff/transport.h"

#include <stddef.h>
#include <stdint.h>

enum { UPSTREAM_URL_MAX = 128, UPSTREAM_PATH_MAX = 108, UPSTREAM_HOST_MAX = 46 };

struct exchange;

struct upstream {
	enum service service;
	char url[UPSTREAM_URL_MAX]; /* numeric, without a slash at the end; "http://localhost" for a
				       Unix socket */
	char socket_path[UPSTREAM_PATH_MAX]; /* "" for TCP */
	char address[UPSTREAM_URL_MAX];      /* as it was given, for messages */
	char host[UPSTREAM_HOST_MAX];        /* of TCP, numeric; and its port */
	uint16_t port;

	struct part_call *first, *last; /* waiting */
	unsigned queued;

	struct exchange *oldest, *newest; /* on the wire: `oldest` expires first */
	unsigned in_flight;               /* calls on the wire, probes not counted */
	int64_t answered_ns;              /* when it last answered anything */

	struct exchange *idle;                /* for reuse */
	uint64_t requests[PART_STATUSES + 1]; /* by status; the last: cancelled, whatever came */
	uint64_t connections;
};

/* Parses "http://HOST:PORT" (HOST numeric, "[::1]", or a name that is looked up here, once) or
 * "unix:PATH" and resets the upstream. False with one line in error[PART_ERROR_MAX]. */
bool upstream_init(struct upstream *upstream, enum service service, const char *url,
		   char error[PART_ERROR_MAX]);

/* Appends the call to the FIFO. */
void upstream_queue(struct upstream *upstream, struct part_call *call);

/* Takes the oldest waiting call, or NULL. */
struct part_call *upstream_take(struct upstream *upstream);

/* Appends OpenMetrics samples. */
void upstream_metrics(const struct upstream *upstream, struct strbuf *out);

#endif
