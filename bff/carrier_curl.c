/* carrier_curl: HTTP/1.1 by libcurl's multi interface. An exchange is an easy handle with what
 * belongs to it; the connections are libcurl's.
 *
 * Each service has a multi handle of its own. libcurl starts what was added in one turn of the loop
 * together, so that a service is woken for several requests at once instead of once for each, in
 * turn with the others; and what libcurl walks through at the end of each transfer, all connections
 * of a handle, is a quarter as long.
 *
 * A body goes straight into its call's arena, because the part that is read from it borrows its
 * bytes. A probe (no call) drops the body. libcurl itself repeats a request once when a reused
 * connection turns out to have been closed before any byte of the answer.
 */
#include "bff/carrier.h"
#include "bff/http_call.h"
#include "bff/wire.h"
#include "common/base/clock.h"
#include "common/contract/part_json.h"
#include "common/contract/stamps.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

/* EXCHANGE_BODY_FIRST: for answers that do not say their length. */
enum { EXCHANGE_BODY_FIRST = 4096, CONNECTIONS_A_CALL = 4 };

_Static_assert(PART_JSON_MAX == 256 * 1024, "the message in explain_failure says so");

static const char trace_header[] = "traceparent: ";

struct curl_carrier {
	struct carrier carrier;
	struct wire *wires[SERVICE_COUNT];
};

struct curl_exchange {
	struct exchange base;
	CURL *easy;
	CURLU *url;           /* parsed once, not for each request */
	struct strbuf target; /* "/stock?ids=p000001" */
	char traceparent[sizeof(trace_header) + HTTP_CALL_TRACE_SIZE];
	struct curl_slist headers[2];

	bool too_large, no_memory; /* why the body was refused */
	char *body;                /* in the call's arena */
	size_t body_len, body_size;
};

static struct curl_carrier *carrier_of(struct carrier *carrier)
{
	return (struct curl_carrier *)carrier;
}

static struct curl_exchange *exchange_of(struct exchange *exchange)
{
	return (struct curl_exchange *)exchange;
}

static struct wire *wire_of(struct carrier *carrier, const struct upstream *upstream)
{
	return carrier_of(carrier)->wires[upstream->service];
}

/* ---- the body ---- */

/* Makes room for `more` bytes behind what is there; a stated length is allocated once. */
static bool body_reserve(struct curl_exchange *x, size_t more)
{
	size_t need = x->body_len + more;
	if (need <= x->body_size)
		return true;
	curl_off_t stated = -1;
	if (!x->body)
		curl_easy_getinfo(x->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &stated);
	if (need > PART_JSON_MAX || stated > PART_JSON_MAX) {
		x->too_large = true;
		return false;
	}
	size_t size = stated >= 0 ? (size_t)stated : x->body_size * 2;
	if (size < EXCHANGE_BODY_FIRST && stated < 0)
		size = EXCHANGE_BODY_FIRST;
	if (size < need)
		size = need;
	char *body = arena_alloc(x->base.call->arena, size);
	if (!body) {
		x->no_memory = true;
		return false;
	}
	if (x->body)
		memcpy(body, x->body, x->body_len);
	x->body = body;
	x->body_size = size;
	return true;
}

static size_t on_body(char *bytes, size_t one, size_t count, void *arg)
{
	struct curl_exchange *x = arg;
	(void)one;
	if (!x->base.call || x->base.call->cancelled)
		return count;
	if (!body_reserve(x, count))
		return 0;
	memcpy(x->body + x->body_len, bytes, count);
	x->body_len += count;
	return count;
}

/* ---- exchanges ---- */

static void curl_exchange_free(struct exchange *exchange)
{
	struct curl_exchange *x = exchange_of(exchange);
	curl_easy_cleanup(x->easy);
	curl_url_cleanup(x->url);
	strbuf_free(&x->target);
	free(x);
}

static struct exchange *curl_exchange_new(struct carrier *carrier, struct upstream *upstream)
{
	struct curl_exchange *x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->base.upstream = upstream;
	strbuf_init(&x->target, HTTP_CALL_TARGET_MAX);
	x->easy = wire_easy_new(wire_of(carrier, upstream));
	x->url = curl_url();
	if (!x->easy || !x->url ||
	    curl_url_set(x->url, CURLUPART_URL, upstream->url, 0) != CURLUE_OK) {
		curl_exchange_free(&x->base);
		return NULL;
	}
	memcpy(x->traceparent, trace_header, sizeof(trace_header));
	static char no_accept[] = "Accept:";
	/* The list is ours, not built by libcurl, so that traceparent is rewritten in place. */
	x->headers[0] = (struct curl_slist){no_accept, NULL};
	x->headers[1] = (struct curl_slist){x->traceparent, NULL};
	long connect_ms = (long)(carrier->config.connect_timeout_ns / NS_PER_MS);
	CURL *easy = x->easy;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
	curl_easy_setopt(easy, CURLOPT_CURLU, x->url);
	curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms > 0 ? connect_ms : 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
	/* FORBID: closed after its answer, so that none is left to be reused. */
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, carrier->config.no_reuse ? 1L : 0L);
	if (upstream->socket_path[0])
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, upstream->socket_path);
	return &x->base;
}

