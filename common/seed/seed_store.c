#include "common/seed/seed_store.h"

#include "common/base/file_write.h"
#include "common/store/store_backend.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The schema that a backend is given, or NULL (with the error) for one it does not have. */
static const char *choose_schema(const struct seed_load *what, const struct store_backend *backend,
				 char error[STORE_ERROR_MAX])
{
	bool part = what->service < SERVICE_COUNT;
	if (backend == &store_sqlite) {
		if (!what->schema)
			return "relational";
		store_error(error, "--schema %s: SQLite has one schema: leave --schema out",
			    what->schema);
		return NULL;
	}
	if (part && what->schema && strcmp(what->schema, "split") != 0) {
		store_error(error,
			    "--schema %s: one service's database is always split: leave --schema "
			    "out",
			    what->schema);
		return NULL;
	}
	return what->schema ? what->schema : part ? "split" : "document";
}

static bool holds_already(const char *uri, const struct store_marker *wanted)
{
	char ignored[STORE_ERROR_MAX];
	enum store_status status;
	struct store *store = store_open(uri, &status, ignored);
	if (!store)
		return false;
	const struct store_marker *held = store_get_marker(store);
	bool equal = held->seed == wanted->seed && held->products == wanted->products &&
		     strcmp(held->schema, wanted->schema) == 0 &&
		     memcmp(held->holds, wanted->holds, sizeof(held->holds)) == 0 &&
		     strcmp(held->sha256, wanted->sha256) == 0;
	store_close(store);
	return equal;
}

bool seed_store_load(const struct seed_load *what, bool *loaded, char error[STORE_ERROR_MAX])
{
	const struct store_backend *backend = store_backend_of(what->uri);
	struct store_marker marker = {.seed = what->seed, .products = what->products};
	struct dataset data;
	struct arena *arena = NULL;
	enum store_status status;
	bool ok = false;
	char shown[STORE_ERROR_MAX];
	store_uri_redact(what->uri, shown);
	*loaded = false;
	if (!backend) {
		store_open(what->uri, &status, error); /* says which schemes there are */
		return false;
	}
	if (!backend->load) {
		store_error(error, "store '%s': %s makes its data itself and cannot be loaded",
			    shown, backend->name);
		return false;
	}
	const char *schema = choose_schema(what, backend, error);
	if (!schema)
		return false;
	arena = arena_new(0);
	if (!arena || !seed_generate(what->seed, what->products, arena, &data) ||
	    !seed_dump(&data, NULL, &marker)) {
		store_error(error, "no memory for %u products", what->products);
		goto out;
	}
	snprintf(marker.schema, sizeof(marker.schema), "%s", schema);
	for (int p = 0; p < SERVICE_COUNT; p++) {
		marker.holds[p] =
			what->service == SERVICE_COUNT || what->service == (enum service)p;
		if (!marker.holds[p])
			marker.part_sha256[p][0] = '\0';
	}
	ok = holds_already(what->uri, &marker);
	if (!ok) {
		ok = backend->load(what->uri, &data, &marker, error) == STORE_OK;
		*loaded = ok;
	}
out:
	arena_free(arena);
	return ok;
}

static void take_part(struct dataset *data, const struct dataset *from, enum service part)
{
	data->holds[part] = true;
	switch (part) {
	case SERVICE_CATALOG:
		data->hero = from->hero;
		memcpy(data->categories, from->categories, sizeof(data->categories));
		data->products = from->products;
		break;
	case SERVICE_INVENTORY:
		data->stock = from->stock;
		break;
	case SERVICE_PRICING:
		data->prices = from->prices;
		break;
	case SERVICE_REVIEWS:
		data->review_count = from->review_count;
		data->reviews = from->reviews;
		break;
	case SERVICE_COUNT:
		break;
	}
}

