/* One request in, one answer out.
 *
 * The answer is written to the socket at once, head and body in one system call, without passing
 * through evhttp's header list and a further turn of the event loop; what the socket does not take
 * goes through the connection's output buffer. evhttp still owns the connection: it is told that
 * the answer is complete (evhttp_send_reply_end) and then reads the next request.
 */
#include "common/http/http_cors.h"
#include "common/http/http_loop.h"
#include "common/http/http_router.h"
#include "common/http/http_static.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <sys/uio.h>

const char http_type_json[] = "application/json";

static const struct http_header allow_header = {"Allow", "GET, HEAD, OPTIONS"};

/* ---- reading ---- */

enum known_header {
	HEADER_HOST,
	HEADER_CONNECTION,
	HEADER_CONTENT_LENGTH,
	HEADER_TRANSFER_ENCODING,
	HEADER_TRACEPARENT,
	HEADER_ORIGIN,
	HEADER_TIMING,
	KNOWN_HEADERS
};

static const struct slice known_headers[KNOWN_HEADERS] = {
	[HEADER_HOST] = {"Host", 4},
	[HEADER_CONNECTION] = {"Connection", 10},
	[HEADER_CONTENT_LENGTH] = {"Content-Length", 14},
	[HEADER_TRANSFER_ENCODING] = {"Transfer-Encoding", 17},
	[HEADER_TRACEPARENT] = {"traceparent", 11},
	[HEADER_ORIGIN] = {"Origin", 6},
	[HEADER_TIMING] = {"X-Duet-Timing", 13},
};

struct facts {
	const char *value[KNOWN_HEADERS]; /* the first of each */
	bool twice[KNOWN_HEADERS];
};

static void facts_read(struct facts *facts, const struct evkeyvalq *headers)
{
	const struct evkeyval *header;
	*facts = (struct facts){0};
	TAILQ_FOREACH(header, headers, next)
	{
		for (size_t i = 0; i < KNOWN_HEADERS; i++) {
			if ((header->key[0] | 0x20) != (known_headers[i].at[0] | 0x20) ||
			    strcasecmp(header->key, known_headers[i].at) != 0)
				continue;
			facts->twice[i] = facts->value[i] != NULL;
			if (!facts->value[i])
				facts->value[i] = header->value;
			break;
		}
	}
}

/* What could make another server on the way see other requests than we do. */
static bool facts_ok(const struct facts *facts, const struct evhttp_request *req)
{
	if (facts->value[HEADER_TRANSFER_ENCODING] &&
	    (facts->value[HEADER_CONTENT_LENGTH] || facts->twice[HEADER_TRANSFER_ENCODING] ||
	     strcasecmp(facts->value[HEADER_TRANSFER_ENCODING], "chunked") != 0))
		return false;
	if (facts->twice[HEADER_CONTENT_LENGTH] || facts->twice[HEADER_HOST])
		return false;
	return facts->value[HEADER_HOST] || req->minor == 0;
}

/* evhttp does not read the body of a method that should have none: it would be taken for the next
 * request. */
static bool body_left_unread(const struct facts *facts, enum evhttp_cmd_type method)
{
	const char *length = facts->value[HEADER_CONTENT_LENGTH];
	switch (method) {
	case EVHTTP_REQ_GET:
	case EVHTTP_REQ_POST:
	case EVHTTP_REQ_PUT:
	case EVHTTP_REQ_DELETE:
	case EVHTTP_REQ_OPTIONS:
	case EVHTTP_REQ_CONNECT:
	case EVHTTP_REQ_PATCH:
		return false;
	default:
		return facts->value[HEADER_TRANSFER_ENCODING] ||
		       (length && strcmp(length, "0") != 0);
	}
}

static struct slice value_slice(const char *value)
{
	return value ? slice_of(value) : SLICE("");
}

static void exchange_fill(struct http_conn *conn, const struct facts *facts,
			  struct evhttp_request *req)
{
	struct http_loop *loop = conn->loop;
	const char *timing = facts->value[HEADER_TIMING];
	conn->req = req;
	conn->state = CONN_HANDLING;
	conn->bodyless = req->type == EVHTTP_REQ_HEAD;
	conn->close = loop->stopping || body_left_unread(facts, req->type);
	conn->route = loop->server->route_count - 1;
	conn->request = (struct http_request){
		.traceparent = value_slice(facts->value[HEADER_TRACEPARENT]),
		.origin = value_slice(facts->value[HEADER_ORIGIN]),
		.wants_timing = timing && strcmp(timing, "1") == 0,
		.loop = loop,
	};
	http_metrics_add(&loop->metrics.in_flight, 1);
}

