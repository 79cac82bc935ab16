/* transport_tcp against small HTTP servers on the same loop: good answers, bad ones, none at all.
 */
#include "bff/transport.h"
#include "common/base/clock.h"
#include "tests/unit/bff/fake_upstream.h"

static const char trace_id[] = "0123456789abcdef0123456789abcdef";

enum { ASKS_MAX = 80 };

struct fixture;

struct ask {
	struct part_call part;
	struct fixture *fixture;
	unsigned done;     /* times it completed */
	unsigned finished; /* its place among those that completed, from 1 */
};

struct fixture {
	struct event_base *base;
	struct fake_upstream fake;
	struct transport *transport;
	struct ask asks[ASKS_MAX];
	unsigned ask_count, finished;
	int frozen; /* a listening socket that nobody accepts from, or -1 */
};

static void on_done(struct part_call *call)
{
	struct ask *ask = call->owner;
	ask->done++;
	ask->finished = ++ask->fixture->finished;
}

/* Everything is asked of one fake upstream, but catalog, which is frozen. */
static void begin(struct fixture *f, struct transport_tcp_config config, bool local)
{
	char error[PART_ERROR_MAX], frozen[128];
	memset(f, 0, sizeof(*f));
	f->base = event_base_new();
	assert_non_null(f->base);
	f->frozen = fake_listen(frozen, 64);
	fake_upstream_start(&f->fake, f->base,
			    local ? fake_listen_unix(f->fake.url) : fake_listen(f->fake.url, 64));
	for (int service = 0; service < SERVICE_COUNT; service++)
		if (!config.urls[service])
			config.urls[service] = service == SERVICE_CATALOG ? frozen : f->fake.url;
	f->transport = transport_tcp_new(f->base, &config, error);
	if (!f->transport)
		fail_msg("%s", error);
}

static void end(struct fixture *f)
{
	transport_free(f->transport);
	for (unsigned i = 0; i < f->ask_count; i++) {
		assert_int_equal(f->asks[i].done, 1);
		arena_free(f->asks[i].part.arena);
	}
	evhttp_free(f->fake.http);
	event_base_free(f->base);
	close(f->frozen);
	if (strncmp(f->fake.url, "unix:", 5) == 0)
		unlink(f->fake.url + 5);
}

static struct ask *send_call(struct fixture *f, enum read_kind kind, uint32_t id,
			     int64_t deadline_ns)
{
	assert_true(f->ask_count < ASKS_MAX);
	struct ask *ask = &f->asks[f->ask_count++];
	ask->fixture = f;
	ask->part = (struct part_call){.kind = kind,
				       .args = {.id_count = 1, .ids = {id}},
				       .arena = arena_new(0),
				       .trace_id = trace_id,
				       .deadline_ns = deadline_ns,
				       .done = on_done,
				       .owner = ask};
	transport_send(f->transport, &ask->part);
	return ask;
}

static struct ask *send_stock(struct fixture *f, uint32_t id)
{
	return send_call(f, READ_STOCK, id, INT64_MAX);
}

static void stop_loop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Runs the loop until *value reaches `wanted`; fails after 20 s. */
static void run_until(struct fixture *f, const unsigned *value, unsigned wanted)
{
	bool late = false;
	struct event *guard = evtimer_new(f->base, stop_loop, &late);
	const struct timeval after = {20, 0};
	evtimer_add(guard, &after);
	while (*value < wanted && !late)
		event_base_loop(f->base, EVLOOP_ONCE);
	event_free(guard);
	assert_false(late);
}

/* Returns how often the loop turned. */
static unsigned run_for_ms(struct fixture *f, long ms)
{
	unsigned turns = 0;
	bool over = false;
	struct event *timer = evtimer_new(f->base, stop_loop, &over);
	const struct timeval after = {ms / 1000, (ms % 1000) * 1000};
	evtimer_add(timer, &after);
	while (!over) {
		event_base_loop(f->base, EVLOOP_ONCE);
		turns++;
	}
	event_free(timer);
	return turns;
}

static uint64_t metric(struct fixture *f, const char *name)
{
	struct strbuf out;
	strbuf_init(&out, 65536);
	transport_metrics(f->transport, &out);
	const char *at = strstr(out.data, name);
	assert_non_null(at);
	uint64_t value = strtoull(at + strlen(name), NULL, 10);
	strbuf_free(&out);
	return value;
}

#define CONNECTIONS "upstream_connections_opened_total{service=\"inventory\"} "
#define IN_FLIGHT "upstream_in_flight{service=\"inventory\"} "
#define QUEUED "upstream_queued{service=\"inventory\"} "

static void assert_part(const struct ask *ask)
{
	if (ask->part.status != PART_OK)
		fail_msg("%s", ask->part.error);
	const struct part_stock *stock = ask->part.part;
	assert_int_equal(stock->count, 1);
	assert_int_equal(stock->items[0].id, 7);
	assert_int_equal(stock->items[0].quantity[2], 3);
}

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
	int64_t hop_ns = 500 * NS_PER_MS;
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
		assert_true(part->finished_ns - part->queued_ns < 2 * hop_ns);
	}
	end(&f);
}

static void a_slow_upstream_keeps_its_queue(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f,
	      (struct transport_tcp_config){.in_flight_max = 2, .hop_timeout_ns = 500 * NS_PER_MS},
	      false);
	f.fake.mode = FAKE_HOLD;
	struct ask *stuck = send_stock(&f, 1);
	send_stock(&f, 2);
	run_until(&f, &f.fake.held_count, 2);
	struct ask *third = send_stock(&f, 3);
	struct ask *fourth = send_stock(&f, 4);
	run_for_ms(&f, 200); /* the third is sent well after the first */
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
	struct ask *until = send_call(&f, READ_PRODUCT, 1, clock_now_ns() + 100 * NS_PER_MS);
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
	end(&f);
}

static void unix_sockets_work_too(void **state)
{
	(void)state;
	struct fixture f;
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
			.urls = {"http://127.0.0.1:1", "http://[::1]:2", bad[i], "unix:/x"}};
		assert_null(transport_tcp_new(base, &config, error));
		assert_non_null(strstr(error, "--pricing"));
	}
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_are_used_again),
		cmocka_unit_test(many_at_once_open_no_more_than_the_cap),
		cmocka_unit_test(the_cap_holds_and_waiting_calls_go_in_order),
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
		cmocka_unit_test(cancelled_calls_complete_once),
		cmocka_unit_test(unix_sockets_work_too),
		cmocka_unit_test(readiness_follows_the_service),
		cmocka_unit_test(bad_addresses_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
