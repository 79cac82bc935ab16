/* Whole loads against a server in this process that misbehaves on purpose: every kind of failure is
 * counted as what it is, and as many requests are sent as the server got.
 */
#include "tests/unit/loadgen/whole_load.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void each_behaviour_is_counted_as_what_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < BEHAVIOURS; i++) {
		const struct behaviour *b = &behaviours[i];
		struct loadgen_config config = closed_config();
		if (b->outcome == OUTCOME_REQUEST_TIMEOUT)
			config.timeout = 50 * NS_PER_MS;
		struct load_result r = load_paths(&config, server.port, i, 1);
		const uint64_t all = r.tally.all[b->outcome];
		if (all == 0 || all != ended_all(&r.tally))
			fail_msg("%s: %llu of %llu counted as %s", b->path, (unsigned long long)all,
				 (unsigned long long)ended_all(&r.tally),
				 outcome_names[b->outcome]);
		assert_int_equal(r.tally.window[b->outcome], tally_total(&r.tally));
		assert_int_equal(r.window_ns, config.duration);
		/* every ns of every VU's window is either asking or waiting */
		assert_int_equal(r.tally.asked_ns + r.tally.waited_ns, VUS * config.duration);
		check_served(r.tally.sent);
		assert_int_equal(r.tally.sent, all);
		assert_int_equal(r.tally.answered, b->cut ? 0 : all);
		assert_int_equal(r.tally.cut, b->cut ? all : 0);
		assert_int_equal(r.tally.hashed, r.tally.answered);
		assert_true(histogram_count(r.tally.response) == r.tally.window[OUTCOME_OK]);
		if (b->close || b->cut)
			assert_int_equal(r.tally.connections, all);
		else
			assert_int_equal(r.tally.connections, VUS);
		if (b->delay_us)
			assert_true(histogram_min(r.tally.service) >= INT64_C(1000) * b->delay_us);
		load_result_free(&r);
	}
}

static void a_mix_is_counted_by_kind(void **state)
{
	(void)state;
	for (uint64_t threads = 1; threads <= 3; threads++) {
		struct loadgen_config config = closed_config();
		uint64_t expected[OUTCOMES] = {0};
		config.threads = threads;
		config.think = 2 * NS_PER_MS;
		struct load_result r = load_paths(&config, server.port, 0, BEHAVIOURS - 1);
		for (size_t i = 0; i < BEHAVIOURS; i++)
			expected[behaviours[i].outcome] += atomic_load(&server.served[i]);
		for (size_t i = 0; i < OUTCOMES; i++)
			assert_int_equal(r.tally.all[i], expected[i]);
		check_served(r.tally.sent);
		assert_int_equal(r.tally.sent, r.tally.answered + r.tally.cut);
		assert_int_equal(r.tally.asked_ns + r.tally.waited_ns, VUS * config.duration);
		assert_true(r.tally.waited_ns > 0);
		load_result_free(&r);
	}
}

static void an_open_load_sends_what_is_due(void **state)
{
	(void)state;
	for (uint64_t threads = 1; threads <= 3; threads++) {
		struct loadgen_config config = closed_config();
		config.kind = LOAD_OPEN;
		config.rate = 500;
		config.vus = 64; /* a stall of the machine must not run out of VUs */
		config.threads = threads;
		struct load_result r = load_paths(&config, server.port, 0, 1);
		assert_int_equal(tally_total(&r.tally), 150); /* 0.3 s, whatever the answers do */
		assert_int_equal(ended_all(&r.tally), 200);
		check_served(r.tally.sent);
		assert_int_equal(r.tally.sent + r.tally.all[OUTCOME_DROPPED], 200);
		load_result_free(&r);
	}
}

static void a_late_open_request_keeps_its_due_time(void **state)
{
	(void)state;
	struct loadgen_config config = closed_config();
	config.kind = LOAD_OPEN;
	config.rate = 1000;
	config.vus = 1; /* /slow takes 20 ms: one VU can send 50/s of the 1000 */
	config.warmup = 0;
	config.drain = 0;
	struct load_result r = load_paths(&config, server.port, 1, 1);
	const struct tally *t = &r.tally;
	assert_int_equal(tally_total(t), 300);
	assert_true(t->window[OUTCOME_DROPPED] >= 280);
	assert_int_equal(t->sent + t->window[OUTCOME_DROPPED], 300);
	/* Request i is due at i ms and sent at 20 i ms or later. */
	assert_true(histogram_max(t->send_lag) >= (int64_t)(t->sent - 1) * 19 * NS_PER_MS);
	assert_true(histogram_max(t->response) >= histogram_max(t->send_lag) + 20 * NS_PER_MS);
	assert_true(histogram_min(t->service) >= 20 * NS_PER_MS);
	load_result_free(&r);
}

