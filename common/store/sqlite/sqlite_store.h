/* sqlite_store: the handle of the SQLite store, shared by its files: open and close
 * (sqlite_store.c), reads (sqlite_read.c), loader (sqlite_load.c), unloader (sqlite_unload.c).
 */
#ifndef DUET_STORE_SQLITE_SQLITE_STORE_H
#define DUET_STORE_SQLITE_SQLITE_STORE_H

#include "common/store/sqlite/sqlite_sql.h"
#include "common/store/store_backend.h"

#include <sqlite3.h>

struct sqlite_store {
	struct store base;
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_STATEMENTS]; /* NULL where the database lacks the part */
	const char *path;                         /* owned */
	bool snapshot; /* a transaction is open that reads are not to end */
};

/* The path of "sqlite:PATH"; the PATH may be empty, which no file has. */
const char *sqlite_path_of(const char *uri);

/* What a SQLite result code means to callers: may pass (busy, I/O, memory) or not. */
enum store_status sqlite_status_of(int code);

/* struct store_backend's slots of the same names. */
void sqlite_store_read(struct store *store, struct read_job *const *jobs, size_t count);
void sqlite_store_snapshot(struct store *store, bool open);
enum store_status sqlite_store_load(const char *uri, const struct dataset *data,
				    const struct store_marker *marker, char error[STORE_ERROR_MAX]);
enum store_status sqlite_store_unload(struct store *store, struct arena *arena,
				      struct dataset *data, char error[STORE_ERROR_MAX]);

/* True when a database with this marker holds what `needs` (enum sqlite_needs or a service) names.
 */
bool sqlite_marker_holds(const struct store_marker *marker, int needs);

#endif
