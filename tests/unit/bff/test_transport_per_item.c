/* A list asked item by item is the same part again, whatever the order of the answers. */
#include "bff/transport_per_item.h"
#include "tests/unit/bff/fake_transport.h"

#include <string.h>

enum { ITEMS = 5 };

struct fixture {
	struct fake_transport fake;
	struct transport *transport;
	struct part_call call;
	unsigned done;
};

static void on_done(struct part_call *call)
{
	++*(unsigned *)call->owner;
}

static void begin(struct fixture *f, enum read_kind kind, uint32_t ids)
{
	memset(f, 0, sizeof(*f));
	fake_transport_init(&f->fake);
	f->transport = transport_per_item_new(&f->fake.transport);
	assert_non_null(f->transport);
	f->call = (struct part_call){.kind = kind,
				     .args = {.id_count = ids},
				     .arena = arena_new(0),
				     .trace_id = "t",
				     .deadline_ns = 123,
				     .hop_timeout_ns = 7,
				     .done = on_done,
				     .owner = &f->done};
	for (uint32_t i = 0; i < ids; i++)
		f->call.args.ids[i] = 100 + i;
}

static void end(struct fixture *f)
{
	assert_int_equal(f->done, 1);
	arena_free(f->call.arena);
	transport_free(f->transport);
	assert_true(f->fake.freed);
}

static uint32_t id_of(const struct part_call *call, uint32_t i)
{
	const struct part_stock *stock = call->part;
	const struct part_prices *prices = call->part;
	const struct part_ratings *ratings = call->part;
	return call->kind == READ_STOCK    ? stock->items[i].id
	       : call->kind == READ_PRICES ? prices->items[i].id
					   : ratings->items[i].id;
}

static void a_list_is_asked_item_by_item(void **state)
{
	(void)state;
	static const enum read_kind kinds[] = {READ_STOCK, READ_PRICES, READ_RATINGS};
	for (unsigned k = 0; k < 3; k++) {
		unsigned order[ITEMS] = {0, 1, 2, 3, 4};
		do {
			struct fixture f;
			begin(&f, kinds[k], ITEMS);
			transport_send(f.transport, &f.call);
			assert_int_equal(f.fake.count, ITEMS);
			for (unsigned i = 0; i < ITEMS; i++) {
				const struct part_call *item = f.fake.asked[i];
				assert_int_equal(item->kind, kinds[k]);
				assert_int_equal(item->args.id_count, 1);
				assert_int_equal(item->args.ids[0], 100 + i);
				assert_int_equal(item->deadline_ns, 123);
				assert_int_equal(item->hop_timeout_ns, 7);
				assert_string_equal(item->trace_id, "t");
			}
			for (unsigned i = 0; i < ITEMS; i++) {
				assert_int_equal(f.done, 0);
				fake_answer(&f.fake, f.fake.asked[order[i]], PART_OK);
			}
			assert_int_equal(f.call.status, PART_OK);
			assert_int_equal(((const struct part_stock *)f.call.part)->count, ITEMS);
			for (uint32_t i = 0; i < ITEMS; i++)
				assert_int_equal(id_of(&f.call, i), 100 + i);
			assert_true(f.call.queued_ns <= f.call.sent_ns);
			assert_true(f.call.sent_ns <= f.call.finished_ns);
			end(&f);
		} while (next_order(order, ITEMS));
	}
}

static void answers_at_once_complete_once(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, READ_STOCK, ITEMS);
	f.fake.at_once[READ_STOCK] = PART_OK;
	transport_send(f.transport, &f.call);
	assert_int_equal(f.call.status, PART_OK);
	end(&f);
}

static void one_failure_fails_the_part(void **state)
{
	(void)state;
	for (unsigned bad = 0; bad < ITEMS; bad++) {
		struct fixture f;
		begin(&f, READ_PRICES, ITEMS);
		transport_send(f.transport, &f.call);
		for (unsigned i = 0; i < ITEMS; i++)
			fake_answer(&f.fake, f.fake.asked[i], i == bad ? PART_TIMED_OUT : PART_OK);
		assert_int_equal(f.call.status, PART_TIMED_OUT);
		assert_string_equal(f.call.error, "the fake says so");
		end(&f);
	}
}

static void what_is_no_list_is_passed_on(void **state)
{
	(void)state;
	static const enum read_kind kinds[] = {READ_CATALOG_HOME, READ_PRODUCT, READ_STOCK,
					       READ_REVIEWS};
	for (unsigned k = 0; k < 4; k++) {
		struct fixture f;
		begin(&f, kinds[k], kinds[k] == READ_CATALOG_HOME ? 0 : 1);
		transport_send(f.transport, &f.call);
		assert_int_equal(f.fake.count, 1);
		assert_ptr_equal(f.fake.asked[0], &f.call);
		fake_answer(&f.fake, f.fake.asked[0], PART_OK);
		end(&f);
	}
}

static void cancelling_reaches_the_items(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, READ_STOCK, ITEMS);
	transport_send(f.transport, &f.call);
	f.call.cancelled = true;
	fake_answer(&f.fake, f.fake.asked[2], PART_OK);
	for (unsigned i = 0; i < ITEMS; i++)
		assert_true(f.fake.asked[i]->cancelled);
	for (unsigned i = 0; i < ITEMS; i++)
		if (i != 2)
			fake_answer(&f.fake, f.fake.asked[i], PART_FAILED);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_asked_item_by_item),
		cmocka_unit_test(answers_at_once_complete_once),
		cmocka_unit_test(one_failure_fails_the_part),
		cmocka_unit_test(what_is_no_list_is_passed_on),
		cmocka_unit_test(cancelling_reaches_the_items),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
