#include "common/http/http_cors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct http_cors cors = {{"http://127.0.0.1:8080", "http://127.0.0.1:8090"}};

static void an_origin_is_scheme_host_and_port(void **state)
{
	static const struct {
		const char *origin;
		bool ok;
	} cases[] = {
		{"http://127.0.0.1:8080", true},
		{"https://shop.example", true},
		{"http://[::1]:8080", true},
		{"http://", false},
		{"http://a/", false},
		{"http://a b", false},
		{"http://a\r\nX: y", false},
		{"http://a;script-src *", false},
		{"http://*", false},
		{"ftp://a", false},
		{"127.0.0.1:8080", false},
		{"", false},
		{"http://user@a", false},
		{"null", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (http_cors_origin_ok(cases[i].origin) != cases[i].ok)
			fail_msg("'%s' is %s", cases[i].origin, cases[i].ok ? "one" : "none");
}

static void check(const char *origin, bool preflight, bool listed)
{
	struct strbuf head;
	strbuf_init(&head, 4096);
	http_cors_write(&cors, slice_of(origin), preflight, &head);
	assert_true(strbuf_ok(&head));
	assert_non_null(strstr(head.data, "Vary: Origin\r\n"));
	const char *allowed = strstr(head.data, "Access-Control-Allow-Origin: ");
	assert_int_equal(allowed != NULL, listed);
	if (listed)
		assert_memory_equal(allowed + 29, origin, strlen(origin));
	assert_int_equal(strstr(head.data, "Timing-Allow-Origin: ") != NULL, listed);
	assert_int_equal(strstr(head.data, "Max-Age") != NULL, listed && preflight);
	assert_int_equal(strstr(head.data, "Expose-Headers") != NULL, listed && !preflight);
	assert_null(strstr(head.data, "*"));
	strbuf_free(&head);
}

static void only_listed_origins_may_read(void **state)
{
	static const char *const others[] = {"http://127.0.0.1:808",
					     "http://127.0.0.1:80800",
					     "HTTP://127.0.0.1:8080",
					     "null",
					     "*",
					     "http://127.0.0.1:8080/"};
	(void)state;
	for (int preflight = 0; preflight < 2; preflight++) {
		check("http://127.0.0.1:8080", preflight, true);
		check("http://127.0.0.1:8090", preflight, true);
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			check(others[i], preflight, false);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
		cmocka_unit_test(only_listed_origins_may_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
