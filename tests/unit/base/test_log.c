#include "common/base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int saved_stderr, read_end;
static char captured[8192];

static int capture_begin(void **state)
{
	(void)state;
	int ends[2];
	if (pipe(ends) != 0)
		return -1;
	saved_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	read_end = ends[0];
	return 0;
}

static int capture_end(void **state)
{
	(void)state;
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(read_end);
	return 0;
}

/* What was written since the last call; a line is one write(2), so one read(2) sees it whole. */
static const char *line_read(void)
{
	ssize_t len = read(read_end, captured, sizeof(captured) - 1);
	captured[len > 0 ? len : 0] = '\0';
	return captured;
}

static const char *after_time(const char *line)
{
	assert_memory_equal(line, "time=20", 7);
	assert_int_equal(line[25], ' ');
	return line + 26;
}

static void a_line_has_its_pairs_in_order(void **state)
{
	(void)state;
	log_init("bff", LOG_INFO);
	log_line(LOG_WARN, "listening", "address", "127.0.0.1:8090", "threads", "2", NULL);
	assert_string_equal(
		after_time(line_read()),
		"level=warn program=bff event=listening address=127.0.0.1:8090 threads=2\n");
}

static void values_are_quoted_when_they_must(void **state)
{
	(void)state;
	log_init("bff", LOG_INFO);
	log_line(LOG_ERROR, "odd", "a", "", "b", "x y", "c", "q\"\\", "d", "l\n\t\x01", "e", "k=v",
		 "f", "caf\xc3\xa9", NULL);
	assert_string_equal(after_time(line_read()),
			    "level=error program=bff event=odd a=\"\" b=\"x y\" c=\"q\\\"\\\\\" "
			    "d=\"l\\n\\t\\u0001\" e=\"k=v\" f=caf\xc3\xa9\n");
}

static void levels_beyond_the_least_are_silent(void **state)
{
	(void)state;
	log_init("x", LOG_WARN);
	log_line(LOG_INFO, "hidden", NULL);
	log_line(LOG_DEBUG, "hidden", NULL);
	log_line(LOG_WARN, "seen", NULL);
	assert_string_equal(after_time(line_read()), "level=warn program=x event=seen\n");
}

static void a_long_line_is_cut_and_still_one_line(void **state)
{
	(void)state;
	static char text[20000];
	memset(text, '"', sizeof(text) - 1);
	log_init("x", LOG_INFO);
	log_line(LOG_INFO, "long", "value", text, NULL);
	const char *line = line_read();
	assert_int_equal(strlen(line), 4096);
	assert_ptr_equal(strchr(line, '\n'), line + 4095);
}

int main(void)
{
#define CAPTURED(test) cmocka_unit_test_setup_teardown(test, capture_begin, capture_end)
	const struct CMUnitTest tests[] = {
		CAPTURED(a_line_has_its_pairs_in_order),
		CAPTURED(values_are_quoted_when_they_must),
		CAPTURED(levels_beyond_the_least_are_silent),
		CAPTURED(a_long_line_is_cut_and_still_one_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