/* The URL stays as it is; only what is asked of it changes. */
static const char *curl_exchange_send(struct carrier *carrier, struct exchange *exchange,
				      uint64_t span)
{
	struct curl_exchange *x = exchange_of(exchange);
	const char *trace_id = exchange->call ? exchange->call->trace_id : NULL;
	x->too_large = x->no_memory = false;
	x->body = NULL;
	x->body_len = x->body_size = 0;
	if (trace_id)
		http_call_write_trace(trace_id, span, x->traceparent + sizeof(trace_header) - 1);
	x->headers[0].next = trace_id ? &x->headers[1] : NULL;
	if (http_call_write_target(exchange, &x->target) &&
	    curl_easy_setopt(x->easy, CURLOPT_REQUEST_TARGET, x->target.data) == CURLE_OK &&
	    wire_add(wire_of(carrier, exchange->upstream), x->easy))
		return NULL;
	return "no memory to ask";
}

static void explain_failure(const struct curl_exchange *x, CURLcode result)
{
	const struct exchange *exchange = &x->base;
	long os_error = 0;
	curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &os_error);
	if (x->too_large)
		carrier_explain(exchange, "the answer is longer than 256 KiB", "");
	else if (x->no_memory)
		carrier_explain(exchange, "no memory for the answer", "");
	else if (result == CURLE_COULDNT_CONNECT && os_error)
		carrier_explain(exchange, "cannot connect: ", strerror((int)os_error));
	else
		carrier_explain(exchange, "", curl_easy_strerror(result));
}

static void take_stamps(const struct curl_exchange *x)
{
	struct curl_header *header;
	CURLHcode found = curl_easy_header(x->easy, stamps_header, 0, CURLH_HEADER, -1, &header);
	http_call_take_stamps(x->base.call, slice_of(found == CURLHE_OK ? header->value : ""));
}

static enum part_status judge(const struct curl_exchange *x, CURLcode result)
{
	long status = 0;
	if (result != CURLE_OK) {
		if (x->base.call)
			explain_failure(x, result);
		return result == CURLE_OPERATION_TIMEDOUT ? PART_TIMED_OUT : PART_FAILED;
	}
	if (x->base.call && x->base.call->trace_id)
		take_stamps(x);
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	return http_call_judge(&x->base, status,
			       (struct slice){x->body ? x->body : "", x->body_len});
}

static void on_finished(void *arg, CURL *easy, CURLcode result)
{
	struct curl_carrier *carrier = arg;
	char *private = NULL;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	struct curl_exchange *x = (struct curl_exchange *)(void *)private;
	long opened = 0;
	curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
	x->base.upstream->connections += (uint64_t)opened;
	carrier_end(&carrier->carrier, &x->base, judge(x, result), result == CURLE_OK);
}

static void curl_exchange_abandon(struct carrier *carrier, struct exchange *exchange)
{
	wire_remove(wire_of(carrier, exchange->upstream), exchange_of(exchange)->easy);
}

static void curl_carrier_free(struct carrier *carrier)
{
	for (int service = 0; service < SERVICE_COUNT; service++)
		wire_free(carrier_of(carrier)->wires[service]);
	free(carrier);
}

static const struct carrier_ops curl_ops = {
	.exchange_new = curl_exchange_new,
	.send = curl_exchange_send,
	.abandon = curl_exchange_abandon,
	.exchange_free = curl_exchange_free,
	.free = curl_carrier_free,
};

struct carrier *carrier_curl_new(const struct carrier_config *config)
{
	struct curl_carrier *carrier = calloc(1, sizeof(*carrier));
	if (!carrier)
		return NULL;
	carrier->carrier = (struct carrier){&curl_ops, *config};
	long connections_max = (long)config->in_flight_max * CONNECTIONS_A_CALL;
	for (int service = 0; service < SERVICE_COUNT; service++) {
		struct wire **wire = &carrier->wires[service];
		*wire = wire_new(config->base, connections_max, on_finished, carrier);
		if (!*wire) {
			curl_carrier_free(&carrier->carrier);
			return NULL;
		}
	}
	return &carrier->carrier;
}
