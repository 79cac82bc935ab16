/* http_cors: which other origins may read our answers in a browser: a short fixed list, compared
 * whole, never a wildcard. Requests without an Origin header never come here.
 */
#ifndef DUET_HTTP_HTTP_CORS_H
#define DUET_HTTP_HTTP_CORS_H

#include "common/base/slice.h"
#include "common/base/strbuf.h"

#include <stdbool.h>

enum { HTTP_CORS_ORIGINS = 2 };

struct http_cors {
	const char *origins[HTTP_CORS_ORIGINS]; /* "http://127.0.0.1:8080": no path, no slash */
};

/* True for "http://HOST[:PORT]" or https without anything after it, of characters that a header
 * and a policy may carry. */
bool http_cors_origin_ok(const char *origin);

/* Appends the header lines of an answer to a request from `origin`: Vary always, the rest only
 * for a listed origin; those of a preflight when the request was OPTIONS. */
void http_cors_write(const struct http_cors *cors, struct slice origin, bool preflight,
		     struct strbuf *head);

#endif
