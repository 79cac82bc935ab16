/* net_stat: who listens where, and what the kernel's TCP dropped, from /proc. */
#ifndef DUET_RUNNER_NET_STAT_H
#define DUET_RUNNER_NET_STAT_H

#include <stdbool.h>
#include <stdint.h>

/* True when 127.0.0.1:port can be listened on; else false and who does, as far as /proc tells. */
bool net_port_free(uint16_t port, char owner[64]);

/* True when 127.0.0.1:port accepts a connection now. */
bool net_port_accepts(uint16_t port);

/* TcpExt ListenOverflows of the kernel since boot, whole machine; -1 when it cannot be read. */
int64_t net_listen_overflows(void);

/* TCP sockets of the machine that hold a port now, those in TIME_WAIT included; -1 when it cannot
 * be read. */
int64_t net_sockets(void);

/* How many local ports the kernel may give to connections; -1 when it cannot be read. */
int64_t net_port_count(void);

#endif
