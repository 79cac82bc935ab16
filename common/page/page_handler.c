/* Life of a task: made when a page is asked for; ticket through admission; the call through the
 * source; answered at its completion, or before it when it is late or its client has left
 * (task->request is NULL from then on). It is freed when the source has completed the call, or
 * when its turn never came. */
#include "common/page/page_handler.h"

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/contract/page_json.h"
#include "common/contract/routes.h"
#include "common/http/http_admission.h"
#include "common/http/http_trouble.h"
#include "common/page/page_cache.h"
#include "common/page/page_precomputed.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* TASK_ARENA: a task and what a source may add to the request's arena without a second block. */
enum { TASK_ARENA = 2048, TIMING_MAX = 1024 };

struct page_handler {
	struct http_loop *loop;
	struct page_source *source;
	struct page_precomputed *precomputed; /* NULL: the source is asked */
	struct page_cache *cache;             /* NULL: answers are not kept */
	struct http_admission admission;
	struct event *timer;
	struct rng rng;
	struct http_trouble trouble;
	uint64_t degraded;
};

struct page_task {
	struct page_call call;
	struct http_ticket ticket;
	struct page_handler *handler;
	struct http_request *request; /* NULL once it was answered or its client left */
	int64_t begun_ns; /* set when timing is asked for and its turn has come, else 0 */
};

/* Indexed by enum page_status. */
static const enum http_problem page_problems[] = {
	[PAGE_OK] = PROBLEM_COUNT,
	[PAGE_NOT_FOUND] = PROBLEM_NOT_FOUND,
	[PAGE_UNAVAILABLE] = PROBLEM_UNAVAILABLE,
	[PAGE_BROKEN] = PROBLEM_BROKEN,
};

/* Indexed by enum route_result. */
static const enum http_problem route_problems[] = {
	[ROUTE_OK] = PROBLEM_COUNT,
	[ROUTE_UNKNOWN] = PROBLEM_NOT_FOUND,
	[ROUTE_BAD_ID] = PROBLEM_NOT_FOUND,
	[ROUTE_BAD_PAGE] = PROBLEM_BAD_PAGE,
	[ROUTE_BAD_IDS] = PROBLEM_BAD_REQUEST,
};

static struct page_task *ticket_task(struct http_ticket *ticket)
{
	return (struct page_task *)(void *)((char *)ticket - offsetof(struct page_task, ticket));
}

static void trace_write(struct rng *rng, char out[33])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t bits[2] = {rng_next(rng), rng_next(rng)};
	for (size_t i = 0; i < 32; i++)
		out[i] = digits[(bits[i / 16] >> (i % 16 * 4)) & 15];
	out[32] = '\0';
}

/* ---- answering ---- */

struct answer_headers {
	struct http_header all[5];
	size_t count;
	char timing[TIMING_MAX], stamps[STAMPS_TEXT_MAX];
};

static void add_header(struct answer_headers *headers, const char *name, const char *value)
{
	headers->all[headers->count++] = (struct http_header){name, value};
}

