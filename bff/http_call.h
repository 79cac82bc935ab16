/* http_call: what the carriers over HTTP say and understand, whichever client they use: the target
 * of a call, its traceparent, and what an answer's status and JSON mean.
 */
#ifndef DUET_BFF_HTTP_CALL_H
#define DUET_BFF_HTTP_CALL_H

#include "bff/carrier.h"

enum {
	HTTP_CALL_TARGET_MAX = 1024, /* "/stock?ids=" and 40 ids of 8 bytes fit twice */
	HTTP_CALL_TRACE_SIZE = 56    /* "00-", 32 and 16 hex digits, "-01" and a NUL */
};

/* Writes the exchange's target in place of what is there: its call's, or a probe's. False without
 * memory. */
bool http_call_write_target(const struct exchange *exchange, struct strbuf *target);

/* A traceparent's value from 32 hex digits and the hop's own number. */
void http_call_write_trace(const char *trace_id, uint64_t span, char out[HTTP_CALL_TRACE_SIZE]);

/* Notes that a call's answer has come whole, and what its service says of the request's way through
 * it: the text of its stamps, empty when it says nothing. */
void http_call_take_stamps(struct part_call *call, struct slice text);

/* Judges an answer: reads the call's part from `json` (in the call's arena; used with status 200
 * alone), or sets its error. For a probe: PART_OK when it is ready. */
enum part_status http_call_judge(const struct exchange *exchange, long status, struct slice json);

#endif
