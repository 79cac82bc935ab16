/* The page handler between a live server and a fake source. */
#include "tests/unit/http/raw_client.h"
#include "tests/unit/page/fake_source.h"

#include "common/page/page_handler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PDP(n) "GET /api/products/p00000" #n " HTTP/1.1\r\nHost: t\r\n\r\n"

static void *shop_start(void *arg, struct http_loop *loop, char error[HTTP_ERROR_MAX])
{
	return page_handler_new(loop, fake_source_new(http_loop_base(loop)), arg, error);
}

static struct http_app app = {
	.program = "shop",
	.about = "A fake shop.",
	.routes = page_routes,
	.route_count = PAGE_ROUTES,
	.start = shop_start,
	.stop = page_handler_free,
	.ready = page_handler_ready,
	.metrics = page_handler_metrics,
};

static struct page_handler_config settings;

static void begin(struct raw_server *raw, unsigned max_in_flight, int64_t timeout_ms)
{
	const struct http_server_config config = {.listen = "127.0.0.1:0",
						  .threads = 1,
						  .max_connections = 1000,
						  .idle_timeout_ns = 30 * NS_PER_S,
						  .stop_timeout_ns = 50 * NS_PER_MS,
						  .app = &app};
	settings.max_in_flight = max_in_flight;
	settings.request_timeout_ns = timeout_ms * NS_PER_MS;
	app.arg = &settings;
	atomic_store(&fake_asked, 0);
	atomic_store(&fake_released, 0);
	atomic_store(&fake_cancelled, 0);
	atomic_store(&fake_most_running, 0);
	assert_true(raw_server_start(raw, &config));
}

/* Every page that was asked for was completed once and released once. */
static void finish(struct raw_server *raw)
{
	assert_true(raw_server_stop(raw));
	assert_int_equal(atomic_load(&fake_running), 0);
	assert_int_equal(atomic_load(&fake_asked), atomic_load(&fake_released));
}

static struct raw_answer ask(const struct raw_server *raw, const char *text)
{
	int fd = raw_connect(raw);
	raw_send(fd, text);
	struct raw_answer answer = raw_read(fd, true);
	close(fd);
	return answer;
}

static void wait_for(atomic_int *counter, int value)
{
	for (int i = 0; i < 5000 && atomic_load(counter) < value; i++)
		usleep(1000);
	assert_int_equal(atomic_load(counter), value);
}

static void statuses(void **state)
{
	static const struct {
		const char *request;
		int status;
	} cases[] = {
		{PDP(1), 200},
		{PDP(2), 200},
		{PDP(3), 404},
		{PDP(4), 503},
		{PDP(5), 500},
		{"GET /api/home HTTP/1.1\r\nHost: t\r\n\r\n", 200},
		{"GET /api/categories/tea HTTP/1.1\r\nHost: t\r\n\r\n", 200},
		{"GET /api/categories/tea?page=0 HTTP/1.1\r\nHost: t\r\n\r\n", 400},
		{"GET /api/categories/TEA HTTP/1.1\r\nHost: t\r\n\r\n", 404},
		{"GET /api/products/p1 HTTP/1.1\r\nHost: t\r\n\r\n", 404},
		{"GET /readyz HTTP/1.1\r\nHost: t\r\n\r\n", 200},
	};
	struct raw_server raw;
	(void)state;
	begin(&raw, 10, 5000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = raw_ask(&raw, cases[i].request);
		if (status != cases[i].status)
			fail_msg("%.50s was answered with %d", cases[i].request, status);
	}
	assert_int_equal(atomic_load(&fake_asked), 7); /* malformed ones are asked of nobody */
	finish(&raw);
}

static void answers_are_the_same_at_once_or_later(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw, 10, 5000);
	struct raw_answer now = ask(&raw, PDP(1)), later = ask(&raw, PDP(2));
	assert_string_equal(now.body, later.body);
	assert_non_null(strstr(now.head, "\r\nContent-Type: application/json\r\n"));
	assert_null(strstr(now.head, "Server-Timing"));
	assert_null(strstr(now.head, "X-Duet-Degraded"));
	raw_answer_free(&now);
	raw_answer_free(&later);
	finish(&raw);
}

