#include "bff/exchange.h"

#include "common/base/clock.h"
#include "common/contract/part_json.h"
#include "common/contract/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	EXCHANGE_TARGET_MAX = 1024, /* "/stock?ids=" and 40 ids of 8 bytes fit twice */
	EXCHANGE_BODY_FIRST = 4096, /* for answers that do not say their length */
	TRACE_ID_LEN = 32
};

_Static_assert(PART_JSON_MAX == 256 * 1024, "the message in judge_failure says so");

static const char trace_header[] = "traceparent: 00-";

/* Makes room for `more` bytes behind what is there; a stated length is allocated once. */
static bool body_reserve(struct exchange *x, size_t more)
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
	char *body = arena_alloc(x->call->arena, size);
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
	struct exchange *x = arg;
	(void)one;
	if (!x->call || x->call->cancelled)
		return count;
	if (!body_reserve(x, count))
		return 0;
	memcpy(x->body + x->body_len, bytes, count);
	x->body_len += count;
	return count;
}

struct exchange *exchange_new(struct wire *wire, struct upstream *upstream,
			      int64_t connect_timeout_ns, bool no_reuse)
{
	struct exchange *x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->easy = wire_easy_new(wire);
	if (!x->easy) {
		free(x);
		return NULL;
	}
	x->upstream = upstream;
	strbuf_init(&x->target, EXCHANGE_TARGET_MAX);
	static char no_accept[] = "Accept:";
	/* The list is ours, not built by libcurl, so that traceparent is rewritten in place. */
	x->headers[0] = (struct curl_slist){no_accept, NULL};
	x->headers[1] = (struct curl_slist){x->traceparent, NULL};
	long connect_ms = (long)(connect_timeout_ns / NS_PER_MS);
	CURL *easy = x->easy;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
	curl_easy_setopt(easy, CURLOPT_URL, upstream->url);
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
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, no_reuse ? 1L : 0L);
	if (upstream->socket_path[0])
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, upstream->socket_path);
	return x;
}

static void reset(struct exchange *x, struct part_call *call)
{
	x->call = call;
	x->too_large = x->no_memory = false;
	x->body = NULL;
	x->body_len = x->body_size = 0;
	strbuf_clear(&x->target);
}

/* The URL stays as it is; only what is asked of it changes. */
static bool set_target(struct exchange *x)
{
	return strbuf_ok(&x->target) &&
	       curl_easy_setopt(x->easy, CURLOPT_REQUEST_TARGET, x->target.data) == CURLE_OK;
}

static void write_traceparent(struct exchange *x, const char *trace_id, uint64_t span)
{
	static const char hex[] = "0123456789abcdef";
	char *at = x->traceparent;
	memcpy(at, trace_header, sizeof(trace_header) - 1);
	at += sizeof(trace_header) - 1;
	memcpy(at, trace_id, TRACE_ID_LEN);
	at += TRACE_ID_LEN;
	*at++ = '-';
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = hex[(span >> shift) & 15];
	memcpy(at, "-01", 4);
}

bool exchange_set_call(struct exchange *x, struct part_call *call, uint64_t span)
{
	reset(x, call);
	route_write_part(&x->target, call->kind, &call->args);
	if (call->trace_id)
		write_traceparent(x, call->trace_id, span);
	x->headers[0].next = call->trace_id ? &x->headers[1] : NULL;
	return set_target(x);
}

bool exchange_set_probe(struct exchange *x)
{
	reset(x, NULL);
	strbuf_add_text(&x->target, "/readyz");
	x->headers[0].next = NULL;
	return set_target(x);
}

static void explain(struct exchange *x, const char *what, const char *detail)
{
	snprintf(x->call->error, sizeof(x->call->error), "%s at %.40s: %s%.64s",
		 service_names[x->upstream->service], x->upstream->address, what, detail);
}

static enum part_status judge_failure(struct exchange *x, CURLcode result)
{
	long os_error = 0;
	curl_easy_getinfo(x->easy, CURLINFO_OS_ERRNO, &os_error);
	if (x->too_large)
		explain(x, "the answer is longer than 256 KiB", "");
	else if (x->no_memory)
		explain(x, "no memory for the answer", "");
	else if (result == CURLE_COULDNT_CONNECT && os_error)
		explain(x, "cannot connect: ", strerror((int)os_error));
	else
		explain(x, "", curl_easy_strerror(result));
	return result == CURLE_OPERATION_TIMEDOUT ? PART_TIMED_OUT : PART_FAILED;
}

static enum part_status judge_answer(struct exchange *x)
{
	struct part_call *call = x->call;
	char why[PART_JSON_ERROR_MAX];
	call->part = arena_alloc(call->arena, read_infos[call->kind].out_size);
	if (!call->part) {
		explain(x, "no memory for the part", "");
		return PART_FAILED;
	}
	struct slice json = {x->body ? x->body : "", x->body_len};
	if (!part_json_read(call->kind, json, call->arena, call->part, why)) {
		explain(x, "malformed answer: ", why);
		return PART_FAILED;
	}
	return PART_OK;
}

enum part_status exchange_judge(struct exchange *x, CURLcode result)
{
	if (result != CURLE_OK)
		return judge_failure(x, result);
	long status = 0;
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 404)
		return PART_NOT_FOUND;
	if (x->call->cancelled) {
		explain(x, "cancelled", "");
		return PART_FAILED;
	}
	if (status == 200)
		return judge_answer(x);
	char code[16];
	snprintf(code, sizeof(code), "%ld", status);
	explain(x, "answered with status ", code);
	return PART_FAILED;
}

bool exchange_probe_ok(const struct exchange *x, CURLcode result)
{
	long status = 0;
	if (result == CURLE_OK)
		curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	return status == 200;
}

void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	curl_easy_cleanup(x->easy);
	strbuf_free(&x->target);
	free(x);
}
