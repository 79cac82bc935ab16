/* unified page source: a page is one read of the store. */
#ifndef DUET_UNIFIED_PAGE_SOURCE_H
#define DUET_UNIFIED_PAGE_SOURCE_H

#include "common/page/page_source.h"
#include "common/store/store_options.h"

/* A source for one event loop. NULL with one line in error: the store cannot be opened, or does not
 * hold all that pages need. */
struct page_source *unified_source_new(struct event_base *base, const struct store_options *options,
				       char error[STORE_ERROR_MAX]);

#endif
