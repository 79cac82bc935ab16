/* What is SQLite's alone: loading over files, broken databases. */
#include "common/base/arena.h"
#include "common/seed/seed_store.h"
#include "common/store/sqlite/sqlite_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/duet-sqlite-XXXXXX";
static char path[64], uri[72], error[STORE_ERROR_MAX];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/shop.db", folder);
	snprintf(uri, sizeof(uri), "sqlite:%s", path);
	return 0;
}

static void remove_files(void)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	char name[80];
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, endings[i]);
		unlink(name);
	}
}

static int remove_folder(void **state)
{
	(void)state;
	remove_files();
	return rmdir(folder);
}

static bool load(uint32_t products, enum service service)
{
	bool loaded = false;
	struct seed_load what = {.uri = uri, .seed = 42, .products = products, .service = service};
	if (!seed_store_load(&what, &loaded, error))
		return false;
	return loaded;
}

static int fresh(void **state)
{
	(void)state;
	remove_files();
	return load(80, SERVICE_COUNT) ? 0 : -1;
}

static int empty(void **state)
{
	(void)state;
	remove_files();
	return 0;
}

/* Runs SQL on the database from outside. */
static void run_sql(const char *sql)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static struct store *open_store(void)
{
	enum store_status status;
	struct store *store = store_open(uri, &status, error);
	assert_non_null(store);
	return store;
}

static enum store_status ask(struct store *store, enum read_kind kind)
{
	struct read_job job = {.kind = kind,
			       .args = {.category = "tea", .page = 1, .id_count = 1, .ids = {1}},
			       .arena = arena_new(0)};
	struct read_job *jobs[] = {&job};
	store_read(store, jobs, 1);
	snprintf(error, sizeof(error), "%s", job.error);
	arena_free(job.arena);
	return job.status;
}

static enum store_status ask_once(enum read_kind kind)
{
	struct store *store = open_store();
	enum store_status status = ask(store, kind);
	store_close(store);
	return status;
}

/* ---- loading ---- */

