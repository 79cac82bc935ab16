/* Answers and the turns of the loop that gave them, of a server on a loop that the test turns. */
#include "tests/unit/http/echo_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { CLIENTS = 3, SETTLE_TURNS = 20 };

struct fixture {
	struct event_base *base;
	struct raw_server raw;
	int clients[CLIENTS], looker;
};

static void turn(struct fixture *f, int times)
{
	for (int i = 0; i < times; i++)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static void begin(struct fixture *f)
{
	const struct http_server_config config = config_of(1);
	f->base = event_base_new();
	f->raw.error[0] = '\0';
	f->raw.server = http_server_new(&config, f->raw.error);
	assert_non_null(f->raw.server);
	assert_true(http_server_attach(f->raw.server, f->base, f->raw.error));
	for (int i = 0; i < CLIENTS; i++)
		f->clients[i] = raw_connect(&f->raw);
	f->looker = raw_connect(&f->raw);
	turn(f, SETTLE_TURNS);
}

static void end(struct fixture *f)
{
	for (int i = 0; i < CLIENTS; i++)
		close(f->clients[i]);
	close(f->looker);
	http_server_free(f->raw.server);
	event_base_free(f->base);
}

static void take(struct fixture *f, int client)
{
	struct raw_answer answer = raw_read(f->clients[client], true);
	assert_int_equal(answer.status, 200);
	raw_answer_free(&answer);
}

/* The turns that answered before this look, whose own is counted after it. */
static uint64_t turns_by_now(struct fixture *f)
{
	static const char name[] = "\nhttp_answer_turns_total ";
	raw_send(f->looker, GET("/metrics"));
	turn(f, 1);
	struct raw_answer answer = raw_read(f->looker, true);
	const char *at = answer.body ? strstr(answer.body, name) : NULL;
	assert_non_null(at);
	uint64_t turns = at ? strtoull(at + strlen(name), NULL, 10) : 0;
	raw_answer_free(&answer);
	return turns;
}

static void requests_that_wait_together_are_one_turns(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	assert_int_equal(turns_by_now(&f), 0);
	for (int i = 0; i < CLIENTS; i++)
		raw_send(f.clients[i], GET("/small"));
	turn(&f, 1);
	for (int i = 0; i < CLIENTS; i++)
		take(&f, i);
	assert_int_equal(turns_by_now(&f), 1 + 1);
	end(&f);
}

static void requests_apart_have_a_turn_each(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	for (int i = 0; i < CLIENTS; i++) {
		raw_send(f.clients[i], GET("/small"));
		turn(&f, 1);
		take(&f, i);
	}
	assert_int_equal(turns_by_now(&f), CLIENTS);
	end(&f);
}

static void turns_without_an_answer_are_not_counted(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	raw_send(f.clients[0], "GET /small HTTP/1.1\r\n");
	turn(&f, SETTLE_TURNS);
	assert_int_equal(turns_by_now(&f), 0);
	raw_send(f.clients[0], "Host: t\r\n\r\n");
	turn(&f, SETTLE_TURNS);
	take(&f, 0);
	assert_int_equal(turns_by_now(&f), 1 + 1);
	end(&f);
}

/* Where the answer comes in a later turn than its request, the answer's turn counts. */
static void late_answers_count_when_they_are_given(void **state)
{
	struct fixture f;
	(void)state;
	begin(&f);
	raw_send(f.clients[0], GET("/slow"));
	turn(&f, SETTLE_TURNS);
	assert_int_equal(turns_by_now(&f), 0);
	usleep(SLOW_MS * 1000 + 20000);
	turn(&f, SETTLE_TURNS);
	take(&f, 0);
	assert_int_equal(turns_by_now(&f), 1 + 1);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_that_wait_together_are_one_turns),
		cmocka_unit_test(requests_apart_have_a_turn_each),
		cmocka_unit_test(turns_without_an_answer_are_not_counted),
		cmocka_unit_test(late_answers_count_when_they_are_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
