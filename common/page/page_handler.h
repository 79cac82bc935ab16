/* page_handler: from a request for a page to its answer, one for both architectures:
 * parse -> admission -> page_source -> page_json -> reply. With a cache a page that is kept is
 * answered before admission: it takes nobody's place.
 *
 * Statuses: malformed `page` 400; unknown or malformed id, category or page out of range 404; a
 * needed store or part that fails, a deadline that passes or an overload 503 with Retry-After;
 * broken data 500. A page without an optional part is 200 with X-Duet-Degraded: reviews.
 * X-Duet-Timing: 1 asks for X-Duet-Architecture, Server-Timing (ms; a stretch's start after the
 * request's arrival is its description, "at 0.015"), X-Duet-Stamps (stamps.h) and X-Request-Id, the
 * trace id that services and logs know the request by; timed runs never ask. A client's own
 * X-Request-Id is ignored.
 *
 * One handler a loop; everything is on the loop's thread.
 */
#ifndef DUET_PAGE_PAGE_HANDLER_H
#define DUET_PAGE_PAGE_HANDLER_H

#include "common/http/http_server.h"
#include "common/page/page_source.h"

#include <stdbool.h>
#include <stdint.h>

struct page_handler;

struct page_handler_config {
	unsigned max_in_flight;     /* of this loop */
	int64_t request_timeout_ns; /* a request's deadline after its arrival */
	bool precomputed; /* compute every page once at start and answer from memory: the `floor`
			     arm */
	int64_t cache_ttl_ns; /* keep whole answers that long (page_cache.h); 0: never */
	size_t cache_bytes;   /* at most, of this loop */
};

/* The routes of the public API; their state is a struct page_handler. */
enum { PAGE_ROUTES = 3 };
extern const struct http_route page_routes[PAGE_ROUTES];

/* Owns `source` from now on, also when it fails (NULL with one line in error). */
struct page_handler *page_handler_new(struct http_loop *loop, struct page_source *source,
				      const struct page_handler_config *config,
				      char error[HTTP_ERROR_MAX]);

/* For struct http_app: the state's part is a struct page_handler. */
void page_handler_ready(void *state, void (*done)(void *arg, bool ok, const char *detail),
			void *arg);
void page_handler_metrics(void *state, struct strbuf *out);
void page_handler_free(void *state);

#endif