/* 60 requests in 0.3 s, 1.2 s of work: the drain has time for all of them, or for few. */
static void the_drain_sends_what_is_late(void **state)
{
	(void)state;
	for (int paced = 0; paced <= 1; paced++)
		for (int whole = 0; whole <= 1; whole++) {
			struct loadgen_config config = closed_config();
			config.kind = LOAD_OPEN;
			config.paced = paced;
			config.rate = paced ? 0 : 200;
			config.think = 5 * NS_PER_MS;
			config.vus = 1;
			config.warmup = 0;
			config.drain = (whole ? 30000 : 100) * NS_PER_MS;
			struct load_result r = load_paths(&config, server.port, 1, 1);
			const struct tally *t = &r.tally;
			assert_int_equal(tally_total(t), 60);
			assert_int_equal(t->sent + t->window[OUTCOME_DROPPED], 60);
			assert_int_equal(t->window[OUTCOME_OK], t->sent);
			assert_int_equal(histogram_count(t->send_lag), t->sent);
			if (whole)
				assert_int_equal(t->window[OUTCOME_DROPPED], 0);
			else
				assert_true(t->window[OUTCOME_DROPPED] >= 38);
			assert_true(histogram_max(t->response) >=
				    (int64_t)t->sent * 14 * NS_PER_MS);
			load_result_free(&r);
		}
}

/* Fast and slow answers, one thread or more: the same requests are due. */
static void a_schedule_does_not_wait_for_answers(void **state)
{
	(void)state;
	uint64_t due[2][3];
	for (size_t path = 0; path < 2; path++)
		for (uint64_t threads = 1; threads <= 3; threads++) {
			struct loadgen_config config = closed_config();
			config.kind = LOAD_OPEN;
			config.paced = true;
			config.threads = threads;
			config.think_jitter = "exponential";
			config.drain = 30 * NS_PER_S;
			struct load_result r = load_paths(&config, server.port, path, 1);
			due[path][threads - 1] = tally_total(&r.tally);
			assert_int_equal(ended_all(&r.tally), r.tally.all[OUTCOME_OK]);
			load_result_free(&r);
		}
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(due[i / 3][i % 3], due[0][0]);
	assert_in_range(due[0][0], VUS * 30 * 8 / 10, VUS * 30 * 12 / 10);
}

static void poisson_totals_do_not_depend_on_threads(void **state)
{
	(void)state;
	uint64_t first = 0;
	for (uint64_t threads = 1; threads <= 3; threads++) {
		struct loadgen_config config = closed_config();
		config.kind = LOAD_OPEN;
		config.arrivals = "poisson";
		config.rate = 600;
		config.vus = 64;
		config.threads = threads;
		struct load_result r = load_paths(&config, server.port, 0, 1);
		first = threads == 1 ? tally_total(&r.tally) : first;
		assert_int_equal(tally_total(&r.tally), first);
		assert_true(first != 180); /* as evenly spaced ones would be; seed 1 is not */
		load_result_free(&r);
	}
}

/* A request that had to open its connection would show the cost of that as the server's. */
static void connections_are_open_before_the_load(void **state)
{
	(void)state;
	for (int open = 0; open <= 1; open++) {
		struct loadgen_config config = closed_config();
		config.kind = open ? LOAD_OPEN : LOAD_CLOSED;
		config.rate = 10;
		config.think = NS_PER_S;
		struct load_result r = load_paths(&config, server.port, 0, 1);
		assert_true(r.tally.sent > 0 && r.tally.sent < VUS);
		assert_int_equal(r.tally.connections, VUS);
		check_served(r.tally.sent);
		load_result_free(&r);
	}
}

static void without_reuse_each_request_has_its_connection(void **state)
{
	(void)state;
	struct loadgen_config config = closed_config();
	config.no_reuse = true;
	struct load_result r = load_paths(&config, server.port, 0, 1);
	assert_int_equal(r.tally.connections, r.tally.sent);
	assert_int_equal(r.tally.all[OUTCOME_OK], r.tally.sent);
	check_served(r.tally.sent);
	load_result_free(&r);
}

/* /slow takes 20 ms: the generator has hardly anything to do but to look. */
static void polls_that_find_nothing_are_no_work(void **state)
{
	(void)state;
	for (int busy = 0; busy < 2; busy++) {
		struct loadgen_config config = closed_config();
		config.busy_poll = busy;
		struct load_result r = load_paths(&config, server.port, 1, 1);
		const struct load_usage *usage = &r.usage;
		const int64_t window = r.window_ns;
		assert_int_equal(r.tally.all[OUTCOME_OK], r.tally.sent);
		assert_int_equal(r.tally.asked_ns + r.tally.waited_ns, VUS * config.duration);
		assert_true(usage->idle_poll_ns <= window);
		assert_true(busy ? usage->idle_poll_ns > window / 4 : usage->idle_poll_ns == 0);
		assert_true(usage->busiest_share < 0.5); /* with polls counted as work: about 1 */
		load_result_free(&r);
	}
}

