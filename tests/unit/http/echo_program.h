/* echo_program: what the live server tests serve: small, big, slow and echoed answers. */
#ifndef DUET_TEST_ECHO_PROGRAM_H
#define DUET_TEST_ECHO_PROGRAM_H

#include "tests/unit/http/raw_client.h"

#include "common/base/clock.h"

#include <event2/event.h>
#include <stdatomic.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: t\r\n\r\n"

enum { BIG = 60000, SLOW_MS = 300 };

struct program {
	struct http_loop *loop;
	struct event *timer;
	struct http_request *slow; /* waits for its timer */
};

static atomic_int gone, stopped;
static char big[BIG];

static void handle_small(void *state, struct http_request *request)
{
	(void)state;
	http_reply(request, 200, http_type_json, SLICE("{}"), NULL, 0);
}

static void handle_big(void *state, struct http_request *request)
{
	(void)state;
	http_reply(request, 200, http_type_json, (struct slice){big, BIG}, NULL, 0);
}

static void handle_echo(void *state, struct http_request *request)
{
	struct strbuf *body = http_loop_scratch(request->loop);
	(void)state;
	strbuf_add_slice(body, request->path);
	strbuf_add_char(body, '|');
	strbuf_add_slice(body, request->query);
	strbuf_add_char(body, '|');
	strbuf_add_slice(body, request->traceparent);
	strbuf_add_char(body, request->wants_timing ? '1' : '0');
	http_reply(request, 200, http_type_json, (struct slice){body->data, body->len}, NULL, 0);
}

static void slow_closed(struct http_request *request)
{
	struct program *program = request->user;
	program->slow = NULL;
	event_del(program->timer);
	atomic_fetch_add(&gone, 1);
}

static void slow_done(evutil_socket_t fd, short what, void *arg)
{
	struct program *program = arg;
	struct http_request *request = program->slow;
	(void)fd;
	(void)what;
	program->slow = NULL;
	http_reply(request, 200, http_type_json, SLICE("\"slow\""), NULL, 0);
}

static void handle_slow(void *state, struct http_request *request)
{
	struct program *program = state;
	struct timeval wait = {.tv_usec = SLOW_MS * 1000};
	program->slow = request;
	request->user = program;
	request->closed = slow_closed;
	event_add(program->timer, &wait);
}

static void *program_start(void *arg, struct http_loop *loop, char error[HTTP_ERROR_MAX])
{
	if (arg && http_loop_index(loop) == http_loop_count(loop) - 1) {
		snprintf(error, HTTP_ERROR_MAX, "%s", (const char *)arg);
		return NULL;
	}
	struct program *program = calloc(1, sizeof(*program));
	program->loop = loop;
	program->timer = event_new(http_loop_base(loop), -1, 0, slow_done, program);
	return program;
}

static void program_stop(void *state)
{
	struct program *program = state;
	event_free(program->timer);
	free(program);
	atomic_fetch_add(&stopped, 1);
}

static void program_ready(void *state, void (*done)(void *arg, bool ok, const char *detail),
			  void *arg)
{
	(void)state;
	done(arg, true, "fine");
}

static void program_metrics(void *state, struct strbuf *out)
{
	(void)state;
	strbuf_add_text(out, "loops_total 1\n");
}

static const struct http_route routes[] = {
	{"small", "/small", handle_small},
	{"big", "/big", handle_big},
	{"slow", "/slow", handle_slow},
	{"echo", "/echo/", handle_echo},
};

static struct http_app app = {
	.program = "test",
	.about = "A test.",
	.routes = routes,
	.route_count = sizeof(routes) / sizeof(routes[0]),
	.start = program_start,
	.stop = program_stop,
	.ready = program_ready,
	.metrics = program_metrics,
};

static inline struct http_server_config config_of(unsigned threads)
{
	return (struct http_server_config){.listen = "127.0.0.1:0",
					   .threads = threads,
					   .max_connections = 1000,
					   .idle_timeout_ns = 30 * NS_PER_S,
					   .stop_timeout_ns = 10 * NS_PER_S,
					   .app = &app};
}

#endif
