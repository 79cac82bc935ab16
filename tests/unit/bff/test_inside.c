/* Services inside the BFF, in each of the four ways, as the command line asks for them: the same
 * parts whichever way; and what the command line refuses. */
#include "bff/bff_options.h"
#include "bff/transport.h"
#include "common/contract/part_json.h"
#include "common/seed/seed_store.h"

#include <event2/event.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char memory[] = "memory:?seed=42&products=80";
static const char *const ways[] = {"call", "json", "loop", "threads"};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

struct fixture {
	struct event_base *base;
	struct bff_options options;
	struct transport *transport;
	char error[HTTP_ERROR_MAX];
};

static void options_for(struct bff_options *options, const char *way, const char *uri)
{
	struct option table[BFF_OPTIONS];
	bff_options_init(options, table);
	options->inside = way;
	for (int service = 0; uri && service < SERVICE_COUNT; service++)
		options->uris[service] = uri;
}

static void begin(struct fixture *f, const char *way, const char *uri)
{
	memset(f, 0, sizeof(*f));
	f->base = event_base_new();
	options_for(&f->options, way, uri);
	if (!bff_options_check(&f->options, f->error))
		fail_msg("%s", f->error);
	f->transport = bff_options_open(&f->options, f->base, f->error);
	if (!f->transport)
		fail_msg("%s: %s", way, f->error);
}

static void end(struct fixture *f)
{
	transport_free(f->transport);
	event_base_free(f->base);
}

static void count_done(struct part_call *call)
{
	++*(unsigned *)call->owner;
}

static void give_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Asks and turns the loop until there is an answer, at most 20 s. */
static void ask(struct fixture *f, enum read_kind kind, uint32_t id, struct part_call *call)
{
	unsigned done = 0;
	bool late = false;
	const struct timeval after = {20, 0};
	struct event *guard = evtimer_new(f->base, give_up, &late);
	*call = (struct part_call){.kind = kind,
				   .arena = arena_new(0),
				   .deadline_ns = INT64_MAX,
				   .done = count_done,
				   .owner = &done};
	if (read_infos[kind].takes_ids)
		call->args = (struct read_args){.id_count = 1, .ids = {id}};
	else if (read_infos[kind].takes_category)
		call->args = (struct read_args){.category = "tea", .page = id};
	evtimer_add(guard, &after);
	transport_send(f->transport, call);
	while (!done && !late)
		event_base_loop(f->base, EVLOOP_ONCE);
	event_free(guard);
	assert_int_equal(done, 1);
}

/* A part as its JSON, which says all of it. */
static void write_part(const struct part_call *call, struct strbuf *out)
{
	assert_int_equal(call->status, PART_OK);
	strbuf_init(out, PART_JSON_MAX);
	part_json_write(out, call->kind, call->part);
	assert_true(strbuf_ok(out));
}

static void every_way_gives_the_same_parts(void **state)
{
	(void)state;
	struct fixture f[WAYS];
	for (int way = 0; way < WAYS; way++)
		begin(&f[way], ways[way], memory);
	for (int kind = 0; kind < READ_PART_KINDS; kind++) {
		struct strbuf first, other;
		struct part_call call;
		ask(&f[0], (enum read_kind)kind, 1, &call);
		write_part(&call, &first);
		arena_free(call.arena);
		for (int way = 1; way < WAYS; way++) {
			ask(&f[way], (enum read_kind)kind, 1, &call);
			write_part(&call, &other);
			assert_int_equal(other.len, first.len);
			assert_memory_equal(other.data, first.data, first.len);
			arena_free(call.arena);
			strbuf_free(&other);
		}
		strbuf_free(&first);
	}
	for (int way = 0; way < WAYS; way++)
		end(&f[way]);
}

