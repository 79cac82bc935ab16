/* transport_tcp over the binary wire, against a small frame server on the same loop: order, loss,
 * refusals, malformed answers, bounds. */
#include "tests/unit/bff/binary_fixture.h"

static void every_part_comes_over_one_connection(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0});
	for (int round = 1; round <= 5; round++) {
		for (int i = 0; i < 20; i++)
			send_stock(&f);
		run_until(&f, &f.finished, 20 * (unsigned)round);
	}
	for (unsigned i = 0; i < f.ask_count; i++)
		assert_part(&f.asks[i]);
	assert_int_equal(f.connections, 1);
	assert_int_equal(metric(&f, CONNECTIONS), 1);
	assert_int_equal(strlen(f.trace), 55);
	assert_memory_equal(f.trace, "00-0123456789abcdef0123456789abcdef-", 36);
	assert_true(f.asks[0].part.queued_ns <= f.asks[0].part.sent_ns);
	assert_true(f.asks[0].part.sent_ns < f.asks[0].part.finished_ns);
	end(&f);
}

static void every_kind_is_read(void **state)
{
	(void)state;
	for (int kind = 0; kind < READ_PART_KINDS; kind++) {
		struct fixture f;
		begin(&f, (struct transport_tcp_config){0});
		struct ask *ask = send_kind(&f, (enum read_kind)kind);
		run_until(&f, &ask->done, 1);
		assert_part(ask);
		end(&f);
	}
}

static void answers_come_in_any_order(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0});
	f.mode = FAKE_HOLD;
	for (int i = 0; i < 60; i++)
		send_stock(&f);
	run_until(&f, &f.held_count, 60);
	for (unsigned i = 0; i < 60; i++) {
		unsigned at = (i * 7) % 60; /* 7 and 60 have no common divisor */
		reply(&f, f.held[at].id, ANSWER_OK, READ_STOCK);
		run_until(&f, &f.finished, i + 1);
		assert_int_equal(f.asks[at].finished, i + 1);
		assert_int_equal(f.held[at].args.ids[0], at + 1);
	}
	for (unsigned i = 0; i < 60; i++)
		assert_part(&f.asks[i]);
	end(&f);
}

static void the_cap_and_the_queue_hold(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 2, .queue_max = 3});
	f.mode = FAKE_HOLD;
	for (int i = 0; i < 5; i++)
		send_stock(&f);
	struct ask *over = send_stock(&f);
	assert_failed(over, "too many calls wait");
	run_until(&f, &f.held_count, 2);
	f.mode = FAKE_PART;
	reply(&f, f.held[0].id, ANSWER_OK, READ_STOCK);
	run_until(&f, &f.finished, 5);
	assert_int_equal(f.requests, 5);
	assert_int_equal(f.asks[1].done, 0);
	end(&f);
	assert_failed(&f.asks[1], "stopping");
}

static void what_is_lost_fails_and_the_next_connects_again(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 8});
	f.mode = FAKE_HOLD;
	for (int i = 0; i < 12; i++)
		send_stock(&f);
	run_until(&f, &f.held_count, 8);
	f.mode = FAKE_PART;
	frame_conn_free(f.conn);
	f.conn = NULL;
	run_until(&f, &f.finished, 12);
	for (unsigned i = 0; i < 8; i++)
		assert_failed(&f.asks[i], "the connection was lost: closed by the other side");
	for (unsigned i = 8; i < 12; i++) /* they waited, and went over a new one */
		assert_part(&f.asks[i]);
	assert_int_equal(f.connections, 2);
	assert_int_equal(metric(&f, CONNECTIONS), 2);
	end(&f);
}

static void an_idle_connection_that_closes_does_no_harm(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0});
	for (unsigned i = 1; i <= 3; i++) {
		struct ask *ask = send_stock(&f);
		run_until(&f, &ask->done, 1);
		assert_part(ask);
		frame_conn_free(f.conn);
		f.conn = NULL;
		event_base_loop(f.base, EVLOOP_NONBLOCK);
		assert_int_equal(f.connections, i);
	}
	end(&f);
}

