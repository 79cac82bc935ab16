/* transport_tcp, over both HTTP clients, against small HTTP servers on the same loop: connections,
 * order, readiness. */
#include "tests/unit/bff/tcp_fixture.h"

#include <signal.h>

static void connections_are_used_again(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0}, false);
	for (unsigned i = 0; i < 20; i++) {
		struct ask *ask = send_stock(&f, 7);
		run_until(&f, &ask->done, 1);
		assert_part(ask);
		assert_true(ask->part.queued_ns <= ask->part.sent_ns);
		assert_true(ask->part.sent_ns < ask->part.finished_ns);
	}
	assert_int_equal(f.fake.connections, 1);
	assert_int_equal(metric(&f, CONNECTIONS), 1);
	assert_int_equal(f.fake.odd_headers, 0);
	assert_int_equal(strlen(f.fake.traceparent), 55);
	assert_memory_equal(f.fake.traceparent, "00-0123456789abcdef0123456789abcdef-", 36);
	assert_memory_equal(f.fake.traceparent + 52, "-01", 3);
	end(&f);
}

static void what_a_service_says_of_its_way_is_kept(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0}, false);
	struct ask *ask = send_stock(&f, 7);
	run_until(&f, &ask->done, 1);
	assert_null(ask->part.stamps);
	f.fake.stamps = "5 0.arrived+0";
	ask = send_stock(&f, 7);
	run_until(&f, &ask->done, 1);
	assert_string_equal(ask->part.stamps, "5 0.arrived+0");
	assert_true(ask->part.sent_ns < ask->part.answered_ns);
	assert_true(ask->part.answered_ns <= ask->part.finished_ns);
	end(&f);
}

static void many_at_once_open_no_more_than_the_cap(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 8}, false);
	for (unsigned round = 1; round <= 4; round++) {
		for (unsigned i = 0; i < 20; i++)
			send_stock(&f, 7);
		run_until(&f, &f.finished, 20 * round);
	}
	for (unsigned i = 0; i < 80; i++)
		assert_part(&f.asks[i]);
	assert_true(f.fake.connections <= 8);
	assert_int_equal(metric(&f, CONNECTIONS), f.fake.connections);
	assert_int_equal(metric(&f, "{service=\"inventory\",status=\"ok\"} "), 80);
	end(&f);
}

static void the_cap_holds_and_waiting_calls_go_in_order(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 2}, false);
	f.fake.mode = FAKE_HOLD;
	for (uint32_t id = 1; id <= 6; id++)
		send_stock(&f, id);
	run_until(&f, &f.fake.held_count, 2);
	run_for_ms(&f, 50);
	assert_int_equal(f.fake.held_count, 2);
	assert_int_equal(metric(&f, IN_FLIGHT), 2);
	assert_int_equal(metric(&f, QUEUED), 4);
	for (unsigned i = 0; i < 6; i++) {
		fake_reply_part(f.fake.held[i]);
		run_until(&f, &f.finished, i + 1);
		run_until(&f, &f.fake.held_count, i + 3 < 6 ? i + 3 : 6);
	}
	for (unsigned i = 2; i < 6; i++) {
		char target[64];
		snprintf(target, sizeof(target), "/stock?ids=p%06u", i + 1);
		assert_string_equal(f.fake.held_targets[i], target);
	}
	assert_int_equal(metric(&f, IN_FLIGHT), 0);
	assert_int_equal(metric(&f, QUEUED), 0);
	end(&f);
}

static void cancelled_calls_complete_once(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 1}, false);
	f.fake.mode = FAKE_HOLD;
	struct ask *sent = send_stock(&f, 1);
	struct ask *waiting = send_stock(&f, 2);
	struct ask *last = send_stock(&f, 3);
	run_until(&f, &f.fake.held_count, 1);
	sent->part.cancelled = waiting->part.cancelled = true;
	f.fake.mode = FAKE_PART;
	fake_reply_part(f.fake.held[0]);
	run_until(&f, &last->done, 1);
	assert_int_equal(sent->part.status, PART_FAILED);
	assert_non_null(strstr(sent->part.error, "cancelled"));
	assert_int_equal(waiting->part.status, PART_FAILED);
	assert_true(waiting->part.sent_ns == 0);
	assert_part(last);
	assert_int_equal(f.fake.requests, 2);
	assert_int_equal(metric(&f, "{service=\"inventory\",status=\"cancelled\"} "), 2);
	assert_int_equal(metric(&f, "{service=\"inventory\",status=\"failed\"} "), 0);
	end(&f);
}

