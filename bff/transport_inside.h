/* transport_inside: the services' part handlers inside the BFF, called in place. The rungs between
 * unified's page read and the first socket: the same handlers and the same join, without a process,
 * a thread or a byte on a wire between them.
 *
 * Services with equal URIs share one open store.
 */
#ifndef DUET_BFF_TRANSPORT_INSIDE_H
#define DUET_BFF_TRANSPORT_INSIDE_H

#include "bff/transport.h"
#include "common/store/store_options.h"

enum inside_form {
	INSIDE_CALL, /* the part is handed over as a struct */
	INSIDE_JSON, /* request and part are written as for a socket, and read again */
	INSIDE_FORMS
};

struct transport_inside_config {
	const char *uris[SERVICE_COUNT]; /* each service's store */
	struct store_options store;      /* the rest of its settings; its uri is not used */
	enum inside_form form;
	bool one_transaction; /* a page's parts see one state, read in one transaction; the four
				 URIs must be equal, of a store that reads in place */
};

/* A transport for one event loop; NULL with one line in error[STORE_ERROR_MAX]. */
struct transport *transport_inside_new(struct event_base *base,
				       const struct transport_inside_config *config,
				       char error[STORE_ERROR_MAX]);

#endif