static void degraded_and_unavailable_say_so(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw, 10, 5000);
	struct raw_answer answer = ask(&raw, PDP(7));
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.head, "\r\nX-Duet-Degraded: reviews\r\n"));
	raw_answer_free(&answer);
	answer = ask(&raw, PDP(4));
	assert_non_null(strstr(answer.head, "\r\nRetry-After: 1\r\n"));
	assert_non_null(strstr(answer.head, "\r\nContent-Type: application/problem+json\r\n"));
	raw_answer_free(&answer);
	answer = ask(&raw, "GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
	assert_non_null(strstr(answer.body, "\npage_degraded_total 1\n"));
	assert_non_null(strstr(answer.body, "\nfake_samples 1\n"));
	raw_answer_free(&answer);
	finish(&raw);
}

static void timings_are_for_those_who_ask(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw, 10, 5000);
	struct raw_answer answer = ask(&raw, "GET /api/products/p000001 HTTP/1.1\r\nHost: t\r\n"
					     "X-Duet-Timing: 1\r\nX-Request-Id: me-7\r\n\r\n");
	assert_non_null(strstr(answer.head, "\r\nServer-Timing: total;dur="));
	assert_non_null(strstr(answer.head, ", fake;dur=1.000;desc=\"at "));
	assert_non_null(strstr(answer.head, ", write;dur="));
	assert_non_null(strstr(answer.head, "\r\nX-Duet-Architecture: fake\r\n"));
	const char *id = strstr(answer.head, "\r\nX-Request-Id: ");
	assert_non_null(id); /* ours, never the client's */
	assert_int_equal(strspn(id + 16, "0123456789abcdef"), 32);
	const char *stamps = strstr(answer.head, "\r\nX-Duet-Stamps: ");
	assert_non_null(stamps);
	assert_non_null(strstr(stamps, " 0.arrived+0 0.admitted+"));
	assert_non_null(strstr(stamps, " 0.write+"));
	assert_non_null(strstr(stamps, " 0.written+"));
	assert_non_null(strstr(stamps, " 0.told+"));
	raw_answer_free(&answer);
	answer = ask(&raw, "GET /api/products/p000001 HTTP/1.1\r\nHost: t\r\n"
			   "X-Request-Id: me-7\r\n\r\n");
	assert_null(strstr(answer.head, "X-Request-Id"));
	assert_null(strstr(answer.head, "X-Duet-Stamps"));
	assert_null(strstr(answer.head, "X-Duet-Architecture"));
	raw_answer_free(&answer);
	finish(&raw);
}

static void a_late_page_is_a_503_and_its_source_is_told(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw, 10, 100);
	struct raw_answer answer = ask(&raw, PDP(6));
	assert_int_equal(answer.status, 503);
	assert_non_null(strstr(answer.head, "\r\nRetry-After: 1\r\n"));
	raw_answer_free(&answer);
	wait_for(&fake_cancelled, 1);
	finish(&raw);
}

static void an_answer_after_the_deadline_goes_to_nobody(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw, 10, 100);
	int fd = raw_connect(&raw);
	raw_send(fd, PDP(8));
	struct raw_answer answer = raw_read(fd, true);
	assert_int_equal(answer.status, 503);
	raw_answer_free(&answer);
	wait_for(&fake_released, 1);
	raw_send(fd, PDP(1)); /* the connection carries on with its next answer */
	answer = raw_read(fd, true);
	assert_int_equal(answer.status, 200);
	raw_answer_free(&answer);
	close(fd);
	finish(&raw);
}

static void a_client_that_leaves_cancels(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw, 10, 60000); /* its deadline must not be what cancels it */
	int fd = raw_connect(&raw);
	raw_send(fd, PDP(6));
	wait_for(&fake_asked, 1);
	close(fd);
	wait_for(&fake_cancelled, 1);
	assert_int_equal(raw_ask(&raw, PDP(1)), 200);
	finish(&raw);
}

