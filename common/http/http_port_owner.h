/* http_port_owner: who listens on a TCP port, as far as /proc tells. */
#ifndef DUET_HTTP_HTTP_PORT_OWNER_H
#define DUET_HTTP_HTTP_PORT_OWNER_H

#include <stddef.h>
#include <stdint.h>

/* Writes "pid 1234 (nginx)" or "another process" to out. */
void http_port_owner(uint16_t port, char *out, size_t size);

#endif
