/* fake_upstream: a small HTTP server on the test's own loop, which answers as the test says. */
#ifndef DUET_TESTS_FAKE_UPSTREAM_H
#define DUET_TESTS_FAKE_UPSTREAM_H

#include "common/contract/part_json.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAKE_HELD_MAX = 128 };

enum fake_mode {
	FAKE_PART,      /* stock of the id asked for */
	FAKE_HOLD,      /* keeps the request */
	FAKE_STATUS,    /* answers with `status` */
	FAKE_TEXT,      /* answers 200 with `text` */
	FAKE_CHUNKS,    /* the part in chunks, without a length */
	FAKE_LARGE,     /* a body longer than any part may be */
	FAKE_ENDLESS,   /* the same in chunks */
	FAKE_TRUNCATED, /* says more bytes than it sends */
	FAKE_DROP       /* closes the connection without an answer */
};

struct fake_upstream {
	struct event_base *base;
	struct evhttp *http;
	char url[128];
	enum fake_mode mode;
	int status;
	const char *text;
	unsigned drops; /* with FAKE_DROP: so many, then parts */
	unsigned connections, requests;
	struct evhttp_request *held[FAKE_HELD_MAX];
	char held_targets[FAKE_HELD_MAX][64];
	unsigned held_count;
	char traceparent[80];
	const char *stamps;   /* sent with every answer; NULL: not */
	unsigned odd_headers; /* headers that no request should carry */
};

static inline void fake_write_part(struct evbuffer *out)
{
	struct part_stock part = {.count = 1, .items = {{7, {1, 2, 3}}}};
	struct strbuf json;
	strbuf_init(&json, PART_JSON_MAX);
	part_json_write(&json, READ_STOCK, &part);
	assert_true(strbuf_ok(&json));
	evbuffer_add(out, json.data, json.len);
	strbuf_free(&json);
}

static inline void fake_reply(struct evhttp_request *request, int status, struct evbuffer *body)
{
	evhttp_send_reply(request, status, "fake", body);
}

static inline void fake_reply_part(struct evhttp_request *request)
{
	struct evbuffer *body = evbuffer_new();
	fake_write_part(body);
	fake_reply(request, 200, body);
	evbuffer_free(body);
}

static inline void fake_close(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	evhttp_connection_free(arg);
}

/* Closes a request's connection from the loop, where evhttp bears it. */
static inline void fake_close_soon(struct fake_upstream *fake, struct evhttp_request *request)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	event_base_once(fake->base, -1, EV_TIMEOUT, fake_close, connection, NULL);
}

static inline void fake_reply_chunks(struct evhttp_request *request, bool endless)
{
	struct evbuffer *body = evbuffer_new();
	evhttp_send_reply_start(request, 200, "fake");
	if (endless) {
		static const char spaces[8192] = {' '};
		for (int i = 0; i < 40; i++) {
			evbuffer_add(body, spaces, sizeof(spaces));
			evhttp_send_reply_chunk(request, body);
		}
	} else {
		fake_write_part(body);
		struct evbuffer *one = evbuffer_new();
		while (evbuffer_get_length(body)) {
			evbuffer_remove_buffer(body, one, 7);
			evhttp_send_reply_chunk(request, one);
		}
		evbuffer_free(one);
	}
	evhttp_send_reply_end(request);
	evbuffer_free(body);
}

static inline void fake_reply_body(struct evhttp_request *request, const char *text, size_t len,
				   bool truncated)
{
	struct evbuffer *body = evbuffer_new();
	evbuffer_add(body, text, len);
	if (truncated) {
		struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
		evhttp_add_header(headers, "Content-Length", "1000");
		evhttp_add_header(headers, "Connection", "close");
	}
	fake_reply(request, 200, body);
	evbuffer_free(body);
}

static inline void fake_note(struct fake_upstream *fake, struct evhttp_request *request)
{
	static const char *const odd[] = {"Accept", "Accept-Encoding", "User-Agent", "Expect"};
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	const char *trace = evhttp_find_header(headers, "traceparent");
	snprintf(fake->traceparent, sizeof(fake->traceparent), "%s", trace ? trace : "");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		fake->odd_headers += evhttp_find_header(headers, odd[i]) != NULL;
	if (fake->stamps)
		evhttp_add_header(evhttp_request_get_output_headers(request), "x-duet-stamps",
				  fake->stamps);
	fake->requests++;
}

static inline void fake_handle(struct evhttp_request *request, void *arg)
{
	struct fake_upstream *fake = arg;
	static char large[PART_JSON_MAX + 1];
	fake_note(fake, request);
	if (fake->mode == FAKE_DROP && fake->drops-- == 0)
		fake->mode = FAKE_PART;
	switch (fake->mode) {
	case FAKE_PART:
		fake_reply_part(request);
		break;
	case FAKE_HOLD:
		assert_true(fake->held_count < FAKE_HELD_MAX);
		snprintf(fake->held_targets[fake->held_count], 64, "%s",
			 evhttp_request_get_uri(request));
		fake->held[fake->held_count++] = request;
		break;
	case FAKE_STATUS:
		fake_reply(request, fake->status, NULL);
		break;
	case FAKE_TEXT:
		fake_reply_body(request, fake->text, strlen(fake->text), false);
		break;
	case FAKE_CHUNKS:
	case FAKE_ENDLESS:
		fake_reply_chunks(request, fake->mode == FAKE_ENDLESS);
		break;
	case FAKE_LARGE:
		fake_reply_body(request, large, sizeof(large), false);
		break;
	case FAKE_TRUNCATED:
		fake_reply_body(request, "[1,", 3, true);
		break;
	case FAKE_DROP:
		fake_close_soon(fake, request);
		break;
	}
}

static inline struct bufferevent *fake_accepted(struct event_base *base, void *arg)
{
	((struct fake_upstream *)arg)->connections++;
	return bufferevent_socket_new(base, -1, 0);
}

/* A listening TCP socket on any free port of 127.0.0.1; `url` gets its address. */
static inline int fake_listen(char url[128], int backlog)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(url, 128, "http://127.0.0.1:%u", ntohs(address.sin_port));
	return fd;
}

static inline int fake_listen_unix(char url[128])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/duet-test-%ld.sock",
		 (long)getpid());
	unlink(address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	snprintf(url, 128, "unix:%.107s", address.sun_path);
	return fd;
}

static inline void fake_upstream_start(struct fake_upstream *fake, struct event_base *base, int fd)
{
	fake->base = base;
	fake->http = evhttp_new(base);
	assert_non_null(fake->http);
	evhttp_set_gencb(fake->http, fake_handle, fake);
	evhttp_set_bevcb(fake->http, fake_accepted, fake);
	assert_int_equal(evhttp_accept_socket(fake->http, fd), 0);
}

#endif
