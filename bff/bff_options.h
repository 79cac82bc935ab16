/* bff_options: the BFF's command line, and the transport that it asks for. */
#ifndef DUET_BFF_BFF_OPTIONS_H
#define DUET_BFF_BFF_OPTIONS_H

#include "bff/transport.h"
#include "common/base/options.h"
#include "common/http/http_server.h"
#include "common/store/store_options.h"

struct bff_options {
	const char *uris[SERVICE_COUNT]; /* where each service is, or its store */
	uint64_t in_flight;
	int64_t hop_timeout_ns, optional_timeout_ns, connect_timeout_ns, hop_delay_ns;
	bool no_reuse;
	const char *fanout, *wire;
	const char *inside; /* NULL: not given */
	bool one_transaction;
	struct store_options store; /* of services inside */
};

/* Four services; four settings of calls; fanout, wire, hop-delay, no-connection-reuse, inside,
 * one-transaction; and a store's but its URI. */
enum { BFF_OPTIONS = (int)SERVICE_COUNT + 4 + 6 + ((int)STORE_OPTIONS - 1) };

extern const char bff_options_notes[];

/* Sets the defaults and fills the table that parses into `options`. */
void bff_options_init(struct bff_options *options, struct option table[BFF_OPTIONS]);

/* False with one line in error: an address that is none, services both inside and outside, or an
 * option that would do nothing. */
bool bff_options_check(const struct bff_options *options, char error[HTTP_ERROR_MAX]);

/* The transport of one event loop. NULL with one line in error. */
struct transport *bff_options_open(const struct bff_options *options, struct event_base *base,
				   char error[HTTP_ERROR_MAX]);

/* How long an optional part is waited for: never longer than a needed one. */
int64_t bff_options_optional_ns(const struct bff_options *options);

/* True when a page's parts are asked one after the other. */
bool bff_options_sequential(const struct bff_options *options);

#endif