/* Finds who answers and lets them, or answers what is nobody's. */
static void exchange_route(struct http_conn *conn)
{
	struct http_loop *loop = conn->loop;
	const struct http_app *app = loop->server->config.app;
	struct http_request *request = &conn->request;
	enum evhttp_cmd_type method = conn->req->type;
	bool all = slice_equal(request->path, SLICE("*"));
	if (!all && !http_router_path_ok(request->path)) {
		http_reply_problem(request, PROBLEM_NOT_FOUND, NULL, 0);
		return;
	}
	const struct http_route *route = NULL;
	size_t at = http_router_find(app->routes, app->route_count, request->path);
	size_t builtin = HTTP_BUILTIN_ROUTES;
	if (at < app->route_count)
		route = &app->routes[at];
	else if ((builtin = http_router_find(http_builtin_routes, HTTP_BUILTIN_ROUTES,
					     request->path)) < HTTP_BUILTIN_ROUTES)
		route = &http_builtin_routes[builtin];
	if (route)
		conn->route = route == &app->routes[at] ? at : app->route_count + builtin;
	if (route && (method == EVHTTP_REQ_GET || method == EVHTTP_REQ_HEAD))
		route->handle(builtin < HTTP_BUILTIN_ROUTES ? (void *)loop : loop->state, request);
	else if (method == EVHTTP_REQ_OPTIONS && (route || all))
		http_reply(request, 204, NULL, SLICE(""), &allow_header, 1);
	else if (route)
		http_reply_problem(request, PROBLEM_METHOD, &allow_header, 1);
	else if (!http_static_missing(app->files, request))
		http_reply_problem(request, PROBLEM_NOT_FOUND, NULL, 0);
}

void http_exchange_begin(struct evhttp_request *req, void *arg)
{
	struct http_loop *loop = arg;
	struct http_conn *conn = http_conn_of(loop, req);
	struct facts facts;
	if (!conn) { /* without memory for our side of the connection */
		evhttp_send_error(req, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	facts_read(&facts, req->input_headers);
	exchange_fill(conn, &facts, req);
	loop->current = conn;
	bool whole =
		http_router_split(slice_of(req->uri), &conn->request.path, &conn->request.query);
	if (!facts_ok(&facts, req)) {
		conn->close = true;
		http_reply_problem(&conn->request, PROBLEM_BAD_REQUEST, NULL, 0);
	} else if (!whole) {
		http_reply_problem(&conn->request, PROBLEM_NOT_FOUND, NULL, 0);
	} else {
		exchange_route(conn);
	}
	if (loop->current) { /* not answered yet, so it is still there */
		assert(loop->current->request.closed);
		http_conn_watch(loop->current);
		loop->current = NULL;
	}
}

static struct http_conn *request_conn(const struct http_request *request)
{
	return (struct http_conn *)(uintptr_t)((const char *)request -
					       offsetof(struct http_conn, request));
}

const char *http_request_header(const struct http_request *request, const char *name)
{
	return evhttp_find_header(request_conn(request)->req->input_headers, name);
}

/* ---- writing ---- */

struct status_line {
	int status;
	struct slice line;
};

#define STATUS(code, phrase)                                                                       \
	{                                                                                          \
		code,                                                                              \
		{                                                                                  \
			"HTTP/1.1 " #code " " phrase "\r\n", sizeof(phrase) + 14                   \
		}                                                                                  \
	}

static const struct status_line status_lines[] = {
	STATUS(200, "OK"),
	STATUS(404, "Not Found"),
	STATUS(503, "Service Unavailable"),
	STATUS(204, "No Content"),
	STATUS(400, "Bad Request"),
	STATUS(405, "Method Not Allowed"),
	STATUS(304, "Not Modified"),
	STATUS(500, "Internal Server Error"), /* the last is also for what is not listed */
};

enum { STATUS_LINES = sizeof(status_lines) / sizeof(status_lines[0]) };

static const struct status_line *status_find(int status)
{
	const struct status_line *line = status_lines;
	while (line < status_lines + STATUS_LINES - 1 && line->status != status)
		line++;
	return line;
}

static struct slice loop_date(struct http_loop *loop)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec != loop->date_s) {
		struct tm utc;
		loop->date_s = now.tv_sec;
		gmtime_r(&loop->date_s, &utc);
		strftime(loop->date, sizeof(loop->date), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n",
			 &utc);
	}
	return slice_of(loop->date);
}

static void head_add_length(struct strbuf *head, size_t length)
{
	char digits[24];
	char *at = digits + sizeof(digits);
	do {
		*--at = (char)('0' + length % 10);
		length /= 10;
	} while (length);
	strbuf_add_slice(head, SLICE("Content-Length: "));
	strbuf_add(head, at, (size_t)(digits + sizeof(digits) - at));
	strbuf_add_slice(head, SLICE("\r\n"));
}

