/* A live server from its start to its stop. */
#include "tests/unit/http/echo_program.h"

#include "common/http/http_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include <cmocka.h>

static void counts_answers(void **state)
{
	const struct http_server_config config = config_of(1);
	struct raw_server raw;
	(void)state;
	assert_true(raw_server_start(&raw, &config));
	for (int i = 0; i < 3; i++)
		raw_ask(&raw, GET("/small"));
	raw_ask(&raw, GET("/nothing"));
	raw_ask(&raw, "POST /small HTTP/1.1\r\nHost: t\r\n\r\n");
	int fd = raw_connect(&raw);
	raw_send(fd, GET("/metrics"));
	struct raw_answer answer = raw_read(fd, true);
	assert_non_null(strstr(answer.body, "{route=\"small\",status=\"200\"} 3\n"));
	assert_non_null(strstr(answer.body, "{route=\"small\",status=\"405\"} 1\n"));
	assert_non_null(strstr(answer.body, "{route=\"other\",status=\"404\"} 1\n"));
	assert_non_null(strstr(answer.body, "\nhttp_in_flight 1\n"));
	assert_non_null(strstr(answer.body, "\nloops_total 1\n"));
	assert_string_equal(answer.body + answer.length - 6, "# EOF\n");
	raw_answer_free(&answer);
	close(fd);
	assert_true(raw_server_stop(&raw));
}

static void threads_share_a_port_and_sum_their_counters(void **state)
{
	const struct http_server_config config = config_of(3);
	struct raw_server raw;
	(void)state;
	int before = atomic_load(&stopped);
	assert_true(raw_server_start(&raw, &config));
	for (int i = 0; i < 30; i++)
		assert_int_equal(raw_ask(&raw, GET("/small")), 200);
	int fd = raw_connect(&raw);
	raw_send(fd, GET("/metrics"));
	struct raw_answer answer = raw_read(fd, true);
	assert_non_null(strstr(answer.body, "{route=\"small\",status=\"200\"} 30\n"));
	assert_non_null(strstr(answer.body, "\nloops_total 3\n"));
	raw_answer_free(&answer);
	close(fd);
	assert_true(raw_server_stop(&raw));
	assert_int_equal(atomic_load(&stopped), before + 3);
}

static void connections_above_the_cap_wait(void **state)
{
	struct http_server_config config = config_of(1);
	struct raw_server raw;
	(void)state;
	config.max_connections = 2;
	assert_true(raw_server_start(&raw, &config));
	int fds[3];
	for (int i = 0; i < 3; i++) {
		fds[i] = raw_connect(&raw);
		raw_send(fds[i], GET("/small"));
	}
	for (int i = 0; i < 2; i++) {
		struct raw_answer answer = raw_read(fds[i], true);
		assert_int_equal(answer.status, 200);
		raw_answer_free(&answer);
	}
	char byte;
	usleep(50000);
	assert_int_equal(recv(fds[2], &byte, 1, MSG_DONTWAIT), -1);
	close(fds[0]);
	struct raw_answer answer = raw_read(fds[2], true);
	assert_int_equal(answer.status, 200);
	raw_answer_free(&answer);
	close(fds[1]);
	close(fds[2]);
	assert_true(raw_server_stop(&raw));
}

static void a_stop_finishes_what_is_in_flight(void **state)
{
	struct http_server_config config = config_of(1);
	struct raw_server raw;
	(void)state;
	config.stop_timeout_ns = 60 * NS_PER_S; /* longer than a read of ours waits */
	assert_true(raw_server_start(&raw, &config));
	int idle = raw_connect(&raw), busy = raw_connect(&raw);
	raw_send(busy, GET("/slow"));
	usleep(50000);
	http_server_stop(raw.server);
	assert_true(raw_at_end(idle));
	struct raw_answer answer = raw_read(busy, true);
	assert_int_equal(answer.status, 200);
	assert_non_null(strstr(answer.head, "\r\nConnection: close\r\n"));
	raw_answer_free(&answer);
	close(idle);
	close(busy);
	assert_true(raw_server_stop(&raw));
}

static void a_stop_does_not_wait_for_ever(void **state)
{
	struct http_server_config config = config_of(1);
	struct raw_server raw;
	(void)state;
	config.stop_timeout_ns = NS_PER_MS;
	assert_true(raw_server_start(&raw, &config));
	int before = atomic_load(&gone);
	int fd = raw_connect(&raw);
	raw_send(fd, GET("/slow"));
	usleep(50000);
	assert_true(raw_server_stop(&raw));
	assert_int_equal(atomic_load(&gone), before + 1);
	assert_true(raw_at_end(fd));
	close(fd);
}

