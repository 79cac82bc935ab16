#include "common/contract/stamps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void what_is_written_is_read_back(void **state)
{
	char text[STAMPS_TEXT_MAX];
	struct stamps out = {.count = 0}, in = {.count = 0};
	(void)state;
	stamps_add(&out, 0, STATION_ARRIVED, 81234567890123);
	stamps_add(&out, 1, STATION_QUEUED, 81234567890523);
	stamps_add(&out, 0, STATION_WRITTEN, 81234567890000); /* earlier: another CPU's clock */
	stamps_write(&out, 0, text);
	stamps_add(&out, 3, STATION_TOLD, 81234567891123);
	stamps_write(&out, 3, text);
	assert_string_equal(text, "81234567890123 0.arrived+0 1.queued+400 0.written-123 "
				  "3.told+1000");
	assert_true(stamps_read(&in, 2, text));
	assert_int_equal(in.count, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(in.all[i].track, out.all[i].track + 2);
		assert_int_equal(in.all[i].station, out.all[i].station);
		assert_int_equal(in.all[i].at_ns, out.all[i].at_ns);
	}
}

static void what_is_malformed_adds_nothing(void **state)
{
	static const char *const wrong[] = {
		"",
		"x",
		"-5 0.arrived+0",
		"5 0.arrived",
		"5 0.arrived0",
		"5 0.arrive+0",
		"5 0.+0",
		"5  0.arrived+0",
		"5 0.arrived+0 ",
		"5 0.arrived+0 1queued+3",
		"5 100.arrived+0",
		"5 0.arrived+x",
		"5 -1.arrived+0",
		"9223372036854775807 0.arrived+9223372036854775807",
		"5 0.arrived+0,1.queued+3",
	};
	struct stamps stamps = {.count = 0};
	(void)state;
	stamps_add(&stamps, 0, STATION_ARRIVED, 5);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (stamps_read(&stamps, 0, wrong[i]))
			fail_msg("'%s' was read", wrong[i]);
		assert_int_equal(stamps.count, 1);
	}
	assert_false(stamps_read(&stamps, 99, "5 1.arrived+0"));
	assert_true(stamps_read(&stamps, 99, "5 0.arrived+0"));
	assert_int_equal(stamps.count, 2);
}

static void what_does_not_fit_is_left_out(void **state)
{
	char text[STAMPS_TEXT_MAX];
	struct stamps many = {.count = 0}, in = {.count = 0};
	(void)state;
	for (unsigned i = 0; i < STAMPS_MAX + 3; i++)
		stamps_add(&many, i % 90, STATION_ADMITTED, INT64_MAX / 2 - i);
	assert_int_equal(many.count, STAMPS_MAX);
	stamps_write(&many, 0, text);
	assert_true(stamps_read(&in, 0, text));
	assert_int_equal(in.count, STAMPS_MAX);
	assert_false(stamps_read(&in, 0, "5 0.arrived+0"));
	assert_int_equal(in.count, STAMPS_MAX);
	stamps_add(NULL, 0, STATION_ARRIVED, 1); /* nobody asked */
	in.count = 0;
	stamps_write(&in, 0, text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(what_is_malformed_adds_nothing),
		cmocka_unit_test(what_does_not_fit_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
