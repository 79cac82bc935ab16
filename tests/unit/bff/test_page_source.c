/* bff's page_source: every combination of its parts' statuses in every order of their answers. */
#include "bff/page_source.h"
#include "tests/unit/bff/fake_transport.h"

#include <malloc.h>
#include <string.h>

enum { OPTIONAL_TIMEOUT = 77 };

struct fixture {
	struct fake_transport fake;
	struct page_source *source;
	struct page_call call;
	unsigned completed;
	bool closed; /* the request's memory is gone after the completion, as in a server */
};

static void on_page(struct page_call *call)
{
	struct fixture *f = call->owner;
	f->completed++;
	if (call->status != PAGE_OK)
		return;
	if (call->kind == READ_PAGE_PDP) {
		const struct page_pdp *page = call->page;
		assert_int_equal(page->product.id, call->args.ids[0]);
		assert_int_equal(page->price.id, call->args.ids[0]);
		assert_int_equal(page->reviews_missing, call->degraded);
	} else if (call->kind == READ_PAGE_PLP) {
		const struct page_plp *page = call->page;
		assert_int_equal(page->count, MODEL_PAGE_SIZE);
		assert_int_equal(page->cards[3].price.id, page->cards[3].product.id);
		assert_int_equal(page->ratings_missing, call->degraded);
	} else {
		const struct page_home *page = call->page;
		assert_int_equal(page->tile_count, MODEL_CATEGORIES);
		assert_int_equal(page->featured_count, MODEL_FEATURED);
		assert_int_equal(page->ratings_missing, call->degraded);
	}
}

static void begin_as(struct fixture *f, enum read_kind kind, bool sequential)
{
	memset(f, 0, sizeof(*f));
	fake_transport_init(&f->fake);
	f->source = bff_source_new(&f->fake.transport, OPTIONAL_TIMEOUT, sequential);
	assert_non_null(f->source);
	f->call.kind = kind;
	f->call.args = (struct read_args){.category = "tea", .page = 1, .id_count = 1, .ids = {42}};
	f->call.arena = arena_new(0);
	f->call.deadline_ns = INT64_MAX;
	memset(f->call.trace_id, 'a', 32);
	f->call.done = on_page;
	f->call.owner = f;
}

static void begin(struct fixture *f, enum read_kind kind)
{
	begin_as(f, kind, false);
}

/* What a server does once the page is written: all of the request's memory goes. */
static void close_request(struct fixture *f)
{
	assert_int_equal(f->completed, 1);
	if (f->call.status == PAGE_OK && f->call.release)
		f->call.release(&f->call);
	arena_free(f->call.arena);
	f->call.arena = NULL;
	memset(&f->call, 0xdb, offsetof(struct page_call, status));
	f->closed = true;
}

static void end(struct fixture *f)
{
	if (!f->closed)
		close_request(f);
	f->source->ops->free(f->source);
	assert_true(f->fake.freed);
}

/* Status and number of answers at which a page of needed parts 0..count-2 and the optional last one
 * is decided. */
static enum page_status expected(const enum part_status *statuses, unsigned count,
				 const unsigned *order, unsigned *decided, bool *degraded)
{
	bool answered[8] = {false};
	for (unsigned i = 0; i < count; i++) {
		answered[order[i]] = true;
		*decided = i + 1;
		if (!answered[0])
			continue;
		if (statuses[0] == PART_NOT_FOUND)
			return PAGE_NOT_FOUND;
		for (unsigned k = 0; k + 1 < count; k++)
			if (answered[k] && statuses[k] != PART_OK)
				return PAGE_UNAVAILABLE;
	}
	*degraded = statuses[count - 1] != PART_OK;
	return PAGE_OK;
}

static void statuses_of(unsigned combination, enum part_status *statuses, unsigned count)
{
	for (unsigned i = 0; i < count; i++, combination /= PART_STATUSES)
		statuses[i] = (enum part_status)(combination % PART_STATUSES);
}

