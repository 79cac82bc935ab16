/* binary_fixture: a tcp transport over the binary wire, and a small frame server on one loop, which
 * answers as the test says. */
#ifndef DUET_TESTS_BINARY_FIXTURE_H
#define DUET_TESTS_BINARY_FIXTURE_H

#include "bff/transport.h"
#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/contract/part_frame.h"
#include "common/frame/frame_conn.h"
#include "tests/unit/contract/part_samples.h"

#include <event2/event.h>
#include <event2/listener.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { ASKS_MAX = 300, HELD_MAX = 300 };

static const char trace_id[] = "0123456789abcdef0123456789abcdef";

enum fake_mode {
	FAKE_PART,    /* the sample of the part asked for */
	FAKE_HOLD,    /* keeps the request */
	FAKE_ANSWER,  /* `answer` */
	FAKE_BYTES,   /* `bytes` in place of an answer's frame */
	FAKE_CUT,     /* a part without its last byte */
	FAKE_SILENCE, /* forgets the request */
};

struct fixture;

struct ask {
	struct part_call part;
	struct fixture *fixture;
	unsigned done, finished;
};

struct fixture {
	struct event_base *base;
	struct evconnlistener *listener;
	char path[64], url[80];
	struct frame_conn *conn; /* of the last client; NULL */
	unsigned connections, requests, pings, closes;
	enum fake_mode mode;
	enum part_answer answer;
	const char *bytes, *stamps; /* stamps: behind every answer; NULL */
	size_t bytes_len;
	struct part_request held[HELD_MAX];
	unsigned held_count;
	char trace[80];
	struct transport *transport;
	struct ask asks[ASKS_MAX];
	unsigned ask_count, finished;
};

/* ---- the server ---- */

static inline void reply(struct fixture *f, uint32_t id, enum part_answer answer,
			 enum read_kind kind)
{
	const void *part = answer == ANSWER_OK && kind != READ_KINDS ? part_samples[kind] : NULL;
	struct strbuf *out = frame_conn_out(f->conn);
	size_t mark = out->len;
	part_frame_write_answer(out, id, answer, kind, part);
	if (f->stamps)
		part_frame_add_stamps(out, mark, slice_of(f->stamps));
	frame_conn_send(f->conn);
}

static inline void reply_cut(struct fixture *f, const struct part_request *request)
{
	struct strbuf *out = frame_conn_out(f->conn);
	size_t mark = out->len;
	part_frame_write_answer(out, request->id, ANSWER_OK, request->kind,
				part_samples[request->kind]);
	out->len--;
	bytes_put_u32(out->data + mark, (uint32_t)(out->len - mark - FRAME_LENGTH_SIZE));
	frame_conn_send(f->conn);
}

static inline const char *on_request(void *arg, struct slice frame)
{
	struct fixture *f = arg;
	struct part_request request;
	enum service service = (unsigned char)frame.at[4] == FRAME_PING
				       ? SERVICE_CATALOG
				       : read_infos[(unsigned char)frame.at[4]].service;
	assert_int_equal(part_frame_read_request(frame, service, &request), FRAME_OK);
	snprintf(f->trace, sizeof(f->trace), "%.*s", (int)request.trace.len, request.trace.at);
	f->requests += !request.ping;
	f->pings += request.ping;
	switch (f->mode) {
	case FAKE_PART:
		reply(f, request.id, ANSWER_OK, request.kind);
		break;
	case FAKE_HOLD:
		assert_true(f->held_count < HELD_MAX);
		f->held[f->held_count++] = request;
		break;
	case FAKE_ANSWER:
		reply(f, request.id, f->answer, request.kind);
		break;
	case FAKE_BYTES:
		strbuf_add(frame_conn_out(f->conn), f->bytes, f->bytes_len);
		frame_conn_send(f->conn);
		break;
	case FAKE_CUT:
		reply_cut(f, &request);
		break;
	case FAKE_SILENCE:
		break;
	}
	return NULL;
}

static inline void on_left(void *arg, const char *why)
{
	struct fixture *f = arg;
	(void)why;
	f->closes++;
	frame_conn_free(f->conn);
	f->conn = NULL;
}

static inline void on_accepted(struct evconnlistener *listener, evutil_socket_t fd,
			       struct sockaddr *address, int len, void *arg)
{
	struct fixture *f = arg;
	const struct frame_conn_config config = {.base = f->base,
						 .fd = fd,
						 .peer = "test",
						 .frame_max = FRAME_REQUEST_MAX,
						 .frame = on_request,
						 .closed = on_left,
						 .arg = f};
	(void)listener;
	(void)address;
	(void)len;
	f->connections++;
	assert_null(f->conn);
	f->conn = frame_conn_new(&config);
	assert_non_null(f->conn);
}

