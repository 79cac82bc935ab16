/* Each service's handler in place, without sockets, on a store in memory. */
#include "microservices/part_handler.h"

#include "common/contract/part_json.h"
#include "common/http/http_server.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int completed;

static void count_done(struct part_work *work)
{
	(void)work;
	completed++;
}

static void every_part_has_one_service_and_one_route(void **state)
{
	int seen[READ_PART_KINDS] = {0};
	(void)state;
	for (int s = 0; s < SERVICE_COUNT; s++) {
		assert_int_equal(service_definitions[s]->service, s);
		assert_true(service_definitions[s]->route_count <= HTTP_ROUTES_MAX);
		for (size_t i = 0; i < service_definitions[s]->route_count; i++) {
			enum read_kind kind = service_definitions[s]->routes[i].kind;
			assert_int_equal(read_infos[kind].service, s);
			seen[kind]++;
		}
	}
	for (int kind = 0; kind < READ_PART_KINDS; kind++)
		assert_int_equal(seen[kind], 1);
}

static void open_handler(struct event_base *base, int service, struct part_handler **handler)
{
	struct store_options options;
	struct option table[STORE_OPTIONS];
	char error[STORE_ERROR_MAX] = "";
	store_options_init(&options, table);
	options.uri = "memory:?seed=42&products=80";
	*handler = part_handler_new(service_definitions[service], base, &options, error);
	if (!*handler)
		fail_msg("%s", error);
}

static void fill_args(enum read_kind kind, uint32_t id, struct read_args *args)
{
	if (read_infos[kind].takes_ids) {
		args->id_count = 1;
		args->ids[0] = id;
	}
	if (read_infos[kind].takes_category) {
		strncpy(args->category, "tea", sizeof(args->category) - 1);
		args->page = 1;
	}
}

static void every_part_is_answered_and_can_be_read_back(void **state)
{
	struct event_base *base = event_base_new();
	(void)state;
	for (int kind = 0; kind < READ_PART_KINDS; kind++) {
		struct part_handler *handler;
		struct strbuf body;
		char error[PART_JSON_ERROR_MAX] = "";
		open_handler(base, (int)read_infos[kind].service, &handler);
		strbuf_init(&body, PART_JSON_MAX);
		struct part_work work = {
			.job = {.kind = (enum read_kind)kind, .arena = arena_new(0)},
			.done = count_done};
		fill_args(work.job.kind, 1, &work.job.args);
		completed = 0;
		part_handler_ask(handler, &work);
		assert_int_equal(completed, 1);
		assert_int_equal(work.job.status, STORE_OK);
		part_handler_write(&work, &body);
		assert_true(strbuf_ok(&body));
		void *back = arena_alloc(work.job.arena, read_infos[kind].out_size);
		assert_true(part_json_read(work.job.kind, (struct slice){body.data, body.len},
					   work.job.arena, back, error));
		arena_free(work.job.arena);
		strbuf_free(&body);
		part_handler_free(handler);
	}
	event_base_free(base);
}

static void an_unknown_product_is_not_found(void **state)
{
	struct event_base *base = event_base_new();
	struct part_handler *handler;
	(void)state;
	open_handler(base, SERVICE_CATALOG, &handler);
	struct part_work work = {.job = {.kind = READ_PRODUCT, .arena = arena_new(0)},
				 .done = count_done};
	fill_args(READ_PRODUCT, 81, &work.job.args);
	part_handler_ask(handler, &work);
	assert_int_equal(work.job.status, STORE_NOT_FOUND);
	arena_free(work.job.arena);
	part_handler_free(handler);
	event_base_free(base);
}

static void a_store_that_cannot_be_opened_says_why(void **state)
{
	struct event_base *base = event_base_new();
	struct store_options options;
	struct option table[STORE_OPTIONS];
	char error[STORE_ERROR_MAX] = "";
	(void)state;
	store_options_init(&options, table);
	options.uri = "sqlite:/nowhere/at/all.db";
	assert_null(part_handler_new(&catalog_service, base, &options, error));
	assert_non_null(strstr(error, "/nowhere/at/all.db"));
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_has_one_service_and_one_route),
		cmocka_unit_test(every_part_is_answered_and_can_be_read_back),
		cmocka_unit_test(an_unknown_product_is_not_found),
		cmocka_unit_test(a_store_that_cannot_be_opened_says_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
