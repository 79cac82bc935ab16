/* Finds as plain commands with a single batch: a cursor would cost a second structure and, when it
 * outlives its batch, a second round trip. Every filter is on _id, so every plan is IDHACK or
 * IXSCAN.
 */
#include "common/store/mongo/mongo_client.h"

/* Starts {find: collection, filter: {_id: ...}}; the caller appends the filter. */
static void find_begin(bson_t *command, const char *collection)
{
	bson_init(command);
	BSON_APPEND_UTF8(command, "find", collection);
}

static bool found_begin(struct mongo_found *found)
{
	bson_iter_t reply, batch;
	if (!bson_iter_init(&reply, &found->reply) ||
	    !bson_iter_find_descendant(&reply, "cursor.firstBatch", &batch) ||
	    !BSON_ITER_HOLDS_ARRAY(&batch))
		return false;
	bson_iter_array(&batch, &found->len, &found->bytes);
	return bson_iter_init_from_data(&found->batch, found->bytes, found->len);
}

static enum store_status find_run(struct mongo_link *link, bson_t *command, uint32_t most,
				  struct mongo_found *found, char error[STORE_ERROR_MAX])
{
	BSON_APPEND_INT32(command, "batchSize", (int32_t)most);
	BSON_APPEND_BOOL(command, "singleBatch", true);
	enum store_status status = mongo_command(link, command, &found->reply, error);
	bson_destroy(command);
	if (status == STORE_OK && !found_begin(found))
		status = mongo_refuse(link, STORE_BAD_DATA, "a find's reply has no first batch",
				      error);
	if (status != STORE_OK)
		mongo_found_free(found);
	return status;
}

enum store_status mongo_find_ids(struct mongo_link *link, const char *collection,
				 const uint32_t *ids, uint32_t count, struct mongo_found *found,
				 char error[STORE_ERROR_MAX])
{
	bson_t command, filter, id, in;
	find_begin(&command, collection);
	BSON_APPEND_DOCUMENT_BEGIN(&command, "filter", &filter);
	if (count == 1) {
		BSON_APPEND_INT32(&filter, "_id", (int32_t)ids[0]);
	} else {
		BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &id);
		BSON_APPEND_ARRAY_BEGIN(&id, "$in", &in);
		for (uint32_t i = 0; i < count; i++) {
			char room[16];
			const char *key;
			size_t len = bson_uint32_to_string(i, &key, room, sizeof(room));
			bson_append_int32(&in, key, (int)len, (int32_t)ids[i]);
		}
		bson_append_array_end(&id, &in);
		bson_append_document_end(&filter, &id);
	}
	bson_append_document_end(&command, &filter);
	/* One more than can match: a batch that is just full would leave a cursor open to kill. */
	return find_run(link, &command, count + 1, found, error);
}

enum store_status mongo_find_range(struct mongo_link *link, const char *collection, uint32_t first,
				   uint32_t last, struct mongo_found *found,
				   char error[STORE_ERROR_MAX])
{
	bson_t command, filter, id, sort;
	find_begin(&command, collection);
	BSON_APPEND_DOCUMENT_BEGIN(&command, "filter", &filter);
	BSON_APPEND_DOCUMENT_BEGIN(&filter, "_id", &id);
	BSON_APPEND_INT32(&id, "$gte", (int32_t)first);
	BSON_APPEND_INT32(&id, "$lt", (int32_t)last);
	bson_append_document_end(&filter, &id);
	bson_append_document_end(&command, &filter);
	BSON_APPEND_DOCUMENT_BEGIN(&command, "sort", &sort);
	BSON_APPEND_INT32(&sort, "_id", 1);
	bson_append_document_end(&command, &sort);
	return find_run(link, &command, last - first + 1, found, error);
}

enum store_status mongo_find_text(struct mongo_link *link, const char *collection, const char *id,
				  struct mongo_found *found, char error[STORE_ERROR_MAX])
{
	bson_t command, filter;
	find_begin(&command, collection);
	BSON_APPEND_DOCUMENT_BEGIN(&command, "filter", &filter);
	BSON_APPEND_UTF8(&filter, "_id", id);
	bson_append_document_end(&command, &filter);
	return find_run(link, &command, 2, found, error);
}

bool mongo_found_keep(struct mongo_found *found, struct arena *arena)
{
	found->bytes = (const uint8_t *)arena_copy(arena, found->bytes, found->len);
	return found->bytes && bson_iter_init_from_data(&found->batch, found->bytes, found->len);
}

bool mongo_found_next(struct mongo_found *found, const uint8_t **bytes, uint32_t *len)
{
	if (!bson_iter_next(&found->batch) || !BSON_ITER_HOLDS_DOCUMENT(&found->batch))
		return false;
	bson_iter_document(&found->batch, len, bytes);
	return *bytes != NULL;
}

void mongo_found_free(struct mongo_found *found)
{
	bson_destroy(&found->reply);
}
