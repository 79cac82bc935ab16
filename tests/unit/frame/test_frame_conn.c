/* frame_conn over a socket pair: frames cut anywhere, batches, bounds, ends. */
#include "common/frame/frame_conn.h"

#include "common/base/bytes.h"

#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAME_MAX = 200000, FRAMES = 500 };

struct fixture {
	struct event_base *base;
	struct frame_conn *conn;
	int peer; /* the other end, the test's */
	unsigned frames, closes;
	size_t bytes;
	size_t lengths[FRAMES];
	size_t answer; /* appended for each frame */
	char why[128];
	bool free_on_close;
};

static void append(struct strbuf *out, size_t len, char with)
{
	char *at = strbuf_reserve(out, 4 + len);
	assert_non_null(at);
	bytes_put_u32(at, (uint32_t)len);
	memset(at + 4, with, len);
	out->len += 4 + len;
	out->data[out->len] = '\0';
}

static const char *on_frame(void *arg, struct slice frame)
{
	struct fixture *f = arg;
	for (size_t i = 0; i < frame.len; i++)
		if (frame.at[i] != 'x')
			return "not all x";
	if (f->frames < FRAMES)
		f->lengths[f->frames] = frame.len;
	f->frames++;
	f->bytes += frame.len;
	if (f->answer) {
		append(frame_conn_out(f->conn), f->answer, 'y');
		frame_conn_send(f->conn);
	}
	return NULL;
}

static void on_closed(void *arg, const char *why)
{
	struct fixture *f = arg;
	snprintf(f->why, sizeof(f->why), "%s", why);
	f->closes++;
	if (!f->free_on_close)
		return;
	frame_conn_free(f->conn);
	f->conn = NULL;
}

static void begin(struct fixture *f, bool pauses)
{
	int ends[2];
	memset(f, 0, sizeof(*f));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	f->base = event_base_new();
	f->peer = ends[1];
	const struct frame_conn_config config = {.base = f->base,
						 .fd = ends[0],
						 .peer = "test",
						 .frame_max = FRAME_MAX,
						 .pauses = pauses,
						 .frame = on_frame,
						 .closed = on_closed,
						 .arg = f};
	f->conn = frame_conn_new(&config);
	assert_non_null(f->conn);
}

static void end(struct fixture *f)
{
	frame_conn_free(f->conn);
	event_base_free(f->base);
	if (f->peer >= 0)
		close(f->peer);
}

