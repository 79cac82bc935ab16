#include "runner/stack.h"

#include "runner/data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char error[STACK_ERROR_MAX];

static void finds_databases(void **state)
{
	(void)state;
	static const struct {
		int store;
		const char *server, *database, *uri;
	} cases[] = {
		{PLAN_SQLITE, NULL, "catalog", "sqlite:some/data/catalog.db"},
		{PLAN_MEMORY, NULL, "unified", "memory:?seed=42&products=80"},
		{PLAN_MONGODB, "mongodb://db:27017", "catalog", "mongodb://db:27017/duet_catalog"},
		{PLAN_MONGODB, "mongodb://db:27017/", "reviews", "mongodb://db:27017/duet_reviews"},
		{PLAN_MONGODB, "mongodb://db/?w=1", "split", "mongodb://db/duet_split?w=1"},
		{PLAN_MONGODB, "mongodb://u:p@db", "catalog",
		 "mongodb://u:p@db/duet_catalog?authSource=admin"},
		{PLAN_MONGODB, "mongodb://u:p@db/own?w=1", "catalog",
		 "mongodb://u:p@db/duet_catalog?authSource=own&w=1"},
		{PLAN_MONGODB, "mongodb://u:p@db/?authSource=x", "catalog",
		 "mongodb://u:p@db/duet_catalog?authSource=x"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plan_arm arm = {.store = cases[i].store};
		struct site site = {.data = "some/data",
				    .data_seed = 42,
				    .products = 80,
				    .mongodb_uri = cases[i].server};
		char uri[512];
		assert_true(stack_store_uri(&site, &arm, cases[i].database, uri, error));
		assert_string_equal(uri, cases[i].uri);
	}
}

static void a_site_splits_the_cpus(void **state)
{
	(void)state;
	struct site site;
	char text[64], folder[SITE_PATH_MAX];
	(void)unsetenv("DUET_DATA_DIR");
	(void)setenv("DUET_PORT_BASE", "18790", 1);
	assert_true(site_init(&site, 1200, 42, error));
	assert_string_equal(site.data, "build/data");
	assert_int_equal(site_port(&site, SITE_PORT_MONGOD), 18809);
	site_mongo_folder(&site, folder);
	assert_string_equal(folder, "build/data/mongo");
	struct site second = site;
	second.beside = 2;
	assert_int_equal(site_port(&second, SITE_PORT_UNIFIED), 18830);
	site_mongo_folder(&second, folder);
	assert_string_equal(folder, "build/data/mongo-2");
	int all = CPU_COUNT(&site.cpus_all);
	if (all > 1) {
		cpu_set_t both, any;
		CPU_AND(&both, &site.cpus_server, &site.cpus_generator);
		CPU_OR(&any, &site.cpus_server, &site.cpus_generator);
		assert_int_equal(CPU_COUNT(&both), 0);
		assert_int_equal(CPU_COUNT(&any), all);
	}
	assert_true(site_init(&site, 80, 42, error));
	assert_string_equal(site.data, "build/data-80");
	(void)setenv("DUET_PORT_BASE", "80x", 1);
	assert_false(site_init(&site, 1200, 42, error));
	assert_non_null(strstr(error, "DUET_PORT_BASE"));
	(void)unsetenv("DUET_PORT_BASE");
	cpu_set_t some;
	CPU_ZERO(&some);
	CPU_SET(0, &some);
	CPU_SET(3, &some);
	site_cpus_text(&some, text, sizeof(text));
	assert_string_equal(text, "0,3");
}

static void asks_for_enough_files(void **state)
{
	(void)state;
	assert_true(site_raise_files(16, error));
	assert_false(site_raise_files((uint64_t)1 << 50, error));
	assert_non_null(strstr(error, "hard limit"));
}

/* A stack whose programs are not there says so and leaves nothing running. */
static void a_missing_program_is_named(void **state)
{
	(void)state;
	struct site site = {.bin = "/nowhere", .data = "/tmp", .port_base = 18780};
	struct plan_arm arm = {.id = "u",
			       .architecture = PLAN_MICROSERVICES,
			       .store = PLAN_MEMORY,
			       .schema = -1,
			       .workers = -1,
			       .coalesce = -1};
	struct stack stack = {.site = &site, .arm = &arm, .log_folder = "/tmp", .detached = true};
	assert_false(stack_start(&stack, error));
	assert_non_null(strstr(error, "cannot start catalog"));
	assert_non_null(strstr(error, "`make`"));
	assert_int_equal(stack.count, 0);
	assert_null(stack.commands);
	(void)unlink("/tmp/u_catalog.log");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_databases),
		cmocka_unit_test(a_site_splits_the_cpus),
		cmocka_unit_test(asks_for_enough_files),
		cmocka_unit_test(a_missing_program_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
