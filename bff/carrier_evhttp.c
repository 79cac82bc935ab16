/* carrier_evhttp: HTTP/1.1 by libevent's own client. An exchange is one kept-alive connection,
 * which carries one request at a time; the pool of connections is the pool of idle exchanges.
 *
 * A connection: CLOSED -> (a request) CONNECTING -> OPEN -> CLOSED. evhttp connects again by itself
 * when it is asked on one that is closed, and closes one whose answer was bad. While it connects
 * its event callback is wrapped, which is where the error is seen that it keeps to itself, and
 * where its time-outs end: it has one length for connecting and for answering, and answers are
 * timed by the transport. As libcurl does, a request whose connection was used before and closes
 * without an answer is asked once more, on a new one.
 *
 * libevent 2.1's client speaks TCP alone.
 */
#include "bff/carrier.h"
#include "bff/http_call.h"
#include "common/base/clock.h"
#include "common/contract/part_json.h"
#include "common/contract/stamps.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_HEAD_MAX = 8192 };

_Static_assert(PART_JSON_MAX == 256 * 1024, "the message in error_texts says so");

struct evhttp_exchange {
	struct exchange base;
	struct carrier *carrier;
	struct evhttp_connection *connection; /* NULL: none was made yet, or it was given up */
	struct strbuf target;
	char traceparent[HTTP_CALL_TRACE_SIZE]; /* "" without */
	bool open;                              /* connected */
	bool reused;                     /* the request was sent on a connection that was open */
	bool asking;                     /* within evhttp_make_request, which may fail at once */
	bool failed;                     /* it did */
	int os_error;                    /* why connecting failed; 0: it did not */
	enum evhttp_request_error error; /* why a request has no answer */

	/* evhttp's own, while it connects */
	bufferevent_event_cb on_event;
	void *on_event_arg;
};

static const char *const error_texts[] = {
	[EVREQ_HTTP_TIMEOUT] = "the connection stands still",
	[EVREQ_HTTP_EOF] = "the connection closed before its answer was whole",
	[EVREQ_HTTP_INVALID_HEADER] = "the answer is no HTTP",
	[EVREQ_HTTP_BUFFER_ERROR] = "the connection failed",
	[EVREQ_HTTP_REQUEST_CANCEL] = "cancelled",
	[EVREQ_HTTP_DATA_TOO_LONG] = "the answer is longer than 256 KiB",
};

static struct evhttp_exchange *exchange_of(struct exchange *exchange)
{
	return (struct evhttp_exchange *)exchange;
}

/* ---- connecting ---- */

static void on_closed(struct evhttp_connection *connection, void *arg)
{
	struct evhttp_exchange *x = arg;
	(void)connection;
	x->open = false;
}

static void on_connect_event(struct bufferevent *bev, short what, void *arg)
{
	struct evhttp_exchange *x = arg;
	const int on = 1;
	if (what & BEV_EVENT_CONNECTED) {
		(void)setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		x->open = true;
	} else {
		x->os_error = what & BEV_EVENT_TIMEOUT ? ETIMEDOUT : errno;
		errno = x->os_error;
	}
	bufferevent_setcb(bev, NULL, NULL, x->on_event, x->on_event_arg);
	x->on_event(bev, what, x->on_event_arg);
	if (x->open)
		bufferevent_set_timeouts(bev, NULL, NULL);
}

static void watch_connecting(struct evhttp_exchange *x)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(x->connection);
	bufferevent_data_cb read, write;
	bufferevent_getcb(bev, &read, &write, &x->on_event, &x->on_event_arg);
	bufferevent_setcb(bev, read, write, on_connect_event, x);
	x->base.upstream->connections++;
}

static bool make_connection(struct evhttp_exchange *x)
{
	const struct upstream *upstream = x->base.upstream;
	int64_t connect_ns = x->carrier->config.connect_timeout_ns;
	const struct timeval connect = {.tv_sec = connect_ns / NS_PER_S,
					.tv_usec = connect_ns % NS_PER_S / NS_PER_US};
	x->connection = evhttp_connection_base_new(x->carrier->config.base, NULL, upstream->host,
						   upstream->port);
	if (!x->connection)
		return false;
	evhttp_connection_set_timeout_tv(x->connection, &connect);
	evhttp_connection_set_max_headers_size(x->connection, ANSWER_HEAD_MAX);
	evhttp_connection_set_max_body_size(x->connection, PART_JSON_MAX);
	evhttp_connection_set_closecb(x->connection, on_closed, x);
	return true;
}

/* ---- one request ---- */

/* The body's bytes in the call's arena. False without memory. */
static bool copy_body(const struct exchange *x, struct evhttp_request *request, struct slice *body)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(request);
	size_t len = evbuffer_get_length(input);
	char *bytes = arena_alloc(x->call->arena, len);
	if (!bytes || evbuffer_remove(input, bytes, len) != (int)len)
		return false;
	*body = (struct slice){bytes, len};
	return true;
}

