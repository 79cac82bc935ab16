/* transport_tcp, over both HTTP clients, against upstreams that answer badly, late, or not at all.
 */
#include "tests/unit/bff/tcp_fixture.h"

#include <signal.h>

static void a_full_queue_fails_at_once(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 1, .queue_max = 1}, false);
	f.fake.mode = FAKE_HOLD;
	send_stock(&f, 1);
	send_stock(&f, 2);
	struct ask *third = send_stock(&f, 3);
	assert_int_equal(third->done, 1);
	assert_int_equal(third->part.status, PART_FAILED);
	end(&f);
	assert_int_equal(f.asks[0].part.status, PART_FAILED);
	assert_int_equal(f.asks[1].part.status, PART_FAILED);
}

static void a_frozen_upstream_keeps_nobody_else_waiting(void **state)
{
	(void)state;
	struct fixture f;
	int64_t hop_ns = 2 * NS_PER_S;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 2, .hop_timeout_ns = hop_ns},
	      false);
	struct ask *frozen[5];
	for (unsigned i = 0; i < 5; i++)
		frozen[i] = send_call(&f, READ_PRODUCT, 1, INT64_MAX);
	for (unsigned i = 0; i < 20; i++) {
		struct ask *ask = send_stock(&f, 7);
		run_until(&f, &ask->done, 1);
		assert_part(ask);
	}
	run_until(&f, &f.finished, 25);
	for (unsigned i = 0; i < 5; i++) {
		const struct part_call *part = &frozen[i]->part;
		assert_int_equal(part->status, PART_TIMED_OUT);
		assert_true(part->error[0]);
		assert_true(frozen[i]->finished > 20);
		/* Those that waited behind it give up with the first ones and are never sent. */
		assert_int_equal(part->sent_ns != 0, i < 2);
		assert_true(part->finished_ns - part->queued_ns >= hop_ns);
	}
	end(&f);
}

static void a_slow_upstream_keeps_its_queue(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 2, .hop_timeout_ns = 1 * NS_PER_S},
	      false);
	f.fake.mode = FAKE_HOLD;
	struct ask *stuck = send_stock(&f, 1);
	send_stock(&f, 2);
	run_until(&f, &f.fake.held_count, 2);
	struct ask *third = send_stock(&f, 3);
	struct ask *fourth = send_stock(&f, 4);
	run_for_ms(&f, 700); /* the third is sent well after the first */
	for (unsigned i = 0; i < 2; i++)
		if (strcmp(f.fake.held_targets[i], "/stock?ids=p000002") == 0)
			fake_reply_part(f.fake.held[i]);
	run_until(&f, &f.fake.held_count, 3);
	f.fake.mode = FAKE_PART;
	run_until(&f, &stuck->done, 1);
	assert_int_equal(stuck->part.status, PART_TIMED_OUT);
	run_until(&f, &fourth->done, 1);
	assert_part(fourth);
	run_until(&f, &third->done, 1);
	end(&f);
}

static void late_turns_are_never_sent(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 1}, false);
	f.fake.mode = FAKE_HOLD;
	struct ask *first = send_stock(&f, 1);
	struct ask *late = send_call(&f, READ_STOCK, 2, clock_now_ns() + 30 * NS_PER_MS);
	struct ask *over = send_call(&f, READ_STOCK, 3, clock_now_ns() - 1);
	assert_int_equal(over->done, 1);
	assert_int_equal(over->part.status, PART_TIMED_OUT);
	run_until(&f, &late->done, 1);
	assert_int_equal(late->part.status, PART_TIMED_OUT);
	assert_true(late->part.sent_ns == 0);
	assert_int_equal(first->done, 0);
	run_until(&f, &f.fake.held_count, 1);
	fake_reply_part(f.fake.held[0]);
	run_until(&f, &first->done, 1);
	assert_part(first);
	assert_int_equal(f.fake.requests, 1);
	end(&f);
}

static void a_calls_own_hop_time_is_kept(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0}, false);
	struct ask *patient = send_call(&f, READ_PRODUCT, 1, INT64_MAX);
	struct ask *until = send_call(&f, READ_PRODUCT, 1, clock_now_ns() + 500 * NS_PER_MS);
	struct ask *hasty = &f.asks[f.ask_count++];
	*hasty = (struct ask){.fixture = &f, .part = patient->part};
	hasty->part.arena = arena_new(0);
	hasty->part.hop_timeout_ns = 50 * NS_PER_MS;
	hasty->part.owner = hasty;
	transport_send(f.transport, &hasty->part);
	run_until(&f, &patient->done, 1);
	assert_int_equal(hasty->finished, 1);
	assert_int_equal(until->finished, 2);
	assert_int_equal(patient->finished, 3);
	end(&f);
}

static const struct bad_answer {
	enum fake_mode mode;
	int http_status;
	const char *text;
	enum part_status status;
	const char *says; /* in the error */
} bad_answers[] = {
	{FAKE_STATUS, 404, NULL, PART_NOT_FOUND, ""},
	{FAKE_STATUS, 500, NULL, PART_FAILED, "500"},
	{FAKE_STATUS, 503, NULL, PART_FAILED, "503"},
	{FAKE_STATUS, 302, NULL, PART_FAILED, "302"},
	{FAKE_STATUS, 204, NULL, PART_FAILED, "204"},
	{FAKE_TEXT, 200, "", PART_FAILED, "malformed"},
	{FAKE_TEXT, 200, "{", PART_FAILED, "malformed"},
	{FAKE_TEXT, 200, "{\"items\":7}", PART_FAILED, "malformed"},
	{FAKE_TEXT, 200, "<html>", PART_FAILED, "malformed"},
	{FAKE_LARGE, 200, NULL, PART_FAILED, "longer"},
	{FAKE_ENDLESS, 200, NULL, PART_FAILED, "longer"},
	{FAKE_TRUNCATED, 200, NULL, PART_FAILED, ""},
};