static void what_is_not_there_is_not_found(void **state)
{
	(void)state;
	for (int way = 0; way < WAYS; way++) {
		struct fixture f;
		struct part_call call;
		struct strbuf metrics;
		begin(&f, ways[way], memory);
		ask(&f, READ_PRODUCT, 81, &call);
		assert_int_equal(call.status, PART_NOT_FOUND);
		arena_free(call.arena);
		ask(&f, READ_CATALOG_PAGE, 9, &call);
		assert_int_equal(call.status, PART_NOT_FOUND);
		assert_true(call.queued_ns <= call.sent_ns && call.sent_ns <= call.finished_ns);
		arena_free(call.arena);
		strbuf_init(&metrics, 1 << 16);
		transport_metrics(f.transport, &metrics);
		assert_non_null(strstr(metrics.data, "upstream_requests_total{service=\"catalog\","
						     "status=\"not_found\"} 2\n"));
		strbuf_free(&metrics);
		end(&f);
	}
}

static void on_ready(void *arg, bool ok)
{
	*(int *)arg = ok;
}

static void a_service_inside_is_ready(void **state)
{
	(void)state;
	for (int way = 0; way < WAYS; way++) {
		struct fixture f;
		begin(&f, ways[way], memory);
		for (int service = 0; service < SERVICE_COUNT; service++) {
			int ready = -1;
			transport_ready(f.transport, (enum service)service, on_ready, &ready);
			for (int turns = 0; ready < 0 && turns < 1000; turns++)
				event_base_loop(f.base, EVLOOP_ONCE);
			assert_int_equal(ready, 1);
		}
		end(&f);
	}
}

static void a_store_that_is_not_there_says_so(void **state)
{
	(void)state;
	for (int way = 0; way < WAYS; way++) {
		char error[HTTP_ERROR_MAX] = "";
		struct bff_options options;
		struct event_base *base = event_base_new();
		options_for(&options, ways[way], "sqlite:/nowhere/at/all.db");
		assert_true(bff_options_check(&options, error));
		assert_null(bff_options_open(&options, base, error));
		assert_non_null(strstr(error, "/nowhere/at/all.db"));
		event_base_free(base);
	}
}

/* ---- one transaction ---- */

static uint32_t north_of(struct fixture *f, uint32_t id)
{
	struct part_call call;
	ask(f, READ_STOCK, id, &call);
	assert_int_equal(call.status, PART_OK);
	const struct part_stock *stock = call.part;
	uint32_t north = stock->items[0].quantity[0];
	arena_free(call.arena);
	return north;
}

