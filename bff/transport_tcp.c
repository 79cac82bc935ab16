/* transport_tcp: parts over sockets, TCP or Unix, by a carrier (carrier.h) on the BFF's own loop.
 *
 * A call: send -> (its upstream's FIFO) -> on the wire -> done. At most `in_flight_max` calls of
 * an upstream are on the wire; each upstream has its own FIFO, so that a frozen one keeps nobody
 * else waiting.
 *
 * Time: a call on the wire expires at the end of its hop's time or of the request's, whichever
 * comes first; one that waits, at the request's. One timer serves them all. When a call expires and
 * its upstream has answered nothing since that call was sent, the upstream is taken for frozen and
 * what waits in its FIFO is completed too: otherwise every waiting call would pay for the frozen
 * ones before it. An upstream that is only slow keeps answering, and its FIFO waits.
 */
#include "bff/carrier.h"
#include "bff/transport.h"
#include "bff/upstream.h"
#include "common/base/clock.h"
#include "common/base/rng.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

enum { IN_FLIGHT_DEFAULT = 64, QUEUE_DEFAULT = 8192 };

#define HOP_TIMEOUT_DEFAULT_NS (2 * NS_PER_S)
#define CONNECT_TIMEOUT_DEFAULT_NS (500 * NS_PER_MS)
#define PROBE_TIMEOUT_NS (1 * NS_PER_S)

struct tcp {
	struct transport transport;
	struct carrier *carrier;
	struct event *timer; /* for the next expiry */
	int64_t timer_ns;    /* when it fires; 0: unarmed */
	unsigned in_flight_max, queue_max;
	int64_t hop_timeout_ns;
	struct rng spans;
	bool closing;
	struct upstream upstreams[SERVICE_COUNT];
};

static struct tcp *tcp_of(struct transport *transport)
{
	return (struct tcp *)transport;
}

static void arm(struct tcp *tcp, int64_t at_ns, int64_t now_ns)
{
	if (tcp->timer_ns && tcp->timer_ns <= at_ns)
		return;
	tcp->timer_ns = at_ns;
	int64_t after_us = at_ns > now_ns ? (at_ns - now_ns) / NS_PER_US + 1 : 0;
	struct timeval after = {after_us / 1000000, after_us % 1000000};
	evtimer_add(tcp->timer, &after);
}

/* ---- the exchanges on the wire ---- */

static void list_insert(struct upstream *upstream, struct exchange *x)
{
	struct exchange *before = upstream->newest;
	while (before && before->expires_ns > x->expires_ns)
		before = before->previous;
	x->previous = before;
	x->next = before ? before->next : upstream->oldest;
	*(x->previous ? &x->previous->next : &upstream->oldest) = x;
	*(x->next ? &x->next->previous : &upstream->newest) = x;
	upstream->in_flight += x->call != NULL;
}

static void list_remove(struct upstream *upstream, struct exchange *x)
{
	*(x->previous ? &x->previous->next : &upstream->oldest) = x->next;
	*(x->next ? &x->next->previous : &upstream->newest) = x->previous;
	upstream->in_flight -= x->call != NULL;
}

static struct exchange *exchange_take(struct tcp *tcp, struct upstream *upstream)
{
	struct exchange *x = upstream->idle;
	if (!x)
		return tcp->carrier->ops->exchange_new(tcp->carrier, upstream);
	upstream->idle = x->next;
	return x;
}

static void exchange_give_back(struct upstream *upstream, struct exchange *x)
{
	x->call = NULL;
	x->previous = NULL;
	x->next = upstream->idle;
	upstream->idle = x;
}

/* ---- calls ---- */

static void call_complete(struct upstream *upstream, struct part_call *call,
			  enum part_status status)
{
	upstream->requests[call->cancelled ? PART_STATUSES : status]++;
	call->status = status;
	call->finished_ns = clock_now_ns();
	call->done(call);
}

/* Completes a call that was never sent. */
static void call_refuse(struct upstream *upstream, struct part_call *call, enum part_status status,
			const char *why)
{
	snprintf(call->error, sizeof(call->error), "%s at %.64s: %s",
		 service_names[upstream->service], upstream->address, why);
	call_complete(upstream, call, status);
}

/* Asks for the call, or with NULL whether the service is ready. NULL, or why it cannot. */
static const char *exchange_send(struct tcp *tcp, struct exchange *x, struct part_call *call)
{
	if (!x)
		return "no memory to ask";
	x->call = call;
	return tcp->carrier->ops->send(tcp->carrier, x, rng_next(&tcp->spans));
}