static void unix_sockets_work_too(void **state)
{
	(void)state;
	struct fixture f;
	if (fixture_wire == WIRE_HTTP_EVHTTP)
		skip(); /* its client speaks TCP alone */
	begin(&f, (struct transport_tcp_config){0}, true);
	for (unsigned i = 0; i < 5; i++) {
		struct ask *ask = send_stock(&f, 7);
		run_until(&f, &ask->done, 1);
		assert_part(ask);
	}
	assert_int_equal(f.fake.connections, 1);
	end(&f);
}

struct readiness {
	unsigned times;
	bool ok;
};

static void on_ready(void *arg, bool ok)
{
	struct readiness *readiness = arg;
	readiness->times++;
	readiness->ok = ok;
}

static void readiness_follows_the_service(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 1}, false);
	static const struct {
		enum service service;
		int status;
		bool ok;
	} cases[] = {{SERVICE_INVENTORY, 200, true},
		     {SERVICE_INVENTORY, 503, false},
		     {SERVICE_CATALOG, 200, false}};
	f.fake.mode = FAKE_HOLD;
	send_stock(&f, 1); /* the only slot is taken: probes pass it by */
	run_until(&f, &f.fake.held_count, 1);
	f.fake.mode = FAKE_STATUS;
	for (size_t i = 0; i < 3; i++) {
		struct readiness readiness = {0};
		f.fake.status = cases[i].status;
		transport_ready(f.transport, cases[i].service, on_ready, &readiness);
		run_until(&f, &readiness.times, 1);
		assert_int_equal(readiness.ok, cases[i].ok);
	}
	struct readiness pending = {0};
	transport_ready(f.transport, SERVICE_CATALOG, on_ready, &pending);
	end(&f);
	assert_int_equal(pending.times, 1);
	assert_false(pending.ok);
}

static void bad_addresses_are_named(void **state)
{
	(void)state;
	static const char *const bad[] = {"",
					  "127.0.0.1:8091",
					  "https://127.0.0.1:8091",
					  "http://127.0.0.1",
					  "http://127.0.0.1:",
					  "http://127.0.0.1:80x",
					  "http://:8091",
					  "http://::1:8091",
					  "http://127.0.0.1:8091/api",
					  "http://no.such.host.invalid:8091",
					  "unix:"};
	struct event_base *base = event_base_new();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char error[PART_ERROR_MAX] = "";
		const struct transport_tcp_config config = {
			.urls = {"http://127.0.0.1:1", "http://[::1]:2", bad[i], "unix:/x"},
			.wire = fixture_wire};
		assert_null(transport_tcp_new(base, &config, error));
		assert_non_null(strstr(error, "--pricing"));
	}
	event_base_free(base);
}

static void wires_name_addresses_that_they_do_not_reach(void **state)
{
	(void)state;
	static const struct {
		enum transport_wire wire;
		const char *url, *says; /* NULL: reached */
	} cases[] = {
		{WIRE_HTTP_CURL, "unix:/x", NULL},
		{WIRE_HTTP_CURL, "http://127.0.0.1:1", NULL},
		{WIRE_HTTP_EVHTTP, "http://127.0.0.1:1", NULL},
		{WIRE_HTTP_EVHTTP, "unix:/x", "unix:/x: not for --wire http-evhttp; give http://"},
		{WIRE_BINARY, "unix:/x", NULL},
		{WIRE_BINARY, "http://127.0.0.1:1", "not for --wire binary; give the service"},
	};
	struct event_base *base = event_base_new();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char error[PART_ERROR_MAX] = "";
		const char *url = cases[i].url;
		const struct transport_tcp_config config = {.urls = {url, url, url, url},
							    .wire = cases[i].wire};
		struct transport *transport = transport_tcp_new(base, &config, error);
		assert_int_equal(transport != NULL, !cases[i].says);
		if (cases[i].says && !strstr(error, cases[i].says))
			fail_msg("%s", error);
		transport_free(transport);
	}
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_are_used_again),
		cmocka_unit_test(what_a_service_says_of_its_way_is_kept),
		cmocka_unit_test(many_at_once_open_no_more_than_the_cap),
		cmocka_unit_test(the_cap_holds_and_waiting_calls_go_in_order),
		cmocka_unit_test(cancelled_calls_complete_once),
		cmocka_unit_test(unix_sockets_work_too),
		cmocka_unit_test(readiness_follows_the_service),
		cmocka_unit_test(bad_addresses_are_named),
		cmocka_unit_test(wires_name_addresses_that_they_do_not_reach),
	};
	signal(SIGPIPE,
	       SIG_IGN); /* as every server does: libevent's client writes where a peer left */
	fixture_wire = WIRE_HTTP_CURL;
	int failed = cmocka_run_group_tests_name("http-curl", tests, NULL, NULL);
	fixture_wire = WIRE_HTTP_EVHTTP;
	return failed + cmocka_run_group_tests_name("http-evhttp", tests, NULL, NULL);
}