static void idle_connections_are_closed(void **state)
{
	struct http_server_config config = config_of(1);
	struct raw_server raw;
	(void)state;
	config.idle_timeout_ns = 50 * NS_PER_MS;
	assert_true(raw_server_start(&raw, &config));
	int fd = raw_connect(&raw);
	raw_send(fd, GET("/small"));
	struct raw_answer answer = raw_read(fd, true);
	assert_int_equal(answer.status, 200);
	raw_answer_free(&answer);
	assert_true(raw_at_end(fd));
	close(fd);
	assert_true(raw_server_stop(&raw));
}

static void a_taken_port_says_by_whom(void **state)
{
	struct http_server_config config = config_of(1);
	char error[HTTP_ERROR_MAX] = "", pid[32];
	(void)state;
	struct raw_server raw;
	assert_true(raw_server_start(&raw, &config));
	raw_ask(&raw, GET("/small")); /* it listens by now */
	config.listen = http_server_address(raw.server);
	snprintf(pid, sizeof(pid), "pid %d", (int)getpid());
	for (config.threads = 1; config.threads < 3; config.threads++) {
		assert_null(http_server_new(&config, error));
		assert_non_null(strstr(error, pid));
		assert_non_null(strstr(error, config.listen));
	}
	assert_true(raw_server_stop(&raw));
}

/* Accepted connections inherit it: without it what a full socket leaves of a big body waits for a
 * delayed acknowledgement. */
static void listening_sockets_do_not_delay(void **state)
{
	char address[HTTP_ADDRESS_MAX], error[HTTP_ERROR_MAX] = "";
	int fds[2], on = 0;
	socklen_t len = sizeof(on);
	(void)state;
	for (unsigned count = 1; count <= 2; count++) {
		assert_true(http_address_bind("127.0.0.1:0", count, fds, address, error));
		for (unsigned i = 0; i < count; i++) {
			assert_int_equal(getsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, &len),
					 0);
			assert_int_not_equal(on, 0);
			close(fds[i]);
		}
	}
}

static void unix_sockets_serve_and_clean_up(void **state)
{
	struct http_server_config config = config_of(2);
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct raw_server raw;
	char listen[64], error[HTTP_ERROR_MAX] = "";
	(void)state;
	snprintf(to.sun_path, sizeof(to.sun_path), "/tmp/duet_test_%d.sock", (int)getpid());
	snprintf(listen, sizeof(listen), "unix:%.50s", to.sun_path);
	config.listen = listen;
	for (int round = 0; round < 2; round++) { /* the second time over a left-over file */
		assert_true(raw_server_start(&raw, &config));
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), tries = 0;
		while (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 && tries++ < 5000)
			usleep(1000);
		raw_send(fd, GET("/big"));
		struct raw_answer answer = raw_read(fd, true);
		assert_int_equal(answer.length, BIG);
		raw_answer_free(&answer);
		assert_null(http_server_new(&config, error));
		assert_non_null(strstr(error, "taken"));
		close(fd);
		assert_true(raw_server_stop(&raw));
		assert_int_equal(access(to.sun_path, F_OK), -1);
		int left = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(left, (struct sockaddr *)&to, sizeof(to)), 0);
		close(left);
	}
	unlink(to.sun_path);
}

static void bad_addresses_are_refused(void **state)
{
	static const char *const bad[] = {"",
					  "8080",
					  ":8080",
					  "127.0.0.1",
					  "127.0.0.1:",
					  "127.0.0.1:65536",
					  "127.0.0.1:http",
					  "nohost:80",
					  "unix:",
					  "unix:/nowhere/at/all"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct http_server_config config = config_of(1);
		char error[HTTP_ERROR_MAX] = "";
		config.listen = bad[i];
		assert_null(http_server_new(&config, error));
		assert_non_null(strstr(error, "--listen"));
	}
}

static void a_loop_that_cannot_start_stops_all(void **state)
{
	static char why[] = "no such store";
	struct http_app failing = app;
	struct http_server_config config = config_of(2);
	char error[HTTP_ERROR_MAX] = "";
	(void)state;
	failing.arg = why;
	config.app = &failing;
	struct http_server *server = http_server_new(&config, error);
	assert_non_null(server);
	assert_false(http_server_run(server, error));
	assert_string_equal(error, why);
	http_server_free(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_answers),
		cmocka_unit_test(threads_share_a_port_and_sum_their_counters),
		cmocka_unit_test(connections_above_the_cap_wait),
		cmocka_unit_test(a_stop_finishes_what_is_in_flight),
		cmocka_unit_test(a_stop_does_not_wait_for_ever),
		cmocka_unit_test(idle_connections_are_closed),
		cmocka_unit_test(a_taken_port_says_by_whom),
		cmocka_unit_test(listening_sockets_do_not_delay),
		cmocka_unit_test(unix_sockets_serve_and_clean_up),
		cmocka_unit_test(bad_addresses_are_refused),
		cmocka_unit_test(a_loop_that_cannot_start_stops_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
