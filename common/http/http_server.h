/* http_server: the HTTP/1.1 server of all six programs, over libevent's evhttp.
 *
 * One event loop a thread; with more than one, each has its own listening socket (SO_REUSEPORT).
 * Paths and queries are passed on raw: nothing is percent-decoded. The server itself answers what
 * no program should have to: unknown paths (404), paths with %00, %2f, backslashes or ".." segments
 * (404), other methods than GET and HEAD (OPTIONS 204, others 405, both with Allow), Content-Length
 * beside Transfer-Encoding (400), and /healthz, /readyz, /metrics, / (unless the program does).
 * HEAD is answered like GET with GET's Content-Length and no body.
 *
 * Life of a request: route->handle(state, request) is called on the loop's thread and answers it by
 * exactly one http_reply or http_reply_problem, at once or later; the request is gone when that
 * returns. A handler that answers later sets request->closed first: when the client leaves before
 * the answer, closed(request) is called instead and the request is gone when it returns.
 *
 * Stop (http_server_stop, or SIGTERM and SIGINT): no new connections, idle ones are closed, what is
 * in flight is finished up to `stop_timeout_ns`.
 */
#ifndef DUET_HTTP_HTTP_SERVER_H
#define DUET_HTTP_HTTP_SERVER_H

#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "common/http/http_problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_ERROR_MAX = 256, HTTP_ROUTES_MAX = 16, HTTP_BODY_MAX = 65536, HTTP_HEADER_MAX = 8192 };

struct event_base;
struct http_cors;
struct http_server;
struct http_static;
struct http_loop;

struct http_request {
	struct slice path, query;         /* raw; valid until the reply */
	struct slice traceparent, origin; /* header values, empty when absent; valid until the
					     reply */
	bool wants_timing;                /* X-Duet-Timing: 1 */
	struct http_loop *loop;
	void *user; /* the handler's own */
	void (*closed)(
		struct http_request *request); /* the handler's; NULL for answers given at once */
};

/* One address. Hot ones first: the table is searched in order. */
struct http_route {
	const char *name; /* the label in http_requests_total */
	const char
		*path; /* "/api/home" exactly, or "/api/products/" and all below when it ends in '/'
			*/
	void (*handle)(void *state, struct http_request *request);
};

/* What a program does with requests. `state` is a loop's own, made on its thread by `start`. */
struct http_app {
	const char *program; /* "unified" */
	const char *about;   /* one line for people who open / in a browser */
	const struct http_route *routes;
	size_t route_count; /* at most HTTP_ROUTES_MAX */

	/* Makes a loop's state; NULL with one line in error. Nothing is accepted before all loops
	 * have theirs. */
	void *(*start)(void *arg, struct http_loop *loop, char error[HTTP_ERROR_MAX]);
	/* Frees it; every request has been answered or closed by then. */
	void (*stop)(void *state);
	/* Calls done(done_arg, ok, detail) once, at once or later. */
	void (*ready)(void *state, void (*done)(void *done_arg, bool ok, const char *detail),
		      void *done_arg);
	/* Appends OpenMetrics samples of this loop, each "name{labels} value\n"; loops are summed
	 * by the server. May be NULL. */
	void (*metrics)(void *state, struct strbuf *out);
	void *arg; /* start's */

	/* Origins that may read answers in a browser, and the web pages' files; NULL: none. An app
	 * with files has http_static_routes among its routes. */
	const struct http_cors *cors;
	const struct http_static *files;
	const char *results; /* folder of runs for /results/ (http_results.h); NULL: none */
};

struct http_server_config {
	const char *listen;       /* "HOST:PORT" (numeric; port 0: any free one), "[::1]:PORT" or
				     "unix:PATH" */
	unsigned threads;         /* event loops, at least 1 */
	unsigned max_connections; /* of the whole process; more wait in the kernel's backlog */
	int64_t idle_timeout_ns;  /* a connection without a request, or that reads no answer */
	int64_t stop_timeout_ns;  /* how long a stop waits for what is in flight */
	bool handle_signals;      /* SIGTERM and SIGINT stop the server */
	const struct http_app *app;
};

/* Binds the address and raises the limit of open files. NULL with one line in error: a malformed
 * address, a port that is taken (and by whom), too few files. */
struct http_server *http_server_new(const struct http_server_config *config,
				    char error[HTTP_ERROR_MAX]);

/* Starts the loops, listens, logs a line with the address, and serves until it is stopped. True
 * after a stop; false with one line in error when a loop could not start. */
bool http_server_run(struct http_server *server, char error[HTTP_ERROR_MAX]);

/* Serves on the caller's loop, which the caller turns, until http_server_free on that loop's
 * thread: for a server inside another program. For one thread, without signals. False with one line
 * in error. */
bool http_server_attach(struct http_server *server, struct event_base *base,
			char error[HTTP_ERROR_MAX]);

/* Asks a running server to stop. From any thread. */
void http_server_stop(struct http_server *server);

/* "127.0.0.1:8080" with the real port, or "unix:PATH". */
const char *http_server_address(const struct http_server *server);

void http_server_free(struct http_server *server);

/* A loop's event base, number (from 0) and count of loops. */
struct event_base *http_loop_base(const struct http_loop *loop);
unsigned http_loop_index(const struct http_loop *loop);
unsigned http_loop_count(const struct http_loop *loop);

/* An emptied buffer for one body, the loop's own: use it and reply before returning to the loop. */
struct strbuf *http_loop_scratch(struct http_loop *loop);

/* A header to add to a reply; both static or valid for the call. */
struct http_header {
	const char *name, *value;
};

/* A header of the request by its name in any case, or NULL; valid until the reply. */
const char *http_request_header(const struct http_request *request, const char *name);

extern const char http_type_json[]; /* "application/json" */

/* Answers. `body` is copied. Content-Type, Content-Length and Date are the server's affair. */
void http_reply(struct http_request *request, int status, const char *content_type,
		struct slice body, const struct http_header *headers, size_t header_count);

/* Answers with a fixed error text. */
void http_reply_problem(struct http_request *request, enum http_problem problem,
			const struct http_header *headers, size_t header_count);

#endif
