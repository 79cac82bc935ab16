/* The backend's vtable: opening, and which reader answers which kind in which schema. */
#include "common/store/mongo/mongo_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The document schema answers pages alone: nobody asks unified's store for a part. */
static mongo_reader *const document_readers[READ_KINDS] = {
	[READ_PAGE_HOME] = mongo_read_home,
	[READ_PAGE_PLP] = mongo_read_cards,
	[READ_PAGE_PDP] = mongo_read_by_ids,
};

static mongo_reader *const split_readers[READ_KINDS] = {
	[READ_CATALOG_HOME] = mongo_read_site, [READ_CATALOG_PAGE] = mongo_read_listing,
	[READ_PRODUCT] = mongo_read_by_ids,    [READ_STOCK] = mongo_read_by_ids,
	[READ_PRICES] = mongo_read_by_ids,     [READ_LOWEST] = mongo_read_lowest,
	[READ_RATINGS] = mongo_read_by_ids,    [READ_REVIEWS] = mongo_read_by_ids,
	[READ_PAGE_HOME] = mongo_join_home,    [READ_PAGE_PLP] = mongo_join_plp,
	[READ_PAGE_PDP] = mongo_join_pdp,
};

void mongo_job_end(struct read_job *job, enum store_status status, const char *error)
{
	job->status = status;
	if (status != STORE_OK)
		job->out = NULL;
	if (error)
		snprintf(job->error, sizeof(job->error), "%s", error);
}

static void backend_read(struct store *base, struct read_job *const *jobs, size_t count)
{
	struct mongo_store *store = (struct mongo_store *)base;
	enum read_kind kind = jobs[0]->kind;
	mongo_reader *reader = store->document ? document_readers[kind] : split_readers[kind];
	if (reader) {
		reader(store, jobs, count);
		return;
	}
	char error[STORE_ERROR_MAX];
	snprintf(error, sizeof(error), "%.100s: a %s database cannot answer %s", store->link.where,
		 base->marker.schema, read_infos[kind].name);
	for (size_t i = 0; i < count; i++)
		mongo_job_end(jobs[i], STORE_BAD_DATA, error);
}

static void read_version(struct mongo_store *store)
{
	char unused[STORE_ERROR_MAX];
	bson_t *command = BCON_NEW("buildInfo", BCON_INT32(1));
	bson_t reply;
	bson_iter_t iter;
	snprintf(store->base.version, sizeof(store->base.version), "unknown");
	if (mongo_command(&store->link, command, &reply, unused) == STORE_OK &&
	    bson_iter_init_find(&iter, &reply, "version") && BSON_ITER_HOLDS_UTF8(&iter))
		snprintf(store->base.version, sizeof(store->base.version), "%s",
			 bson_iter_utf8(&iter, NULL));
	bson_destroy(&reply);
	bson_destroy(command);
}

static void backend_close(struct store *base)
{
	struct mongo_store *store = (struct mongo_store *)base;
	mongo_link_close(&store->link);
	free(store);
}

static struct store *backend_open(const char *uri, enum store_status *status,
				  char error[STORE_ERROR_MAX])
{
	bool started;
	struct mongo_store *store = calloc(1, sizeof(*store));
	if (!store) {
		snprintf(error, STORE_ERROR_MAX, "no memory for a store");
		*status = STORE_UNAVAILABLE;
		return NULL;
	}
	store->base.backend = &store_mongo;
	*status = mongo_link_open(&store->link, uri, error);
	if (*status == STORE_OK)
		*status = mongo_marker_read(&store->link, &store->base.marker, &started, error);
	if (*status != STORE_OK) {
		backend_close(&store->base);
		return NULL;
	}
	store->document = strcmp(store->base.marker.schema, "document") == 0;
	read_version(store);
	return &store->base;
}

static enum store_status backend_ping(struct store *base, char error[STORE_ERROR_MAX])
{
	struct mongo_store *store = (struct mongo_store *)base;
	bson_t *command = BCON_NEW("ping", BCON_INT32(1));
	bson_t reply;
	enum store_status status = mongo_command(&store->link, command, &reply, error);
	bson_destroy(&reply);
	bson_destroy(command);
	return status;
}

const struct store_backend store_mongo = {
	.name = "mongodb",
	.scheme = "mongodb:",
	.blocks = true,
	.open = backend_open,
	.read = backend_read,
	.ping = backend_ping,
	.close = backend_close,
	.load = mongo_load,
	.unload = mongo_unload,
};