static inline void serve(struct fixture *f)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", f->path);
	f->listener = evconnlistener_new_bind(f->base, on_accepted, f,
					      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16,
					      (struct sockaddr *)&address, sizeof(address));
	assert_non_null(f->listener);
}

static inline void stop_serving(struct fixture *f)
{
	frame_conn_free(f->conn);
	f->conn = NULL;
	if (f->listener)
		evconnlistener_free(f->listener);
	f->listener = NULL;
	unlink(f->path);
}

/* ---- the client ---- */

static inline void begin(struct fixture *f, struct transport_tcp_config config)
{
	char error[PART_ERROR_MAX];
	memset(f, 0, sizeof(*f));
	f->base = event_base_new();
	snprintf(f->path, sizeof(f->path), "/tmp/duet-test-binary-%ld", (long)getpid());
	snprintf(f->url, sizeof(f->url), "unix:%s", f->path);
	unlink(f->path);
	serve(f);
	config.wire = WIRE_BINARY;
	for (int service = 0; service < SERVICE_COUNT; service++)
		config.urls[service] = f->url;
	f->transport = transport_tcp_new(f->base, &config, error);
	if (!f->transport)
		fail_msg("%s", error);
}

static inline void end(struct fixture *f)
{
	transport_free(f->transport);
	for (unsigned i = 0; i < f->ask_count; i++) {
		assert_int_equal(f->asks[i].done, 1);
		arena_free(f->asks[i].part.arena);
	}
	stop_serving(f);
	event_base_free(f->base);
}

static inline void on_done(struct part_call *call)
{
	struct ask *ask = call->owner;
	ask->done++;
	ask->finished = ++ask->fixture->finished;
}

static inline struct ask *send_kind(struct fixture *f, enum read_kind kind)
{
	assert_true(f->ask_count < ASKS_MAX);
	struct ask *ask = &f->asks[f->ask_count++];
	ask->fixture = f;
	ask->part = (struct part_call){
		.kind = kind,
		.args = {.category = "tea", .page = 1, .id_count = 1, .ids = {f->ask_count}},
		.arena = arena_new(0),
		.trace_id = trace_id,
		.deadline_ns = INT64_MAX,
		.done = on_done,
		.owner = ask};
	transport_send(f->transport, &ask->part);
	return ask;
}

static inline struct ask *send_stock(struct fixture *f)
{
	return send_kind(f, READ_STOCK);
}

static inline void give_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Runs the loop until *value reaches `wanted`; fails after 20 s. */
static inline void run_until(struct fixture *f, const unsigned *value, unsigned wanted)
{
	bool late = false;
	struct event *guard = evtimer_new(f->base, give_up, &late);
	const struct timeval after = {20, 0};
	evtimer_add(guard, &after);
	while (*value < wanted && !late)
		event_base_loop(f->base, EVLOOP_ONCE);
	event_free(guard);
	assert_false(late);
}

static inline uint64_t metric(struct fixture *f, const char *name)
{
	struct strbuf out;
	strbuf_init(&out, 65536);
	transport_metrics(f->transport, &out);
	const char *at = strstr(out.data, name);
	assert_non_null(at);
	uint64_t value = strtoull(at + strlen(name), NULL, 10);
	strbuf_free(&out);
	return value;
}

#define CONNECTIONS "upstream_connections_opened_total{service=\"inventory\"} "

static inline void assert_part(const struct ask *ask)
{
	struct strbuf expected, got;
	enum read_kind kind = ask->part.kind;
	if (ask->part.status != PART_OK)
		fail_msg("%s", ask->part.error);
	strbuf_init(&expected, PART_BINARY_MAX);
	strbuf_init(&got, PART_BINARY_MAX);
	part_binary_write(&expected, kind, part_samples[kind]);
	part_binary_write(&got, kind, ask->part.part);
	assert_int_equal(got.len, expected.len);
	assert_memory_equal(got.data, expected.data, got.len);
	strbuf_free(&expected);
	strbuf_free(&got);
}

static inline void assert_failed(const struct ask *ask, const char *says)
{
	assert_int_equal(ask->part.status, PART_FAILED);
	if (!strstr(ask->part.error, says))
		fail_msg("'%s' does not say '%s'", ask->part.error, says);
}

#endif
