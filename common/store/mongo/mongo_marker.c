/* The marker is {_id: "marker"} in the collection `duet`. It is written once as started, before
 * anything else is, and once more, whole, when everything is there: a database whose loading was
 * interrupted is known as ours and as not usable.
 */
#include "common/store/mongo/mongo_client.h"

#include <stdio.h>
#include <string.h>

static const char marker_collection[] = "duet";

static bool copy_text(const bson_t *doc, const char *path, char *out, size_t size)
{
	bson_iter_t iter, at;
	uint32_t len = 0;
	if (!bson_iter_init(&iter, doc) || !bson_iter_find_descendant(&iter, path, &at) ||
	    !BSON_ITER_HOLDS_UTF8(&at))
		return false;
	const char *text = bson_iter_utf8(&at, &len);
	snprintf(out, size, "%s", text);
	return len < size;
}

static bool copy_number(const bson_t *doc, const char *key, int64_t *out)
{
	bson_iter_t iter;
	if (!bson_iter_init_find(&iter, doc, key) || !BSON_ITER_HOLDS_INT64(&iter))
		return false;
	*out = bson_iter_int64(&iter);
	return true;
}

static bool marker_decode(const bson_t *doc, struct store_marker *marker)
{
	int64_t seed, products;
	memset(marker, 0, sizeof(*marker));
	if (!copy_number(doc, "seed", &seed) || !copy_number(doc, "products", &products) ||
	    !copy_text(doc, "schema", marker->schema, sizeof(marker->schema)) ||
	    !copy_text(doc, "sha256", marker->sha256, sizeof(marker->sha256)))
		return false;
	marker->seed = (uint64_t)seed;
	marker->products = (uint32_t)products;
	for (int i = 0; i < SERVICE_COUNT; i++) {
		char path[32];
		snprintf(path, sizeof(path), "parts.%s", service_names[i]);
		marker->holds[i] = copy_text(doc, path, marker->part_sha256[i],
					     sizeof(marker->part_sha256[i]));
	}
	return products > 0 && products <= MODEL_PRODUCT_MAX;
}

enum store_status mongo_marker_read(struct mongo_link *link, struct store_marker *marker,
				    bool *started, char error[STORE_ERROR_MAX])
{
	struct mongo_found found;
	*started = false;
	enum store_status status =
		mongo_find_text(link, marker_collection, "marker", &found, error);
	if (status != STORE_OK)
		return status;
	const uint8_t *bytes;
	uint32_t len;
	bson_t doc;
	bson_iter_t iter;
	*started = mongo_found_next(&found, &bytes, &len) && bson_init_static(&doc, bytes, len);
	if (!*started)
		status = mongo_refuse(link, STORE_NOT_FOUND,
				      "it was never seeded; mend: seed --store URI", error);
	else if (!bson_iter_init_find(&iter, &doc, "complete") || !bson_iter_bool(&iter))
		status = mongo_refuse(link, STORE_NOT_FOUND,
				      "its seeding was never finished; mend: seed --store URI",
				      error);
	else if (!marker_decode(&doc, marker))
		status = mongo_refuse(link, STORE_BAD_DATA,
				      "its marker is damaged; mend: seed --store URI", error);
	mongo_found_free(&found);
	return status;
}

enum store_status mongo_marker_write(struct mongo_link *link, const struct store_marker *marker,
				     bool complete, char error[STORE_ERROR_MAX])
{
	bson_t doc, parts;
	bson_init(&doc);
	BSON_APPEND_UTF8(&doc, "_id", "marker");
	BSON_APPEND_BOOL(&doc, "complete", complete);
	BSON_APPEND_INT64(&doc, "seed", (int64_t)marker->seed);
	BSON_APPEND_INT64(&doc, "products", marker->products);
	BSON_APPEND_UTF8(&doc, "schema", marker->schema);
	BSON_APPEND_UTF8(&doc, "sha256", marker->sha256);
	BSON_APPEND_DOCUMENT_BEGIN(&doc, "parts", &parts);
	for (int i = 0; i < SERVICE_COUNT; i++)
		if (marker->holds[i])
			BSON_APPEND_UTF8(&parts, service_names[i], marker->part_sha256[i]);
	bson_append_document_end(&doc, &parts);
	mongoc_collection_t *collection =
		mongoc_client_get_collection(link->client, link->database, marker_collection);
	bson_t *filter = BCON_NEW("_id", "marker");
	bson_t *upsert = BCON_NEW("upsert", BCON_BOOL(true));
	bson_error_t why = {0};
	enum store_status status = STORE_OK;
	if (!mongoc_collection_replace_one(collection, filter, &doc, upsert, NULL, &why))
		status = mongo_status_of(link, &why, error);
	bson_destroy(upsert);
	bson_destroy(filter);
	mongoc_collection_destroy(collection);
	bson_destroy(&doc);
	return status;
}
