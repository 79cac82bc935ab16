/* A call is passed on when its delay is over, in order, and waiting calls wait together. */
#include "bff/transport_delay.h"
#include "tests/unit/bff/fake_transport.h"

#include <event2/event.h>
#include <string.h>

enum { CALLS = 8 };

#define DELAY_NS (2 * NS_PER_MS)

struct fixture {
	struct event_base *base;
	struct fake_transport fake;
	struct transport *transport;
	struct part_call calls[CALLS];
	unsigned done;
};

static void on_done(struct part_call *call)
{
	++*(unsigned *)call->owner;
}

static void begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->base = event_base_new();
	fake_transport_init(&f->fake);
	f->transport = transport_delay_new(f->base, &f->fake.transport, DELAY_NS);
	assert_non_null(f->transport);
}

static void ask(struct fixture *f, unsigned i)
{
	f->calls[i] = (struct part_call){.kind = READ_STOCK,
					 .args = {.id_count = 1, .ids = {i + 1}},
					 .arena = arena_new(0),
					 .deadline_ns = INT64_MAX,
					 .done = on_done,
					 .owner = &f->done};
	transport_send(f->transport, &f->calls[i]);
}

static void end(struct fixture *f, unsigned sent)
{
	transport_free(f->transport);
	assert_true(f->fake.freed);
	for (unsigned i = 0; i < sent; i++)
		arena_free(f->calls[i].arena);
	event_base_free(f->base);
}

static void calls_wait_together_and_go_in_order(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	f.fake.at_once[READ_STOCK] = PART_OK;
	int64_t start_ns = clock_now_ns();
	for (unsigned i = 0; i < CALLS; i++)
		ask(&f, i);
	int64_t sent_ns = clock_now_ns() - start_ns;
	assert_int_equal(f.fake.count, 0);
	while (f.done < CALLS)
		event_base_loop(f.base, EVLOOP_ONCE);
	for (unsigned i = 0; i < CALLS; i++) {
		assert_ptr_equal(f.fake.asked[i], &f.calls[i]);
		/* Not before its time; the fake stamps when it was passed on. */
		assert_true(f.calls[i].sent_ns - start_ns >= DELAY_NS);
	}
	/* One after the other they would have been apart by a delay each. */
	int64_t spread_ns = f.calls[CALLS - 1].sent_ns - f.calls[0].sent_ns;
	assert_true(spread_ns < (CALLS - 1) * DELAY_NS + sent_ns);
	end(&f, CALLS);
}

static void a_later_call_waits_its_own_time(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	f.fake.at_once[READ_STOCK] = PART_OK;
	for (unsigned i = 0; i < 3; i++) {
		int64_t start_ns = clock_now_ns();
		ask(&f, i);
		while (f.done < i + 1)
			event_base_loop(f.base, EVLOOP_ONCE);
		assert_true(f.calls[i].sent_ns - start_ns >= DELAY_NS);
	}
	end(&f, 3);
}

static void what_waits_at_the_end_reaches_the_inner_one(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	f.fake.at_once[READ_STOCK] = PART_FAILED;
	ask(&f, 0);
	ask(&f, 1);
	assert_int_equal(f.done, 0);
	end(&f, 2);
	assert_int_equal(f.done, 2);
}

static void on_ready(void *arg, bool ok)
{
	*(bool *)arg = ok;
}

static void the_rest_is_passed_on_at_once(void **state)
{
	(void)state;
	struct fixture f;
	bool ready = false;
	struct strbuf metrics;
	begin(&f);
	f.fake.ready[SERVICE_PRICING] = true;
	transport_ready(f.transport, SERVICE_PRICING, on_ready, &ready);
	assert_true(ready);
	strbuf_init(&metrics, 1024);
	transport_metrics(f.transport, &metrics);
	assert_non_null(strstr(metrics.data, "fake_asked_total"));
	strbuf_free(&metrics);
	end(&f, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_wait_together_and_go_in_order),
		cmocka_unit_test(a_later_call_waits_its_own_time),
		cmocka_unit_test(what_waits_at_the_end_reaches_the_inner_one),
		cmocka_unit_test(the_rest_is_passed_on_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