/* Somebody else's write between two parts of a page. */
static void add_stock(const char *uri)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(uri + strlen("sqlite:"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE stock SET north = north + 1", NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
}

static void one_transaction_is_one_state(void **state)
{
	(void)state;
	char folder[] = "/tmp/duet-inside-XXXXXX", uri[64], error[HTTP_ERROR_MAX] = "";
	assert_non_null(mkdtemp(folder));
	snprintf(uri, sizeof(uri), "sqlite:%s/shop.db", folder);
	const struct seed_load seed = {
		.uri = uri, .seed = 42, .products = 80, .service = SERVICE_COUNT};
	bool loaded = false;
	if (!seed_store_load(&seed, &loaded, error))
		fail_msg("%s", error);
	for (int one = 0; one < 2; one++) {
		struct fixture f = {.base = event_base_new()};
		options_for(&f.options, "call", uri);
		f.options.one_transaction = one;
		assert_true(bff_options_check(&f.options, f.error));
		f.transport = bff_options_open(&f.options, f.base, f.error);
		if (!f.transport)
			fail_msg("%s", f.error);
		transport_page(f.transport, true);
		uint32_t before = north_of(&f, 1);
		add_stock(uri);
		assert_int_equal(north_of(&f, 1), one ? before : before + 1);
		transport_page(f.transport, false);
		assert_int_equal(north_of(&f, 1), before + 1);
		end(&f);
	}
	snprintf(uri, sizeof(uri), "rm -r %s", folder);
	assert_int_equal(system(uri), 0);
}

static void one_transaction_needs_one_store_in_place(void **state)
{
	(void)state;
	char error[HTTP_ERROR_MAX] = "";
	struct bff_options options;
	struct event_base *base = event_base_new();
	options_for(&options, "call", memory);
	options.one_transaction = true;
	assert_true(bff_options_check(&options, error));
	assert_null(bff_options_open(&options, base, error));
	assert_non_null(strstr(error, "--one-transaction needs"));
	event_base_free(base);
}

/* ---- what the command line refuses ---- */

static void useless_and_mixed_options_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *way, *uri; /* of all four; NULL: the default addresses */
		const char *catalog;
		bool one_transaction, no_reuse;
		uint64_t workers;
		int64_t delay_ns, connect_ns;
		const char *wire;     /* NULL: the default */
		const char *expected; /* in the error; NULL: accepted */
	} cases[] = {
		{.expected = NULL},
		{.no_reuse = true, .expected = NULL},
		{.way = "call", .uri = memory, .workers = 2, .expected = NULL},
		{.way = "loop", .uri = memory, .no_reuse = true, .expected = NULL},
		{.way = "call", .uri = memory, .catalog = "http://127.0.0.1:1", .expected = "3 of"},
		{.uri = memory, .expected = "--inside call|json|loop|threads"},
		{.way = "call", .expected = "--inside does nothing"},
		{.one_transaction = true, .expected = "--one-transaction does nothing"},
		{.way = "json", .uri = memory, .one_transaction = true, .expected = "--one-trans"},
		{.way = "json", .uri = memory, .no_reuse = true, .expected = "--no-connection"},
		{.workers = 2, .expected = "--workers does nothing"},
		{.way = "call", .uri = memory, .delay_ns = 1000, .expected = NULL},
		{.way = "call",
		 .uri = memory,
		 .one_transaction = true,
		 .delay_ns = 1000,
		 .expected = "--one-transaction does nothing"},
		{.catalog = "ftp://x", .expected = "ftp://x"},
		{.wire = "http-evhttp", .expected = NULL},
		{.wire = "http-evhttp",
		 .catalog = "unix:/x",
		 .expected = "--catalog unix:/x: not for"},
		{.wire = "http-evhttp", .no_reuse = true, .expected = "--no-connection"},
		{.wire = "http-evhttp", .connect_ns = 1000000, .expected = NULL},
		{.wire = "binary", .uri = "unix:/x", .expected = NULL},
		{.wire = "binary", .expected = "the service's --binary unix:PATH"},
		{.wire = "binary",
		 .uri = "unix:/x",
		 .no_reuse = true,
		 .expected = "--no-connection"},
		{.wire = "binary",
		 .uri = "unix:/x",
		 .connect_ns = 1000000,
		 .expected = "--connect-timeout does nothing"},
		{.way = "loop", .uri = memory, .wire = "binary", .expected = "--wire does nothing"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char error[HTTP_ERROR_MAX] = "";
		struct bff_options options;
		options_for(&options, cases[i].way, cases[i].uri);
		if (cases[i].catalog)
			options.uris[SERVICE_CATALOG] = cases[i].catalog;
		options.one_transaction = cases[i].one_transaction;
		options.no_reuse = cases[i].no_reuse;
		options.hop_delay_ns = cases[i].delay_ns;
		if (cases[i].wire)
			options.wire = cases[i].wire;
		if (cases[i].connect_ns)
			options.connect_timeout_ns = cases[i].connect_ns;
		if (cases[i].workers)
			options.store.workers = cases[i].workers;
		bool ok = bff_options_check(&options, error);
		if (ok != !cases[i].expected || (!ok && !strstr(error, cases[i].expected)))
			fail_msg("case %zu: %s", i, error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_gives_the_same_parts),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(a_service_inside_is_ready),
		cmocka_unit_test(a_store_that_is_not_there_says_so),
		cmocka_unit_test(one_transaction_is_one_state),
		cmocka_unit_test(one_transaction_needs_one_store_in_place),
		cmocka_unit_test(useless_and_mixed_options_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
