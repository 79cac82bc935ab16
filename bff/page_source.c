/* A page is a join of parts: catalog's part first of all, because its 404 wins over whatever else
 * fails, and because a list of products is known only from it.
 *
 * asked -> (catalog is there: the rest asked) -> all answered -> joined -> complete
 *       -> complete without a page, as soon as catalog and a needed part's failure are known
 *
 * What is still asked when a page completes is cancelled and freed by whoever is last.
 */
#include "bff/page_source.h"

#include "bff/fanout.h"
#include "bff/page_plan.h"
#include "common/base/clock.h"

#include <stdio.h>
#include <stdlib.h>

struct bff_source {
	struct page_source base; /* first: a page_source is cast back to this */
	struct transport *transport;
	int64_t optional_timeout_ns;
	bool sequential;
};

/* One page being made; in the call's arena. */
struct bff_page {
	const struct bff_source *source;
	const struct page_plan *plan;
	struct page_call *call;
	struct fanout *group;
	struct read_args args; /* of the calls up to number `end` */
	unsigned end;
	bool asking; /* calls that are answered at once are judged when all are asked */
};

static void page_release(struct page_call *call)
{
	const struct bff_page *page = call->source_state;
	fanout_release(page->group);
}

/* Completes the call; the page is gone afterwards, unless its status is PAGE_OK. */
static void page_finish(struct bff_page *page, enum page_status status)
{
	struct page_call *call = page->call;
	struct fanout *group = page->group;
	transport_page(page->source->transport, false);
	fanout_cancel(group);
	if (status == PAGE_OK)
		call->release = page_release;
	else
		fanout_release(group);
	page_call_complete(call, status);
}

static void page_fail(struct bff_page *page, enum page_status status, const char *what,
		      const char *why)
{
	snprintf(page->call->error, sizeof(page->call->error), "%s: %.120s", what, why);
	page_finish(page, status);
}

/* Asks for the next parts of the plan, up to number `end`: all of them, or one at a time. */
static void page_ask(struct bff_page *page)
{
	page->asking = true;
	do {
		unsigned number = page->group->count;
		bool optional = page->plan->parts[number].optional;
		fanout_ask(page->group, page->plan->parts[number].kind, &page->args,
			   optional ? page->source->optional_timeout_ns : 0);
	} while (page->group->count < page->end && !page->source->sequential);
	page->asking = false;
}

/* Joins what was answered. */
static void page_merge(struct bff_page *page)
{
	struct page_call *call = page->call;
	int64_t start_ns = clock_now_ns();
	void *parts[FANOUT_CALLS_MAX] = {NULL};
	for (unsigned i = 0; i < page->plan->count; i++) {
		if (page->group->calls[i].status == PART_OK)
			parts[i] = page->group->calls[i].part;
		else
			call->degraded = true;
	}
	void *joined = arena_alloc(call->arena, page->plan->page_size);
	if (!joined) {
		page_fail(page, PAGE_UNAVAILABLE, "merge", "no memory for the page");
		return;
	}
	if (!page->plan->join(parts, joined)) {
		page_fail(page, PAGE_BROKEN, "merge",
			  "the parts do not fit: a listed product without price or stock");
		return;
	}
	call->page = joined;
	int64_t end_ns = clock_now_ns();
	page_call_timing(call, "merge", start_ns, end_ns);
	stamps_add(call->stamps, 0, STATION_MERGE, start_ns);
	stamps_add(call->stamps, 0, STATION_MERGED, end_ns);
	page_finish(page, PAGE_OK);
}

/* The needed part that failed, or NULL. */
static const struct part_call *page_failure(const struct bff_page *page)
{
	for (unsigned i = 0; i < page->group->count; i++)
		if (!page->plan->parts[i].optional && fanout_has_answer(page->group, i) &&
		    page->group->calls[i].status != PART_OK)
			return &page->group->calls[i];
	return NULL;
}

/* What the rest of the plan is asked with: the products that catalog lists. False for none. */
static bool page_list(struct bff_page *page)
{
	const struct brief *items;
	page->args = (struct read_args){
		.id_count = page->plan->list(page->group->calls[0].part, &items)};
	for (uint32_t i = 0; i < page->args.id_count; i++)
		page->args.ids[i] = items[i].id;
	page->end = page->plan->count;
	return page->args.id_count > 0;
}

/* Decides what comes next, after each answer. */
static void page_judge(struct bff_page *page)
{
	struct fanout *group = page->group;
	if (page->call->cancelled) {
		page_fail(page, PAGE_UNAVAILABLE, "page", "cancelled");
		return;
	}
	if (!fanout_has_answer(group, 0))
		return;
	if (group->calls[0].status == PART_NOT_FOUND) {
		page_finish(page, PAGE_NOT_FOUND);
		return;
	}
	const struct part_call *failure = page_failure(page);
	if (failure) {
		page_fail(page, PAGE_UNAVAILABLE, read_infos[failure->kind].name,
			  failure->status == PART_NOT_FOUND ? "answered with status 404"
							    : failure->error);
		return;
	}
	if (group->count < page->plan->count) {
		if (group->count == page->end && !page_list(page)) {
			page_fail(page, PAGE_BROKEN, "catalog", "its list of products is empty");
			return;
		}
		if (page->source->sequential && group->pending)
			return;
		page_ask(page);
		page_judge(page);
		return;
	}
	if (!group->pending)
		page_merge(page);
}