static enum part_status judge_answer(const struct exchange *x, struct evhttp_request *request)
{
	int status = evhttp_request_get_response_code(request);
	struct slice body = SLICE("");
	bool wanted = x->call && !x->call->cancelled && status == HTTP_OK;
	if (x->call && x->call->trace_id) {
		const char *stamps = evhttp_find_header(evhttp_request_get_input_headers(request),
							stamps_header);
		http_call_take_stamps(x->call, slice_of(stamps ? stamps : ""));
	}
	if (wanted && !copy_body(x, request, &body)) {
		carrier_explain(x, "no memory for the answer", "");
		return PART_FAILED;
	}
	return http_call_judge(x, status, body);
}

static enum part_status judge_failure(const struct evhttp_exchange *x)
{
	bool late = x->os_error == ETIMEDOUT || x->error == EVREQ_HTTP_TIMEOUT;
	if (x->base.call && x->os_error)
		carrier_explain(&x->base, "cannot connect: ", strerror(x->os_error));
	else if (x->base.call)
		carrier_explain(&x->base, error_texts[x->error], "");
	return late ? PART_TIMED_OUT : PART_FAILED;
}

static bool ask(struct evhttp_exchange *x);

/* evhttp calls this with an answer, with NULL after on_error, or, when it could not connect, with a
 * request without a status. */
static void on_answer(struct evhttp_request *request, void *arg)
{
	struct evhttp_exchange *x = arg;
	bool answered = request && evhttp_request_get_response_code(request) != 0;
	x->open = x->open && answered;
	if (x->asking) {
		x->failed = true;
		return;
	}
	if (!answered && x->reused && x->error == EVREQ_HTTP_EOF && ask(x))
		return;
	carrier_end(x->carrier, &x->base,
		    answered ? judge_answer(&x->base, request) : judge_failure(x), answered);
}

static void on_error(enum evhttp_request_error error, void *arg)
{
	struct evhttp_exchange *x = arg;
	x->error = error;
}

static struct evhttp_request *make_request(struct evhttp_exchange *x)
{
	struct evhttp_request *request = evhttp_request_new(on_answer, x);
	if (!request)
		return NULL;
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	evhttp_request_set_error_cb(request, on_error);
	if (evhttp_add_header(headers, "Host", x->base.upstream->url + strlen("http://")) == 0 &&
	    (!x->traceparent[0] || evhttp_add_header(headers, "traceparent", x->traceparent) == 0))
		return request;
	evhttp_request_free(request);
	return NULL;
}

static bool ask(struct evhttp_exchange *x)
{
	struct evhttp_request *request =
		x->connection || make_connection(x) ? make_request(x) : NULL;
	if (!request)
		return false;
	x->reused = x->open;
	x->failed = false;
	x->os_error = 0;
	x->error = EVREQ_HTTP_BUFFER_ERROR;
	x->asking = true;
	bool refused =
		evhttp_make_request(x->connection, request, EVHTTP_REQ_GET, x->target.data) != 0;
	x->asking = false;
	if (refused || x->failed)
		return false;
	if (!x->open)
		watch_connecting(x);
	return true;
}

/* ---- the carrier ---- */

static struct exchange *evhttp_exchange_new(struct carrier *carrier, struct upstream *upstream)
{
	struct evhttp_exchange *x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->base.upstream = upstream;
	x->carrier = carrier;
	strbuf_init(&x->target, HTTP_CALL_TARGET_MAX);
	return &x->base;
}

static const char *evhttp_exchange_send(struct carrier *carrier, struct exchange *exchange,
					uint64_t span)
{
	struct evhttp_exchange *x = exchange_of(exchange);
	const char *trace_id = exchange->call ? exchange->call->trace_id : NULL;
	(void)carrier;
	x->traceparent[0] = '\0';
	if (trace_id)
		http_call_write_trace(trace_id, span, x->traceparent);
	if (http_call_write_target(exchange, &x->target) && ask(x))
		return NULL;
	return "no memory or descriptors to ask";
}

static void evhttp_exchange_abandon(struct carrier *carrier, struct exchange *exchange)
{
	struct evhttp_exchange *x = exchange_of(exchange);
	(void)carrier;
	if (x->connection)
		evhttp_connection_free(x->connection); /* and its request, of which nobody hears */
	x->connection = NULL;
	x->open = false;
}

static void evhttp_exchange_free(struct exchange *exchange)
{
	struct evhttp_exchange *x = exchange_of(exchange);
	evhttp_exchange_abandon(x->carrier, exchange);
	strbuf_free(&x->target);
	free(x);
}

static void evhttp_carrier_free(struct carrier *carrier)
{
	free(carrier);
}

static const struct carrier_ops evhttp_ops = {
	.exchange_new = evhttp_exchange_new,
	.send = evhttp_exchange_send,
	.abandon = evhttp_exchange_abandon,
	.exchange_free = evhttp_exchange_free,
	.free = evhttp_carrier_free,
};

struct carrier *carrier_evhttp_new(const struct carrier_config *config)
{
	struct carrier *carrier = calloc(1, sizeof(*carrier));
	if (carrier)
		*carrier = (struct carrier){&evhttp_ops, *config};
	return carrier;
}
