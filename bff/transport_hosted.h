/* transport_hosted: the services as HTTP servers inside the BFF's process, behind Unix sockets: the
 * rungs between parts in place and services in processes of their own. Everything but where a
 * service runs is transport_tcp.
 */
#ifndef DUET_BFF_TRANSPORT_HOSTED_H
#define DUET_BFF_TRANSPORT_HOSTED_H

#include "bff/transport.h"
#include "common/store/store_options.h"

enum hosted_where {
	HOSTED_LOOP, /* on the BFF's own loop: client and server take turns, nothing is switched */
	HOSTED_THREADS /* each on a thread of its own */
};

struct transport_hosted_config {
	const char *uris[SERVICE_COUNT]; /* each service's store */
	struct store_options store;      /* the rest of its settings; its uri is not used */
	enum hosted_where where;
	struct transport_tcp_config tcp; /* its urls are not used */
};

/* Starts the services for one event loop, each with its store, and a transport to them. The sockets
 * are in a folder of its own under $TMPDIR (or /tmp) until the transport is freed. NULL with one
 * line in error[HTTP_ERROR_MAX] of http_server.h. */
struct transport *transport_hosted_new(struct event_base *base,
				       const struct transport_hosted_config *config, char *error);

#endif
