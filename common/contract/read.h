/* read: everything that can be asked of the shop's data, as one closed list of kinds with one
 * argument struct.
 *
 * The first eight kinds are parts (what one service answers), the last three are pages (what
 * unified reads at once). A service's route, a store's query, a part's JSON and a transport's call
 * are all keyed by the kind, so that a part handler knows nothing of sockets and a transport
 * nothing of queries.
 */
#ifndef DUET_CONTRACT_READ_H
#define DUET_CONTRACT_READ_H

#include "common/contract/model.h"

#include <stddef.h>
#include <stdint.h>

enum read_kind {
	READ_CATALOG_HOME, /* -> struct part_catalog_home */
	READ_CATALOG_PAGE, /* category, page -> struct part_catalog_page */
	READ_PRODUCT,      /* ids[0] -> struct part_product */
	READ_STOCK,        /* ids -> struct part_stock */
	READ_PRICES,       /* ids -> struct part_prices */
	READ_LOWEST,       /* -> struct part_lowest */
	READ_RATINGS,      /* ids -> struct part_ratings */
	READ_REVIEWS,      /* ids[0] -> struct part_reviews */
	READ_PAGE_HOME,    /* -> struct page_home */
	READ_PAGE_PLP,     /* category, page -> struct page_plp */
	READ_PAGE_PDP,     /* ids[0] -> struct page_pdp */
	READ_KINDS
};

enum { READ_PART_KINDS = READ_PAGE_HOME };

enum service {
	SERVICE_CATALOG,
	SERVICE_INVENTORY,
	SERVICE_PRICING,
	SERVICE_REVIEWS,
	SERVICE_COUNT
};

struct read_args {
	char category[MODEL_SLUG_MAX +
		      1]; /* NUL-terminated category id; "" where the kind has none */
	uint32_t page;    /* from 1; 0 where the kind has none */
	uint32_t id_count;
	uint32_t ids[MODEL_PAGE_SIZE];
};

/* What can be known of a kind without doing it. */
struct read_info {
	const char *name;     /* "catalog_home", ...: in metrics, logs and Server-Timing */
	enum service service; /* who answers it; SERVICE_COUNT for pages */
	size_t out_size;      /* sizeof the struct that answers it */
	unsigned parts;       /* 1, or how many parts a page is made of */
	bool takes_category, takes_ids, single_id;
};

/* Indexed by enum read_kind. */
extern const struct read_info read_infos[READ_KINDS];

/* Indexed by enum service: "catalog", "inventory", "pricing", "reviews". */
extern const char *const service_names[SERVICE_COUNT];

/* The service of that name, or SERVICE_COUNT. */
enum service service_by_name(struct slice name);

#endif