static void call_start(struct tcp *tcp, struct upstream *upstream, struct part_call *call,
		       int64_t now_ns)
{
	struct exchange *x = exchange_take(tcp, upstream);
	const char *why = exchange_send(tcp, x, call);
	if (why) {
		if (x)
			exchange_give_back(upstream, x);
		call_refuse(upstream, call, PART_FAILED, why);
		return;
	}
	int64_t hop_ns = call->hop_timeout_ns ? call->hop_timeout_ns : tcp->hop_timeout_ns;
	call->sent_ns = now_ns;
	x->expires_ns = now_ns + hop_ns;
	if (x->expires_ns > call->deadline_ns)
		x->expires_ns = call->deadline_ns;
	list_insert(upstream, x);
	arm(tcp, upstream->oldest->expires_ns, now_ns);
}

/* Gives waiting calls the wire while there is room. */
static void pump(struct tcp *tcp, struct upstream *upstream)
{
	while (upstream->first && upstream->in_flight < tcp->in_flight_max) {
		int64_t now_ns = clock_now_ns();
		struct part_call *call = upstream_take(upstream);
		if (call->cancelled)
			call_refuse(upstream, call, PART_FAILED, "cancelled");
		else if (call->deadline_ns <= now_ns)
			call_refuse(upstream, call, PART_TIMED_OUT, "its turn never came in time");
		else
			call_start(tcp, upstream, call, now_ns);
	}
}

static void tcp_send(struct transport *transport, struct part_call *call)
{
	struct tcp *tcp = tcp_of(transport);
	struct upstream *upstream = &tcp->upstreams[read_infos[call->kind].service];
	int64_t now_ns = clock_now_ns();
	call->queued_ns = now_ns;
	call->sent_ns = 0;
	call->error[0] = '\0';
	if (tcp->closing)
		call_refuse(upstream, call, PART_FAILED, "the server is stopping");
	else if (call->deadline_ns <= now_ns)
		call_refuse(upstream, call, PART_TIMED_OUT, "the request's time was over");
	else if (!upstream->first && upstream->in_flight < tcp->in_flight_max)
		call_start(tcp, upstream, call, now_ns);
	else if (upstream->queued >= tcp->queue_max)
		call_refuse(upstream, call, PART_FAILED, "too many calls wait for it");
	else {
		upstream_queue(upstream, call);
		arm(tcp, call->deadline_ns, now_ns);
	}
}

/* ---- ends ---- */

static void on_ended(void *arg, struct exchange *x, enum part_status status, bool answered)
{
	struct tcp *tcp = arg;
	struct upstream *upstream = x->upstream;
	struct part_call *call = x->call;
	void (*probed)(void *, bool) = x->probed;
	void *probe_arg = x->probe_arg;
	if (answered)
		upstream->answered_ns = clock_now_ns();
	list_remove(upstream, x);
	exchange_give_back(upstream, x);
	if (call)
		call_complete(upstream, call, status);
	else
		probed(probe_arg, status == PART_OK);
	pump(tcp, upstream);
}

/* Takes an exchange off the wire without an answer. */
static void abandon(struct tcp *tcp, struct upstream *upstream, struct exchange *x,
		    enum part_status status, const char *why)
{
	struct part_call *call = x->call;
	void (*probed)(void *, bool) = x->probed;
	void *probe_arg = x->probe_arg;
	tcp->carrier->ops->abandon(tcp->carrier, x);
	list_remove(upstream, x);
	exchange_give_back(upstream, x);
	if (call)
		call_refuse(upstream, call, status, why);
	else
		probed(probe_arg, false);
}

/* Completes all that waited when this was called; what is sent meanwhile waits behind it. */
static void flush(struct upstream *upstream, enum part_status status, const char *why)
{
	for (unsigned left = upstream->queued; left && upstream->first; left--)
		call_refuse(upstream, upstream_take(upstream), status, why);
}

static void upstream_expire(struct tcp *tcp, struct upstream *upstream, int64_t now_ns)
{
	bool frozen = false;
	while (upstream->oldest && upstream->oldest->expires_ns <= now_ns) {
		struct exchange *x = upstream->oldest;
		if (x->call && upstream->answered_ns < x->call->sent_ns)
			frozen = true;
		abandon(tcp, upstream, x, PART_TIMED_OUT, "no answer in time");
	}
	if (frozen)
		flush(upstream, PART_TIMED_OUT, "it answers nobody");
	while (upstream->first && upstream->first->deadline_ns <= now_ns)
		call_refuse(upstream, upstream_take(upstream), PART_TIMED_OUT,
			    "its turn never came in time");
	pump(tcp, upstream);
	if (upstream->oldest)
		arm(tcp, upstream->oldest->expires_ns, now_ns);
	if (upstream->first)
		arm(tcp, upstream->first->deadline_ns, now_ns);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct tcp *tcp = arg;
	int64_t now_ns = clock_now_ns();
	tcp->timer_ns = 0;
	for (int service = 0; service < SERVICE_COUNT; service++)
		upstream_expire(tcp, &tcp->upstreams[service], now_ns);
}