static double millis(int64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

/* Every stretch with its start after the request's arrival, so that a reader sees what ran beside
 * what. */
static void write_timings(struct answer_headers *headers, const struct page_task *task)
{
	int64_t arrived = task->ticket.arrived_ns, now = clock_now_ns();
	int64_t begun = task->begun_ns ? task->begun_ns : now;
	size_t used = (size_t)snprintf(headers->timing, TIMING_MAX,
				       "total;dur=%.3f, admission;dur=%.3f;desc=\"at 0.000\"",
				       millis(now - arrived), millis(begun - arrived));
	for (unsigned i = 0; i < task->call.timing_count && used < TIMING_MAX - 100; i++) {
		const struct page_timing *timing = &task->call.timings[i];
		used += (size_t)snprintf(headers->timing + used, TIMING_MAX - used,
					 ", %.40s;dur=%.3f;desc=\"at %.3f\"", timing->name,
					 millis(timing->end_ns - timing->start_ns),
					 millis(timing->start_ns - arrived));
	}
	add_header(headers, "Server-Timing", headers->timing);
}

/* What only those are told who ask with X-Duet-Timing. */
static void write_told(struct answer_headers *headers, struct page_task *task)
{
	headers->count = 0;
	if (!task->call.wants_timing)
		return;
	add_header(headers, "X-Duet-Architecture", task->handler->source->ops->architecture);
	if (!task->call.trace_id[0]) /* refused, or answered, before admission */
		return;
	write_timings(headers, task);
	add_header(headers, "X-Request-Id", task->call.trace_id);
	if (!task->call.stamps)
		return;
	stamps_tell(task->call.stamps, headers->stamps);
	add_header(headers, stamps_header, headers->stamps);
}

static void task_problem(struct page_task *task, enum http_problem problem)
{
	struct http_request *request = task->request;
	struct answer_headers headers;
	write_told(&headers, task);
	task->request = NULL;
	http_reply_problem(request, problem, headers.all, headers.count);
}

static struct strbuf *write_page(struct page_task *task)
{
	struct strbuf *body = http_loop_scratch(task->handler->loop);
	int64_t start_ns = task->call.wants_timing ? clock_now_ns() : 0;
	page_json_write(body, task->call.kind, task->call.page);
	if (task->call.wants_timing) {
		int64_t end_ns = clock_now_ns();
		page_call_timing(&task->call, "write", start_ns, end_ns);
		stamps_add(task->call.stamps, 0, STATION_WRITE, start_ns);
		stamps_add(task->call.stamps, 0, STATION_WRITTEN, end_ns);
	}
	return strbuf_ok(body) ? body : NULL;
}

static void task_answer(struct page_task *task, enum page_status status)
{
	struct http_request *request = task->request;
	const struct strbuf *body = status == PAGE_OK ? write_page(task) : NULL;
	struct answer_headers headers;
	if (!body) {
		status = status == PAGE_OK ? PAGE_BROKEN : status;
		task_problem(task, page_problems[status]);
		return;
	}
	const struct slice text = {body->data, body->len};
	write_told(&headers, task);
	if (task->call.degraded) {
		task->handler->degraded++;
		add_header(&headers, "X-Duet-Degraded", "reviews");
	} else if (task->handler->cache) {
		page_cache_keep(task->handler->cache, task->call.kind, &task->call.args,
				clock_now_ns(), text);
	}
	task->request = NULL;
	http_reply(request, 200, http_type_json, text, headers.all, headers.count);
}

static void task_free(struct page_task *task)
{
	arena_free(task->call.arena); /* the task lies in it */
}

static void call_done(struct page_call *call)
{
	struct page_task *task = call->owner;
	struct page_handler *handler = task->handler;
	int64_t now = handler->admission.waiting_count || call->status >= PAGE_UNAVAILABLE
			      ? clock_now_ns()
			      : 0;
	if (call->status >= PAGE_UNAVAILABLE && !call->cancelled)
		http_trouble_log(&handler->trouble, now, read_infos[call->kind].name,
				 call->trace_id, call->error[0] ? call->error : "no reason given");
	if (task->request)
		task_answer(task, call->status);
	if (call->release)
		call->release(call);
	http_admission_leave(&handler->admission, &task->ticket, now);
	task_free(task);
}

/* ---- admission ---- */

static void task_start(void *arg, struct http_ticket *ticket)
{
	struct page_handler *handler = arg;
	struct page_task *task = ticket_task(ticket);
	task->call.deadline_ns = ticket->deadline_ns;
	if (task->call.wants_timing) {
		task->begun_ns = clock_now_ns();
		stamps_add(task->call.stamps, 0, STATION_ARRIVED, ticket->arrived_ns);
		stamps_add(task->call.stamps, 0, STATION_ADMITTED, task->begun_ns);
	}
	page_source_ask(handler->source, &task->call);
}

static void task_refuse(void *arg, struct http_ticket *ticket)
{
	struct page_task *task = ticket_task(ticket);
	(void)arg;
	task_problem(task, PROBLEM_OVERLOADED);
	task_free(task);
}

/* The source still has the call: its answer will come to nobody. */
static void task_late(void *arg, struct http_ticket *ticket)
{
	struct page_task *task = ticket_task(ticket);
	(void)arg;
	task->call.cancelled = true;
	if (task->request)
		task_problem(task, PROBLEM_OVERLOADED);
}

static void task_closed(struct http_request *request)
{
	struct page_task *task = request->user;
	struct page_handler *handler = task->handler;
	task->request = NULL;
	if (task->ticket.state == TICKET_WAITING) {
		http_admission_leave(&handler->admission, &task->ticket, clock_now_ns());
		task_free(task);
	} else {
		task->call.cancelled = true;
	}
}

static void handler_arm(void *arg, int64_t at_ns)
{
	struct page_handler *handler = arg;
	int64_t wait = at_ns - clock_now_ns();
	if (wait < 0)
		wait = 0;
	struct timeval tv = {.tv_sec = wait / NS_PER_S, .tv_usec = wait % NS_PER_S / NS_PER_US + 1};
	if (tv.tv_usec == 1000000)
		tv.tv_usec--;
	event_add(handler->timer, &tv);
}

static void handler_expire(evutil_socket_t fd, short what, void *arg)
{
	struct page_handler *handler = arg;
	(void)fd;
	(void)what;
	http_admission_expire(&handler->admission, clock_now_ns());
}

/* ---- requests ---- */

static struct page_task *task_new(struct page_handler *handler, struct http_request *request)
{
	struct arena *arena = arena_new(TASK_ARENA);
	struct page_task *task = arena ? arena_alloc(arena, sizeof(*task)) : NULL;
	if (!task) {
		arena_free(arena);
		return NULL;
	}
	/* The timings, most of the struct, are not cleared: timing_count says which are set. */
	memset(&task->call, 0, offsetof(struct page_call, timings));
	task->call.arena = arena;
	task->call.wants_timing = request->wants_timing;
	task->call.done = call_done;
	task->call.owner = task;
	task->call.stamps = request->wants_timing ? stamps_new(arena) : NULL;
	task->call.release = NULL;
	task->call.source_state = NULL;
	task->ticket.state = TICKET_NONE;
	task->begun_ns = 0;
	task->handler = handler;
	task->request = request;
	return task;
}

static void answer_precomputed(struct page_handler *handler, struct page_task *task)
{
	struct answer_headers headers;
	struct slice body;
	write_told(&headers, task);
	if (page_precomputed_find(handler->precomputed, task->call.kind, &task->call.args, &body))
		http_reply(task->request, 200, http_type_json, body, headers.all, headers.count);
	else
		task_problem(task, PROBLEM_NOT_FOUND);
	task_free(task);
}

/* Answers a page that is kept, with what the source's answer would have; false: it is not. */
static bool answer_kept(struct page_handler *handler, struct page_task *task)
{
	int64_t now = clock_now_ns();
	struct answer_headers headers;
	struct slice body;
	if (!page_cache_find(handler->cache, task->call.kind, &task->call.args, now, &body))
		return false;
	task->ticket.arrived_ns = task->begun_ns = now;
	if (task->call.wants_timing)
		page_call_timing(&task->call, "cache", now, clock_now_ns());
	write_told(&headers, task);
	http_reply(task->request, 200, http_type_json, body, headers.all, headers.count);
	task_free(task);
	return true;
}

static void page_handle(void *state, struct http_request *request)
{
	struct page_handler *handler = state;
	struct page_task *task = task_new(handler, request);
	if (!task) {
		http_reply_problem(request, PROBLEM_UNAVAILABLE, NULL, 0);
		return;
	}
	enum route_result result = route_parse_public(request->path, request->query,
						      &task->call.kind, &task->call.args);
	if (result != ROUTE_OK) {
		task_problem(task, route_problems[result]);
		task_free(task);
		return;
	}
	if (handler->precomputed) {
		answer_precomputed(handler, task);
		return;
	}
	trace_write(&handler->rng, task->call.trace_id);
	if (handler->cache && answer_kept(handler, task))
		return;
	request->user = task;
	request->closed = task_closed;
	http_admission_enter(&handler->admission, &task->ticket, clock_now_ns());
}

const struct http_route page_routes[PAGE_ROUTES] = {
	{"pdp", "/api/products/", page_handle},
	{"plp", "/api/categories/", page_handle},
	{"home", "/api/home", page_handle},
};

/* ---- life ---- */

static bool handler_open(struct page_handler *handler, const struct page_handler_config *config,
			 char error[HTTP_ERROR_MAX])
{
	struct event_base *base = http_loop_base(handler->loop);
	const struct http_admission_config admission = {
		.max_in_flight = config->max_in_flight,
		.timeout_ns = config->request_timeout_ns,
		.start = task_start,
		.refuse = task_refuse,
		.late = task_late,
		.arm = handler_arm,
		.arg = handler,
	};
	http_admission_init(&handler->admission, &admission);
	if (getrandom(handler->rng.s, sizeof(handler->rng.s), 0) !=
	    (ssize_t)sizeof(handler->rng.s)) {
		snprintf(error, HTTP_ERROR_MAX, "the system gives no random numbers");
		return false;
	}
	handler->timer = event_new(base, -1, 0, handler_expire, handler);
	if (!handler->timer) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for a timer");
		return false;
	}
	if (config->cache_ttl_ns > 0)
		handler->cache = page_cache_new(config->cache_ttl_ns, config->cache_bytes);
	if (config->cache_ttl_ns > 0 && !handler->cache) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for a cache of pages");
		return false;
	}
	if (!config->precomputed)
		return true;
	handler->precomputed = page_precomputed_new(handler->source, base, error);
	return handler->precomputed != NULL;
}

