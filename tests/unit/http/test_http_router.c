#include "common/http/http_router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct http_route routes[] = {
	{"pdp", "/api/products/", NULL},
	{"home", "/api/home", NULL},
	{"index", "/", NULL},
};

enum { ROUTES = sizeof(routes) / sizeof(routes[0]) };

static void finds_routes(void **state)
{
	static const struct {
		const char *path;
		size_t route;
	} cases[] = {
		{"/api/products/p000001", 0},
		{"/api/products/a/b", 0},
		{"/api/products/", ROUTES},
		{"/api/products", ROUTES},
		{"/api/home", 1},
		{"/api/home/", ROUTES},
		{"/api/hom", ROUTES},
		{"/api/homes", ROUTES},
		{"/API/home", ROUTES},
		{"//api/home", ROUTES},
		{"/", 2},
		{"", ROUTES},
		{"/x", ROUTES},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(http_router_find(routes, ROUTES, slice_of(cases[i].path)),
				 cases[i].route);
}

static void refuses_hostile_paths(void **state)
{
	static const char *const bad[] = {
		"/a/%00",  "/%2f",  "/%2Fa",   "/a\\b",    "/..",    "/../a",  "/a/..",
		"/a/../b", "/%2e.", "/.%2E/a", "/%2e%2e/", "/a%5cb", "/a\x01", "/a\x7f",
	};
	static const char *const good[] = {
		"/",      "/a",     "/...", "/a/...",  "/.a", "/a..",
		"/a../b", "/%2e/a", "/%20", "/%c3%a9", "/a%", "/.",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (http_router_path_ok(slice_of(bad[i])))
			fail_msg("%s was let in", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!http_router_path_ok(slice_of(good[i])))
			fail_msg("%s was refused", good[i]);
}

static void splits_targets(void **state)
{
	static const struct {
		const char *target, *path, *query;
		bool ok;
	} cases[] = {
		{"/a?b=c", "/a", "b=c", true},
		{"/a", "/a", "", true},
		{"/a?", "/a", "", true},
		{"/a?b?c", "/a", "b?c", true},
		{"http://host:1/a?b", "/a", "b", true},
		{"HTTP://host", "/", "", true},
		{"*", "*", "", true},
		{"a", "a", "", false},
		{"", "", "", false},
		{"host:80", "host:80", "", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice path, query;
		assert_int_equal(http_router_split(slice_of(cases[i].target), &path, &query),
				 cases[i].ok);
		assert_true(slice_equal(path, slice_of(cases[i].path)));
		assert_true(slice_equal(query, slice_of(cases[i].query)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_routes),
		cmocka_unit_test(refuses_hostile_paths),
		cmocka_unit_test(splits_targets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
