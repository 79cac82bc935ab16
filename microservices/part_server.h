/* part_server: a service's parts as binary frames (part_frame.h), on the loop that serves them over
 * HTTP and by the same part handler. One listening Unix socket; a client has one connection, asks
 * as much as it likes on it, and gets the answers as they come.
 *
 * As over HTTP a service has no admission of its own: the BFF bounds what it sends, the store's
 * queue is bounded (ANSWER_UNAVAILABLE beyond), and who does not read is not read from. A client
 * that leaves has its answers dropped; a malformed or too long frame ends the connection with a log
 * line. At most PART_SERVER_PEERS connections are open; more wait in the backlog.
 */
#ifndef DUET_MICROSERVICES_PART_SERVER_H
#define DUET_MICROSERVICES_PART_SERVER_H

#include "common/http/http_server.h"
#include "microservices/part_handler.h"

enum { PART_SERVER_PEERS = 256 };

struct part_server;

/* Listens on `fd`, a bound socket, which is the server's from now on. `parts` stays its owner's and
 * must be freed before the server, so that every part is answered. NULL with one line in error. */
struct part_server *part_server_new(struct event_base *base, int fd, struct part_handler *parts,
				    const struct service_definition *definition,
				    char error[HTTP_ERROR_MAX]);

/* Appends OpenMetrics samples: answers by part and kind of answer, and the turns of the loop that
 * gave them. */
void part_server_metrics(const struct part_server *server, struct strbuf *out);

/* Sends what is answered, as far as its clients take it at once, and closes everything. NULL is
 * allowed. */
void part_server_free(struct part_server *server);

#endif
