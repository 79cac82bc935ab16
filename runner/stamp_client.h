/* stamp_client: one keep-alive connection that asks one request at a time, by blocking calls, and
 * stamps what it does: just before the request's bytes are given to the kernel, and just after the
 * answer's last byte is there.
 */
#ifndef DUET_RUNNER_STAMP_CLIENT_H
#define DUET_RUNNER_STAMP_CLIENT_H

#include "common/base/strbuf.h"
#include "common/contract/stamps.h"

#include <stdbool.h>
#include <stdint.h>

enum { STAMP_CLIENT_ERROR_MAX = 128 };

struct stamp_client {
	int fd; /* -1: closed */
	uint16_t port;
	struct strbuf answer; /* head and body of the last answer */
};

struct stamp_answer {
	int64_t sent_ns, received_ns;
	int status;
	size_t length; /* of the body */
	struct stamps
		stamps; /* what the servers say; none when they were not asked or said nothing */
};

/* Connects to 127.0.0.1:port. False with one line in error; stamp_client_close is needed even
 * then. */
bool stamp_client_open(struct stamp_client *client, uint16_t port,
		       char error[STAMP_CLIENT_ERROR_MAX]);

/* GET `target`, with X-Duet-Timing when `stamped`. An answer must state its length and come within
 * 5 s. False with one line in error; the connection is of no use then. */
bool stamp_client_ask(struct stamp_client *client, const char *target, bool stamped,
		      struct stamp_answer *answer, char error[STAMP_CLIENT_ERROR_MAX]);

void stamp_client_close(struct stamp_client *client);

#endif