static void run_pdp(const enum part_status statuses[4], const unsigned order[4])
{
	struct fixture f;
	unsigned decided = 0;
	bool degraded = false;
	enum page_status status = expected(statuses, 4, order, &decided, &degraded);
	begin(&f, READ_PAGE_PDP);
	page_source_ask(f.source, &f.call);
	assert_int_equal(f.fake.count, 4);
	assert_null(f.fake.asked[0]->trace_id); /* nobody asked for timing */
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(f.completed, i >= decided);
		fake_answer(&f.fake, f.fake.asked[order[i]], statuses[order[i]]);
		if (i + 1 == decided) {
			assert_int_equal(f.completed, 1);
			assert_int_equal(f.call.status, status);
			assert_int_equal(f.call.degraded, degraded);
			assert_int_equal(f.call.error[0] != '\0', status == PAGE_UNAVAILABLE);
			close_request(&f);
		}
	}
	end(&f);
}

static void pdp_statuses(void **state)
{
	(void)state;
	for (unsigned combination = 0; combination < 256; combination++) {
		enum part_status statuses[4];
		statuses_of(combination, statuses, 4);
		unsigned order[4] = {0, 1, 2, 3};
		do
			run_pdp(statuses, order);
		while (next_order(order, 4));
	}
}

/* Pages that ask catalog first: `first` calls at once, the rest with catalog's ids. */
static void run_list(enum read_kind kind, unsigned first, unsigned count,
		     const enum part_status *statuses, const unsigned *order)
{
	struct fixture f;
	begin(&f, kind);
	page_source_ask(f.source, &f.call);
	assert_int_equal(f.fake.count, first);
	bool done[8] = {false};
	unsigned answers = 0;
	/* Answers what has been asked, in `order`, until nothing new is asked. */
	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < count; i++) {
			unsigned n = order[i];
			if (done[n] || n >= f.fake.count || f.completed)
				continue;
			done[n] = true;
			answers++;
			fake_answer(&f.fake, f.fake.asked[n], statuses[n]);
		}
	}
	bool degraded = false;
	unsigned decided = 0;
	enum page_status status = expected(statuses, count, order, &decided, &degraded);
	assert_int_equal(f.completed, 1);
	assert_int_equal(f.call.status, status);
	assert_int_equal(f.call.degraded, degraded);
	if (statuses[0] != PART_OK)
		assert_int_equal(f.fake.count, first);
	if (status == PAGE_OK)
		assert_int_equal(answers, count);
	close_request(&f);
	for (unsigned n = 0; n < f.fake.count; n++)
		if (!done[n])
			fake_answer(&f.fake, f.fake.asked[n], PART_FAILED);
	end(&f);
}

static void run_lists(enum read_kind kind, unsigned first, unsigned count)
{
	unsigned combinations = count == 4 ? 256 : 1024;
	for (unsigned combination = 0; combination < combinations; combination++) {
		enum part_status statuses[5];
		statuses_of(combination, statuses, count);
		unsigned order[5] = {0, 1, 2, 3, 4};
		do
			run_list(kind, first, count, statuses, order);
		while (next_order(order, count));
	}
}

static void plp_statuses(void **state)
{
	(void)state;
	run_lists(READ_PAGE_PLP, 1, 4);
}

static void home_statuses(void **state)
{
	(void)state;
	run_lists(READ_PAGE_HOME, 2, 5);
}

static void answers_at_once_give_the_same_pages(void **state)
{
	(void)state;
	static const enum read_kind kinds[3][5] = {
		{READ_CATALOG_HOME, READ_LOWEST, READ_STOCK, READ_PRICES, READ_RATINGS},
		{READ_CATALOG_PAGE, READ_STOCK, READ_PRICES, READ_RATINGS},
		{READ_PRODUCT, READ_STOCK, READ_PRICES, READ_REVIEWS}};
	static const unsigned counts[3] = {5, 4, 4}, combinations[3] = {1024, 256, 256};
	const unsigned order[5] = {0, 1, 2, 3, 4};
	for (unsigned p = 0; p < 3; p++)
		for (unsigned combination = 0; combination < combinations[p]; combination++) {
			enum part_status statuses[5];
			statuses_of(combination, statuses, counts[p]);
			struct fixture f;
			begin(&f, (enum read_kind)(READ_PAGE_HOME + p));
			for (unsigned i = 0; i < counts[p]; i++)
				f.fake.at_once[kinds[p][i]] = (int)statuses[i];
			page_source_ask(f.source, &f.call);
			bool degraded = false;
			unsigned decided = 0;
			assert_int_equal(f.completed, 1);
			assert_int_equal(f.call.status,
					 expected(statuses, counts[p], order, &decided, &degraded));
			assert_int_equal(f.call.degraded, degraded);
			end(&f);
		}
}

