/* fake_transport: a transport that answers when and as a test says, and parts that fit together. */
#ifndef DUET_TESTS_FAKE_TRANSPORT_H
#define DUET_TESTS_FAKE_TRANSPORT_H

#include "bff/transport.h"
#include "common/base/clock.h"

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { FAKE_CALLS_MAX = 16, FAKE_LATER = PART_STATUSES };

struct fake_transport {
	struct transport transport;
	struct part_call *asked[FAKE_CALLS_MAX]; /* in the order of asking */
	unsigned count;
	int at_once[READ_PART_KINDS]; /* an enum part_status, or FAKE_LATER */
	bool no_prices;               /* prices that fit nothing */
	bool ready[SERVICE_COUNT];
	unsigned probes;
	bool freed;
};

static inline void fake_category(unsigned number, struct slice *id)
{
	static const char ids[MODEL_CATEGORIES][3] = {"c0", "c1", "c2", "c3",
						      "c4", "c5", "c6", "c7"};
	*id = (struct slice){ids[number], 2};
}

static inline void fake_briefs(struct brief *items, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		items[i] = (struct brief){100 + i, SLICE("name"), SLICE("e")};
}

static inline void fake_catalog_part(const struct part_call *call, void *part)
{
	struct part_catalog_home *home = part;
	struct part_catalog_page *page = part;
	struct part_product *product = part;
	if (call->kind == READ_CATALOG_HOME) {
		home->category_count = MODEL_CATEGORIES;
		for (unsigned i = 0; i < MODEL_CATEGORIES; i++)
			fake_category(i, &home->categories[i].id);
		home->featured_count = MODEL_FEATURED;
		fake_briefs(home->featured, MODEL_FEATURED);
	} else if (call->kind == READ_CATALOG_PAGE) {
		page->page = page->page_count = 1;
		page->count = MODEL_PAGE_SIZE;
		fake_briefs(page->items, MODEL_PAGE_SIZE);
	} else {
		product->id = call->args.ids[0];
	}
}

static inline void fake_pricing_part(const struct part_call *call, void *part, bool no_prices)
{
	struct part_prices *prices = part;
	struct part_lowest *lowest = part;
	if (call->kind == READ_PRICES) {
		prices->count = call->args.id_count;
		for (uint32_t i = 0; i < prices->count; i++)
			prices->items[i].id = no_prices ? 1 : call->args.ids[i];
	} else {
		lowest->count = MODEL_CATEGORIES;
		for (unsigned i = 0; i < MODEL_CATEGORIES; i++)
			fake_category(i, &lowest->items[i].category_id);
	}
}

/* Fills call->part with what fits its arguments. */
static inline void fake_part(struct fake_transport *fake, struct part_call *call)
{
	void *part = arena_zalloc(call->arena, read_infos[call->kind].out_size);
	assert_non_null(part);
	call->part = part;
	struct part_stock *stock = part;
	struct part_ratings *ratings = part;
	struct part_reviews *reviews = part;
	enum service service = read_infos[call->kind].service;
	if (service == SERVICE_CATALOG) {
		fake_catalog_part(call, part);
	} else if (service == SERVICE_PRICING) {
		fake_pricing_part(call, part, fake->no_prices);
	} else if (call->kind == READ_STOCK) {
		stock->count = call->args.id_count;
		for (uint32_t i = 0; i < stock->count; i++)
			stock->items[i].id = call->args.ids[i];
	} else if (call->kind == READ_RATINGS) {
		ratings->count = call->args.id_count;
		for (uint32_t i = 0; i < ratings->count; i++)
			ratings->items[i] =
				(struct rating){.id = call->args.ids[i], .stars = {0, 0, 0, 0, 3}};
	} else {
		reviews->rating.id = call->args.ids[0];
	}
}

/* Completes a call that was asked. */
static inline void fake_answer(struct fake_transport *fake, struct part_call *call,
			       enum part_status status)
{
	call->status = status;
	call->part = NULL;
	call->error[0] = '\0';
	if (status == PART_OK)
		fake_part(fake, call);
	else if (status != PART_NOT_FOUND)
		snprintf(call->error, sizeof(call->error), "the fake says so");
	call->finished_ns = clock_now_ns();
	call->done(call);
}

static inline void fake_send(struct transport *transport, struct part_call *call)
{
	struct fake_transport *fake = (struct fake_transport *)transport;
	assert_true(fake->count < FAKE_CALLS_MAX);
	fake->asked[fake->count++] = call;
	call->queued_ns = call->sent_ns = clock_now_ns();
	if (fake->at_once[call->kind] != FAKE_LATER)
		fake_answer(fake, call, (enum part_status)fake->at_once[call->kind]);
}

static inline void fake_ready(struct transport *transport, enum service service,
			      void (*done)(void *arg, bool ok), void *arg)
{
	struct fake_transport *fake = (struct fake_transport *)transport;
	fake->probes++;
	done(arg, fake->ready[service]);
}

static inline void fake_metrics(struct transport *transport, struct strbuf *out)
{
	strbuf_printf(out, "fake_asked_total %u\n", ((struct fake_transport *)transport)->count);
}

static inline void fake_free(struct transport *transport)
{
	((struct fake_transport *)transport)->freed = true;
}

static inline void fake_transport_init(struct fake_transport *fake)
{
	static const struct transport_ops ops = {
		.name = "fake",
		.send = fake_send,
		.ready = fake_ready,
		.metrics = fake_metrics,
		.free = fake_free,
	};
	*fake = (struct fake_transport){.transport = {&ops}};
	for (int kind = 0; kind < READ_PART_KINDS; kind++)
		fake->at_once[kind] = FAKE_LATER;
}

/* The permutations of 0..count-1: the first in order[], then the next of each call; false after the
 * last. */
static inline bool next_order(unsigned *order, unsigned count)
{
	if (count < 2)
		return false;
	unsigned i = count - 1, j = count - 1;
	while (i > 0 && order[i - 1] > order[i])
		i--;
	if (i == 0)
		return false;
	while (order[j] < order[i - 1])
		j--;
	unsigned kept = order[i - 1];
	order[i - 1] = order[j];
	order[j] = kept;
	for (unsigned k = count - 1; i < k; i++, k--) {
		kept = order[i];
		order[i] = order[k];
		order[k] = kept;
	}
	return true;
}

#endif
