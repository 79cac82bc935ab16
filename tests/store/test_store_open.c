/* Opening by URI, without any database. */
#include "common/store/store.h"
#include "common/store/store_backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char error[STORE_ERROR_MAX];

static void test_memory_uris(void **state)
{
	(void)state;
	static const struct {
		const char *uri;
		uint64_t seed;
		uint32_t products;
	} good[] = {
		{"memory:", 42, 1200},
		{"memory:?", 42, 1200},
		{"memory:?seed=7&products=8", 7, 8},
		{"memory:?products=16", 42, 16},
		{"memory:?seed=18446744073709551615&products=8", UINT64_MAX, 8},
	};
	static const char *const bad[] = {"memory:?products=9",
					  "memory:?products=0",
					  "memory:?products=120008",
					  "memory:?seed=",
					  "memory:?seed=-1",
					  "memory:?seed=4x",
					  "memory:?colour=blue",
					  "memory:seed=1",
					  "memory:?seed=1;products=8",
					  "memory:?products=+16",
					  "memory:?seed=99999999999999999999"};
	enum store_status status;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct store *store = store_open(good[i].uri, &status, error);
		assert_non_null(store);
		assert_int_equal(status, STORE_OK);
		assert_true(store_get_marker(store)->seed == good[i].seed);
		assert_int_equal(store_get_marker(store)->products, good[i].products);
		assert_string_equal(store_get_marker(store)->schema, "memory");
		assert_string_equal(store_name(store), "memory");
		assert_false(store_blocks(store));
		store_close(store);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (store_open(bad[i], &status, error))
			fail_msg("%s was opened", bad[i]);
		assert_int_equal(status, STORE_BAD_DATA);
		assert_non_null(strstr(error, bad[i]));
		assert_non_null(strstr(error, "multiple of 8"));
	}
}

static void test_unknown_schemes(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "postgres://x/y", "shop.db", "SQLITE:x"};
	enum store_status status;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(store_open(bad[i], &status, error));
		assert_int_equal(status, STORE_BAD_DATA);
		assert_non_null(strstr(error, "sqlite:PATH"));
		assert_null(store_backend_of(bad[i]));
	}
	assert_ptr_equal(store_backend_of("sqlite:x"), &store_sqlite);
	assert_ptr_equal(store_backend_of("mongodb://h/duet_x"), &store_mongo);
	assert_ptr_equal(store_backend_of("memory:"), &store_memory);
}

static void test_passwords_are_not_shown(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{"mongodb://u:secret@127.0.0.1:8099/duet_x?a=b",
		 "mongodb://u:***@127.0.0.1:8099/duet_x?a=b"},
		{"mongodb://u:se@cr:et@h/duet_x", "mongodb://u:***@h/duet_x"},
		{"mongodb://u@h:1/duet_x", "mongodb://u@h:1/duet_x"},
		{"mongodb://h:1/duet_x?q=a:b@c", "mongodb://h:1/duet_x?q=a:b@c"},
		{"sqlite:a@b:c.db", "sqlite:a@b:c.db"},
		{"", ""},
	};
	char shown[STORE_ERROR_MAX];
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		store_uri_redact(pairs[i][0], shown);
		assert_string_equal(shown, pairs[i][1]);
	}
}

static void test_status_names(void **state)
{
	(void)state;
	assert_string_equal(store_status_name(STORE_OK), "ok");
	assert_string_equal(store_status_name(STORE_NOT_FOUND), "not_found");
	assert_string_equal(store_status_name(STORE_CONFLICT), "conflict");
	assert_string_equal(store_status_name(STORE_UNAVAILABLE), "unavailable");
	assert_string_equal(store_status_name(STORE_BAD_DATA), "bad_data");
	assert_string_equal(store_status_name((enum store_status)99), "unknown");
}

static void test_errors_are_one_line(void **state)
{
	(void)state;
	char many[STORE_ERROR_MAX * 2];
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	store_error(error, "a\nb\r%s", many);
	assert_null(strpbrk(error, "\r\n"));
	assert_int_equal(strlen(error), STORE_ERROR_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_uris),
		cmocka_unit_test(test_unknown_schemes),
		cmocka_unit_test(test_passwords_are_not_shown),
		cmocka_unit_test(test_status_names),
		cmocka_unit_test(test_errors_are_one_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
