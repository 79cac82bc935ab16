/* page_source: where a page's content comes from: THE difference between the two architectures.
 *
 * unified/page_source.c fills a page by one read of the store; bff/page_source.c by four parts,
 * joined. Everything before and after (page_handler) is shared.
 *
 * A call completes exactly once, at once or later, by page_call_complete on its loop's thread.
 * Cancelling (the client left, the deadline came) only sets `cancelled`; the source may then
 * complete early with any status but must still complete, and the call stays valid until it has.
 */
#ifndef DUET_PAGE_PAGE_SOURCE_H
#define DUET_PAGE_PAGE_SOURCE_H

#include "common/base/arena.h"
#include "common/base/strbuf.h"
#include "common/contract/read.h"
#include "common/contract/stamps.h"

#include <stdbool.h>
#include <stdint.h>

enum page_status {
	PAGE_OK,
	PAGE_NOT_FOUND,   /* 404 */
	PAGE_UNAVAILABLE, /* 503 with Retry-After: a needed store or part failed or was late */
	PAGE_BROKEN       /* 500: stored data break the contract */
};

enum { PAGE_TIMINGS_MAX = 12 };

/* A stretch of a call, for Server-Timing; start in ns on the one monotonic clock. */
struct page_timing {
	const char *name; /* static text: "store", "catalog_page", "merge" */
	int64_t start_ns, end_ns;
};

struct page_call {
	/* set by the page handler */
	enum read_kind kind; /* READ_PAGE_* */
	struct read_args args;
	struct arena *arena; /* the request's */
	int64_t deadline_ns; /* answer by then, or it is too late */
	char trace_id[33];   /* hex, ours; passed on as W3C traceparent */
	bool wants_timing;   /* X-Duet-Timing: 1 */
	bool cancelled;
	void (*done)(struct page_call *call); /* called by page_call_complete */
	void *owner;
	struct stamps *stamps; /* where the source adds its own; NULL: nobody asked */

	/* set by the page source before completing */
	enum page_status status;
	const void *page; /* struct page_home, _plp or _pdp; must live until `release` is called */
	bool degraded;    /* an optional part is missing */
	char error[160];  /* for the log, when status is neither OK nor NOT_FOUND */
	unsigned timing_count;
	struct page_timing timings[PAGE_TIMINGS_MAX];
	void (*release)(struct page_call *call); /* the handler calls it once it has written the
						    page; may be NULL */
	void *source_state;                      /* the source's own */
};

struct page_source {
	const struct page_source_ops *ops;
};

/* `home`, `plp` and `pdp` fill that page for call->args and complete the call. */
struct page_source_ops {
	const char *architecture; /* "unified" or "microservices" */
	void (*home)(struct page_source *source, struct page_call *call);
	void (*plp)(struct page_source *source, struct page_call *call);
	void (*pdp)(struct page_source *source, struct page_call *call);
	/* Is every needed store and upstream there? Calls done(arg, ok, detail) once. */
	void (*ready)(struct page_source *source,
		      void (*done)(void *arg, bool ok, const char *detail), void *arg);
	void (*metrics)(struct page_source *source,
			struct strbuf *out); /* appends OpenMetrics samples */
	void (*free)(struct page_source *source);
};

/* Asks `source` for call->kind's page. */
void page_source_ask(struct page_source *source, struct page_call *call);

/* Completes the call: at most once, by the source. */
void page_call_complete(struct page_call *call, enum page_status status);

/* Notes a stretch; silently drops what does not fit or was not asked for. */
void page_call_timing(struct page_call *call, const char *name, int64_t start_ns, int64_t end_ns);

#endif
