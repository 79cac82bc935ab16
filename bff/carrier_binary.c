/* carrier_binary: frames (part_frame.h) on one Unix socket a service, with as many requests on it
 * as the transport allows; answers are matched by id, in whatever order they come. What JSON over
 * HTTP costs more than this is what its bytes, its parsing and its connections cost.
 *
 * A link, one a service: CLOSED -> (a request) OPEN -> CLOSED, when the service closes it, it
 * fails, or a frame is malformed; then all that was asked on it fails, and the next request
 * connects again. A Unix socket connects at once or not at all. A request that is abandoned only
 * loses its place: its answer, should it come, finds nobody.
 */
#include "bff/carrier.h"
#include "bff/http_call.h"
#include "common/contract/part_frame.h"
#include "common/frame/frame_conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Places for asked requests; a power of two, at least twice what is ever asked at once. */
enum { PLACES_LEAST = 256, PLACES_A_CALL = 4 };

struct binary_exchange {
	struct exchange base;
	uint32_t id;
	struct binary_exchange *next_lost;
};

struct link {
	struct carrier *carrier;
	struct frame_conn *conn;        /* NULL: closed */
	struct binary_exchange **asked; /* by id modulo `places`; NULL: a free place */
	uint32_t places, taken, last_id;
};

struct binary_carrier {
	struct carrier carrier;
	struct link links[SERVICE_COUNT];
	char why[PART_ERROR_MAX];
};

/* What an answer without a part means to its call. */
static const struct {
	enum part_status status;
	const char *why;
} verdicts[PART_ANSWERS] = {
	[ANSWER_OK] = {PART_OK, ""},
	[ANSWER_NOT_FOUND] = {PART_NOT_FOUND, ""},
	[ANSWER_REFUSED] = {PART_FAILED, "answered refused"},
	[ANSWER_UNAVAILABLE] = {PART_FAILED, "answered unavailable"},
	[ANSWER_BROKEN] = {PART_FAILED, "answered broken"},
};

static struct binary_carrier *carrier_of(struct carrier *carrier)
{
	return (struct binary_carrier *)carrier;
}

static struct binary_exchange *exchange_of(struct exchange *exchange)
{
	return (struct binary_exchange *)exchange;
}

static struct link *link_of(struct carrier *carrier, const struct exchange *exchange)
{
	return &carrier_of(carrier)->links[exchange->upstream->service];
}

/* ---- places ---- */

/* The place of an id; a place that is still taken is passed over by the ids to come. */
static struct binary_exchange **place_of(const struct link *link, uint32_t id)
{
	return &link->asked[id & (link->places - 1)];
}

static void place_take(struct link *link, struct binary_exchange *x)
{
	do
		x->id = ++link->last_id;
	while (*place_of(link, x->id));
	*place_of(link, x->id) = x;
	link->taken++;
}

static void place_free(struct link *link, const struct binary_exchange *x)
{
	*place_of(link, x->id) = NULL;
	link->taken--;
}

/* ---- answers ---- */

/* The part's texts lie in the frame, which is gone after this: it is copied as a whole. */
static enum part_status read_part(const struct exchange *x, struct slice bytes)
{
	struct part_call *call = x->call;
	char why[PART_BINARY_ERROR_MAX];
	const char *copy = arena_copy(call->arena, bytes.at, bytes.len);
	call->part = copy ? arena_alloc(call->arena, read_infos[call->kind].out_size) : NULL;
	if (!call->part) {
		carrier_explain(x, "no memory for the part", "");
		return PART_FAILED;
	}
	if (part_binary_read(call->kind, (struct slice){copy, bytes.len}, call->part, why))
		return PART_OK;
	carrier_explain(x, "malformed answer: ", why);
	return PART_FAILED;
}

static enum part_status judge(const struct exchange *x, enum part_answer answer, struct slice rest)
{
	if (!x->call || answer == ANSWER_NOT_FOUND)
		return verdicts[answer].status;
	if (x->call->cancelled) {
		carrier_explain(x, "cancelled", "");
		return PART_FAILED;
	}
	if (answer == ANSWER_OK)
		return read_part(x, rest);
	carrier_explain(x, verdicts[answer].why, "");
	return verdicts[answer].status;
}

static const char *on_frame(void *arg, struct slice frame)
{
	struct link *link = arg;
	struct slice rest, stamps;
	enum part_answer answer;
	uint32_t id;
	if (!part_frame_read_answer(frame, &id, &answer, &rest, &stamps))
		return "not an answer of this protocol";
	struct binary_exchange *x = *place_of(link, id);
	if (!x || x->id != id)
		return NULL; /* it was abandoned */
	place_free(link, x);
	if (x->base.call && x->base.call->trace_id)
		http_call_take_stamps(x->base.call, stamps);
	carrier_end(link->carrier, &x->base, judge(&x->base, answer, rest), true);
	return NULL;
}

