/* fake_source: a page source whose behaviour is chosen by the product that is asked for. */
#ifndef DUET_TEST_FAKE_SOURCE_H
#define DUET_TEST_FAKE_SOURCE_H

#include "common/base/clock.h"
#include "common/page/page_source.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Products. FAKE_STUCK completes only once it is cancelled; FAKE_DEAF answers FAKE_DEAF_MS later,
 * whether it was cancelled or not. */
enum {
	FAKE_SYNC = 1,
	FAKE_ASYNC,
	FAKE_MISSING,
	FAKE_DOWN,
	FAKE_BROKEN,
	FAKE_STUCK,
	FAKE_DEGRADED,
	FAKE_DEAF,
	FAKE_POLL_MS = 5,
	FAKE_DEAF_MS = 500
};

static atomic_int fake_asked, fake_released, fake_cancelled, fake_running, fake_most_running;

struct fake_source {
	struct page_source base;
	struct event_base *loop;
	struct page_pdp pdp;
	struct page_home home;
	struct page_plp plp;
	struct fake_call *first;
};

struct fake_call {
	struct fake_source *source;
	struct page_call *call;
	struct event *timer;
	struct fake_call *next;
};

static inline void fake_release(struct page_call *call)
{
	(void)call;
	atomic_fetch_add(&fake_released, 1);
}

static inline void fake_complete(struct page_call *call, const void *page, enum page_status status)
{
	call->page = page;
	call->release = fake_release;
	if (status >= PAGE_UNAVAILABLE)
		snprintf(call->error, sizeof(call->error), "the fake says so");
	page_call_timing(call, "fake", 0, NS_PER_MS);
	atomic_fetch_sub(&fake_running, 1);
	page_call_complete(call, status);
}

static inline void fake_call_end(struct fake_call *fake)
{
	struct page_call *call = fake->call;
	struct fake_source *source = fake->source;
	struct fake_call **at = &source->first;
	while (*at != fake)
		at = &(*at)->next;
	*at = fake->next;
	event_free(fake->timer);
	free(fake);
	if (call->cancelled)
		atomic_fetch_add(&fake_cancelled, 1);
	fake_complete(call, &source->pdp, PAGE_OK);
}

static inline void fake_timer(evutil_socket_t fd, short what, void *arg)
{
	struct fake_call *fake = arg;
	struct timeval again = {.tv_usec = FAKE_POLL_MS * 1000};
	(void)fd;
	(void)what;
	if (fake->call->args.ids[0] == FAKE_STUCK && !fake->call->cancelled)
		event_add(fake->timer, &again);
	else
		fake_call_end(fake);
}

static inline void fake_later(struct fake_source *source, struct page_call *call, int ms)
{
	struct timeval wait = {.tv_usec = ms * 1000};
	struct fake_call *fake = calloc(1, sizeof(*fake));
	fake->source = source;
	fake->call = call;
	fake->next = source->first;
	fake->timer = event_new(source->loop, -1, 0, fake_timer, fake);
	source->first = fake;
	event_add(fake->timer, &wait);
}

static inline void fake_count(void)
{
	int running = atomic_fetch_add(&fake_running, 1) + 1;
	atomic_fetch_add(&fake_asked, 1);
	if (running > atomic_load(&fake_most_running))
		atomic_store(&fake_most_running, running);
}

static inline void fake_pdp(struct page_source *base, struct page_call *call)
{
	struct fake_source *source = (struct fake_source *)(void *)base;
	fake_count();
	switch (call->args.ids[0]) {
	case FAKE_SYNC:
		fake_complete(call, &source->pdp, PAGE_OK);
		break;
	case FAKE_MISSING:
		fake_complete(call, NULL, PAGE_NOT_FOUND);
		break;
	case FAKE_DOWN:
		fake_complete(call, NULL, PAGE_UNAVAILABLE);
		break;
	case FAKE_BROKEN:
		fake_complete(call, NULL, PAGE_BROKEN);
		break;
	case FAKE_DEGRADED:
		call->degraded = true;
		fake_complete(call, &source->pdp, PAGE_OK);
		break;
	default:
		fake_later(source, call,
			   call->args.ids[0] == FAKE_DEAF ? FAKE_DEAF_MS : FAKE_POLL_MS);
		break;
	}
}

static inline void fake_home(struct page_source *base, struct page_call *call)
{
	fake_count();
	fake_complete(call, &((struct fake_source *)(void *)base)->home, PAGE_OK);
}

static inline void fake_plp(struct page_source *base, struct page_call *call)
{
	fake_count();
	fake_complete(call, &((struct fake_source *)(void *)base)->plp, PAGE_OK);
}

static inline void fake_ready(struct page_source *base,
			      void (*done)(void *arg, bool ok, const char *detail), void *arg)
{
	(void)base;
	done(arg, true, "fake");
}

static inline void fake_metrics(struct page_source *base, struct strbuf *out)
{
	(void)base;
	strbuf_add_text(out, "fake_samples 1\n");
}

static inline void fake_free(struct page_source *base)
{
	struct fake_source *source = (struct fake_source *)(void *)base;
	while (source->first)
		fake_call_end(source->first);
	free(source);
}

static const struct page_source_ops fake_ops = {
	.architecture = "fake",
	.home = fake_home,
	.plp = fake_plp,
	.pdp = fake_pdp,
	.ready = fake_ready,
	.metrics = fake_metrics,
	.free = fake_free,
};

static inline struct price fake_price(void)
{
	return (struct price){.price_cents = 500, .list_cents = 1000, .currency = SLICE("EUR")};
}

/* A shop of one category with one page of one product. */
static inline struct page_source *fake_source_new(struct event_base *loop)
{
	struct fake_source *source = calloc(1, sizeof(*source));
	const struct category category = {
		.id = SLICE("tea"), .name = SLICE("Tea"), .emoji = SLICE("T"), .product_count = 1};
	source->base.ops = &fake_ops;
	source->loop = loop;
	source->pdp.product.name = SLICE("Thing");
	source->pdp.price = fake_price();
	source->home.tile_count = 1;
	source->home.tiles[0] = (struct tile){category, 500, SLICE("EUR")};
	source->plp.category = category;
	source->plp.page = source->plp.page_count = source->plp.count = 1;
	source->plp.cards[0].product.id = FAKE_ASYNC;
	source->plp.cards[0].price = fake_price();
	return &source->base;
}

#endif