/* Whatever the parts say, the next is asked when the one before has answered, and no more than are
 * needed to decide. */
static void sequential_asks_one_at_a_time(void **state)
{
	(void)state;
	static const unsigned counts[3] = {5, 4, 4}, combinations[3] = {1024, 256, 256};
	const unsigned order[5] = {0, 1, 2, 3, 4};
	for (unsigned p = 0; p < 3; p++)
		for (unsigned combination = 0; combination < combinations[p]; combination++) {
			enum part_status statuses[5];
			statuses_of(combination, statuses, counts[p]);
			bool degraded = false;
			unsigned decided = 0;
			enum page_status status =
				expected(statuses, counts[p], order, &decided, &degraded);
			struct fixture f;
			begin_as(&f, (enum read_kind)(READ_PAGE_HOME + p), true);
			page_source_ask(f.source, &f.call);
			for (unsigned i = 0; i < decided; i++) {
				assert_int_equal(f.completed, 0);
				assert_int_equal(f.fake.count, i + 1);
				fake_answer(&f.fake, f.fake.asked[i], statuses[i]);
			}
			assert_int_equal(f.completed, 1);
			assert_int_equal(f.fake.count, decided);
			assert_int_equal(f.call.status, status);
			assert_int_equal(f.call.degraded, degraded);
			end(&f);
		}
}

static void calls_carry_the_pages_arguments(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, READ_PAGE_PLP);
	f.call.wants_timing = true;
	page_source_ask(f.source, &f.call);
	assert_int_equal(f.fake.asked[0]->kind, READ_CATALOG_PAGE);
	assert_string_equal(f.fake.asked[0]->args.category, "tea");
	assert_string_equal(f.fake.asked[0]->trace_id, f.call.trace_id);
	assert_int_equal(f.fake.asked[0]->hop_timeout_ns, 0);
	fake_answer(&f.fake, f.fake.asked[0], PART_OK);
	assert_int_equal(f.fake.count, 4);
	for (unsigned i = 1; i < 4; i++) {
		const struct part_call *part = f.fake.asked[i];
		assert_int_equal(part->args.id_count, MODEL_PAGE_SIZE);
		assert_int_equal(part->args.ids[39], 139);
		assert_int_equal(part->hop_timeout_ns,
				 part->kind == READ_RATINGS ? OPTIONAL_TIMEOUT : 0);
	}
	for (unsigned i = 1; i < 4; i++)
		fake_answer(&f.fake, f.fake.asked[i], PART_OK);
	end(&f);
}

static void cancelling_completes_at_the_next_answer(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 4; at++) {
		struct fixture f;
		begin(&f, READ_PAGE_PDP);
		page_source_ask(f.source, &f.call);
		for (unsigned i = 0; i < 4; i++) {
			if (i == at)
				f.call.cancelled = true;
			if (i == at + 1)
				close_request(&f);
			if (i > at)
				assert_true(f.fake.asked[i]->cancelled);
			fake_answer(&f.fake, f.fake.asked[i], PART_OK);
			assert_int_equal(f.completed, i >= at);
		}
		end(&f);
	}
}

static void parts_that_do_not_fit_are_broken(void **state)
{
	(void)state;
	for (int kind = READ_PAGE_HOME; kind <= READ_PAGE_PDP; kind++) {
		struct fixture f;
		begin(&f, (enum read_kind)kind);
		for (int part = 0; part < READ_PART_KINDS; part++)
			f.fake.at_once[part] = PART_OK;
		f.fake.no_prices = true;
		page_source_ask(f.source, &f.call);
		assert_int_equal(f.call.status, PAGE_BROKEN);
		assert_true(f.call.error[0]);
		end(&f);
	}
}

