/* mongo_store: the backend's own pieces: a handle, and one reader a kind and schema. */
#ifndef DUET_STORE_MONGO_STORE_H
#define DUET_STORE_MONGO_STORE_H

#include "common/store/mongo/mongo_client.h"
#include "common/store/mongo/mongo_docs.h"
#include "common/store/store_backend.h"

struct mongo_store {
	struct store base;
	struct mongo_link link;
	bool document; /* the schema: document or split */
};

/* Reads `count` jobs of one kind and sets out, status and error of each. */
typedef void mongo_reader(struct mongo_store *store, struct read_job *const *jobs, size_t count);

/* Kinds that are looked up by product ids, all jobs in one find: product, stock, prices, ratings,
 * reviews (split) and page_pdp (document). */
mongo_reader mongo_read_by_ids;

/* Kinds without ids: catalog_home, catalog_page, lowest (split), page_home, page_plp (document). */
mongo_reader mongo_read_site, mongo_read_listing, mongo_read_lowest;
mongo_reader mongo_read_home, mongo_read_cards;

/* Pages of the split schema: the part reads above, joined. */
mongo_reader mongo_join_home, mongo_join_plp, mongo_join_pdp;

/* Ends a job; `error` may be NULL for OK and NOT_FOUND. */
void mongo_job_end(struct read_job *job, enum store_status status, const char *error);

/* Loading and unloading, for seed alone: see store_backend.h. */
enum store_status mongo_load(const char *uri, const struct dataset *data,
			     const struct store_marker *marker, char error[STORE_ERROR_MAX]);
enum store_status mongo_unload(struct store *store, struct arena *arena, struct dataset *data,
			       char error[STORE_ERROR_MAX]);

#endif
