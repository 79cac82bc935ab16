/* http_address: listening sockets from "HOST:PORT" or "unix:PATH". */
#ifndef DUET_HTTP_HTTP_ADDRESS_H
#define DUET_HTTP_HTTP_ADDRESS_H

#include "common/http/http_server.h"

enum { HTTP_ADDRESS_MAX = 128 };

/* Binds `count` sockets to `listen` (each its own, SO_REUSEPORT; one shared for "unix:") into
 * fds[], not yet listening, and writes the real address to address. False with one line in error;
 * nothing stays open then. */
bool http_address_bind(const char *listen, unsigned count, int *fds, char address[HTTP_ADDRESS_MAX],
		       char error[HTTP_ERROR_MAX]);

/* Removes the socket file of a "unix:PATH" address; nothing for others. */
void http_address_unlink(const char *address);

/* Raises the limit of open files as far as allowed; returns the limit. */
unsigned http_address_raise_files(void);

#endif
