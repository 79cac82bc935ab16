/* How SQLite finds what it is asked for: by key, whatever the number of products. */
#include "common/seed/seed_store.h"
#include "common/store/sqlite/sqlite_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/duet-plans-XXXXXX";
static char path[64];

static int fresh(void **state)
{
	(void)state;
	char uri[72], error[STORE_ERROR_MAX];
	bool loaded = false;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/shop.db", folder);
	snprintf(uri, sizeof(uri), "sqlite:%s", path);
	const struct seed_load what = {
		.uri = uri, .seed = 42, .products = 80, .service = SERVICE_COUNT};
	return seed_store_load(&what, &loaded, error) && loaded ? 0 : -1;
}

static int gone(void **state)
{
	(void)state;
	static const char *const endings[] = {"", "-wal", "-shm"};
	char name[80];
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, endings[i]);
		unlink(name);
	}
	return rmdir(folder);
}

static void test_every_look_up_is_by_key(void **state)
{
	(void)state;
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (int i = 0; i < SQL_STATEMENTS; i++) {
		sqlite3_stmt *plan;
		unsigned searches = 0;
		char sql[1024];
		snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", sqlite_statements[i].text);
		if (strncmp(sqlite_statements[i].text, "SELECT", 6) != 0)
			continue;
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &plan, NULL), SQLITE_OK);
		while (sqlite3_step(plan) == SQLITE_ROW) {
			const char *detail = (const char *)sqlite3_column_text(plan, 3);
			bool bad = strstr(detail, "TEMP B-TREE") || strstr(detail, "AUTOMATIC") ||
				   (strstr(detail, "SCAN") && !sqlite_statements[i].scans);
			if (bad)
				fail_msg("%s: %s", sqlite_statements[i].text, detail);
			searches += strstr(detail, "SEARCH") != NULL;
		}
		sqlite3_finalize(plan);
		if (!sqlite_statements[i].scans && searches == 0)
			fail_msg("%s: no look-up by key", sqlite_statements[i].text);
	}
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_look_up_is_by_key),
	};
	return cmocka_run_group_tests(tests, fresh, gone);
}
