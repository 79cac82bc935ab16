/* join: pages from parts. Pure functions; the page borrows every slice from the parts.
 *
 * Used by the BFF, by the memory store (and so by the manifest): what a page contains is decided
 * here once. A NULL optional part (ratings, reviews) sets the page's *_missing flag. Each returns
 * false when the needed parts do not fit each other (an id of the list without price or stock),
 * which is PAGE_BROKEN.
 */
#ifndef DUET_PAGE_JOIN_H
#define DUET_PAGE_JOIN_H

#include "common/contract/model.h"

#include <stdbool.h>

bool join_home(const struct part_catalog_home *catalog, const struct part_lowest *lowest,
	       const struct part_stock *stock, const struct part_prices *prices,
	       const struct part_ratings *ratings, struct page_home *page);

bool join_plp(const struct part_catalog_page *catalog, const struct part_stock *stock,
	      const struct part_prices *prices, const struct part_ratings *ratings,
	      struct page_plp *page);

bool join_pdp(const struct part_product *product, const struct part_stock *stock,
	      const struct part_prices *prices, const struct part_reviews *reviews,
	      struct page_pdp *page);

#endif
