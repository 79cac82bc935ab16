/* store: the shop's data, whatever holds it. It speaks the domain (read.h), never query text.
 *
 * URIs: sqlite:PATH, mongodb://USER:PASSWORD@HOST:PORT/duet_NAME?..., memory:?seed=42&products=1200
 * A store that was seeded carries a marker (struct store_marker) that says what it holds; what it
 * cannot answer (inventory's database asked for prices) is STORE_BAD_DATA.
 *
 * Threads: a handle is used by one thread at a time; open one for each.
 * Reads see one consistent state: a page read is one transaction where the backend has them.
 */
#ifndef DUET_STORE_STORE_H
#define DUET_STORE_STORE_H

#include "common/base/arena.h"
#include "common/base/strbuf.h"
#include "common/contract/read.h"

#include <stddef.h>
#include <stdint.h>

enum store_status {
	STORE_OK,
	STORE_NOT_FOUND, /* no such product, category or page */
	STORE_CONFLICT, /* the state does not allow it (loading into a foreign or other data set) */
	STORE_UNAVAILABLE, /* the store cannot be reached or answered too late: may pass */
	STORE_BAD_DATA     /* what is stored is not what the contract says: will not pass */
};

enum { STORE_ERROR_MAX = 256, STORE_COALESCE_MAX = 32 };

/* The status's name, "ok", "not_found", ... */
const char *store_status_name(enum store_status status);

/* One read. Its owner fills kind, args, arena, done and arg; the store fills out, status and error;
 * whoever runs it stamps the times. The memory of `out` and of all its slices is `arena`, which
 * belongs to the job alone. */
struct read_job {
	enum read_kind kind;
	struct read_args args;
	struct arena *arena;
	void *out; /* the struct that answers kind; valid when status is STORE_OK */
	enum store_status status;
	char error[STORE_ERROR_MAX]; /* one line, set when status is neither OK nor NOT_FOUND */
	void (*done)(struct read_job *job); /* for store_exec: called once, on the submitting loop's
					       thread */
	void *arg;                          /* the owner's */
	struct read_job *next;              /* the queue's */
	int64_t queued_ns, started_ns, finished_ns;
};

/* What a seeded store says of itself. */
struct store_marker {
	uint64_t seed;
	uint32_t products;
	char schema[16];           /* "relational", "document", "split", "memory" */
	bool holds[SERVICE_COUNT]; /* whose data it holds; all four: pages can be read */
	char sha256[65]; /* hex, the canonical dump's hash of all four parts (see seed.h) */
	char part_sha256[SERVICE_COUNT][65]; /* hex, of each part held */
};

struct store;

/* True when the URI's scheme is a store's, whatever follows it. */
bool store_uri_known(const char *uri);

/* Opens a store for reading (query-only). NULL on failure, with one line that names the URI
 * (without its password), the rule and the mend in error. A store that was never seeded is a
 * failure. */
struct store *store_open(const char *uri, enum store_status *status, char error[STORE_ERROR_MAX]);

/* Reads `count` >= 1 jobs of one kind, each into its own arena, and sets each one's out and status.
 * Backends may ask for several at once (equal ids once); at most STORE_COALESCE_MAX. Never calls
 * done. */
void store_read(struct store *store, struct read_job *const *jobs, size_t count);

/* Opens or closes a snapshot: several reads that see one state, as one transaction. They do not
 * nest. False, and nothing done, where the backend has none. */
bool store_snapshot(struct store *store, bool open);

/* Asks the store for its smallest answer: is it there? */
enum store_status store_ping(struct store *store, char error[STORE_ERROR_MAX]);

/* The marker that was read at store_open. */
const struct store_marker *store_get_marker(const struct store *store);

/* True when reads wait for something outside this process, so that they belong on worker threads
 * (MongoDB). */
bool store_blocks(const struct store *store);

/* "sqlite", "mongodb" or "memory", and the engine's version (for reports). */
const char *store_name(const struct store *store);
const char *store_version(const struct store *store);

/* What a handle has asked and got since it was opened. */
struct store_totals {
	uint64_t queries, rows;
};
struct store_totals store_get_totals(const struct store *store);

void store_close(struct store *store);

/* `uri` with its password replaced by "***", for logs and errors. */
void store_uri_redact(const char *uri, char out[STORE_ERROR_MAX]);

#endif
