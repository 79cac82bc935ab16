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
#include "common/base/clock.h"
#include "common/page/join.h"

#include <stdio.h>
#include <stdlib.h>

struct bff_source {
	struct page_source source;
	struct transport *transport;
	int64_t optional_timeout_ns;
};

/* The parts of a page in the order of their asking; catalog's is number 0. */
struct page_plan {
	size_t page_size;
	unsigned at_first; /* asked at once with the page's own arguments; the others with the ids
			      of catalog's list */
	unsigned count;
	struct {
		enum read_kind kind;
		bool optional;
	} parts[FANOUT_CALLS_MAX];
	uint32_t (*list)(const void *catalog, const struct brief **items);
	bool (*join)(void *const parts[FANOUT_CALLS_MAX], void *page);
};

/* One page being made; in the call's arena. */
struct bff_page {
	const struct bff_source *source;
	const struct page_plan *plan;
	struct page_call *call;
	struct fanout *group;
	bool asking; /* calls that are answered at once are judged when all are asked */
};

static uint32_t home_list(const void *catalog, const struct brief **items)
{
	const struct part_catalog_home *home = catalog;
	*items = home->featured;
	return home->featured_count;
}

static uint32_t plp_list(const void *catalog, const struct brief **items)
{
	const struct part_catalog_page *page = catalog;
	*items = page->items;
	return page->count;
}

static bool home_join(void *const parts[FANOUT_CALLS_MAX], void *page)
{
	return join_home(parts[0], parts[1], parts[2], parts[3], parts[4], page);
}

static bool plp_join(void *const parts[FANOUT_CALLS_MAX], void *page)
{
	return join_plp(parts[0], parts[1], parts[2], parts[3], page);
}

static bool pdp_join(void *const parts[FANOUT_CALLS_MAX], void *page)
{
	return join_pdp(parts[0], parts[1], parts[2], parts[3], page);
}

static const struct page_plan home_plan = {
	.page_size = sizeof(struct page_home),
	.at_first = 2,
	.count = 5,
	.parts = {{READ_CATALOG_HOME, false},
		  {READ_LOWEST, false},
		  {READ_STOCK, false},
		  {READ_PRICES, false},
		  {READ_RATINGS, true}},
	.list = home_list,
	.join = home_join,
};

static const struct page_plan plp_plan = {
	.page_size = sizeof(struct page_plp),
	.at_first = 1,
	.count = 4,
	.parts = {{READ_CATALOG_PAGE, false},
		  {READ_STOCK, false},
		  {READ_PRICES, false},
		  {READ_RATINGS, true}},
	.list = plp_list,
	.join = plp_join,
};

static const struct page_plan pdp_plan = {
	.page_size = sizeof(struct page_pdp),
	.at_first = 4,
	.count = 4,
	.parts = {{READ_PRODUCT, false},
		  {READ_STOCK, false},
		  {READ_PRICES, false},
		  {READ_REVIEWS, true}},
	.join = pdp_join,
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
	fanout_cancel(group);
	for (unsigned i = 0; i < group->count; i++)
		if (fanout_has_answer(group, i))
			page_call_timing(call, read_infos[group->calls[i].kind].name,
					 group->calls[i].queued_ns, group->calls[i].finished_ns);
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

/* Asks for the next parts of the plan, up to number `end`. */
static void page_ask(struct bff_page *page, const struct read_args *args, unsigned end)
{
	page->asking = true;
	while (page->group->count < end) {
		unsigned number = page->group->count;
		bool optional = page->plan->parts[number].optional;
		fanout_ask(page->group, page->plan->parts[number].kind, args,
			   optional ? page->source->optional_timeout_ns : 0);
	}
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
	page_call_timing(call, "merge", start_ns, clock_now_ns());
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
		const struct brief *items;
		struct read_args args = {.id_count =
						 page->plan->list(group->calls[0].part, &items)};
		if (!args.id_count) {
			page_fail(page, PAGE_BROKEN, "catalog", "its list of products is empty");
			return;
		}
		for (uint32_t i = 0; i < args.id_count; i++)
			args.ids[i] = items[i].id;
		page_ask(page, &args, page->plan->count);
		page_judge(page);
		return;
	}
	if (!group->pending)
		page_merge(page);
}

