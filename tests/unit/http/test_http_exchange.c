/* One request and one answer at a time, in raw bytes, on a live server. */
#include "tests/unit/http/echo_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ROUNDS = 15 };

static struct raw_server shared; /* one thread, for most tests */

static int start_shared(void **state)
{
	const struct http_server_config config = config_of(1);
	(void)state;
	memset(big, 'b', sizeof(big));
	return raw_server_start(&shared, &config) ? 0 : -1;
}

static int stop_shared(void **state)
{
	(void)state;
	return raw_server_stop(&shared) ? 0 : -1;
}

static void statuses(void **state)
{
	static const struct {
		const char *request;
		int status;
	} cases[] = {
		{GET("/small"), 200},
		{GET("/small?x=%00"), 200},
		{GET("http://other/small"), 200},
		{"GET /small HTTP/1.0\r\n\r\n", 200},
		{GET("/nothing"), 404},
		{GET("/SMALL"), 404},
		{GET("//small"), 404},
		{GET("/small/"), 404},
		{GET("/echo/%2fx"), 404},
		{GET("/echo/%2Fx"), 404},
		{GET("/echo/%00"), 404},
		{GET("/echo/../small"), 404},
		{GET("/echo/%2e%2E"), 404},
		{GET("/echo/a\\b"), 404},
		{"OPTIONS /small HTTP/1.1\r\nHost: t\r\n\r\n", 204},
		{"OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n", 204},
		{"POST /small HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}", 405},
		{"PUT /small HTTP/1.1\r\nHost: t\r\n\r\n", 405},
		{"PATCH /small HTTP/1.1\r\nHost: t\r\n\r\n", 405},
		{"DELETE /small HTTP/1.1\r\nHost: t\r\n\r\n", 405},
		{"TRACE /small HTTP/1.1\r\nHost: t\r\n\r\n", 405},
		{"BREW /small HTTP/1.1\r\nHost: t\r\n\r\n", 405},
		{"POST /nothing HTTP/1.1\r\nHost: t\r\n\r\n", 404},
		{"GET /small HTTP/1.1\r\n\r\n", 400},
		{"GET /small HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		{"GET /small HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n"
		 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		 400},
		{"GET /small HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
		 400},
		{"GET /small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
		{"GET /small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "2\r\n{}\r\n0\r\n\r\n",
		 200},
		{"nonsense\r\n\r\n", 400},
		{"POST /small HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999\r\n\r\n", 413},
		{GET("/healthz"), 200},
		{GET("/readyz"), 200},
		{GET("/metrics"), 200},
		{GET("/"), 200},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = raw_ask(&shared, cases[i].request);
		if (status != cases[i].status)
			fail_msg("%.60s was answered with %d", cases[i].request, status);
	}
}

static void problems_are_json_and_say_what_is_allowed(void **state)
{
	int fd = raw_connect(&shared);
	(void)state;
	raw_send(fd, "DELETE /small HTTP/1.1\r\nHost: t\r\n\r\n");
	struct raw_answer answer = raw_read(fd, true);
	assert_non_null(strstr(answer.head, "\r\nAllow: GET, HEAD, OPTIONS\r\n"));
	assert_non_null(strstr(answer.head, "\r\nContent-Type: application/problem+json\r\n"));
	assert_non_null(strstr(answer.head, "\r\nDate: "));
	assert_non_null(strstr(answer.body, "\"status\":405"));
	raw_answer_free(&answer);
	raw_send(fd, "OPTIONS /small HTTP/1.1\r\nHost: t\r\n\r\n");
	answer = raw_read(fd, false);
	assert_non_null(strstr(answer.head, "\r\nAllow: GET, HEAD, OPTIONS\r\n"));
	assert_null(strstr(answer.head, "Content-Length"));
	close(fd);
}

static void head_is_get_without_the_body(void **state)
{
	int fd = raw_connect(&shared);
	(void)state;
	raw_send(fd, "HEAD /big HTTP/1.1\r\nHost: t\r\n\r\n" GET("/small"));
	struct raw_answer answer = raw_read(fd, false);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.length, BIG);
	answer = raw_read(fd, true); /* comes right behind: no body was sent */
	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.body, "{}");
	raw_answer_free(&answer);
	close(fd);
}

static void a_body_that_is_not_read_ends_the_connection(void **state)
{
	static const char *const requests[] = {
		"HEAD /small HTTP/1.1\r\nHost: t\r\nContent-Length: 34\r\n\r\n",
		"TRACE /small HTTP/1.1\r\nHost: t\r\nContent-Length: 34\r\n\r\n",
		"BREW /small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = raw_connect(&shared);
		raw_send(fd, requests[i]);
		struct raw_answer answer = raw_read(fd, i != 0);
		assert_non_null(strstr(answer.head, "\r\nConnection: close\r\n"));
		raw_answer_free(&answer);
		assert_true(raw_at_end(fd));
		close(fd);
	}
}