/* ---- links ---- */

static void on_closed(void *arg, const char *why)
{
	struct link *link = arg;
	struct binary_exchange *lost = NULL;
	char reason[64];
	snprintf(reason, sizeof(reason), "%.60s", why);
	frame_conn_free(link->conn);
	link->conn = NULL;
	for (uint32_t i = 0; i < link->places; i++) {
		struct binary_exchange *x = link->asked[i];
		if (!x)
			continue;
		place_free(link, x);
		x->next_lost = lost;
		lost = x;
	}
	/* Ends lead to new requests, on a new connection and perhaps in these very exchanges. */
	for (struct binary_exchange *x = lost, *next; x; x = next) {
		next = x->next_lost;
		if (x->base.call)
			carrier_explain(&x->base, "the connection was lost: ", reason);
		carrier_end(link->carrier, &x->base, PART_FAILED, false);
	}
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	int code = errno;
	close(fd);
	errno = code;
	return -1;
}

/* NULL, or why not. */
static const char *link_open(struct link *link, struct upstream *upstream)
{
	char *why = carrier_of(link->carrier)->why;
	int fd = connect_unix(upstream->socket_path);
	if (fd < 0) {
		snprintf(why, PART_ERROR_MAX, "cannot connect: %.80s", strerror(errno));
		return why;
	}
	const struct frame_conn_config config = {
		.base = link->carrier->config.base,
		.fd = fd,
		.peer = service_names[upstream->service],
		.frame_max = FRAME_ANSWER_MAX,
		.frame = on_frame,
		.closed = on_closed,
		.arg = link,
	};
	link->conn = frame_conn_new(&config);
	upstream->connections++;
	return link->conn ? NULL : "no memory to connect";
}

/* ---- the carrier ---- */

static struct exchange *binary_exchange_new(struct carrier *carrier, struct upstream *upstream)
{
	struct binary_exchange *x = calloc(1, sizeof(*x));
	(void)carrier;
	if (!x)
		return NULL;
	x->base.upstream = upstream;
	return &x->base;
}

static void write_request(struct strbuf *out, const struct binary_exchange *x, uint64_t span)
{
	const struct part_call *call = x->base.call;
	char trace[HTTP_CALL_TRACE_SIZE];
	if (!call) {
		part_frame_write_ping(out, x->id);
		return;
	}
	trace[0] = '\0';
	if (call->trace_id)
		http_call_write_trace(call->trace_id, span, trace);
	part_frame_write_request(out, x->id, call->kind, &call->args, slice_of(trace));
}

static const char *binary_exchange_send(struct carrier *carrier, struct exchange *exchange,
					uint64_t span)
{
	struct binary_exchange *x = exchange_of(exchange);
	struct link *link = link_of(carrier, exchange);
	const char *why = link->conn ? NULL : link_open(link, exchange->upstream);
	if (why)
		return why;
	if (link->taken >= link->places / 2 || frame_conn_full(link->conn))
		return "it reads nothing, and too much waits to be sent";
	struct strbuf *out = frame_conn_out(link->conn);
	place_take(link, x);
	write_request(out, x, span);
	if (strbuf_ok(out)) {
		frame_conn_send(link->conn);
		return NULL;
	}
	out->failed = false; /* what was there is still whole */
	place_free(link, x);
	return "no memory to ask";
}

static void binary_exchange_abandon(struct carrier *carrier, struct exchange *exchange)
{
	place_free(link_of(carrier, exchange), exchange_of(exchange));
}

static void binary_exchange_free(struct exchange *exchange)
{
	free(exchange);
}

static void binary_carrier_free(struct carrier *carrier)
{
	for (int service = 0; service < SERVICE_COUNT; service++) {
		struct link *link = &carrier_of(carrier)->links[service];
		frame_conn_free(link->conn);
		free(link->asked);
	}
	free(carrier);
}

static const struct carrier_ops binary_ops = {
	.exchange_new = binary_exchange_new,
	.send = binary_exchange_send,
	.abandon = binary_exchange_abandon,
	.exchange_free = binary_exchange_free,
	.free = binary_carrier_free,
};

struct carrier *carrier_binary_new(const struct carrier_config *config)
{
	struct binary_carrier *binary = calloc(1, sizeof(*binary));
	uint32_t places = PLACES_LEAST;
	if (!binary)
		return NULL;
	binary->carrier = (struct carrier){&binary_ops, *config};
	while (places < PLACES_A_CALL * config->in_flight_max)
		places *= 2;
	for (int service = 0; service < SERVICE_COUNT; service++) {
		struct link *link = &binary->links[service];
		link->carrier = &binary->carrier;
		link->places = places;
		link->asked = calloc(places, sizeof(struct binary_exchange *));
		if (link->asked)
			continue;
		binary_carrier_free(&binary->carrier);
		return NULL;
	}
	return &binary->carrier;
}
