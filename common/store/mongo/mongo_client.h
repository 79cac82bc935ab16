/* mongo_client: one connection to one database: opening, finding, and what errors mean.
 *
 * All handles of a process on one URI share a mongoc_client_pool (one monitor thread, not one a
 * handle) and keep the client that they popped until they close. Time-outs are 500 ms to connect or
 * to choose a server and 1 s a call; reads are not retried, since the caller's deadline is shorter
 * than a second try, and nothing is compressed.
 */
#ifndef DUET_STORE_MONGO_CLIENT_H
#define DUET_STORE_MONGO_CLIENT_H

#include "common/store/store_backend.h"

#include <mongoc/mongoc.h>

enum { MONGO_DATABASE_MAX = 63 };

/* Starts the driver, once a process; opening a link does it, too. */
void mongo_driver_start(void);

struct mongo_pool; /* one a URI, counted */

struct mongo_link {
	struct mongo_pool *pool;
	mongoc_client_t *client;
	char database[MONGO_DATABASE_MAX + 1];
	char where[STORE_ERROR_MAX]; /* the URI without its password, for errors */
};

/* Checks the URI (a database named duet_*) and pops a client; asks nothing yet. mongo_link_close is
 * allowed after a failure. */
enum store_status mongo_link_open(struct mongo_link *link, const char *uri,
				  char error[STORE_ERROR_MAX]);

/* The same for loading: a client of its own, with a minute a call and acknowledged writes. */
enum store_status mongo_link_open_loader(struct mongo_link *link, const char *uri,
					 char error[STORE_ERROR_MAX]);
void mongo_link_close(struct mongo_link *link);

/* Runs a command that reads. The reply is initialised always; destroy it. */
enum store_status mongo_command(struct mongo_link *link, const bson_t *command, bson_t *reply,
				char error[STORE_ERROR_MAX]);

/* What a driver's error means, and its one line. */
enum store_status mongo_status_of(const struct mongo_link *link, const bson_error_t *from,
				  char error[STORE_ERROR_MAX]);

/* Writes "WHERE: WHY" to error and returns `status`. */
enum store_status mongo_refuse(const struct mongo_link *link, enum store_status status,
			       const char *why, char error[STORE_ERROR_MAX]);

/* ---- finding ---- */

/* The documents that a find answered; each stays valid until mongo_found_free. */
struct mongo_found {
	bson_t reply;
	const uint8_t *bytes; /* the batch: an array of documents */
	uint32_t len;
	bson_iter_t batch;
};

/* Documents whose _id is one of `count` >= 1 numbers, in no order. */
enum store_status mongo_find_ids(struct mongo_link *link, const char *collection,
				 const uint32_t *ids, uint32_t count, struct mongo_found *found,
				 char error[STORE_ERROR_MAX]);

/* Documents with first <= _id < last, in the order of _id. */
enum store_status mongo_find_range(struct mongo_link *link, const char *collection, uint32_t first,
				   uint32_t last, struct mongo_found *found,
				   char error[STORE_ERROR_MAX]);

/* The document whose _id is a text. */
enum store_status mongo_find_text(struct mongo_link *link, const char *collection, const char *id,
				  struct mongo_found *found, char error[STORE_ERROR_MAX]);

/* Copies the batch into the arena, so that the documents outlive the reply; before the first
 * mongo_found_next. False without memory. */
bool mongo_found_keep(struct mongo_found *found, struct arena *arena);

/* The next document's bytes; false at the end. */
bool mongo_found_next(struct mongo_found *found, const uint8_t **bytes, uint32_t *len);
void mongo_found_free(struct mongo_found *found);

/* Reads the marker. NOT_FOUND: none, or a loading that was never finished (`*started` is then
 * true). */
enum store_status mongo_marker_read(struct mongo_link *link, struct store_marker *marker,
				    bool *started, char error[STORE_ERROR_MAX]);

/* Writes the marker, complete or only as started. */
enum store_status mongo_marker_write(struct mongo_link *link, const struct store_marker *marker,
				     bool complete, char error[STORE_ERROR_MAX]);

#endif