static void keep_alive_and_close(void **state)
{
	int fd = raw_connect(&shared);
	(void)state;
	for (int i = 0; i < 5; i++) {
		raw_send(fd, GET("/small"));
		struct raw_answer answer = raw_read(fd, true);
		assert_int_equal(answer.status, 200);
		assert_null(strstr(answer.head, "Connection:"));
		raw_answer_free(&answer);
	}
	raw_send(fd, "GET /small HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
	struct raw_answer answer = raw_read(fd, true);
	assert_non_null(strstr(answer.head, "\r\nConnection: close\r\n"));
	raw_answer_free(&answer);
	assert_true(raw_at_end(fd));
	close(fd);
	fd = raw_connect(&shared);
	raw_send(fd, "GET /small HTTP/1.0\r\n\r\n");
	answer = raw_read(fd, true);
	raw_answer_free(&answer);
	assert_true(raw_at_end(fd));
	close(fd);
	fd = raw_connect(&shared);
	raw_send(fd, "GET /small HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	answer = raw_read(fd, true);
	assert_non_null(strstr(answer.head, "\r\nConnection: keep-alive\r\n"));
	raw_answer_free(&answer);
	raw_send(fd, GET("/small"));
	answer = raw_read(fd, true);
	assert_int_equal(answer.status, 200);
	raw_answer_free(&answer);
	close(fd);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	int fd = raw_connect(&shared);
	(void)state;
	raw_send(fd, GET("/echo/1") GET("/slow") GET("/big") GET("/echo/2?a=b") GET("/nothing"));
	static const char *const bodies[] = {"/echo/1||0", "\"slow\"", NULL, "/echo/2|a=b|0", NULL};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct raw_answer answer = raw_read(fd, true);
		assert_int_equal(answer.status, i == 4 ? 404 : 200);
		if (bodies[i])
			assert_string_equal(answer.body, bodies[i]);
		else if (i == 2)
			assert_memory_equal(answer.body, big, BIG);
		raw_answer_free(&answer);
	}
	close(fd);
}

static void a_request_may_come_in_pieces(void **state)
{
	static const char text[] = "GET /echo/p?q HTTP/1.1\r\nhOST: t\r\nTRACEPARENT: 00-ab\r\n"
				   "x-duet-timing: 1\r\n\r\n";
	int fd = raw_connect(&shared);
	(void)state;
	for (size_t i = 0; text[i]; i++) {
		char byte[2] = {text[i], '\0'};
		raw_send(fd, byte);
		if (i % 16 == 0)
			usleep(1000);
	}
	struct raw_answer answer = raw_read(fd, true);
	assert_string_equal(answer.body, "/echo/p|q|00-ab1");
	raw_answer_free(&answer);
	close(fd);
}

static void oversized_headers_are_refused(void **state)
{
	static char text[20000];
	int fd = raw_connect(&shared);
	(void)state;
	snprintf(text, sizeof(text), "GET /small HTTP/1.1\r\nHost: t\r\nX: %0*d\r\n\r\n", 12000, 0);
	raw_send(fd, text);
	struct raw_answer answer = raw_read(fd, true);
	assert_true(answer.status == 400 || answer.status == 413 || answer.status == 431);
	raw_answer_free(&answer);
	close(fd);
	assert_int_equal(raw_ask(&shared, GET("/small")), 200);
}

static int64_t fastest(int fd, const char *request)
{
	int64_t best = INT64_MAX;
	for (int i = 0; i < ROUNDS; i++) {
		int64_t begin = clock_now_ns();
		raw_send(fd, request);
		struct raw_answer answer = raw_read(fd, true);
		int64_t took = clock_now_ns() - begin;
		assert_int_equal(answer.status, 200);
		raw_answer_free(&answer);
		if (took < best)
			best = took;
	}
	return best;
}

/* A body above 16,384 bytes sent in two writes on a socket with delays waits for a delayed
 * acknowledgement, a thousand times what a small one takes. */
static void big_bodies_do_not_stall(void **state)
{
	int fd = raw_connect(&shared);
	(void)state;
	int64_t small_ns = fastest(fd, GET("/small"));
	int64_t big_ns = fastest(fd, GET("/big"));
	assert_true(big_ns < 100 * small_ns);
	close(fd);
}

static void an_unread_answer_waits_for_its_reader(void **state)
{
	enum { MANY = 400 };
	int fd = raw_connect(&shared);
	(void)state;
	for (int i = 0; i < MANY; i++)
		raw_send(fd, GET("/big"));
	usleep(50000);
	assert_int_equal(raw_ask(&shared, GET("/small")), 200); /* others are not held up */
	for (int i = 0; i < MANY; i++) {
		struct raw_answer answer = raw_read(fd, true);
		assert_int_equal(answer.status, 200);
		assert_memory_equal(answer.body, big, BIG);
		raw_answer_free(&answer);
	}
	close(fd);
	fd = raw_connect(&shared); /* and one that never reads is no harm */
	for (int i = 0; i < MANY; i++)
		raw_send(fd, GET("/big"));
	close(fd);
	assert_int_equal(raw_ask(&shared, GET("/small")), 200);
}

static void a_client_that_leaves_is_noticed(void **state)
{
	int before = atomic_load(&gone);
	int fd = raw_connect(&shared);
	(void)state;
	raw_send(fd, GET("/slow"));
	usleep(20000);
	close(fd);
	for (int i = 0; i < 500 && atomic_load(&gone) == before; i++)
		usleep(1000);
	assert_int_equal(atomic_load(&gone), before + 1);
	assert_int_equal(raw_ask(&shared, GET("/slow")), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(problems_are_json_and_say_what_is_allowed),
		cmocka_unit_test(head_is_get_without_the_body),
		cmocka_unit_test(a_body_that_is_not_read_ends_the_connection),
		cmocka_unit_test(keep_alive_and_close),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(a_request_may_come_in_pieces),
		cmocka_unit_test(oversized_headers_are_refused),
		cmocka_unit_test(big_bodies_do_not_stall),
		cmocka_unit_test(an_unread_answer_waits_for_its_reader),
		cmocka_unit_test(a_client_that_leaves_is_noticed),
	};
	return cmocka_run_group_tests(tests, start_shared, stop_shared);
}
