/* What is recorded of a command line: no password, no folder of this machine. */
#include "runner/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void passwords_and_folders_are_left_out(void **state)
{
	(void)state;
	char here[2048];
	assert_non_null(getcwd(here, sizeof(here)));
	struct args args = {0};
	args_add(&args, "%s/build/bin/unified", here);
	args_add(&args, "--store");
	args_add(&args, "sqlite:%s/build/data/unified.db", here);
	args_add(&args, "mongodb://user:secret@127.0.0.1:1/duet_x");
	assert_false(args.failed);
	json_t *list = args_json(&args);
	const char *expected[] = {"build/bin/unified", "--store", "sqlite:build/data/unified.db",
				  "mongodb://user:***@127.0.0.1:1/duet_x"};
	assert_int_equal(json_array_size(list), 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(json_string_value(json_array_get(list, i)), expected[i]);
	json_decref(list);
	args_free(&args);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(passwords_and_folders_are_left_out)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
