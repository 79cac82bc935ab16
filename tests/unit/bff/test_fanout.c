/* fanout: every order of completion, with cancelling and letting go at every point. */
#include "bff/fanout.h"
#include "tests/unit/bff/fake_transport.h"

#include <malloc.h>
#include <string.h>

enum { CALLS = 4 };

static const char trace_id[] = "0123456789abcdef0123456789abcdef";
static const enum read_kind kinds[CALLS] = {READ_PRODUCT, READ_STOCK, READ_PRICES, READ_REVIEWS};

struct watcher {
	unsigned answered;
	const struct part_call *last;
};

static void on_answered(void *owner, struct part_call *call)
{
	struct watcher *watcher = owner;
	watcher->answered++;
	watcher->last = call;
}

static size_t heap_in_use(void)
{
	return mallinfo2().uordblks;
}

static struct fanout *ask_all(struct fake_transport *fake, struct watcher *watcher)
{
	const struct read_args args = {.id_count = 1, .ids = {7}};
	struct fanout *group =
		fanout_new(&fake->transport, trace_id, INT64_MAX, on_answered, watcher);
	assert_non_null(group);
	for (unsigned i = 0; i < CALLS; i++)
		fanout_ask(group, kinds[i], &args, (int64_t)i);
	return group;
}

static void calls_carry_what_was_asked(void **state)
{
	(void)state;
	struct fake_transport fake;
	struct watcher watcher = {0};
	fake_transport_init(&fake);
	struct fanout *group = ask_all(&fake, &watcher);
	assert_int_equal(group->count, CALLS);
	assert_int_equal(fake.count, CALLS);
	for (unsigned i = 0; i < CALLS; i++) {
		const struct part_call *call = fake.asked[i];
		assert_ptr_equal(call, &group->calls[i]);
		assert_int_equal(call->kind, kinds[i]);
		assert_int_equal(call->args.ids[0], 7);
		assert_int_equal(call->hop_timeout_ns, i);
		assert_true(call->deadline_ns == INT64_MAX);
		assert_string_equal(call->trace_id, trace_id);
		assert_false(call->cancelled);
		for (unsigned j = 0; j < i; j++)
			assert_ptr_not_equal(call->arena, group->calls[j].arena);
	}
	for (unsigned i = 0; i < CALLS; i++)
		fake_answer(&fake, fake.asked[i], PART_OK);
	fanout_release(group);
}

/* Completes the calls in `order`; cancels before the `cancel`th answer (past the end: never) and
 * lets go before the `release`th. */
static void run_order(const unsigned order[CALLS], unsigned cancel, unsigned release)
{
	struct fake_transport fake;
	struct watcher watcher = {0};
	fake_transport_init(&fake);
	size_t before = heap_in_use();
	struct fanout *group = ask_all(&fake, &watcher);
	bool held = true, cancelled = false;
	for (unsigned i = 0; i <= CALLS; i++) {
		if (i == cancel && held) {
			fanout_cancel(group);
			cancelled = true;
			for (unsigned k = 0; k < CALLS; k++)
				assert_true(group->calls[k].cancelled);
		}
		if (i == release) {
			fanout_release(group);
			held = false;
		}
		if (i == CALLS)
			break;
		unsigned answered = watcher.answered;
		struct part_call *call = fake.asked[order[i]];
		assert_false(i < release && fanout_has_answer(group, order[i]));
		fake_answer(&fake, call, PART_OK);
		assert_int_equal(watcher.answered, cancelled ? answered : answered + 1);
		if (!cancelled)
			assert_ptr_equal(watcher.last, call);
		if (held) {
			assert_true(fanout_has_answer(group, order[i]));
			assert_int_equal(group->pending, CALLS - 1 - i);
		}
	}
	if (held)
		fanout_release(group);
	assert_int_equal(heap_in_use(), before);
}

static void every_order_frees_once(void **state)
{
	(void)state;
	unsigned order[CALLS] = {0, 1, 2, 3};
	unsigned orders = 0;
	do {
		for (unsigned cancel = 0; cancel <= CALLS + 1; cancel++)
			for (unsigned release = 0; release <= CALLS + 1; release++)
				run_order(order, cancel, release);
		orders++;
	} while (next_order(order, CALLS));
	assert_int_equal(orders, 24);
}

static void answers_at_once_leave_the_group_to_its_maker(void **state)
{
	(void)state;
	struct fake_transport fake;
	struct watcher watcher = {0};
	fake_transport_init(&fake);
	for (unsigned i = 0; i < CALLS; i++)
		fake.at_once[kinds[i]] = PART_FAILED;
	size_t before = heap_in_use();
	struct fanout *group = ask_all(&fake, &watcher);
	assert_int_equal(watcher.answered, CALLS);
	assert_int_equal(group->pending, 0);
	for (unsigned i = 0; i < CALLS; i++)
		assert_int_equal(group->calls[i].status, PART_FAILED);
	fanout_release(group);
	assert_int_equal(heap_in_use(), before);
}

static void an_empty_group_is_freed(void **state)
{
	(void)state;
	struct fake_transport fake;
	fake_transport_init(&fake);
	size_t before = heap_in_use();
	fanout_release(fanout_new(&fake.transport, trace_id, 1, on_answered, NULL));
	assert_int_equal(heap_in_use(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_carry_what_was_asked),
		cmocka_unit_test(every_order_frees_once),
		cmocka_unit_test(answers_at_once_leave_the_group_to_its_maker),
		cmocka_unit_test(an_empty_group_is_freed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
