/* frame_conn: one end of a stream of frames (a length of 4 bytes, little-endian, and as many bytes
 * behind it) over a connected socket, on one event loop.
 *
 * Frames that are written during one turn of the loop go out together, by one system call at the
 * turn's end; what the socket does not take waits for it to become writable. All that has come is
 * read by one system call, up to FRAME_READ_SIZE bytes, and its whole frames are handed out where
 * they lie. Plain events and two buffers, not libevent's bufferevents: these read 4 KiB a turn at
 * the most and ask the kernel before each read how much there is, which for a connection that
 * carries everybody's answers would be a cost of the tool and not of the protocol.
 *
 * Bounds: a frame that is read is at most `frame_max` long. While more than FRAME_UNSENT_MAX waits
 * to be sent the connection is full: its owner appends no more that can wait, and a connection that
 * `pauses` reads and hands out nothing meanwhile, so that a peer which asks without reading waits.
 * What goes beyond FRAME_OUT_MAX all the same ends the connection.
 *
 * States: OPEN -> CLOSED, for good, by the peer, an error, what is beyond a bound, or a frame that
 * its reader calls malformed; the last two are logged. `closed` is then called once.
 */
#ifndef DUET_FRAME_FRAME_CONN_H
#define DUET_FRAME_FRAME_CONN_H

#include "common/base/slice.h"
#include "common/base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct frame_conn;

enum { FRAME_READ_SIZE = 65536, FRAME_UNSENT_MAX = 262144, FRAME_OUT_MAX = 4194304 };

struct frame_conn_config {
	struct event_base *base;
	int fd;           /* connected, non-blocking; the connection's from now on */
	const char *peer; /* who is at the other end, for the log; static */
	size_t frame_max; /* longest frame to read, without its length */
	bool pauses;      /* for the end that answers; if both did they would wait for each other */

	/* A whole frame without its length; its bytes are gone when this returns. NULL, or why it
	 * is malformed (static). Must not free the connection. */
	const char *(*frame)(void *arg, struct slice frame);
	/* The connection has ended, and why (until it is freed). May free it. */
	void (*closed)(void *arg, const char *why);
	void *arg;
};

/* NULL without memory; the socket is closed then. */
struct frame_conn *frame_conn_new(const struct frame_conn_config *config);

/* Where to append whole frames, their lengths included; frame_conn_send afterwards. */
struct strbuf *frame_conn_out(struct frame_conn *conn);

/* Sends what was appended, at the end of this turn of the loop. */
void frame_conn_send(struct frame_conn *conn);

/* True while so much waits to be sent that no more should be appended. */
bool frame_conn_full(const struct frame_conn *conn);

/* Sends what the socket takes at once of what waits, closes it and frees; `closed` is not called.
 * NULL is allowed. */
void frame_conn_free(struct frame_conn *conn);

#endif
