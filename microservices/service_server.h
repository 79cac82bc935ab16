/* service_server: a service as a server: its part handler behind its HTTP routes and, when asked
 * for, behind a Unix socket for binary frames (part_server.h). */
#ifndef DUET_MICROSERVICES_SERVICE_SERVER_H
#define DUET_MICROSERVICES_SERVICE_SERVER_H

#include "common/http/http_server.h"
#include "microservices/part_handler.h"

struct service_server;

/* Binds the address of `config`, whose app is not used, and `binary` ("unix:PATH") unless it is
 * NULL. Each loop opens the store for itself. NULL with one line in error. Borrows the definition
 * and the texts of both configurations. */
struct service_server *service_server_new(const struct service_definition *definition,
					  const struct store_options *store, const char *binary,
					  const struct http_server_config *config,
					  char error[HTTP_ERROR_MAX]);

/* To run, attach and stop it. */
struct http_server *service_server_http(struct service_server *server);

/* NULL is allowed. */
void service_server_free(struct service_server *server);

#endif