struct page_handler *page_handler_new(struct http_loop *loop, struct page_source *source,
				      const struct page_handler_config *config,
				      char error[HTTP_ERROR_MAX])
{
	struct page_handler *handler = calloc(1, sizeof(*handler));
	if (!handler) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for a page handler");
		source->ops->free(source);
		return NULL;
	}
	handler->loop = loop;
	handler->source = source;
	if (handler_open(handler, config, error))
		return handler;
	page_handler_free(handler);
	return NULL;
}

void page_handler_ready(void *state, void (*done)(void *arg, bool ok, const char *detail),
			void *arg)
{
	struct page_handler *handler = state;
	handler->source->ops->ready(handler->source, done, arg);
}

void page_handler_metrics(void *state, struct strbuf *out)
{
	struct page_handler *handler = state;
	const struct http_admission *admission = &handler->admission;
	strbuf_printf(
		out,
		"# TYPE page_admission_in_flight gauge\npage_admission_in_flight %u\n"
		"# TYPE page_admission_waiting gauge\npage_admission_waiting %u\n"
		"# TYPE page_admission_queued counter\npage_admission_queued_total %" PRIu64 "\n"
		"# TYPE page_admission_refused counter\npage_admission_refused_total %" PRIu64 "\n"
		"# TYPE page_admission_late counter\npage_admission_late_total %" PRIu64 "\n"
		"# TYPE page_degraded counter\npage_degraded_total %" PRIu64 "\n",
		admission->in_flight, admission->waiting_count, admission->queued,
		admission->refused, admission->late, handler->degraded);
	if (handler->cache)
		page_cache_metrics(handler->cache, http_loop_index(handler->loop), out);
	if (handler->source->ops->metrics)
		handler->source->ops->metrics(handler->source, out);
}

/* The source completes what it still has while it is freed, so it goes first. */
void page_handler_free(void *state)
{
	struct page_handler *handler = state;
	handler->source->ops->free(handler->source);
	page_precomputed_free(handler->precomputed);
	page_cache_free(handler->cache);
	if (handler->timer)
		event_free(handler->timer);
	free(handler);
}
