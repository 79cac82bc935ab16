#include "common/store/sqlite/sqlite_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A server's handle never writes. The largest data set (120,000 products, 310 MB) fits the map, so
 * that reads are not copied; a writer that locks the file is waited for at most a quarter of the
 * store's time-out. */
enum { BUSY_MS = 250 };
static const char *const open_pragmas = "PRAGMA query_only = 1;"
					"PRAGMA mmap_size = 1073741824;"
					"PRAGMA cache_size = -4096;";

const char *sqlite_path_of(const char *uri)
{
	return uri + strlen(store_sqlite.scheme);
}

enum store_status sqlite_status_of(int code)
{
	static const int passing[] = {
		SQLITE_BUSY, SQLITE_LOCKED,   SQLITE_IOERR,     SQLITE_NOMEM, SQLITE_CANTOPEN,
		SQLITE_FULL, SQLITE_PROTOCOL, SQLITE_INTERRUPT, SQLITE_PERM,  SQLITE_READONLY};
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if ((code & 0xff) == passing[i])
			return STORE_UNAVAILABLE;
	return code == SQLITE_OK ? STORE_OK : STORE_BAD_DATA;
}

/* Memory statistics put one lock around every allocation of all threads; no one reads them. */
static void configure_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static void sqlite_close(struct store *base)
{
	struct sqlite_store *store = (struct sqlite_store *)base;
	for (int i = 0; i < SQL_STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	free((void *)store->path);
	free(store);
}

static void copy_text(char *out, size_t size, sqlite3_stmt *row, int column)
{
	const unsigned char *text = sqlite3_column_text(row, column);
	snprintf(out, size, "%s", text ? (const char *)text : "");
}

/* Fills the marker from its row: a part is held when its hash is there. */
static int read_marker(struct sqlite_store *store)
{
	struct store_marker *marker = &store->base.marker;
	sqlite3_stmt *row;
	int code = sqlite3_prepare_v2(store->db,
				      "SELECT seed, products, schema, sha256, catalog, inventory, "
				      "pricing, reviews FROM duet_marker WHERE id = 1",
				      -1, &row, NULL);
	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(row);
	if (code == SQLITE_ROW) {
		marker->seed = (uint64_t)sqlite3_column_int64(row, 0);
		marker->products = (uint32_t)sqlite3_column_int64(row, 1);
		copy_text(marker->schema, sizeof(marker->schema), row, 2);
		copy_text(marker->sha256, sizeof(marker->sha256), row, 3);
		for (int p = 0; p < SERVICE_COUNT; p++) {
			copy_text(marker->part_sha256[p], 65, row, 4 + p);
			marker->holds[p] = marker->part_sha256[p][0] != '\0';
		}
	}
	sqlite3_finalize(row);
	return code == SQLITE_ROW ? SQLITE_OK : code == SQLITE_DONE ? SQLITE_EMPTY : code;
}

bool sqlite_marker_holds(const struct store_marker *marker, int needs)
{
	bool all = true;
	for (int p = 0; p < SERVICE_COUNT; p++)
		all = all && marker->holds[p];
	return needs == NEEDS_NOTHING || (needs == NEEDS_ALL ? all : marker->holds[needs]);
}

static int prepare_all(struct sqlite_store *store)
{
	for (int i = 0; i < SQL_STATEMENTS; i++) {
		if (!sqlite_marker_holds(&store->base.marker, sqlite_statements[i].needs))
			continue;
		int code =
			sqlite3_prepare_v3(store->db, sqlite_statements[i].text, -1,
					   SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);
		if (code != SQLITE_OK)
			return code;
	}
	return SQLITE_OK;
}

/* Opens the database and reads what it says of itself. On failure *rule says what is wrong. */
static int open_database(struct sqlite_store *store, const char **rule)
{
	sqlite3_stmt *row = NULL;
	int id = 0;
	*rule = "cannot be opened";
	int code = sqlite3_open_v2(store->path, &store->db,
				   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return code;
	sqlite3_busy_timeout(store->db, BUSY_MS);
	*rule = "is no Duet database";
	code = sqlite3_prepare_v2(store->db, "PRAGMA application_id", -1, &row, NULL);
	if (code == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
		id = sqlite3_column_int(row, 0);
	code = sqlite3_finalize(row);
	if (code == SQLITE_OK && id != SQLITE_DUET_ID)
		code = SQLITE_NOTADB;
	if (code != SQLITE_OK)
		return code;
	*rule = "was not seeded";
	code = read_marker(store);
	if (code != SQLITE_OK)
		return code;
	*rule = "does not have the tables its marker promises";
	code = sqlite3_exec(store->db, open_pragmas, NULL, NULL, NULL);
	return code == SQLITE_OK ? prepare_all(store) : code;
}

static struct store *sqlite_open(const char *uri, enum store_status *status,
				 char error[STORE_ERROR_MAX])
{
	static pthread_once_t configured = PTHREAD_ONCE_INIT;
	const char *path = sqlite_path_of(uri), *rule = "no memory";
	pthread_once(&configured, configure_library);
	*status = STORE_UNAVAILABLE;
	if (*path == '\0' || access(path, F_OK) != 0) {
		store_error(error,
			    "store '%s': there is no such file: make it with `make data` or "
			    "`seed --store %s`",
			    uri, uri);
		return NULL;
	}
	struct sqlite_store *store = calloc(1, sizeof(*store));
	if (!store || !(store->path = strdup(path))) {
		store_error(error, "store '%s': no memory", uri);
		free(store);
		return NULL;
	}
	store->base.backend = &store_sqlite;
	snprintf(store->base.version, sizeof(store->base.version), "%s", sqlite3_libversion());
	int code = open_database(store, &rule);
	*status = sqlite_status_of(code);
	if (code == SQLITE_OK)
		return &store->base;
	store_error(error, "store '%s' %s (%s): make it with `make data` or `seed --store %s`", uri,
		    rule,
		    sqlite3_errcode(store->db) != SQLITE_OK ? sqlite3_errmsg(store->db)
							    : sqlite3_errstr(code),
		    uri);
	sqlite_close(&store->base);
	return NULL;
}

static enum store_status sqlite_ping(struct store *base, char error[STORE_ERROR_MAX])
{
	struct sqlite_store *store = (struct sqlite_store *)base;
	sqlite3_stmt *statement = store->statements[SQL_PING];
	int code = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (code == SQLITE_ROW)
		return STORE_OK;
	store_error(error, "sqlite '%s': %s", store->path, sqlite3_errstr(code));
	return code == SQLITE_DONE ? STORE_BAD_DATA : sqlite_status_of(code);
}

const struct store_backend store_sqlite = {
	.name = "sqlite",
	.scheme = "sqlite:",
	.blocks = false,
	.open = sqlite_open,
	.read = sqlite_store_read,
	.snapshot = sqlite_store_snapshot,
	.ping = sqlite_ping,
	.close = sqlite_close,
	.load = sqlite_store_load,
	.unload = sqlite_store_unload,
};