/* ---- the rest of the interface ---- */

/* A probe passes the FIFO by: it asks about the service, not about the queue before it. */
static void tcp_ready(struct transport *transport, enum service service,
		      void (*done)(void *arg, bool ok), void *arg)
{
	struct tcp *tcp = tcp_of(transport);
	struct upstream *upstream = &tcp->upstreams[service];
	struct exchange *x = tcp->closing ? NULL : exchange_take(tcp, upstream);
	if (!x || exchange_send(tcp, x, NULL)) {
		if (x)
			exchange_give_back(upstream, x);
		done(arg, false);
		return;
	}
	int64_t now_ns = clock_now_ns();
	x->probed = done;
	x->probe_arg = arg;
	x->expires_ns = now_ns + PROBE_TIMEOUT_NS;
	list_insert(upstream, x);
	arm(tcp, upstream->oldest->expires_ns, now_ns);
}

static void tcp_metrics(struct transport *transport, struct strbuf *out)
{
	for (int service = 0; service < SERVICE_COUNT; service++)
		upstream_metrics(&tcp_of(transport)->upstreams[service], out);
}

static void tcp_free(struct transport *transport)
{
	struct tcp *tcp = tcp_of(transport);
	tcp->closing = true;
	for (int service = 0; service < SERVICE_COUNT; service++) {
		struct upstream *upstream = &tcp->upstreams[service];
		while (upstream->oldest)
			abandon(tcp, upstream, upstream->oldest, PART_FAILED,
				"the server is stopping");
		flush(upstream, PART_FAILED, "the server is stopping");
		for (struct exchange *x = upstream->idle, *next; x; x = next) {
			next = x->next;
			tcp->carrier->ops->exchange_free(x);
		}
	}
	if (tcp->carrier)
		tcp->carrier->ops->free(tcp->carrier);
	if (tcp->timer)
		event_free(tcp->timer);
	free(tcp);
}

static const struct transport_ops tcp_ops = {
	.name = "tcp",
	.send = tcp_send,
	.ready = tcp_ready,
	.metrics = tcp_metrics,
	.free = tcp_free,
};

/* Parses the addresses and asks the wire whether it reaches them. */
static bool open_upstreams(struct tcp *tcp, const struct transport_tcp_config *config,
			   char error[PART_ERROR_MAX])
{
	for (int service = 0; service < SERVICE_COUNT; service++)
		if (!upstream_init(&tcp->upstreams[service], (enum service)service,
				   config->urls[service], error) ||
		    !carrier_reaches(config->wire, &tcp->upstreams[service], error))
			return false;
	return true;
}

struct transport *transport_tcp_new(struct event_base *base,
				    const struct transport_tcp_config *config,
				    char error[PART_ERROR_MAX])
{
	struct tcp *tcp = calloc(1, sizeof(*tcp));
	if (!tcp)
		goto no_memory;
	tcp->transport.ops = &tcp_ops;
	tcp->in_flight_max = config->in_flight_max ? config->in_flight_max : IN_FLIGHT_DEFAULT;
	tcp->queue_max = config->queue_max ? config->queue_max : QUEUE_DEFAULT;
	tcp->hop_timeout_ns =
		config->hop_timeout_ns ? config->hop_timeout_ns : HOP_TIMEOUT_DEFAULT_NS;
	rng_seed(&tcp->spans, (uint64_t)clock_now_ns() ^ (uint64_t)(uintptr_t)tcp);
	if (!open_upstreams(tcp, config, error))
		goto failed;
	const struct carrier_config carried = {
		.base = base,
		.in_flight_max = tcp->in_flight_max,
		.no_reuse = config->no_reuse,
		.connect_timeout_ns = config->connect_timeout_ns ? config->connect_timeout_ns
								 : CONNECT_TIMEOUT_DEFAULT_NS,
		.ended = on_ended,
		.arg = tcp,
	};
	tcp->carrier = carrier_new(config->wire, &carried);
	tcp->timer = evtimer_new(base, on_timer, tcp);
	if (tcp->carrier && tcp->timer)
		return &tcp->transport;
no_memory:
	snprintf(error, PART_ERROR_MAX, "no memory for the transport");
failed:
	if (tcp)
		tcp_free(&tcp->transport);
	return NULL;
}
