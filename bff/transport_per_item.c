#include "bff/transport_per_item.h"

#include "common/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fits one item's answer. */
enum { ITEM_ARENA = 2048 };

struct per_item {
	struct transport transport;
	struct transport *inner;
};

/* The items of one call; in its arena. */
struct items {
	struct part_call *whole;
	unsigned pending;
	bool asking; /* items that are answered at once are judged when all are asked */
	uint32_t count;
	struct part_call calls[];
};

static struct transport *inner_of(struct transport *transport)
{
	return ((struct per_item *)transport)->inner;
}

/* ---- one part again ---- */

static bool add_stock(struct part_call *whole, const void *item)
{
	struct part_stock *all = whole->part;
	const struct part_stock *one = item;
	if (one->count)
		all->items[all->count++] = one->items[0];
	return true;
}

/* The currency's text is in the item's arena, which goes. */
static bool add_prices(struct part_call *whole, const void *item)
{
	struct part_prices *all = whole->part;
	const struct part_prices *one = item;
	if (!one->count)
		return true;
	struct price price = one->items[0];
	price.currency.at = arena_copy(whole->arena, price.currency.at, price.currency.len);
	all->items[all->count++] = price;
	return price.currency.at != NULL;
}

static bool add_ratings(struct part_call *whole, const void *item)
{
	struct part_ratings *all = whole->part;
	const struct part_ratings *one = item;
	if (one->count)
		all->items[all->count++] = one->items[0];
	return true;
}

/* Kinds without an entry have a single id, or none. */
static bool (*const adders[READ_PART_KINDS])(struct part_call *whole, const void *item) = {
	[READ_STOCK] = add_stock,
	[READ_PRICES] = add_prices,
	[READ_RATINGS] = add_ratings,
};

/* The first item that failed decides; then the part is put together. */
static enum part_status items_join(struct items *items)
{
	struct part_call *whole = items->whole;
	for (uint32_t i = 0; i < items->count; i++) {
		if (items->calls[i].status == PART_OK)
			continue;
		snprintf(whole->error, sizeof(whole->error), "%s", items->calls[i].error);
		return items->calls[i].status;
	}
	whole->part = arena_zalloc(whole->arena, read_infos[whole->kind].out_size);
	bool ok = whole->part != NULL;
	for (uint32_t i = 0; ok && i < items->count; i++)
		ok = adders[whole->kind](whole, items->calls[i].part);
	if (ok)
		return PART_OK;
	snprintf(whole->error, sizeof(whole->error), "no memory for the part");
	return PART_FAILED;
}

static void items_finish(struct items *items)
{
	struct part_call *whole = items->whole;
	whole->status = items_join(items);
	whole->finished_ns = clock_now_ns();
	for (uint32_t i = 0; i < items->count; i++)
		arena_free(items->calls[i].arena);
	whole->done(whole); /* the items may be gone after this */
}

static void on_item(struct part_call *call)
{
	struct items *items = call->owner;
	struct part_call *whole = items->whole;
	if (call->sent_ns && (!whole->sent_ns || call->sent_ns < whole->sent_ns))
		whole->sent_ns = call->sent_ns;
	items->pending--;
	for (uint32_t i = 0; whole->cancelled && i < items->count; i++)
		items->calls[i].cancelled = true;
	if (!items->pending && !items->asking)
		items_finish(items);
}

static void item_ask(struct transport *inner, struct items *items, uint32_t i)
{
	struct part_call *whole = items->whole, *call = &items->calls[i];
	*call = (struct part_call){
		.kind = whole->kind,
		.args = {.id_count = 1, .ids = {whole->args.ids[i]}},
		.arena = arena_new(ITEM_ARENA),
		.trace_id = whole->trace_id,
		.deadline_ns = whole->deadline_ns,
		.hop_timeout_ns = whole->hop_timeout_ns,
		.cancelled = whole->cancelled,
		.done = on_item,
		.owner = items,
	};
	items->pending++;
	if (call->arena) {
		transport_send(inner, call);
		return;
	}
	call->status = PART_FAILED;
	snprintf(call->error, sizeof(call->error), "no memory to ask");
	on_item(call);
}

static void per_item_send(struct transport *transport, struct part_call *call)
{
	uint32_t count = call->args.id_count;
	if (!adders[call->kind] || count < 2) {
		transport_send(inner_of(transport), call);
		return;
	}
	size_t size = sizeof(struct items) + count * sizeof(struct part_call);
	struct items *items = arena_zalloc(call->arena, size);
	call->queued_ns = clock_now_ns();
	call->sent_ns = 0;
	call->error[0] = '\0';
	if (!items) {
		call->status = PART_FAILED;
		call->finished_ns = call->queued_ns;
		snprintf(call->error, sizeof(call->error), "no memory to ask");
		call->done(call);
		return;
	}
	items->whole = call;
	items->count = count;
	items->asking = true;
	for (uint32_t i = 0; i < count; i++)
		item_ask(inner_of(transport), items, i);
	items->asking = false;
	if (!items->pending)
		items_finish(items);
}

static void per_item_page(struct transport *transport, bool begin)
{
	transport_page(inner_of(transport), begin);
}

static void per_item_ready(struct transport *transport, enum service service,
			   void (*done)(void *arg, bool ok), void *arg)
{
	transport_ready(inner_of(transport), service, done, arg);
}

static void per_item_metrics(struct transport *transport, struct strbuf *out)
{
	transport_metrics(inner_of(transport), out);
}

static void per_item_free(struct transport *transport)
{
	transport_free(inner_of(transport));
	free(transport);
}

static const struct transport_ops per_item_ops = {
	.name = "per-item",
	.page = per_item_page,
	.send = per_item_send,
	.ready = per_item_ready,
	.metrics = per_item_metrics,
	.free = per_item_free,
};

struct transport *transport_per_item_new(struct transport *inner)
{
	struct per_item *per_item = calloc(1, sizeof(*per_item));
	if (!per_item) {
		transport_free(inner);
		return NULL;
	}
	per_item->transport.ops = &per_item_ops;
	per_item->inner = inner;
	return &per_item->transport;
}