/* A call's way, with what its service said of its own; a malformed word of it is left out. */
static void page_stamp(const struct bff_page *page, const struct part_call *part)
{
	struct stamps *stamps = page->call->stamps;
	unsigned track = (unsigned)(part - page->group->calls) + 1;
	stamps_add(stamps, track, STATION_QUEUED, part->queued_ns);
	if (part->sent_ns)
		stamps_add(stamps, track, STATION_SENT, part->sent_ns);
	if (part->stamps)
		(void)stamps_read(stamps, track, part->stamps);
	if (part->answered_ns)
		stamps_add(stamps, track, STATION_ANSWERED, part->answered_ns);
	stamps_add(stamps, track, STATION_READ, part->finished_ns);
}

static void on_answer(void *owner, struct part_call *part)
{
	struct bff_page *page = owner;
	if (page->call->stamps)
		page_stamp(page, part);
	page_call_timing(page->call, read_infos[part->kind].name, part->queued_ns,
			 part->finished_ns);
	if (!page->asking)
		page_judge(page);
}

/* One plan for every kind of page. */
static void read_page(struct page_source *source, struct page_call *call)
{
	const struct bff_source *bff = (struct bff_source *)(void *)source;
	struct bff_page *page = arena_alloc(call->arena, sizeof(*page));
	/* traceparent costs a hop 6 % of its CPU: sent, like Server-Timing, when asked for. */
	const char *trace_id = call->wants_timing ? call->trace_id : NULL;
	struct fanout *group =
		page ? fanout_new(bff->transport, trace_id, call->deadline_ns, on_answer, page)
		     : NULL;
	if (!group) {
		snprintf(call->error, sizeof(call->error), "no memory for the page");
		page_call_complete(call, PAGE_UNAVAILABLE);
		return;
	}
	page->source = bff;
	page->plan = page_plan_of(call->kind);
	page->call = call;
	page->group = group;
	page->args = call->args;
	page->end = page->plan->at_first;
	call->source_state = page;
	transport_page(bff->transport, true);
	page_ask(page);
	page_judge(page);
}

/* The services that a page cannot do without. */
static const enum service needed[] = {SERVICE_CATALOG, SERVICE_INVENTORY, SERVICE_PRICING};

enum { NEEDED = sizeof(needed) / sizeof(needed[0]) };

struct ready_ask {
	unsigned pending;
	enum service missing; /* SERVICE_COUNT: none */
	void (*done)(void *arg, bool ok, const char *detail);
	void *arg;
	struct ready_part {
		struct ready_ask *whole;
		enum service service;
	} parts[NEEDED];
};

static void ready_done(void *arg, bool ok)
{
	const struct ready_part *part = arg;
	struct ready_ask *ask = part->whole;
	if (!ok)
		ask->missing = part->service;
	if (--ask->pending)
		return;
	char detail[64] = "every needed upstream is ready";
	bool all = ask->missing == SERVICE_COUNT;
	if (!all)
		snprintf(detail, sizeof(detail), "%s is not ready", service_names[ask->missing]);
	ask->done(ask->arg, all, detail);
	free(ask);
}

static void source_ready(struct page_source *source,
			 void (*done)(void *arg, bool ok, const char *detail), void *arg)
{
	const struct bff_source *bff = (struct bff_source *)(void *)source;
	struct ready_ask *ask = malloc(sizeof(*ask));
	if (!ask) {
		done(arg, false, "no memory to ask the upstreams");
		return;
	}
	*ask = (struct ready_ask){
		.pending = NEEDED, .missing = SERVICE_COUNT, .done = done, .arg = arg};
	for (unsigned i = 0; i < NEEDED; i++)
		ask->parts[i] = (struct ready_part){ask, needed[i]};
	/* The last one's answer frees it: nothing of it is used after the last asking. */
	for (unsigned i = 0; i < NEEDED; i++)
		transport_ready(bff->transport, needed[i], ready_done, &ask->parts[i]);
}

static void source_metrics(struct page_source *source, struct strbuf *out)
{
	transport_metrics(((struct bff_source *)(void *)source)->transport, out);
}

static void source_free(struct page_source *source)
{
	struct bff_source *bff = (struct bff_source *)(void *)source;
	transport_free(bff->transport);
	free(bff);
}

static const struct page_source_ops bff_ops = {
	.architecture = "microservices",
	.home = read_page,
	.plp = read_page,
	.pdp = read_page,
	.ready = source_ready,
	.metrics = source_metrics,
	.free = source_free,
};

struct page_source *bff_source_new(struct transport *transport, int64_t optional_timeout_ns,
				   bool sequential)
{
	struct bff_source *source = calloc(1, sizeof(*source));
	if (!source) {
		transport_free(transport);
		return NULL;
	}
	source->base.ops = &bff_ops;
	source->transport = transport;
	source->optional_timeout_ns = optional_timeout_ns;
	source->sequential = sequential;
	return &source->base;
}