static void a_refused_connection_says_so(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0});
	evconnlistener_free(f.listener);
	f.listener = NULL;
	for (int i = 0; i < 3; i++)
		assert_failed(send_stock(&f), "cannot connect: Connection refused");
	unlink(f.path);
	assert_failed(send_stock(&f), "cannot connect: No such file");
	serve(&f);
	struct ask *good = send_stock(&f);
	run_until(&f, &good->done, 1);
	assert_part(good);
	assert_int_equal(metric(&f, "{service=\"inventory\",status=\"failed\"} "), 4);
	end(&f);
}

static void other_answers_are_what_http_would_say(void **state)
{
	(void)state;
	static const struct {
		enum part_answer answer;
		enum part_status status;
		const char *says;
	} cases[] = {{ANSWER_NOT_FOUND, PART_NOT_FOUND, ""},
		     {ANSWER_REFUSED, PART_FAILED, "refused"},
		     {ANSWER_UNAVAILABLE, PART_FAILED, "unavailable"},
		     {ANSWER_BROKEN, PART_FAILED, "broken"}};
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0});
	f.mode = FAKE_ANSWER;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.answer = cases[i].answer;
		struct ask *ask = send_stock(&f);
		run_until(&f, &ask->done, 1);
		assert_int_equal(ask->part.status, cases[i].status);
		assert_non_null(strstr(ask->part.error, cases[i].says));
	}
	assert_int_equal(f.connections, 1);
	end(&f);
}

/* A part that cannot be read fails its call; a frame that is none, everything on its connection. */
static void what_a_service_says_of_its_way_is_kept(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){0});
	struct ask *silent = send_stock(&f);
	run_until(&f, &silent->done, 1);
	assert_null(silent->part.stamps);
	f.stamps = "5 0.arrived+0";
	struct ask *ask = send_stock(&f);
	run_until(&f, &ask->done, 1);
	assert_part(ask);
	assert_string_equal(ask->part.stamps, "5 0.arrived+0");
	assert_true(ask->part.answered_ns >= ask->part.sent_ns && ask->part.sent_ns > 0);
	end(&f);
}

static void malformed_answers_fail(void **state)
{
	(void)state;
	static const struct {
		enum fake_mode mode;
		const char *bytes;
		size_t len;
		const char *says;
		bool closes;
	} cases[] = {
		{FAKE_CUT, NULL, 0, "malformed answer: stock: \"quantity\"", false},
		{FAKE_BYTES, "\4\0\0\0abcd", 8, "lost: not an answer", true},
		{FAKE_BYTES, "\5\0\0\0abcd\x63", 9, "lost: not an answer", true},
		{FAKE_BYTES, "\xff\xff\xff\xff", 4, "lost: a frame of 4294967295 bytes", true},
		{FAKE_BYTES, "\6\0\5\0abcd", 8, "lost: a frame of 327686 bytes", true},
	};
	struct fixture f;
	unsigned closes = 0;
	begin(&f, (struct transport_tcp_config){0});
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.mode = cases[i].mode;
		f.bytes = cases[i].bytes;
		f.bytes_len = cases[i].len;
		struct ask *ask = send_stock(&f);
		run_until(&f, &ask->done, 1);
		assert_failed(ask, cases[i].says);
		closes += cases[i].closes;
		if (cases[i].closes)
			run_until(&f, &f.closes, closes);
		f.mode = FAKE_PART;
		struct ask *good = send_stock(&f);
		run_until(&f, &good->done, 1);
		assert_part(good);
		assert_int_equal(f.connections, 1 + closes);
	}
	end(&f);
}

static void late_answers_find_nobody(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f,
	      (struct transport_tcp_config){.in_flight_max = 4, .hop_timeout_ns = 100 * NS_PER_MS});
	f.mode = FAKE_HOLD;
	for (int i = 0; i < 6; i++)
		send_stock(&f);
	run_until(&f, &f.finished, 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(f.asks[i].part.status, PART_TIMED_OUT);
		/* those that waited behind a frozen one give up with it, and are never sent */
		assert_int_equal(f.asks[i].part.sent_ns != 0, i < 4);
	}
	f.mode = FAKE_PART;
	for (unsigned i = 0; i < 4; i++)
		reply(&f, f.held[i].id, ANSWER_OK, READ_STOCK);
	struct ask *good = send_stock(&f);
	run_until(&f, &good->done, 1);
	assert_part(good);
	assert_int_equal(f.connections, 1);
	assert_int_equal(f.finished, 7);
	end(&f);
}