static void nobody_listening_is_refused(void **state)
{
	(void)state;
	unsigned short port;
	struct loadgen_config config = closed_config();
	config.kind = LOAD_CAPACITY;
	config.think = 0;
	close(listen_on(&port, 1));
	struct load_result r = load_paths(&config, port, 0, 1);
	const uint64_t refused = r.tally.all[OUTCOME_CONNECT_REFUSED];
	assert_true(refused > VUS);
	assert_true(refused <= UINT64_C(41) * VUS); /* a pause of 10 ms after each */
	assert_int_equal(refused, ended_all(&r.tally));
	assert_int_equal(r.tally.sent, 0);
	load_result_free(&r);
}

static void a_full_backlog_is_a_connect_timeout(void **state)
{
	(void)state;
	unsigned short port;
	struct loadgen_config config = closed_config();
	config.connect_timeout = 50 * NS_PER_MS;
	config.timeout = 50 * NS_PER_MS;
	const int listener = listen_on(&port, 0); /* never accepts */
	struct load_result r = load_paths(&config, port, 0, 1);
	assert_true(r.tally.all[OUTCOME_CONNECT_TIMEOUT] > 0);
	assert_int_equal(ended_all(&r.tally), r.tally.all[OUTCOME_CONNECT_TIMEOUT] +
						      r.tally.all[OUTCOME_REQUEST_TIMEOUT]);
	close(listener);
	load_result_free(&r);
}

static void a_sweep_asks_everything_once(void **state)
{
	(void)state;
	struct loadgen_config config = closed_config();
	config.kind = LOAD_SWEEP;
	config.warmup = 0;
	struct load_result r = load_paths(&config, server.port, 0, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(atomic_load(&server.served[i]), 1);
	assert_true(r.has_parity && r.parity.equal);
	assert_int_equal(r.parity.answers, 4);
	char lines[512] = "", sha256[65];
	for (size_t i = 0; i < 4; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s 5 %s\n",
			 behaviours[i].path, SHA256_OF_BODY);
	sha256_hex(lines, strlen(lines), sha256);
	assert_string_equal(r.parity.sha256, sha256);
	load_result_free(&r);

	r = load_paths(&config, server.port, 0, BEHAVIOURS - 1);
	check_served(BEHAVIOURS - 1);
	assert_true(r.has_parity && !r.parity.equal);
	assert_int_equal(r.parity.answers, 10);
	load_result_free(&r);
}

static void *interrupt_soon(void *arg)
{
	(void)arg;
	usleep(250000);
	kill(getpid(), SIGTERM);
	return NULL;
}

static void an_interrupted_load_keeps_what_it_has(void **state)
{
	(void)state;
	pthread_t thread;
	struct loadgen_config config = closed_config();
	config.duration = 60 * NS_PER_S;
	assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, NULL), 0);
	struct load_result r = load_paths(&config, server.port, 0, 2);
	pthread_join(thread, NULL);
	assert_true(r.interrupted);
	assert_true(r.window_ns < 60 * NS_PER_S);
	assert_true(r.tally.all[OUTCOME_OK] > 0);
	assert_int_equal(r.tally.sent, r.tally.answered + r.tally.cut);
	assert_int_equal(ended_all(&r.tally),
			 r.tally.all[OUTCOME_OK] + r.tally.all[OUTCOME_UNFINISHED]);
	load_result_free(&r);
}

static void the_drain_ends_what_never_answers(void **state)
{
	(void)state;
	struct loadgen_config config = closed_config();
	config.timeout = 200 * NS_PER_MS;
	config.duration = 50 * NS_PER_MS;
	const int64_t began = clock_now_ns();
	struct load_result r = load_paths(&config, server.port, BEHAVIOURS - 1, 1);
	assert_true(clock_now_ns() - began < 5 * NS_PER_S);
	assert_int_equal(ended_all(&r.tally), r.tally.all[OUTCOME_REQUEST_TIMEOUT]);
	assert_int_equal(r.tally.sent, r.tally.cut);
	assert_true(ended_all(&r.tally) >= VUS);
	load_result_free(&r);
}

int main(void)
{
	alarm(300); /* a load that never ends must fail, not hang */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_behaviour_is_counted_as_what_it_is),
		cmocka_unit_test(a_mix_is_counted_by_kind),
		cmocka_unit_test(an_open_load_sends_what_is_due),
		cmocka_unit_test(a_late_open_request_keeps_its_due_time),
		cmocka_unit_test(the_drain_sends_what_is_late),
		cmocka_unit_test(a_schedule_does_not_wait_for_answers),
		cmocka_unit_test(poisson_totals_do_not_depend_on_threads),
		cmocka_unit_test(connections_are_open_before_the_load),
		cmocka_unit_test(without_reuse_each_request_has_its_connection),
		cmocka_unit_test(polls_that_find_nothing_are_no_work),
		cmocka_unit_test(nobody_listening_is_refused),
		cmocka_unit_test(a_full_backlog_is_a_connect_timeout),
		cmocka_unit_test(a_sweep_asks_everything_once),
		cmocka_unit_test(an_interrupted_load_keeps_what_it_has),
		cmocka_unit_test(the_drain_ends_what_never_answers),
	};
	return cmocka_run_group_tests_name("load", tests, start_server, stop_server);
}
