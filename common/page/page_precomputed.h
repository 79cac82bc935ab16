/* page_precomputed: every page's body, computed once: what the `floor` arm answers with.
 *
 * Nothing of a request but its parsing, admission and writing is left, so that the arm shows what
 * the shared server costs.
 */
#ifndef DUET_PAGE_PAGE_PRECOMPUTED_H
#define DUET_PAGE_PAGE_PRECOMPUTED_H

#include "common/page/page_source.h"

struct event_base;
struct page_precomputed;

/* Asks `source` for home, every page of its categories and every product they list, turning `base`
 * until each is there. NULL with one line in error[160] when one of them fails. */
struct page_precomputed *page_precomputed_new(struct page_source *source, struct event_base *base,
					      char error[160]);

/* The body of a page, or false: there is no such page. Lives as long as the set. */
bool page_precomputed_find(const struct page_precomputed *set, enum read_kind kind,
			   const struct read_args *args, struct slice *body);

/* How many pages there are. */
size_t page_precomputed_count(const struct page_precomputed *set);

void page_precomputed_free(struct page_precomputed *set);

#endif
