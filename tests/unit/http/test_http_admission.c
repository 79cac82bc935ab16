/* A world with a clock of its own: work takes as long as the test says. */
#include "common/http/http_admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TICKETS = 3000, TIMEOUT = 1000 };

struct world {
	struct http_admission admission;
	struct http_ticket tickets[TICKETS];
	int started[TICKETS], refused[TICKETS], late[TICKETS];
	int order[TICKETS], order_count;
	unsigned arms, deepest, depth;
	int64_t armed_at;
	bool at_once; /* work is done within start */
};

static struct world world;

static int number_of(const struct http_ticket *ticket)
{
	return (int)(ticket - world.tickets);
}

static void on_start(void *arg, struct http_ticket *ticket)
{
	struct world *w = arg;
	w->started[number_of(ticket)]++;
	w->order[w->order_count++] = number_of(ticket);
	if (++w->depth > w->deepest)
		w->deepest = w->depth;
	if (w->at_once)
		http_admission_leave(&w->admission, ticket, ticket->arrived_ns);
	w->depth--;
}

static void on_refuse(void *arg, struct http_ticket *ticket)
{
	((struct world *)arg)->refused[number_of(ticket)]++;
	assert_int_equal(ticket->state, TICKET_NONE);
}

static void on_late(void *arg, struct http_ticket *ticket)
{
	((struct world *)arg)->late[number_of(ticket)]++;
}

static void on_arm(void *arg, int64_t at_ns)
{
	((struct world *)arg)->arms++;
	((struct world *)arg)->armed_at = at_ns;
}

static int setup(void **state, unsigned max)
{
	const struct http_admission_config config = {.max_in_flight = max,
						     .timeout_ns = TIMEOUT,
						     .start = on_start,
						     .refuse = on_refuse,
						     .late = on_late,
						     .arm = on_arm,
						     .arg = &world};
	(void)state;
	memset(&world, 0, sizeof(world));
	http_admission_init(&world.admission, &config);
	return 0;
}

static void enter(int i, int64_t now)
{
	http_admission_enter(&world.admission, &world.tickets[i], now);
}

static void leave(int i, int64_t now)
{
	http_admission_leave(&world.admission, &world.tickets[i], now);
}

static void keeps_the_cap_and_the_order(void **state)
{
	setup(state, 2);
	for (int i = 0; i < 5; i++)
		enter(i, i);
	assert_int_equal(world.order_count, 2);
	assert_int_equal(world.admission.waiting_count, 3);
	leave(1, 10);
	leave(0, 11);
	leave(2, 12);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(world.order[i], i);
		assert_int_equal(world.started[i], 1);
	}
	leave(3, 13);
	leave(4, 14);
	assert_int_equal(world.admission.in_flight, 0);
	assert_int_equal(world.admission.queued, 3);
}

static void refuses_a_waiting_ticket_at_its_deadline(void **state)
{
	setup(state, 1);
	enter(0, 0);
	enter(1, 100);
	assert_int_equal(world.armed_at, TIMEOUT);
	http_admission_expire(&world.admission, TIMEOUT);
	assert_int_equal(world.late[0], 1);
	assert_int_equal(world.refused[1], 0);
	assert_int_equal(world.armed_at, TIMEOUT + 100);
	http_admission_expire(&world.admission, TIMEOUT + 100);
	assert_int_equal(world.refused[1], 1);
	assert_int_equal(world.started[1], 0);
	/* a late one holds its place until its work is done */
	enter(2, TIMEOUT + 200);
	assert_int_equal(world.started[2], 0);
	leave(0, TIMEOUT + 300);
	assert_int_equal(world.started[2], 1);
	assert_int_equal(world.late[0], 1);
}

static void refuses_at_once_what_cannot_be_in_time(void **state)
{
	setup(state, 1);
	enter(0, 0);
	for (int i = 1; i <= 3; i++)
		enter(i, 0);
	leave(0, 300); /* 300 ns each: the queue is two, a third would wait 900 */
	assert_int_equal(world.admission.waiting_count, 2);
	enter(4, 300);
	assert_int_equal(world.refused[4], 0);
	enter(5, 300); /* and a fourth 1200 */
	assert_int_equal(world.refused[5], 1);
	assert_int_equal(world.admission.refused, 1);
}

static void forgets_the_pace_of_an_old_queue(void **state)
{
	setup(state, 1);
	enter(0, 0);
	enter(1, 0);
	leave(0, 900);
	leave(1, 950);
	for (int i = 2; i < 12; i++)
		enter(i, 5000);
	for (int i = 2; i < 12; i++)
		assert_int_equal(world.refused[i], 0);
}

static void drops_a_client_that_left(void **state)
{
	setup(state, 1);
	for (int i = 0; i < 3; i++)
		enter(i, i);
	leave(1, 10);
	leave(1, 11); /* leaving twice is nothing */
	leave(0, 12);
	assert_int_equal(world.started[1], 0);
	assert_int_equal(world.started[2], 1);
	assert_int_equal(world.admission.in_flight, 1);
}

static void work_done_at_once_never_waits(void **state)
{
	setup(state, 1);
	world.at_once = true;
	for (int i = 0; i < TICKETS; i++)
		enter(i, i);
	assert_int_equal(world.order_count, TICKETS);
	assert_int_equal(world.admission.queued, 0);
	assert_int_equal(world.arms, 1); /* no timer a request */
}

static void a_long_queue_does_not_recurse(void **state)
{
	setup(state, 1);
	for (int i = 0; i < TICKETS; i++)
		enter(i, 0);
	world.at_once = true;
	leave(0, 0);
	assert_int_equal(world.order_count, TICKETS);
	assert_int_equal(world.deepest, 1);
	assert_int_equal(world.admission.waiting_count, 0);
	assert_null(world.admission.waiting.last);
}

static void an_idle_timer_is_not_armed_again(void **state)
{
	setup(state, 1);
	enter(0, 0);
	leave(0, 1);
	http_admission_expire(&world.admission, TIMEOUT);
	assert_int_equal(world.arms, 1);
	enter(1, 5000);
	assert_int_equal(world.arms, 2);
	assert_int_equal(world.armed_at, 5000 + TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_cap_and_the_order),
		cmocka_unit_test(refuses_a_waiting_ticket_at_its_deadline),
		cmocka_unit_test(refuses_at_once_what_cannot_be_in_time),
		cmocka_unit_test(forgets_the_pace_of_an_old_queue),
		cmocka_unit_test(drops_a_client_that_left),
		cmocka_unit_test(work_done_at_once_never_waits),
		cmocka_unit_test(a_long_queue_does_not_recurse),
		cmocka_unit_test(an_idle_timer_is_not_armed_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
