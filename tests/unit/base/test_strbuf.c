#include "common/base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void appends_grow_and_end_in_nul(void **state)
{
	(void)state;
	struct strbuf buf;
	strbuf_init(&buf, 100000);
	assert_null(buf.data);
	for (int i = 0; i < 5000; i++)
		strbuf_add_char(&buf, (char)('a' + i % 26));
	strbuf_add_text(&buf, "-text");
	strbuf_add_slice(&buf, SLICE("-slice"));
	strbuf_printf(&buf, "-%d%s", 42, "!");
	assert_true(strbuf_ok(&buf));
	assert_int_equal(buf.len, 5015);
	assert_string_equal(buf.data + 5000, "-text-slice-42!");
	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf.data[i], 'a' + i % 26);
	strbuf_free(&buf);
	assert_null(buf.data);
	strbuf_add_text(&buf, "again");
	assert_string_equal(buf.data, "again");
	strbuf_free(&buf);
}

static void max_is_exact_and_failure_sticks(void **state)
{
	(void)state;
	struct strbuf buf;
	strbuf_init(&buf, 8);
	strbuf_add_text(&buf, "12345678");
	assert_true(strbuf_ok(&buf));
	strbuf_add_char(&buf, '9');
	assert_false(strbuf_ok(&buf));
	assert_string_equal(buf.data, "12345678");
	strbuf_clear(&buf);
	assert_true(strbuf_ok(&buf));
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf.data, "");
	strbuf_printf(&buf, "%s", "123456789");
	assert_false(strbuf_ok(&buf));
	assert_int_equal(buf.len, 0);
	strbuf_add_char(&buf, 'x');
	assert_int_equal(buf.len, 0);
	strbuf_free(&buf);
}

static void reserve_gives_room_that_can_be_written(void **state)
{
	(void)state;
	struct strbuf buf;
	strbuf_init(&buf, 5000);
	char *at = strbuf_reserve(&buf, 5000);
	assert_non_null(at);
	memset(at, 'x', 5000);
	buf.len += 5000;
	assert_non_null(strbuf_reserve(&buf, 0));
	assert_null(strbuf_reserve(&buf, 1));
	assert_null(strbuf_reserve(&buf, SIZE_MAX));
	strbuf_free(&buf);
}

static void empty_appends_are_allowed(void **state)
{
	(void)state;
	struct strbuf buf;
	strbuf_init(&buf, 0);
	strbuf_add(&buf, NULL, 0);
	strbuf_printf(&buf, "%s", "");
	assert_true(strbuf_ok(&buf));
	assert_string_equal(buf.data, "");
	strbuf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_grow_and_end_in_nul),
		cmocka_unit_test(max_is_exact_and_failure_sticks),
		cmocka_unit_test(reserve_gives_room_that_can_be_written),
		cmocka_unit_test(empty_appends_are_allowed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