static void what_is_over_the_cap_waits(void **state)
{
	enum { MANY = 12 };
	struct raw_server raw;
	int fds[MANY];
	(void)state;
	begin(&raw, 2, 5000);
	for (int i = 0; i < MANY; i++) {
		fds[i] = raw_connect(&raw);
		raw_send(fds[i], PDP(2));
	}
	for (int i = 0; i < MANY; i++) {
		struct raw_answer answer = raw_read(fds[i], true);
		assert_int_equal(answer.status, 200);
		raw_answer_free(&answer);
		close(fds[i]);
	}
	assert_int_equal(atomic_load(&fake_most_running), 2);
	finish(&raw);
}

static void one_that_waited_too_long_is_refused_unasked(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw, 1, 100);
	int first = raw_connect(&raw), second = raw_connect(&raw), third = raw_connect(&raw);
	raw_send(first, PDP(8));
	wait_for(&fake_asked, 1);
	raw_send(second, PDP(1));
	raw_send(third, PDP(1));
	usleep(20000);
	close(third); /* leaves while it waits */
	struct raw_answer answer = raw_read(second, true);
	assert_int_equal(answer.status, 503);
	assert_int_equal(atomic_load(&fake_asked), 1);
	raw_answer_free(&answer);
	close(first);
	close(second);
	wait_for(&fake_released, 1);
	assert_int_equal(raw_ask(&raw, PDP(1)), 200);
	finish(&raw);
}

static void a_stop_ends_what_is_still_asked(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw, 1, 5000);
	int first = raw_connect(&raw), second = raw_connect(&raw);
	raw_send(first, PDP(6));
	wait_for(&fake_asked, 1);
	raw_send(second, PDP(1));
	usleep(20000);
	finish(&raw);
	close(first);
	close(second);
}

static void precomputed_pages_ask_nobody(void **state)
{
	struct raw_server raw;
	(void)state;
	settings.precomputed = true;
	begin(&raw, 10, 5000);
	assert_int_equal(raw_ask(&raw, "GET /api/home HTTP/1.1\r\nHost: t\r\n\r\n"), 200);
	assert_int_equal(atomic_load(&fake_asked), 3); /* home, the list, its product */
	assert_int_equal(raw_ask(&raw, PDP(2)), 200);
	assert_int_equal(raw_ask(&raw, PDP(1)), 404); /* not listed, so not there */
	assert_int_equal(raw_ask(&raw, "GET /api/categories/tea HTTP/1.1\r\nHost: t\r\n\r\n"), 200);
	assert_int_equal(
		raw_ask(&raw, "GET /api/categories/tea?page=2 HTTP/1.1\r\nHost: t\r\n\r\n"), 404);
	assert_int_equal(atomic_load(&fake_asked), 3);
	finish(&raw);
	settings.precomputed = false;
}

/* Asks twice; whether the second answer was the first one's bytes and headers but for their date.
 */
static void ask_twice(const struct raw_server *raw, const char *first, const char *second,
		      int status)
{
	struct raw_answer a = ask(raw, first), b = ask(raw, second);
	assert_int_equal(a.status, status);
	assert_int_equal(b.status, status);
	assert_string_equal(a.body, b.body);
	for (char *line = a.head, *end; (end = strstr(line, "\r\n")); line = end + 2) {
		*end = '\0';
		if (strncmp(line, "Date:", 5) != 0 && !strstr(b.head, line))
			fail_msg("the second answer lacks %s", line);
	}
	raw_answer_free(&a);
	raw_answer_free(&b);
}

static void keep_answers(int64_t ttl_ns)
{
	settings.cache_ttl_ns = ttl_ns;
	settings.cache_bytes = 1 << 20;
}