static void test_an_equal_data_set_is_left_alone(void **state)
{
	(void)state;
	struct stat before, after;
	assert_int_equal(stat(path, &before), 0);
	assert_false(load(80, SERVICE_COUNT));
	assert_string_equal(error, "");
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void test_another_data_set_takes_its_place(void **state)
{
	(void)state;
	struct store *reader = open_store();
	assert_true(load(16, SERVICE_COUNT));
	struct store *second = open_store();
	assert_int_equal(store_get_marker(second)->products, 16);
	assert_int_equal(store_get_marker(reader)->products, 80);
	assert_int_equal(ask(reader, READ_PAGE_PDP), STORE_OK);
	assert_int_equal(ask(second, READ_PAGE_PDP), STORE_OK);
	store_close(reader);
	store_close(second);
	assert_true(load(16, SERVICE_PRICING));
	assert_int_equal(ask_once(READ_PRICES), STORE_OK);
	assert_int_equal(ask_once(READ_STOCK), STORE_BAD_DATA);
	assert_non_null(strstr(error, "inventory"));
}

/* Somebody still writes to the old database, through a log that lies beside the new one. */
static void test_an_old_log_is_not_played_into_it(void **state)
{
	(void)state;
	sqlite3 *writer;
	assert_int_equal(sqlite3_open(path, &writer), SQLITE_OK);
	assert_int_equal(sqlite3_exec(writer,
				      "PRAGMA wal_autocheckpoint = 0;"
				      "UPDATE reviews SET text = 'overwritten';"
				      "UPDATE products SET name = 'overwritten';",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_true(load(16, SERVICE_COUNT));
	const char *uris[] = {uri};
	struct arena *arena = arena_new(0);
	struct dataset data;
	struct store_marker held, hashes;
	if (!seed_store_unload(uris, 1, arena, &data, &held, error))
		fail_msg("%s", error);
	assert_true(seed_dump(&data, NULL, &hashes));
	assert_string_equal(hashes.sha256, held.sha256);
	assert_int_equal(held.products, 16);
	arena_free(arena);
	sqlite3_close(writer);
}

static void test_foreign_files_are_refused(void **state)
{
	(void)state;
	char text[16];
	FILE *file = fopen(path, "w+b");
	assert_non_null(file);
	fputs("my diary", file);
	fclose(file);
	assert_false(load(16, SERVICE_COUNT));
	assert_non_null(strstr(error, "left alone"));
	file = fopen(path, "rb");
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, "my diary");
	unlink(path);
	run_sql("CREATE TABLE other (x)");
	assert_false(load(16, SERVICE_COUNT));
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(load(16, SERVICE_COUNT));
	rmdir(path);
}

static void test_a_missing_folder_is_an_error(void **state)
{
	(void)state;
	bool loaded;
	struct seed_load what = {.uri = "sqlite:/nowhere/at/all.db",
				 .seed = 42,
				 .products = 16,
				 .service = SERVICE_COUNT};
	assert_false(seed_store_load(&what, &loaded, error));
	assert_non_null(strstr(error, "/nowhere/at/all.db"));
	what.uri = "sqlite:";
	assert_false(seed_store_load(&what, &loaded, error));
	what.uri = uri;
	what.schema = "document";
	assert_false(seed_store_load(&what, &loaded, error));
	assert_non_null(strstr(error, "--schema"));
}

/* The database is whole in one file: nothing waits in a log. */
static void test_the_file_is_complete(void **state)
{
	(void)state;
	char wal[80];
	unsigned char header[20];
	snprintf(wal, sizeof(wal), "%s-wal", path);
	assert_int_not_equal(access(wal, F_OK), 0);
	FILE *file = fopen(path, "rb");
	assert_int_equal(fread(header, 1, sizeof(header), file), sizeof(header));
	fclose(file);
	assert_int_equal(header[18], 2); /* WAL */
	assert_int_equal(header[19], 2);
}

static void test_a_service_holds_its_own_tables_alone(void **state)
{
	(void)state;
	assert_true(load(16, SERVICE_CATALOG));
	sqlite3 *db;
	sqlite3_stmt *row;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT count(*) FROM sqlite_master WHERE name IN "
					    "('prices','lowest','stock','ratings','reviews')",
					    -1, &row, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(row, 0), 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
}

/* ---- broken stores ---- */

static void check_open_fails(enum store_status expected, const char *word)
{
	enum store_status status;
	assert_null(store_open(uri, &status, error));
	assert_int_equal(status, expected);
	if (!strstr(error, word) || !strstr(error, "seed --store") || !strstr(error, path))
		fail_msg("%s", error);
}

static void test_stores_that_were_not_seeded(void **state)
{
	(void)state;
	check_open_fails(STORE_UNAVAILABLE, "no such file");
	run_sql("CREATE TABLE other (x)");
	check_open_fails(STORE_BAD_DATA, "no Duet database");
	run_sql("PRAGMA application_id = 1148544372");
	check_open_fails(STORE_BAD_DATA, "was not seeded");
	unlink(path);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("no database", file);
	fclose(file);
	check_open_fails(STORE_BAD_DATA, "no Duet database");
}

static void test_missing_tables_are_named_at_open(void **state)
{
	(void)state;
	run_sql("DROP TABLE stock");
	check_open_fails(STORE_BAD_DATA, "tables");
}

/* Rows that the contract does not allow are bad data, for parts and for pages. */
static void test_broken_rows(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		enum read_kind kind;
		enum store_status expected;
	} broken[] = {
		{"DELETE FROM prices WHERE id = 1", READ_PAGE_PDP, STORE_BAD_DATA},
		{"DELETE FROM stock WHERE id = 1", READ_PAGE_PDP, STORE_BAD_DATA},
		{"DELETE FROM ratings WHERE id = 1", READ_PAGE_PDP, STORE_OK},
		{"DELETE FROM ratings WHERE id = 1", READ_REVIEWS, STORE_NOT_FOUND},
		{"UPDATE prices SET price_cents = 0 WHERE id = 1", READ_PRICES, STORE_BAD_DATA},
		{"UPDATE prices SET price_cents = list_cents + 1 WHERE id = 1", READ_PRICES,
		 STORE_BAD_DATA},
		{"UPDATE stock SET north = -1 WHERE id = 1", READ_STOCK, STORE_BAD_DATA},
		{"UPDATE reviews SET stars = 6 WHERE product IN (1, 2, 3)", READ_REVIEWS,
		 STORE_BAD_DATA},
		{"DELETE FROM listing WHERE category = 0 AND position = 3", READ_CATALOG_PAGE,
		 STORE_BAD_DATA},
		{"DELETE FROM cards WHERE category = 0 AND position = 3", READ_PAGE_PLP,
		 STORE_BAD_DATA},
		{"UPDATE cards SET price_cents = NULL", READ_PAGE_PLP, STORE_BAD_DATA},
		{"UPDATE featured SET north = NULL", READ_PAGE_HOME, STORE_BAD_DATA},
		{"DELETE FROM featured WHERE rank = 8", READ_PAGE_HOME, STORE_BAD_DATA},
		{"DELETE FROM hero", READ_CATALOG_HOME, STORE_BAD_DATA},
		{"DELETE FROM categories WHERE number = 7", READ_CATALOG_HOME, STORE_BAD_DATA},
		{"DELETE FROM products WHERE featured_rank = 8", READ_CATALOG_HOME, STORE_BAD_DATA},
		{"UPDATE tiles SET price_cents = NULL", READ_PAGE_HOME, STORE_BAD_DATA},
		{"DELETE FROM tiles WHERE number = 7", READ_PAGE_HOME, STORE_BAD_DATA},
	};
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		remove_files();
		assert_true(load(80, SERVICE_COUNT));
		run_sql(broken[i].sql);
		enum store_status status = ask_once(broken[i].kind);
		if (status != broken[i].expected)
			fail_msg("%s: %s", broken[i].sql, store_status_name(status));
		assert_true((status == STORE_BAD_DATA) == (error[0] != '\0'));
	}
}