/* Adds one store's parts to *data and its hashes to *held. */
static bool unload_one(const char *uri, struct arena *arena, struct dataset *data,
		       struct store_marker *held, char error[STORE_ERROR_MAX])
{
	enum store_status status;
	struct store *store = store_open(uri, &status, error);
	struct dataset from;
	bool ok = false;
	char shown[STORE_ERROR_MAX];
	if (!store)
		return false;
	store_uri_redact(uri, shown);
	const struct store_marker *marker = store_get_marker(store);
	if (held->products == 0) {
		data->seed = held->seed = marker->seed;
		data->product_count = held->products = marker->products;
		memcpy(held->sha256, marker->sha256, sizeof(held->sha256));
	}
	if (strcmp(held->sha256, marker->sha256) != 0) {
		store_error(error,
			    "store '%s' holds another data set than the first one: seed them "
			    "alike",
			    shown);
		goto out;
	}
	status = store->backend->unload(store, arena, &from, error);
	if (status != STORE_OK)
		goto out;
	for (int p = 0; p < SERVICE_COUNT; p++) {
		if (!marker->holds[p])
			continue;
		if (held->holds[p]) {
			store_error(error,
				    "store '%s' holds %s, which an earlier store holds, too: "
				    "name each part once",
				    shown, service_names[p]);
			goto out;
		}
		held->holds[p] = true;
		memcpy(held->part_sha256[p], marker->part_sha256[p], 65);
		take_part(data, &from, (enum service)p);
	}
	ok = true;
out:
	store_close(store);
	return ok;
}

bool seed_store_unload(const char *const *uris, size_t count, struct arena *arena,
		       struct dataset *data, struct store_marker *held, char error[STORE_ERROR_MAX])
{
	struct store_marker own = {.products = 0};
	*data = (struct dataset){.product_count = 0};
	for (size_t i = 0; i < count; i++)
		if (!unload_one(uris[i], arena, data, &own, error))
			return false;
	if (held)
		*held = own;
	return true;
}

/* Writes the dump beside `path` and renames it into place when it is whole and on the disk. */
static bool write_file(const struct dataset *data, const char *path, struct store_marker *hashes,
		       char error[STORE_ERROR_MAX])
{
	if (!file_replaceable(path, error))
		return false;
	char made[PATH_MAX];
	int len = snprintf(made, sizeof(made), "%s.tmp-%ld", path, (long)getpid());
	FILE *file = len > 0 && (size_t)len < sizeof(made) ? fopen(made, "wb") : NULL;
	if (!file) {
		store_error(error, "dump '%s': cannot be written: %s", path, strerror(errno));
		return false;
	}
	bool ok = seed_dump(data, file, hashes) && fsync(fileno(file)) == 0;
	ok = fclose(file) == 0 && ok;
	ok = ok && rename(made, path) == 0;
	if (!ok) {
		store_error(error, "dump '%s': cannot be written: %s", path, strerror(errno));
		unlink(made);
	}
	return ok;
}

bool seed_store_dump(const char *const *uris, size_t count, const char *path,
		     struct store_marker *hashes, char error[STORE_ERROR_MAX])
{
	struct arena *arena = arena_new(0);
	struct dataset data;
	struct store_marker held;
	bool ok = false;
	if (!arena) {
		store_error(error, "no memory");
		return false;
	}
	if (!seed_store_unload(uris, count, arena, &data, &held, error))
		goto out;
	if (strcmp(path, "-") == 0) {
		ok = seed_dump(&data, stdout, hashes);
		if (!ok)
			store_error(error, "dump: standard output cannot be written: %s",
				    strerror(errno));
	} else {
		ok = write_file(&data, path, hashes, error);
	}
	for (int p = 0; ok && p < SERVICE_COUNT; p++) {
		if (!held.holds[p] || strcmp(held.part_sha256[p], hashes->part_sha256[p]) == 0)
			continue;
		store_error(error,
			    "the %s that is stored differs from what was loaded: seed it "
			    "again",
			    service_names[p]);
		ok = false;
	}
out:
	arena_free(arena);
	return ok;
}