static void kept_pages_ask_nobody(void **state)
{
	struct raw_server raw;
	(void)state;
	keep_answers(60 * NS_PER_S);
	begin(&raw, 10, 5000);
	ask_twice(&raw, PDP(1), PDP(1), 200);
	ask_twice(&raw, PDP(2), PDP(2), 200);
	ask_twice(&raw, "GET /api/home HTTP/1.1\r\nHost: t\r\n\r\n",
		  "GET /api/home?x=1 HTTP/1.1\r\nHost: t\r\n\r\n", 200);
	ask_twice(&raw, "GET /api/categories/tea HTTP/1.1\r\nHost: t\r\n\r\n",
		  "GET /api/categories/tea?page=1 HTTP/1.1\r\nHost: t\r\n\r\n", 200);
	assert_int_equal(atomic_load(&fake_asked), 4);
	struct raw_answer answer = ask(&raw, "GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
	assert_non_null(strstr(answer.body, "\npage_cache_hits_total 4\n"));
	assert_non_null(strstr(answer.body, "\npage_cache_misses_total 4\n"));
	assert_non_null(strstr(answer.body, "\npage_cache_entries 4\n"));
	assert_non_null(strstr(answer.body, "\npage_cache_hit_age_max_seconds{loop=\"0\"} "));
	assert_non_null(
		strstr(answer.body, "http_requests_total{route=\"pdp\",status=\"200\"} 4\n"));
	raw_answer_free(&answer);
	finish(&raw);
	keep_answers(0);
}

/* Not what failed, was not found, or lacks a part; and nothing longer than its time. */
static void only_good_answers_are_kept(void **state)
{
	struct raw_server raw;
	(void)state;
	keep_answers(60 * NS_PER_S);
	begin(&raw, 10, 5000);
	ask_twice(&raw, PDP(3), PDP(3), 404);
	ask_twice(&raw, PDP(4), PDP(4), 503);
	ask_twice(&raw, PDP(5), PDP(5), 500);
	ask_twice(&raw, PDP(7), PDP(7), 200);
	assert_int_equal(atomic_load(&fake_asked), 8);
	finish(&raw);
	keep_answers(1); /* a ns is over before the next request */
	begin(&raw, 10, 5000);
	ask_twice(&raw, PDP(1), PDP(1), 200);
	assert_int_equal(atomic_load(&fake_asked), 2);
	finish(&raw);
	keep_answers(0);
}

static void a_kept_page_tells_its_timing(void **state)
{
	static const char timed[] = "GET /api/products/p000001 HTTP/1.1\r\nHost: t\r\n"
				    "X-Duet-Timing: 1\r\n\r\n";
	struct raw_server raw;
	(void)state;
	keep_answers(60 * NS_PER_S);
	begin(&raw, 10, 5000);
	assert_int_equal(raw_ask(&raw, PDP(1)), 200);
	struct raw_answer answer = ask(&raw, timed);
	assert_non_null(strstr(answer.head, "\r\nServer-Timing: total;dur="));
	assert_non_null(strstr(answer.head, ", cache;dur="));
	const char *at = strstr(strstr(answer.head, ", cache;dur="), ";desc=");
	assert_non_null(at);
	assert_int_equal(strncmp(at, ";desc=\"at 0.000\"", 16), 0);
	assert_null(strstr(answer.head, ", fake;dur="));
	assert_non_null(strstr(answer.head, "\r\nX-Duet-Architecture: fake\r\n"));
	assert_non_null(strstr(answer.head, "\r\nX-Request-Id: "));
	raw_answer_free(&answer);
	finish(&raw);
	keep_answers(0);
}

/* Without a time there is no cache, so that nothing can be looked up in it. */
static void no_time_means_no_cache(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw, 10, 5000);
	ask_twice(&raw, PDP(1), PDP(1), 200);
	assert_int_equal(atomic_load(&fake_asked), 2);
	struct raw_answer answer = ask(&raw, "GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n");
	assert_null(strstr(answer.body, "page_cache"));
	raw_answer_free(&answer);
	finish(&raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(answers_are_the_same_at_once_or_later),
		cmocka_unit_test(degraded_and_unavailable_say_so),
		cmocka_unit_test(timings_are_for_those_who_ask),
		cmocka_unit_test(a_late_page_is_a_503_and_its_source_is_told),
		cmocka_unit_test(an_answer_after_the_deadline_goes_to_nobody),
		cmocka_unit_test(a_client_that_leaves_cancels),
		cmocka_unit_test(what_is_over_the_cap_waits),
		cmocka_unit_test(one_that_waited_too_long_is_refused_unasked),
		cmocka_unit_test(a_stop_ends_what_is_still_asked),
		cmocka_unit_test(precomputed_pages_ask_nobody),
		cmocka_unit_test(kept_pages_ask_nobody),
		cmocka_unit_test(only_good_answers_are_kept),
		cmocka_unit_test(a_kept_page_tells_its_timing),
		cmocka_unit_test(no_time_means_no_cache),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
