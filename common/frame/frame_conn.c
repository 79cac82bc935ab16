#include "common/frame/frame_conn.h"

#include "common/base/bytes.h"
#include "common/base/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LENGTH_SIZE = 4, WHY_MAX = 96 };

struct frame_conn {
	struct frame_conn_config config;
	struct event *readable, *writable;
	struct event *turn_end; /* never pending: activated by hand */
	bool reading, blocked;  /* which of the two first are added */
	bool held;              /* frames may wait in `in` since the connection was full */
	bool closed;
	char *in; /* frames begin at its start */
	size_t in_len, in_size;
	struct strbuf out;
	char why[WHY_MAX];
};

static void conn_close(struct frame_conn *conn, const char *why, bool log)
{
	if (conn->closed)
		return;
	conn->closed = true;
	event_del(conn->readable);
	event_del(conn->writable);
	event_del(conn->turn_end);
	if (log)
		log_line(LOG_WARN, "bad_frame", "peer", conn->config.peer, "why", why, NULL);
	conn->config.closed(conn->config.arg, why); /* the connection may be gone after this */
}

static void set_reading(struct frame_conn *conn, bool reading)
{
	if (conn->reading == reading)
		return;
	conn->reading = reading;
	if (reading)
		event_add(conn->readable, NULL);
	else
		event_del(conn->readable);
}

static void set_blocked(struct frame_conn *conn, bool blocked)
{
	if (conn->blocked == blocked)
		return;
	conn->blocked = blocked;
	if (blocked)
		event_add(conn->writable, NULL);
	else
		event_del(conn->writable);
}

/* ---- reading ---- */

/* Hands out the whole frames at the front and keeps the rest. NULL, or why one is malformed. */
static const char *take_frames(struct frame_conn *conn)
{
	const struct frame_conn_config *config = &conn->config;
	const char *why = NULL;
	size_t at = 0;
	conn->held = false;
	while (!why && !conn->held && conn->in_len - at >= LENGTH_SIZE) {
		size_t len = bytes_get_u32(conn->in + at);
		if (len > config->frame_max) {
			snprintf(conn->why, sizeof(conn->why),
				 "a frame of %zu bytes; the limit is %zu", len, config->frame_max);
			return conn->why;
		}
		if (conn->in_len - at - LENGTH_SIZE < len)
			break;
		conn->held = config->pauses && frame_conn_full(conn);
		if (conn->held)
			break;
		at += LENGTH_SIZE;
		why = config->frame(config->arg, (struct slice){conn->in + at, len});
		at += len;
	}
	conn->in_len -= at;
	if (at && conn->in_len)
		memmove(conn->in, conn->in + at, conn->in_len);
	return why;
}

/* A frame that fills the buffer without being whole says itself how long it is. */
static bool make_room(struct frame_conn *conn)
{
	if (conn->in_len < conn->in_size)
		return true;
	size_t size = LENGTH_SIZE + (size_t)bytes_get_u32(conn->in);
	char *in = realloc(conn->in, size);
	if (!in)
		return false;
	conn->in = in;
	conn->in_size = size;
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct frame_conn *conn = arg;
	(void)what;
	if (!make_room(conn)) {
		conn_close(conn, "no memory for a frame", false);
		return;
	}
	ssize_t got = recv(fd, conn->in + conn->in_len, conn->in_size - conn->in_len, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		conn_close(conn, got < 0 ? strerror(errno) : "closed by the other side", false);
		return;
	}
	conn->in_len += (size_t)got;
	const char *why = take_frames(conn);
	if (why)
		conn_close(conn, why, true);
	else if (conn->held)
		set_reading(conn, false);
}

/* ---- writing ---- */

/* 0, or the error that ended the connection. */
static int send_some(struct frame_conn *conn)
{
	struct strbuf *out = &conn->out;
	if (!out->len)
		return 0;
	ssize_t sent = send(conn->config.fd, out->data, out->len, MSG_NOSIGNAL);
	if (sent < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : errno;
	out->len -= (size_t)sent;
	if (out->len)
		memmove(out->data, out->data + sent, out->len);
	out->data[out->len] = '\0';
	return 0;
}

/* Goes on with what waited for the peer to read. */
static void resume(struct frame_conn *conn)
{
	if (!conn->held || frame_conn_full(conn))
		return;
	const char *why = take_frames(conn);
	if (why)
		conn_close(conn, why, true);
	else
		set_reading(conn, !conn->held);
}

static void flush(struct frame_conn *conn)
{
	int code = send_some(conn);
	if (code || !strbuf_ok(&conn->out)) {
		conn_close(conn, code ? strerror(code) : "too much waits to be sent", !code);
		return;
	}
	set_blocked(conn, conn->out.len > 0);
	resume(conn);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush(arg);
}

/* What is blocked goes on when the socket is writable. */
static void on_turn_end(evutil_socket_t fd, short what, void *arg)
{
	struct frame_conn *conn = arg;
	(void)fd;
	(void)what;
	if (!conn->blocked || !strbuf_ok(&conn->out))
		flush(conn);
}

/* ---- the rest of the interface ---- */

static bool open_events(struct frame_conn *conn)
{
	struct event_base *base = conn->config.base;
	int fd = conn->config.fd;
	conn->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, conn);
	conn->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, conn);
	conn->turn_end = event_new(base, -1, 0, on_turn_end, conn);
	conn->reading = conn->readable && event_add(conn->readable, NULL) == 0;
	return conn->reading && conn->writable && conn->turn_end;
}

struct frame_conn *frame_conn_new(const struct frame_conn_config *config)
{
	struct frame_conn *conn = calloc(1, sizeof(*conn));
	if (!conn) {
		close(config->fd);
		return NULL;
	}
	conn->config = *config;
	conn->in_size = FRAME_READ_SIZE;
	conn->in = malloc(conn->in_size);
	strbuf_init(&conn->out, FRAME_OUT_MAX);
	if (conn->in && open_events(conn))
		return conn;
	frame_conn_free(conn);
	return NULL;
}

struct strbuf *frame_conn_out(struct frame_conn *conn)
{
	return &conn->out;
}

void frame_conn_send(struct frame_conn *conn)
{
	if (!conn->closed)
		event_active(conn->turn_end, EV_TIMEOUT, 0);
}

bool frame_conn_full(const struct frame_conn *conn)
{
	return conn->out.len > FRAME_UNSENT_MAX;
}

void frame_conn_free(struct frame_conn *conn)
{
	if (!conn)
		return;
	if (!conn->closed)
		send_some(conn);
	struct event *events[] = {conn->readable, conn->writable, conn->turn_end};
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	close(conn->config.fd);
	strbuf_free(&conn->out);
	free(conn->in);
	free(conn);
}
