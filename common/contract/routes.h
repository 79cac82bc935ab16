/* routes: the addresses of the contract, public and internal, in both directions: a target is
 * parsed into a kind and its arguments, and written from them. Pure text: no sockets, no stores.
 */
#ifndef DUET_CONTRACT_ROUTES_H
#define DUET_CONTRACT_ROUTES_H

#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "common/contract/read.h"

#include <stdbool.h>
#include <stdint.h>

enum route_result {
	ROUTE_OK,
	ROUTE_UNKNOWN,  /* no such path: 404 */
	ROUTE_BAD_ID,   /* the path is known, its id or category malformed: 404, asked of nobody */
	ROUTE_BAD_PAGE, /* a `page` that is no whole number from 1 to 4294967295 without sign or
			   leading zero: 400 */
	ROUTE_BAD_IDS /* internal only: `ids` missing, malformed, or more than MODEL_PAGE_SIZE: 400
		       */
};

/* Parses a public API target. `path` is the raw path as received ("/api/products/p000001":
 * percent-escapes are not decoded, so an escaped path is ROUTE_UNKNOWN), `query` what follows '?'
 * (empty without). On ROUTE_OK sets *kind to READ_PAGE_HOME, _PLP or _PDP and fills *args (page
 * defaults to 1; an unknown query key is ignored; `page` twice is ROUTE_BAD_PAGE). On other results
 * *kind is the route's kind where one is known (for metrics), else READ_KINDS. */
enum route_result route_parse_public(struct slice path, struct slice query, enum read_kind *kind,
				     struct read_args *args);

/* The same for a service's internal target, among the kinds that `service` answers. */
enum route_result route_parse_part(enum service service, struct slice path, struct slice query,
				   enum read_kind *kind, struct read_args *args);

/* Appends the public target of a page, "/api/products/p000001" or "/api/categories/tea?page=2"
 * (always with page). */
void route_write_public(struct strbuf *out, enum read_kind kind, const struct read_args *args);

/* Appends the internal target of a part, "/stock?ids=p000001,p000002". */
void route_write_part(struct strbuf *out, enum read_kind kind, const struct read_args *args);

/* "p000001" into out[8] (NUL-terminated). number <= MODEL_PRODUCT_MAX. */
void product_id_write(char out[8], uint32_t number);

/* Parses exactly 'p' and 6 ASCII digits; false for anything else. */
bool product_id_parse(struct slice text, uint32_t *number);

/* True for 1 to MODEL_SLUG_MAX bytes of [a-z0-9-]. */
bool category_id_valid(struct slice text);

#endif