static void head_add(struct strbuf *head, const char *name, const char *value)
{
	strbuf_add_text(head, name);
	strbuf_add_slice(head, SLICE(": "));
	strbuf_add_text(head, value);
	strbuf_add_slice(head, SLICE("\r\n"));
}

static void head_write(struct http_conn *conn, int status, const char *content_type, size_t length,
		       const struct http_header *headers, size_t header_count)
{
	struct strbuf *head = &conn->loop->head;
	const struct evhttp_request *req = conn->req;
	strbuf_clear(head);
	strbuf_add_slice(head, status_find(status)->line);
	strbuf_add_slice(head, loop_date(conn->loop));
	if (content_type) { /* without one there is no body: 204 and 304 */
		head_add(head, "Content-Type", content_type);
		head_add_length(head, length);
	}
	for (size_t i = 0; i < header_count; i++)
		head_add(head, headers[i].name, headers[i].value);
	if (conn->request.origin.len && conn->loop->server->config.app->cors)
		http_cors_write(conn->loop->server->config.app->cors, conn->request.origin,
				req->type == EVHTTP_REQ_OPTIONS, head);
	const char *connection = evhttp_find_header(req->input_headers, "Connection");
	if (conn->close || (connection && strcasecmp(connection, "close") == 0))
		head_add(head, "Connection", "close");
	else if (req->minor == 0 && connection && strcasecmp(connection, "keep-alive") == 0)
		head_add(head, "Connection", "keep-alive");
	strbuf_add_slice(head, SLICE("\r\n"));
}

static void answer_written(struct evhttp_request *req, void *arg)
{
	struct http_conn *conn = arg;
	(void)req;
	conn->state = CONN_IDLE;
}

/* Puts what is left of head and body behind what the connection still has to send. */
static void answer_buffer(struct http_conn *conn, struct slice head, struct slice body, size_t done)
{
	struct evbuffer *output = bufferevent_get_output(conn->bev);
	if (done < head.len) {
		evbuffer_add(output, head.at + done, head.len - done);
		done = head.len;
	}
	evbuffer_add(output, body.at + (done - head.len), body.len - (done - head.len));
	conn->state = CONN_WRITING;
	evhttp_request_set_on_complete_cb(conn->req, answer_written, conn);
	http_conn_watch(conn);
	bufferevent_enable(conn->bev, EV_WRITE);
}

static void answer_send(struct http_conn *conn, struct slice head, struct slice body)
{
	struct evbuffer *output = bufferevent_get_output(conn->bev);
	struct iovec parts[2] = {{(void *)(uintptr_t)head.at, head.len},
				 {(void *)(uintptr_t)body.at, body.len}};
	ssize_t sent = 0;
	conn->req->userdone = 1;
	conn->req->chunked = 0; /* of the request's body; must not end our answer */
	if (evbuffer_get_length(output) == 0)
		sent = writev(conn->fd, parts, body.len ? 2 : 1);
	size_t done = sent > 0 ? (size_t)sent : 0;
	conn->state = CONN_IDLE;
	if (done < head.len + body.len)
		answer_buffer(conn, head, body, done);
	evhttp_send_reply_end(conn->req); /* the connection may be gone after this */
}

void http_reply(struct http_request *request, int status, const char *content_type,
		struct slice body, const struct http_header *headers, size_t header_count)
{
	struct http_conn *conn = request_conn(request);
	struct http_loop *loop = conn->loop;
	assert(conn->state == CONN_HANDLING);
	if (loop->current == conn)
		loop->current = NULL;
	conn->close = conn->close || loop->stopping;
	http_metrics_count(&loop->metrics, conn->route, status);
	if (http_turn_first(&loop->turn))
		http_metrics_add(&loop->metrics.answer_turns, 1);
	http_metrics_add(&loop->metrics.in_flight, UINT64_MAX);
	head_write(conn, status, content_type, body.len, headers, header_count);
	if (conn->bodyless || !content_type)
		body = SLICE("");
	if (conn->close)
		evhttp_add_header(conn->req->output_headers, "Connection", "close");
	if (!strbuf_ok(&loop->head)) { /* more headers than fit: a program's fault */
		strbuf_clear(&loop->head);
		strbuf_add_text(&loop->head, "HTTP/1.1 500 Internal Server Error\r\n"
					     "Content-Length: 0\r\n\r\n");
		body = SLICE("");
	}
	answer_send(conn, (struct slice){loop->head.data, loop->head.len}, body);
}

void http_reply_problem(struct http_request *request, enum http_problem problem,
			const struct http_header *headers, size_t header_count)
{
	const struct http_problem_info *info = &http_problems[problem];
	struct http_header all[8];
	size_t count = 0;
	for (; count < header_count && count < 7; count++)
		all[count] = headers[count];
	if (info->retry_after)
		all[count++] = (struct http_header){"Retry-After", info->retry_after};
	http_reply(request, info->status, http_type_problem, info->body, all, count);
}
