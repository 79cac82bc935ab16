/* bff page source: a page is the parts of four services, asked over a transport and joined. */
#ifndef DUET_BFF_PAGE_SOURCE_H
#define DUET_BFF_PAGE_SOURCE_H

#include "bff/transport.h"
#include "common/page/page_source.h"

#include <stdint.h>

/* A source for one event loop that asks by `transport` and owns it from now on, also when it fails:
 * NULL without memory. Optional parts (ratings, reviews) are given up `optional_timeout_ns` after
 * their sending; needed ones after the transport's own time. Parts are asked in parallel, or with
 * `sequential` one after the other. */
struct page_source *bff_source_new(struct transport *transport, int64_t optional_timeout_ns,
				   bool sequential);

#endif
