/* store_backend: what a backend implements. Only store.c, the backends and the seed program include
 * this. */
#ifndef DUET_STORE_STORE_BACKEND_H
#define DUET_STORE_STORE_BACKEND_H

#include "common/store/store.h"

/* A backend's handle begins with this. */
struct store {
	const struct store_backend *backend;
	struct store_marker marker;
	uint64_t queries, rows, shared; /* counters; see store_get_totals */
	char version[32];
};

struct dataset; /* seed.h: every primary record, in memory */

struct store_backend {
	const char *name;   /* "sqlite" */
	const char *scheme; /* "sqlite:" */
	bool blocks;
	struct store *(*open)(const char *uri, enum store_status *status,
			      char error[STORE_ERROR_MAX]);
	void (*read)(struct store *store, struct read_job *const *jobs, size_t count);
	/* Reads between snapshot(store, true) and (store, false) see one state. NULL where a
	 * backend has no cheap way to it. */
	void (*snapshot)(struct store *store, bool open);
	enum store_status (*ping)(struct store *store, char error[STORE_ERROR_MAX]);
	void (*close)(struct store *store);

	/* For seed alone. load: writes the parts in `marker->holds` of `data` and, last, the
	 * marker, replacing a data set of ours and refusing anything else (STORE_CONFLICT). NULL
	 * where a store cannot be loaded (memory). */
	enum store_status (*load)(const char *uri, const struct dataset *data,
				  const struct store_marker *marker, char error[STORE_ERROR_MAX]);

	/* For seed alone. Reads every primary record that the store holds back into *data (arena
	 * memory). */
	enum store_status (*unload)(struct store *store, struct arena *arena, struct dataset *data,
				    char error[STORE_ERROR_MAX]);
};

extern const struct store_backend store_sqlite, store_mongo, store_memory;

/* Writes one formatted line (line breaks become spaces, too long is cut) to error. */
void store_error(char error[STORE_ERROR_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The backend of a URI, or NULL. */
const struct store_backend *store_backend_of(const char *uri);

#endif
