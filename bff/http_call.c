#include "bff/http_call.h"

#include "common/base/clock.h"
#include "common/contract/part_json.h"
#include "common/contract/routes.h"

#include <stdio.h>
#include <string.h>

enum { TRACE_ID_LEN = 32 };

bool http_call_write_target(const struct exchange *x, struct strbuf *target)
{
	strbuf_clear(target);
	if (x->call)
		route_write_part(target, x->call->kind, &x->call->args);
	else
		strbuf_add_text(target, "/readyz");
	return strbuf_ok(target);
}

void http_call_write_trace(const char *trace_id, uint64_t span, char out[HTTP_CALL_TRACE_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	char *at = out;
	*at++ = '0';
	*at++ = '0';
	*at++ = '-';
	memcpy(at, trace_id, TRACE_ID_LEN);
	at += TRACE_ID_LEN;
	*at++ = '-';
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = hex[(span >> shift) & 15];
	memcpy(at, "-01", 4);
}

void http_call_take_stamps(struct part_call *call, struct slice text)
{
	call->answered_ns = clock_now_ns();
	if (text.len)
		call->stamps = arena_copy(call->arena, text.at, text.len);
}

static enum part_status judge_json(const struct exchange *x, struct slice json)
{
	struct part_call *call = x->call;
	char why[PART_JSON_ERROR_MAX];
	call->part = arena_alloc(call->arena, read_infos[call->kind].out_size);
	if (!call->part) {
		carrier_explain(x, "no memory for the part", "");
		return PART_FAILED;
	}
	if (!part_json_read(call->kind, json, call->arena, call->part, why)) {
		carrier_explain(x, "malformed answer: ", why);
		return PART_FAILED;
	}
	return PART_OK;
}

enum part_status http_call_judge(const struct exchange *x, long status, struct slice json)
{
	char code[24];
	if (!x->call)
		return status == 200 ? PART_OK : PART_FAILED;
	if (status == 404)
		return PART_NOT_FOUND;
	if (x->call->cancelled) {
		carrier_explain(x, "cancelled", "");
		return PART_FAILED;
	}
	if (status == 200)
		return judge_json(x, json);
	snprintf(code, sizeof(code), "%ld", status);
	carrier_explain(x, "answered with status ", code);
	return PART_FAILED;
}
