/* exchange: one request on the wire and its answer: an easy handle of libcurl with what belongs to
 * it, used again and again for the same upstream.
 *
 * The body goes straight into the call's arena, because the part that is read from it borrows its
 * bytes. A probe (no call) drops the body.
 */
#ifndef DUET_BFF_EXCHANGE_H
#define DUET_BFF_EXCHANGE_H

#include "bff/transport.h"
#include "bff/upstream.h"
#include "bff/wire.h"

#include <curl/curl.h>
#include <stdint.h>

struct exchange {
	CURL *easy;
	struct upstream *upstream;
	struct part_call *call; /* NULL: a probe */
	void (*probed)(void *arg, bool ok);
	void *probe_arg;

	int64_t expires_ns;
	struct exchange *previous, *next; /* the upstream's list on the wire, or its idle ones */

	struct strbuf target; /* "/stock?ids=p000001" */
	char traceparent[72];
	struct curl_slist headers[2];

	bool too_large, no_memory; /* why the body was refused */
	char *body;                /* in the call's arena */
	size_t body_len, body_size;
};

/* A new exchange for `upstream`, whose every request opens a connection with `no_reuse`; NULL
 * without memory. */
struct exchange *exchange_new(struct wire *wire, struct upstream *upstream,
			      int64_t connect_timeout_ns, bool no_reuse);

/* Prepares the request for `call`; `span` is the hop's own number in traceparent. False without
 * memory. */
bool exchange_set_call(struct exchange *exchange, struct part_call *call, uint64_t span);

/* Prepares GET /readyz. False without memory. */
bool exchange_set_probe(struct exchange *exchange);

/* Judges a finished transfer: reads the call's part, or sets its error. */
enum part_status exchange_judge(struct exchange *exchange, CURLcode result);

/* True when a finished probe was answered with 200. */
bool exchange_probe_ok(const struct exchange *exchange, CURLcode result);

void exchange_free(struct exchange *exchange);

#endif