static void on_answer(void *owner, struct part_call *part)
{
	(void)part;
	struct bff_page *page = owner;
	if (!page->asking)
		page_judge(page);
}

static void page_start(struct page_source *source, struct page_call *call,
		       const struct page_plan *plan)
{
	const struct bff_source *bff = (const struct bff_source *)source;
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
	*page = (struct bff_page){.source = bff, .plan = plan, .call = call, .group = group};
	call->source_state = page;
	page_ask(page, &call->args, plan->at_first);
	page_judge(page);
}

static void bff_home(struct page_source *source, struct page_call *call)
{
	page_start(source, call, &home_plan);
}

static void bff_plp(struct page_source *source, struct page_call *call)
{
	page_start(source, call, &plp_plan);
}

static void bff_pdp(struct page_source *source, struct page_call *call)
{
	page_start(source, call, &pdp_plan);
}

/* ---- readiness: the services that a page needs ---- */

static const enum service needed[] = {SERVICE_CATALOG, SERVICE_INVENTORY, SERVICE_PRICING};

enum { NEEDED = sizeof(needed) / sizeof(needed[0]) };

struct readiness {
	unsigned pending;
	enum service missing; /* SERVICE_COUNT: none */
	void (*done)(void *arg, bool ok, const char *detail);
	void *arg;
	struct readiness_of {
		struct readiness *whole;
		enum service service;
	} of[NEEDED];
};

static void on_ready(void *arg, bool ok)
{
	const struct readiness_of *of = arg;
	struct readiness *readiness = of->whole;
	if (!ok)
		readiness->missing = of->service;
	if (--readiness->pending)
		return;
	char detail[64] = "every needed upstream is ready";
	bool all = readiness->missing == SERVICE_COUNT;
	if (!all)
		snprintf(detail, sizeof(detail), "%s is not ready",
			 service_names[readiness->missing]);
	readiness->done(readiness->arg, all, detail);
	free(readiness);
}

static void bff_ready(struct page_source *source,
		      void (*done)(void *arg, bool ok, const char *detail), void *arg)
{
	const struct bff_source *bff = (const struct bff_source *)source;
	struct readiness *readiness = malloc(sizeof(*readiness));
	if (!readiness) {
		done(arg, false, "no memory to ask the upstreams");
		return;
	}
	*readiness = (struct readiness){
		.pending = NEEDED, .missing = SERVICE_COUNT, .done = done, .arg = arg};
	for (unsigned i = 0; i < NEEDED; i++)
		readiness->of[i] = (struct readiness_of){readiness, needed[i]};
	/* The last one's answer frees it: nothing of it is used after the last asking. */
	for (unsigned i = 0; i < NEEDED; i++)
		transport_ready(bff->transport, needed[i], on_ready, &readiness->of[i]);
}

static void bff_metrics(struct page_source *source, struct strbuf *out)
{
	transport_metrics(((const struct bff_source *)source)->transport, out);
}

static void bff_free(struct page_source *source)
{
	struct bff_source *bff = (struct bff_source *)source;
	transport_free(bff->transport);
	free(bff);
}

static const struct page_source_ops bff_ops = {
	.architecture = "microservices",
	.home = bff_home,
	.plp = bff_plp,
	.pdp = bff_pdp,
	.ready = bff_ready,
	.metrics = bff_metrics,
	.free = bff_free,
};

struct page_source *bff_page_source_new(struct transport *transport, int64_t optional_timeout_ns)
{
	struct bff_source *bff = malloc(sizeof(*bff));
	if (!bff) {
		transport_free(transport);
		return NULL;
	}
	bff->source.ops = &bff_ops;
	bff->transport = transport;
	bff->optional_timeout_ns = optional_timeout_ns;
	return &bff->source;
}
