/* page_cache: whole answers kept in the process for a short time, for the arms that show what a
 * cache would hide. Off unless --cache-ttl is given; then both architectures have the same one.
 *
 * One a loop, so that it needs no lock. An entry is served until it is `ttl_ns` old, counted from
 * when its answer was made; all live equally long, so that the oldest expires first and is what
 * makes room when `max_bytes` are full (first in, first out). Keyed by the page's kind and
 * arguments, so that two addresses of one page share an entry. What fails, is not found or lacks a
 * part is never kept: the caller gives it good answers alone. Two misses of a page at once are both
 * asked for, and the later answer stays.
 *
 * The clock is the caller's, so that tests need no time. Not thread-safe.
 */
#ifndef DUET_PAGE_PAGE_CACHE_H
#define DUET_PAGE_PAGE_CACHE_H

#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "common/contract/read.h"

#include <stdbool.h>
#include <stdint.h>

struct page_cache;

/* `ttl_ns` is above 0. `max_bytes` bounds bodies, keys and what keeps them together. NULL without
 * memory. */
struct page_cache *page_cache_new(int64_t ttl_ns, size_t max_bytes);
void page_cache_free(struct page_cache *cache); /* NULL is allowed */

/* The body of a page (READ_PAGE_*) that is kept and not too old at `now_ns`; counted as a hit or a
 * miss. Valid until the next page_cache_keep. */
bool page_cache_find(struct page_cache *cache, enum read_kind kind, const struct read_args *args,
		     int64_t now_ns, struct slice *body);

/* Keeps a copy of a body that was made at `now_ns`, in place of an older one. Does nothing without
 * memory, and with a body that alone is larger than the bound. */
void page_cache_keep(struct page_cache *cache, enum read_kind kind, const struct read_args *args,
		     int64_t now_ns, struct slice body);

/* Appends OpenMetrics samples: hits, misses, evictions, entries and bytes held, and of the hits'
 * ages the sum, the count and (of loop number `loop`) the largest, in s. */
void page_cache_metrics(const struct page_cache *cache, unsigned loop, struct strbuf *out);

#endif
