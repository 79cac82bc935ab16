/* wire: libcurl's multi interface joined to a libevent loop: sockets and libcurl's one timer are
 * events of the loop, and finished transfers are handed out one by one.
 *
 * A connection's read event stays armed between its transfers: libcurl forgets a socket at the end
 * of each transfer and asks for it again at the start of the next, which would cost two system
 * calls a transfer. An event that fires while libcurl does not ask for it (the peer closed an idle
 * connection) is disarmed; libcurl notices the close before it uses the connection again.
 *
 * Threads: everything happens on the loop's thread.
 */
#ifndef DUET_BFF_WIRE_H
#define DUET_BFF_WIRE_H

#include <curl/curl.h>
#include <stdbool.h>

struct event_base;
struct wire;

/* A wire that keeps up to `connections_max` connections open, or NULL without memory. `finished` is
 * called outside of libcurl for each transfer that ended, the handle already removed. */
struct wire *wire_new(struct event_base *base, long connections_max,
		      void (*finished)(void *arg, CURL *easy, CURLcode result), void *arg);

/* A new easy handle that may be added to this wire, or NULL. It belongs to the caller, who cleans
 * it up before the wire is freed. */
CURL *wire_easy_new(struct wire *wire);

/* Starts a transfer (in this turn of the loop, not at once); false without memory. */
bool wire_add(struct wire *wire, CURL *easy);

/* Takes an unfinished transfer off; its connection is closed, `finished` is not called. */
void wire_remove(struct wire *wire, CURL *easy);

/* Closes every connection. No transfer may be left. NULL is allowed. */
void wire_free(struct wire *wire);

#endif