static void timings_name_each_call_and_the_merge(void **state)
{
	(void)state;
	static const char *const names[] = {"catalog_home", "lowest",  "stock",
					    "prices",       "ratings", "merge"};
	struct fixture f;
	begin(&f, READ_PAGE_HOME);
	f.call.wants_timing = true;
	for (int part = 0; part < READ_PART_KINDS; part++)
		f.fake.at_once[part] = PART_OK;
	page_source_ask(f.source, &f.call);
	bool seen[6] = {false};
	assert_int_equal(f.call.timing_count, 6);
	for (unsigned i = 0; i < 6; i++)
		for (unsigned k = 0; k < 6; k++)
			if (strcmp(f.call.timings[i].name, names[k]) == 0)
				seen[k] = true;
	for (unsigned k = 0; k < 6; k++)
		assert_true(seen[k]);
	end(&f);
}

/* The stamps of a track, in the order of their taking, as "queued sent ..." */
static void track_text(const struct stamps *stamps, unsigned track, char out[128])
{
	out[0] = '\0';
	for (unsigned i = 0; i < stamps->count; i++) {
		size_t len = strlen(out);
		if (stamps->all[i].track == track)
			snprintf(out + len, 128 - len, "%s%s", len ? " " : "",
				 station_names[stamps->all[i].station]);
	}
}

static void stamps_tell_each_calls_way(void **state)
{
	(void)state;
	static const char *const tracks[] = {
		"merge merged", "queued sent arrived stored answered read", "queued sent read",
		"queued sent read", "queued sent read"};
	struct fixture f;
	struct stamps stamps = {.count = 0};
	begin(&f, READ_PAGE_PDP);
	f.call.wants_timing = true;
	f.call.stamps = &stamps;
	page_source_ask(f.source, &f.call);
	assert_int_equal(f.fake.count, 4);
	for (unsigned i = 0; i < 4; i++) {
		struct part_call *call = f.fake.asked[i];
		assert_null(call->stamps);
		assert_int_equal(call->answered_ns, 0);
		if (i == 0) {
			call->stamps = "1000 0.arrived+0 0.stored+7";
			call->answered_ns = 1010;
		}
		if (i == 1)
			call->stamps = "1000 0.arrived"; /* cut off */
		fake_answer(&f.fake, call, PART_OK);
	}
	for (unsigned track = 0; track < 5; track++) {
		char text[128];
		track_text(&stamps, track, text);
		assert_string_equal(text, tracks[track]);
	}
	end(&f);
}

struct answer {
	unsigned times;
	bool ok;
	char detail[64];
};

static void on_ready(void *arg, bool ok, const char *detail)
{
	struct answer *answer = arg;
	answer->times++;
	answer->ok = ok;
	snprintf(answer->detail, sizeof(answer->detail), "%s", detail);
}

static void readiness_is_of_needed_upstreams_only(void **state)
{
	(void)state;
	for (unsigned missing = 0; missing <= SERVICE_COUNT; missing++) {
		struct fixture f;
		struct answer answer = {0};
		begin(&f, READ_PAGE_HOME);
		for (unsigned service = 0; service < SERVICE_COUNT; service++)
			f.fake.ready[service] = service != missing;
		f.source->ops->ready(f.source, on_ready, &answer);
		assert_int_equal(answer.times, 1);
		assert_int_equal(answer.ok, missing == SERVICE_REVIEWS || missing == SERVICE_COUNT);
		if (!answer.ok)
			assert_non_null(strstr(answer.detail, service_names[missing]));
		f.completed = 1;
		end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pdp_statuses),
		cmocka_unit_test(plp_statuses),
		cmocka_unit_test(home_statuses),
		cmocka_unit_test(answers_at_once_give_the_same_pages),
		cmocka_unit_test(sequential_asks_one_at_a_time),
		cmocka_unit_test(calls_carry_the_pages_arguments),
		cmocka_unit_test(cancelling_completes_at_the_next_answer),
		cmocka_unit_test(parts_that_do_not_fit_are_broken),
		cmocka_unit_test(timings_name_each_call_and_the_merge),
		cmocka_unit_test(stamps_tell_each_calls_way),
		cmocka_unit_test(readiness_is_of_needed_upstreams_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