static void test_a_changed_store_does_not_dump_quietly(void **state)
{
	(void)state;
	char file[80];
	struct store_marker hashes;
	const char *uris[] = {uri};
	snprintf(file, sizeof(file), "%s/dump", folder);
	assert_true(seed_store_dump(uris, 1, file, &hashes, error));
	run_sql("UPDATE stock SET north = north + 1 WHERE id = 1");
	assert_false(seed_store_dump(uris, 1, file, &hashes, error));
	assert_non_null(strstr(error, "inventory"));
	const char *twice[] = {uri, "memory:?products=80"};
	assert_false(seed_store_dump(twice, 2, file, &hashes, error));
	assert_non_null(strstr(error, "catalog"));
	twice[1] = "memory:?products=88";
	assert_false(seed_store_dump(twice, 2, file, &hashes, error));
	assert_non_null(strstr(error, "another data set"));
	unlink(file);
	assert_false(seed_store_dump(uris, 1, "/nowhere/dump", &hashes, error));
}

/* The first page of a table of ours, counted from 1. */
static long root_page_of(const char *table)
{
	sqlite3 *db;
	sqlite3_stmt *row;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT rootpage FROM sqlite_master WHERE name = ?1",
					    -1, &row, NULL),
			 SQLITE_OK);
	sqlite3_bind_text(row, 1, table, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	long page = sqlite3_column_int(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return page;
}

static void test_torn_pages_are_bad_data(void **state)
{
	(void)state;
	char junk[4096];
	long page = root_page_of("stock");
	FILE *file = fopen(path, "r+b");
	assert_non_null(file);
	memset(junk, 0xa5, sizeof(junk));
	fseek(file, (page - 1) * (long)sizeof(junk), SEEK_SET);
	assert_int_equal(fwrite(junk, 1, sizeof(junk), file), sizeof(junk));
	fclose(file);
	struct store *store = open_store();
	assert_int_equal(ask(store, READ_STOCK), STORE_BAD_DATA);
	assert_non_null(strstr(error, "malformed"));
	assert_int_equal(ask(store, READ_PAGE_PDP), STORE_BAD_DATA);
	assert_int_equal(ask(store, READ_PRODUCT), STORE_OK);
	store_close(store);
}

static void test_a_server_cannot_write(void **state)
{
	(void)state;
	struct store *store = open_store();
	sqlite3 *db = ((struct sqlite_store *)store)->db;
	assert_int_equal(sqlite3_exec(db, "DELETE FROM stock", NULL, NULL, NULL), SQLITE_READONLY);
	store_close(store);
}

/* A writer from outside locks the file against all: readers say that it may pass, and recover. */
static void test_a_locked_file_is_unavailable(void **state)
{
	(void)state;
	sqlite3 *db;
	run_sql("PRAGMA journal_mode = DELETE");
	struct store *store = open_store();
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(ask(store, READ_PAGE_PDP), STORE_UNAVAILABLE);
	assert_int_equal(ask(store, READ_STOCK), STORE_UNAVAILABLE);
	assert_int_equal(store_ping(store, error), STORE_UNAVAILABLE);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(ask(store, READ_PAGE_PDP), STORE_OK);
	assert_int_equal(store_ping(store, error), STORE_OK);
	sqlite3_close(db);
	store_close(store);
}

#define TEST(name, setup) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_equal_data_set_is_left_alone, fresh),
		TEST(test_another_data_set_takes_its_place, fresh),
		TEST(test_an_old_log_is_not_played_into_it, fresh),
		TEST(test_foreign_files_are_refused, empty),
		TEST(test_a_missing_folder_is_an_error, empty),
		TEST(test_the_file_is_complete, fresh),
		TEST(test_a_service_holds_its_own_tables_alone, fresh),
		TEST(test_stores_that_were_not_seeded, empty),
		TEST(test_missing_tables_are_named_at_open, fresh),
		TEST(test_broken_rows, fresh),
		TEST(test_a_changed_store_does_not_dump_quietly, fresh),
		TEST(test_torn_pages_are_bad_data, fresh),
		TEST(test_a_server_cannot_write, fresh),
		TEST(test_a_locked_file_is_unavailable, fresh),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