static void bad_answers_fail_and_the_next_goes_well(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0}, false);
	for (size_t i = 0; i < sizeof(bad_answers) / sizeof(bad_answers[0]); i++) {
		const struct bad_answer *bad = &bad_answers[i];
		f.fake.mode = bad->mode;
		f.fake.status = bad->http_status;
		f.fake.text = bad->text;
		struct ask *ask = send_stock(&f, 7);
		run_until(&f, &ask->done, 1);
		assert_int_equal(ask->part.status, bad->status);
		assert_int_equal(ask->part.error[0] != '\0', bad->status != PART_NOT_FOUND);
		if (bad->status == PART_FAILED && !strstr(ask->part.error, bad->says))
			fail_msg("'%s' does not say '%s'", ask->part.error, bad->says);
		f.fake.mode = i % 2 ? FAKE_PART : FAKE_CHUNKS;
		struct ask *good = send_stock(&f, 7);
		run_until(&f, &good->done, 1);
		assert_part(good);
	}
	end(&f);
}

static void a_refused_connection_says_so(void **state)
{
	(void)state;
	struct fixture f;
	char gone[128];
	close(fake_listen(gone, 1));
	begin(&f, (struct transport_tcp_config){.urls = {[SERVICE_PRICING] = gone}}, false);
	for (unsigned i = 0; i < 3; i++) {
		struct ask *ask = send_call(&f, READ_PRICES, 1, INT64_MAX);
		run_until(&f, &ask->done, 1);
		assert_int_equal(ask->part.status, PART_FAILED);
		assert_non_null(strstr(ask->part.error, "Connection refused"));
		assert_non_null(strstr(ask->part.error, "pricing"));
		struct ask *good = send_stock(&f, 7);
		run_until(&f, &good->done, 1);
		assert_part(good);
	}
	end(&f);
}

static void a_closed_connection_is_tried_again_once(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0}, false);
	struct ask *first = send_stock(&f, 7);
	run_until(&f, &first->done, 1);
	f.fake.mode = FAKE_DROP;
	f.fake.drops = 1;
	struct ask *second = send_stock(&f, 7);
	run_until(&f, &second->done, 1);
	assert_part(second);
	assert_int_equal(f.fake.requests, 3);
	assert_int_equal(f.fake.connections, 2);
	end(&f);
}

static void a_fresh_connection_that_closes_is_a_failure(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0}, false);
	f.fake.mode = FAKE_DROP;
	f.fake.drops = 5;
	struct ask *ask = send_stock(&f, 7);
	run_until(&f, &ask->done, 1);
	assert_int_equal(ask->part.status, PART_FAILED);
	assert_true(f.fake.requests <= 2);
	end(&f);
}

static void an_idle_connection_that_closes_does_no_harm(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0}, false);
	f.fake.mode = FAKE_HOLD;
	for (unsigned i = 0; i < 3; i++)
		send_stock(&f, 7);
	run_until(&f, &f.fake.held_count, 3);
	struct evhttp_connection *connections[3];
	for (unsigned i = 0; i < 3; i++) {
		connections[i] = evhttp_request_get_connection(f.fake.held[i]);
		fake_reply_part(f.fake.held[i]);
	}
	run_until(&f, &f.finished, 3);
	run_for_ms(&f, 20);
	for (unsigned i = 0; i < 3; i++)
		evhttp_connection_free(connections[i]);
	assert_true(run_for_ms(&f, 50) < 10); /* the loop does not spin on them */
	f.fake.mode = FAKE_PART;
	for (unsigned i = 0; i < 3; i++)
		send_stock(&f, 7);
	run_until(&f, &f.finished, 6);
	for (unsigned i = 0; i < 6; i++)
		assert_part(&f.asks[i]);
	assert_int_equal(f.fake.connections, 6);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_queue_fails_at_once),
		cmocka_unit_test(a_frozen_upstream_keeps_nobody_else_waiting),
		cmocka_unit_test(a_slow_upstream_keeps_its_queue),
		cmocka_unit_test(late_turns_are_never_sent),
		cmocka_unit_test(a_calls_own_hop_time_is_kept),
		cmocka_unit_test(bad_answers_fail_and_the_next_goes_well),
		cmocka_unit_test(a_refused_connection_says_so),
		cmocka_unit_test(a_closed_connection_is_tried_again_once),
		cmocka_unit_test(a_fresh_connection_that_closes_is_a_failure),
		cmocka_unit_test(an_idle_connection_that_closes_does_no_harm),
	};
	signal(SIGPIPE,
	       SIG_IGN); /* as every server does: libevent's client writes where a peer left */
	fixture_wire = WIRE_HTTP_CURL;
	int failed = cmocka_run_group_tests_name("http-curl", tests, NULL, NULL);
	fixture_wire = WIRE_HTTP_EVHTTP;
	return failed + cmocka_run_group_tests_name("http-evhttp", tests, NULL, NULL);
}
