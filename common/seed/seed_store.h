/* seed_store: the data set into a store and back out of stores: what the seed program does. */
#ifndef DUET_SEED_SEED_STORE_H
#define DUET_SEED_SEED_STORE_H

#include "common/seed/seed.h"

struct seed_load {
	const char *uri;
	uint64_t seed;
	uint32_t products;
	enum service service; /* that part alone; SERVICE_COUNT: the whole shop */
	const char *schema;   /* MongoDB: "document" or "split"; NULL: split for one part, else
				 document */
};

/* Loads the store, unless its marker says that it holds just this already (*loaded is then false).
 * False with one line in error. */
bool seed_store_load(const struct seed_load *what, bool *loaded, char error[STORE_ERROR_MAX]);

/* Reads back into *data the parts that the stores hold together. They must be of one data set and
 * no part may be held twice. `held` (may be NULL) gets the stores' common marker, with the hashes
 * that the stores were given when they were loaded. False with one line in error. */
bool seed_store_unload(const char *const *uris, size_t count, struct arena *arena,
		       struct dataset *data, struct store_marker *held,
		       char error[STORE_ERROR_MAX]);

/* Unloads the stores and writes their dump to `path`, replacing it atomically ("-": stdout).
 * *hashes gets what was read, as seed_dump does. It is an error when that differs from what the
 * stores say they were loaded with, though the dump is written all the same. */
bool seed_store_dump(const char *const *uris, size_t count, const char *path,
		     struct store_marker *hashes, char error[STORE_ERROR_MAX]);

#endif
