/* carrier: how a transport's requests reach a service and its answers come back. transport_tcp
 * decides what is asked when and for how long; a carrier knows one way of asking: JSON over HTTP by
 * libcurl, the same by libevent's own client, or binary frames on one connection a service.
 *
 * An exchange is one request and its answer. Its carrier makes it, its transport keeps it, and both
 * use it again and again for the same upstream. States: IDLE -> (send) on the wire -> (ended, by
 * the carrier | abandon, by the transport) IDLE.
 *
 * Threads: everything happens on the loop's thread.
 */
#ifndef DUET_BFF_CARRIER_H
#define DUET_BFF_CARRIER_H

#include "bff/transport.h"
#include "bff/upstream.h"

#include <stdint.h>

struct event_base;

/* The first member of each carrier's own. */
struct exchange {
	struct upstream *upstream;
	struct part_call *call; /* NULL: a probe, which asks whether the service is ready */

	/* the transport's */
	void (*probed)(void *arg, bool ok);
	void *probe_arg;
	int64_t expires_ns;
	struct exchange *previous, *next; /* the upstream's list on the wire, or its idle ones */
};

struct carrier;

struct carrier_ops {
	/* A new exchange for `upstream`; NULL without memory. */
	struct exchange *(*exchange_new)(struct carrier *carrier, struct upstream *upstream);
	/* Asks for exchange->call, or probes; `span` is the hop's own number in a traceparent.
	 * NULL, or why it cannot be asked, in one line that lives until the next call. */
	const char *(*send)(struct carrier *carrier, struct exchange *exchange, uint64_t span);
	/* Takes it off the wire; `ended` is not called for it. */
	void (*abandon)(struct carrier *carrier, struct exchange *exchange);
	/* Frees one that is idle. */
	void (*exchange_free)(struct exchange *exchange);
	/* Closes every connection; no exchange may be left. */
	void (*free)(struct carrier *carrier);
};

struct carrier_config {
	struct event_base *base;
	unsigned in_flight_max; /* calls on the wire, of one upstream */
	bool no_reuse;          /* a new connection for each request (http-curl alone) */
	int64_t connect_timeout_ns;
	/* An exchange has ended, and is off the wire. `status` is a call's, whose part or error is
	 * set, or PART_OK for a probe of a service that is ready. `answered`: the service said
	 * something, whatever it was. */
	void (*ended)(void *arg, struct exchange *exchange, enum part_status status, bool answered);
	void *arg;
};

/* The first member of each carrier's own. */
struct carrier {
	const struct carrier_ops *ops;
	struct carrier_config config;
};

/* A carrier for one event loop; NULL without memory. */
struct carrier *carrier_new(enum transport_wire wire, const struct carrier_config *config);

/* True when this wire reaches the upstream's kind of address; else one line in
 * error[PART_ERROR_MAX]. */
bool carrier_reaches(enum transport_wire wire, const struct upstream *upstream,
		     char error[PART_ERROR_MAX]);

/* Writes a call's error: who was asked, and what went wrong. */
void carrier_explain(const struct exchange *exchange, const char *what, const char *detail);

/* Hands an exchange that ended to its transport. */
void carrier_end(struct carrier *carrier, struct exchange *exchange, enum part_status status,
		 bool answered);

/* The carriers that there are; NULL without memory. */
struct carrier *carrier_curl_new(const struct carrier_config *config);
struct carrier *carrier_evhttp_new(const struct carrier_config *config);
struct carrier *carrier_binary_new(const struct carrier_config *config);

#endif