/* Ids go round the table of those that are asked: another call stands where the late one did. */
static void a_late_answer_is_not_its_places_next_calls(void **state)
{
	(void)state;
	enum { PLACES = 256 }; /* of carrier_binary, at the least */
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.hop_timeout_ns = 300 * NS_PER_MS});
	f.mode = FAKE_HOLD;
	struct ask *late = send_stock(&f);
	run_until(&f, &late->done, 1);
	assert_int_equal(late->part.status, PART_TIMED_OUT);
	f.mode = FAKE_PART;
	for (unsigned i = 1; i < PLACES; i++) {
		struct ask *good = send_stock(&f);
		run_until(&f, &good->done, 1);
	}
	f.mode = FAKE_HOLD;
	struct ask *next = send_stock(&f);
	run_until(&f, &f.held_count, 2);
	assert_int_equal(f.held[1].id, f.held[0].id + PLACES);
	reply(&f, f.held[0].id, ANSWER_NOT_FOUND, READ_STOCK);
	for (int i = 0; i < 5; i++)
		event_base_loop(f.base, EVLOOP_NONBLOCK);
	assert_int_equal(next->done, 0);
	reply(&f, f.held[1].id, ANSWER_OK, READ_STOCK);
	run_until(&f, &next->done, 1);
	assert_part(next);
	end(&f);
}

static void cancelled_calls_complete_once(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 1});
	f.mode = FAKE_HOLD;
	struct ask *sent = send_stock(&f), *waiting = send_stock(&f), *last = send_stock(&f);
	run_until(&f, &f.held_count, 1);
	sent->part.cancelled = waiting->part.cancelled = true;
	f.mode = FAKE_PART;
	reply(&f, f.held[0].id, ANSWER_OK, READ_STOCK);
	run_until(&f, &last->done, 1);
	assert_failed(sent, "cancelled");
	assert_failed(waiting, "cancelled");
	assert_part(last);
	assert_int_equal(f.requests, 2);
	assert_int_equal(metric(&f, "{service=\"inventory\",status=\"cancelled\"} "), 2);
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

static void readiness_is_a_ping(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, (struct transport_tcp_config){.in_flight_max = 1});
	f.mode = FAKE_HOLD;
	send_stock(&f); /* the only slot is taken: probes pass it by */
	run_until(&f, &f.held_count, 1);
	f.mode = FAKE_ANSWER;
	for (int answer = 0; answer < PART_ANSWERS; answer++) {
		struct readiness readiness = {0};
		f.answer = (enum part_answer)answer;
		transport_ready(f.transport, SERVICE_INVENTORY, on_ready, &readiness);
		run_until(&f, &readiness.times, 1);
		assert_int_equal(readiness.ok, answer == ANSWER_OK);
	}
	assert_int_equal(f.pings, PART_ANSWERS);
	struct readiness late = {0};
	f.mode = FAKE_SILENCE;
	transport_ready(f.transport, SERVICE_INVENTORY, on_ready, &late);
	run_until(&f, &late.times, 1);
	assert_false(late.ok);
	struct readiness pending = {0};
	transport_ready(f.transport, SERVICE_INVENTORY, on_ready, &pending);
	end(&f);
	assert_int_equal(pending.times, 1);
	assert_false(pending.ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_comes_over_one_connection),
		cmocka_unit_test(every_kind_is_read),
		cmocka_unit_test(answers_come_in_any_order),
		cmocka_unit_test(the_cap_and_the_queue_hold),
		cmocka_unit_test(what_is_lost_fails_and_the_next_connects_again),
		cmocka_unit_test(an_idle_connection_that_closes_does_no_harm),
		cmocka_unit_test(a_refused_connection_says_so),
		cmocka_unit_test(other_answers_are_what_http_would_say),
		cmocka_unit_test(what_a_service_says_of_its_way_is_kept),
		cmocka_unit_test(malformed_answers_fail),
		cmocka_unit_test(late_answers_find_nobody),
		cmocka_unit_test(a_late_answer_is_not_its_places_next_calls),
		cmocka_unit_test(cancelled_calls_complete_once),
		cmocka_unit_test(readiness_is_a_ping),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