static void turn(struct fixture *f)
{
	event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static void give(struct fixture *f, const void *bytes, size_t len)
{
	assert_int_equal(send(f->peer, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void frames_may_be_cut_anywhere(void **state)
{
	(void)state;
	struct strbuf stream;
	strbuf_init(&stream, 4096);
	for (size_t len = 0; len < 9; len++)
		append(&stream, len, 'x');
	for (size_t first = 0; first <= stream.len; first++) {
		for (size_t second = first; second <= stream.len; second += 5) {
			struct fixture f;
			const size_t cuts[] = {0, first, second, stream.len};
			begin(&f, false);
			for (int i = 0; i < 3; i++) {
				if (cuts[i + 1] > cuts[i])
					give(&f, stream.data + cuts[i], cuts[i + 1] - cuts[i]);
				turn(&f);
			}
			assert_int_equal(f.frames, 9);
			for (size_t len = 0; len < 9; len++)
				assert_int_equal(f.lengths[len], len);
			assert_int_equal(f.closes, 0);
			end(&f);
		}
	}
	strbuf_free(&stream);
}

static void long_frames_grow_the_buffer(void **state)
{
	(void)state;
	struct fixture f;
	struct strbuf stream;
	begin(&f, false);
	strbuf_init(&stream, 1 << 20);
	append(&stream, FRAME_MAX, 'x');
	append(&stream, 3, 'x');
	append(&stream, FRAME_READ_SIZE, 'x');
	append(&stream, 1, 'x');
	for (size_t at = 0; at < stream.len;) {
		ssize_t sent = send(f.peer, stream.data + at, stream.len - at, MSG_NOSIGNAL);
		if (sent > 0)
			at += (size_t)sent;
		turn(&f);
	}
	for (int i = 0; i < 10; i++)
		turn(&f);
	assert_int_equal(f.frames, 4);
	assert_int_equal(f.bytes, FRAME_MAX + 3 + FRAME_READ_SIZE + 1);
	strbuf_free(&stream);
	end(&f);
}

static void hostile_lengths_end_the_connection(void **state)
{
	(void)state;
	static const uint32_t lengths[] = {FRAME_MAX + 1, 0x7fffffff, 0x80000000, UINT32_MAX};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct fixture f;
		char head[4], expected[32], rest;
		begin(&f, false);
		f.free_on_close = i % 2;
		bytes_put_u32(head, lengths[i]);
		give(&f, "\1\0\0\0x", 5);
		give(&f, head, 4);
		turn(&f);
		assert_int_equal(f.frames, 1);
		assert_int_equal(f.closes, 1);
		snprintf(expected, sizeof(expected), "%u bytes", lengths[i]);
		assert_non_null(strstr(f.why, expected));
		turn(&f);
		frame_conn_free(f.conn);
		f.conn = NULL;
		assert_int_equal(recv(f.peer, &rest, 1, 0), 0);
		end(&f);
	}
}

static void a_malformed_frame_ends_the_connection(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, false);
	give(&f, "\1\0\0\0x\2\0\0\0xz\1\0\0\0x", 16);
	turn(&f);
	turn(&f);
	assert_int_equal(f.frames, 1);
	assert_int_equal(f.closes, 1);
	assert_string_equal(f.why, "not all x");
	frame_conn_send(f.conn); /* does nothing any more */
	turn(&f);
	end(&f);
}

static void the_peers_end_is_told_once(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, false);
	give(&f, "\1\0\0\0x\5\0\0\0x", 10); /* the second is not whole */
	close(f.peer);
	f.peer = -1;
	for (int i = 0; i < 3; i++)
		turn(&f);
	assert_int_equal(f.frames, 1);
	assert_int_equal(f.closes, 1);
	end(&f);
}

static void a_turns_frames_go_out_together(void **state)
{
	(void)state;
	struct fixture f;
	char got[256];
	begin(&f, false);
	for (int i = 0; i < 10; i++) {
		append(frame_conn_out(f.conn), 6, 'y');
		frame_conn_send(f.conn);
	}
	assert_int_equal(recv(f.peer, got, sizeof(got), 0), -1);
	turn(&f);
	assert_int_equal(recv(f.peer, got, sizeof(got), 0), 100);
	append(frame_conn_out(f.conn), 6, 'y');
	frame_conn_free(f.conn); /* sends what waits */
	f.conn = NULL;
	assert_int_equal(recv(f.peer, got, sizeof(got), 0), 10);
	end(&f);
}

/* Reads all that comes until nothing more does. */
static size_t take_all(struct fixture *f)
{
	static char got[65536];
	size_t total = 0;
	for (int quiet = 0; quiet < 5;) {
		ssize_t n = recv(f->peer, got, sizeof(got), 0);
		if (n > 0)
			total += (size_t)n;
		quiet = n > 0 ? 0 : quiet + 1;
		turn(f);
	}
	return total;
}

static void who_does_not_read_is_not_read_from(void **state)
{
	(void)state;
	struct fixture f;
	struct strbuf asks;
	begin(&f, true);
	f.answer = 10000;
	strbuf_init(&asks, 65536);
	for (int i = 0; i < FRAMES; i++)
		append(&asks, 1, 'x');
	give(&f, asks.data, asks.len);
	strbuf_free(&asks);
	for (int i = 0; i < 50; i++)
		turn(&f);
	assert_true(f.frames < FRAMES);
	assert_true(frame_conn_full(f.conn));
	assert_true(frame_conn_out(f.conn)->len < FRAME_UNSENT_MAX + 20000);
	assert_int_equal(take_all(&f), FRAMES * 10004);
	assert_int_equal(f.frames, FRAMES);
	assert_int_equal(f.closes, 0);
	assert_false(frame_conn_full(f.conn));
	end(&f);
}

static void what_is_beyond_all_bounds_ends_the_connection(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, false);
	struct strbuf *out = frame_conn_out(f.conn);
	while (strbuf_ok(out)) {
		strbuf_reserve(out, 100000);
		if (strbuf_ok(out))
			append(out, 90000, 'y');
	}
	frame_conn_send(f.conn);
	turn(&f);
	assert_int_equal(f.closes, 1);
	assert_string_equal(f.why, "too much waits to be sent");
	end(&f);
}

static void a_gone_reader_ends_the_connection(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, false);
	f.free_on_close = true;
	close(f.peer);
	f.peer = -1;
	append(frame_conn_out(f.conn), 10, 'y');
	frame_conn_send(f.conn);
	turn(&f);
	turn(&f);
	assert_int_equal(f.closes, 1);
	assert_null(f.conn);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_may_be_cut_anywhere),
		cmocka_unit_test(long_frames_grow_the_buffer),
		cmocka_unit_test(hostile_lengths_end_the_connection),
		cmocka_unit_test(a_malformed_frame_ends_the_connection),
		cmocka_unit_test(the_peers_end_is_told_once),
		cmocka_unit_test(a_turns_frames_go_out_together),
		cmocka_unit_test(who_does_not_read_is_not_read_from),
		cmocka_unit_test(what_is_beyond_all_bounds_ends_the_connection),
		cmocka_unit_test(a_gone_reader_ends_the_connection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
