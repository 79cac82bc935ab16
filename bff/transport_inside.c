/* A call: send -> part handler -> (its store) -> done; with INSIDE_JSON the request's target is
 * written and parsed before, and the part's JSON after. There is no queue, no hop time-out and no
 * retry: nothing is there that could be late but the store, which has a time-out of its own.
 */
#include "bff/transport_inside.h"

#include "common/base/clock.h"
#include "common/contract/part_json.h"
#include "common/contract/routes.h"
#include "microservices/part_handler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TARGET_MAX = 1024 };

struct inside {
	struct transport transport;
	struct store_exec *execs[SERVICE_COUNT]; /* the distinct ones */
	struct part_handler *handlers[SERVICE_COUNT];
	struct strbuf target, json; /* emptied for each call */
	enum inside_form form;
	uint64_t requests[SERVICE_COUNT][PART_STATUSES];
};

/* One call at work; in its arena. */
struct inside_call {
	struct part_work work;
	struct inside *inside;
	struct part_call *call;
};

/* Indexed by enum store_status. */
static const enum part_status part_statuses[] = {
	[STORE_OK] = PART_OK,           [STORE_NOT_FOUND] = PART_NOT_FOUND,
	[STORE_CONFLICT] = PART_FAILED, [STORE_UNAVAILABLE] = PART_FAILED,
	[STORE_BAD_DATA] = PART_FAILED,
};

static struct inside *inside_of(struct transport *transport)
{
	return (struct inside *)transport;
}

static void call_complete(struct inside *inside, struct part_call *call, enum part_status status)
{
	inside->requests[read_infos[call->kind].service][status]++;
	call->status = status;
	call->finished_ns = clock_now_ns();
	call->done(call);
}

static void call_fail(struct inside *inside, struct part_call *call, const char *why)
{
	snprintf(call->error, sizeof(call->error), "%s: %.140s",
		 service_names[read_infos[call->kind].service], why);
	call_complete(inside, call, PART_FAILED);
}

/* Writes the part's JSON and reads it back, as a socket's two ends would. False with `why`. */
static bool pass_json(struct inside *inside, struct inside_call *mine,
		      char why[PART_JSON_ERROR_MAX])
{
	struct part_call *call = mine->call;
	strbuf_clear(&inside->json);
	part_handler_write(&mine->work, &inside->json);
	const char *body = strbuf_ok(&inside->json)
				   ? arena_copy(call->arena, inside->json.data, inside->json.len)
				   : NULL;
	call->part = body ? arena_alloc(call->arena, read_infos[call->kind].out_size) : NULL;
	if (!call->part) {
		snprintf(why, PART_JSON_ERROR_MAX, "no memory for the part");
		return false;
	}
	return part_json_read(call->kind, (struct slice){body, inside->json.len}, call->arena,
			      call->part, why);
}

static void on_work(struct part_work *work)
{
	struct inside_call *mine = work->owner;
	struct part_call *call = mine->call;
	struct inside *inside = mine->inside;
	enum part_status status = part_statuses[work->job.status];
	char why[PART_JSON_ERROR_MAX];
	if (status == PART_FAILED)
		call_fail(inside, call, work->job.error);
	else if (status == PART_OK && inside->form == INSIDE_JSON && !pass_json(inside, mine, why))
		call_fail(inside, call, why);
	else {
		if (inside->form == INSIDE_CALL)
			call->part = work->job.out;
		call_complete(inside, call, status);
	}
}

/* Writes the request's target and parses it again. False when it is no target of the service. */
static bool pass_target(struct inside *inside, const struct part_call *call, struct read_job *job)
{
	strbuf_clear(&inside->target);
	route_write_part(&inside->target, call->kind, &call->args);
	if (!strbuf_ok(&inside->target))
		return false;
	struct slice path = {inside->target.data, inside->target.len}, query = SLICE("");
	const char *mark = memchr(path.at, '?', path.len);
	if (mark) {
		query = (struct slice){mark + 1, path.len - (size_t)(mark + 1 - path.at)};
		path.len = (size_t)(mark - path.at);
	}
	return route_parse_part(read_infos[call->kind].service, path, query, &job->kind,
				&job->args) == ROUTE_OK;
}

static void inside_send(struct transport *transport, struct part_call *call)
{
	struct inside *inside = inside_of(transport);
	struct inside_call *mine = arena_alloc(call->arena, sizeof(*mine));
	call->queued_ns = call->sent_ns = clock_now_ns();
	call->error[0] = '\0';
	if (!mine) {
		call_fail(inside, call, "no memory to ask");
		return;
	}
	mine->work.done = on_work;
	mine->work.owner = mine;
	mine->work.job.arena = call->arena;
	mine->inside = inside;
	mine->call = call;
	if (inside->form == INSIDE_CALL) {
		mine->work.job.kind = call->kind;
		mine->work.job.args = call->args;
	} else if (!pass_target(inside, call, &mine->work.job)) {
		call_fail(inside, call, "its own target was not understood");
		return;
	}
	part_handler_ask(inside->handlers[read_infos[call->kind].service], &mine->work);
}

static void inside_page(struct transport *transport, bool begin)
{
	store_exec_snapshot(inside_of(transport)->execs[0], begin);
}

struct ready_ask {
	void (*done)(void *arg, bool ok);
	void *arg;
};

static void ready_done(void *arg, enum store_status status)
{
	struct ready_ask ask = *(struct ready_ask *)arg;
	free(arg);
	ask.done(ask.arg, status == STORE_OK);
}

static void inside_ready(struct transport *transport, enum service service,
			 void (*done)(void *arg, bool ok), void *arg)
{
	struct ready_ask *ask = malloc(sizeof(*ask));
	if (!ask) {
		done(arg, false);
		return;
	}
	*ask = (struct ready_ask){done, arg};
	store_exec_ping(part_handler_exec(inside_of(transport)->handlers[service]), ready_done,
			ask);
}

static void inside_metrics(struct transport *transport, struct strbuf *out)
{
	const struct inside *inside = inside_of(transport);
	for (int service = 0; service < SERVICE_COUNT; service++)
		for (int status = 0; status < PART_STATUSES; status++)
			strbuf_printf(out,
				      "upstream_requests_total{service=\"%s\",status=\"%s\"} "
				      "%llu\n",
				      service_names[service], part_status_names[status],
				      (unsigned long long)inside->requests[service][status]);
	for (int i = 0; i < SERVICE_COUNT && inside->execs[i]; i++)
		store_exec_metrics(inside->execs[i], out);
}

static void inside_free(struct transport *transport)
{
	struct inside *inside = inside_of(transport);
	for (int i = 0; i < SERVICE_COUNT; i++)
		part_handler_free(inside->handlers[i]);
	for (int i = 0; i < SERVICE_COUNT && inside->execs[i]; i++)
		store_exec_free(inside->execs[i]);
	strbuf_free(&inside->target);
	strbuf_free(&inside->json);
	free(inside);
}

static const struct transport_ops inside_ops = {
	.name = "inside",
	.send = inside_send,
	.ready = inside_ready,
	.metrics = inside_metrics,
	.free = inside_free,
};

static const struct transport_ops inside_one_ops = {
	.name = "inside",
	.page = inside_page,
	.send = inside_send,
	.ready = inside_ready,
	.metrics = inside_metrics,
	.free = inside_free,
};

/* Opens each distinct store once and puts a handler over it for each service. */
static bool open_services(struct inside *inside, struct event_base *base,
			  const struct transport_inside_config *config, char error[STORE_ERROR_MAX])
{
	struct store_exec *of[SERVICE_COUNT] = {NULL};
	int opened = 0;
	for (int service = 0; service < SERVICE_COUNT; service++) {
		for (int other = 0; other < service; other++)
			if (strcmp(config->uris[other], config->uris[service]) == 0)
				of[service] = of[other];
		if (!of[service]) {
			struct store_options options = config->store;
			options.uri = config->uris[service];
			of[service] = store_options_open(&options, base, error);
			if (!of[service])
				return false;
			inside->execs[opened++] = of[service];
		}
		inside->handlers[service] =
			part_handler_over(service_definitions[service], of[service], error);
		if (!inside->handlers[service])
			return false;
	}
	return true;
}

/* One transaction needs one store that reads in place. Tried once, on no page. */
static bool check_one(struct inside *inside, char error[STORE_ERROR_MAX])
{
	if (!inside->execs[1] && store_exec_snapshot(inside->execs[0], true)) {
		store_exec_snapshot(inside->execs[0], false);
		return true;
	}
	snprintf(error, STORE_ERROR_MAX,
		 "--one-transaction needs the four services on one sqlite: database, without "
		 "--workers");
	return false;
}

struct transport *transport_inside_new(struct event_base *base,
				       const struct transport_inside_config *config,
				       char error[STORE_ERROR_MAX])
{
	struct inside *inside = calloc(1, sizeof(*inside));
	if (!inside) {
		snprintf(error, STORE_ERROR_MAX, "no memory for the transport");
		return NULL;
	}
	inside->transport.ops = config->one_transaction ? &inside_one_ops : &inside_ops;
	inside->form = config->form;
	strbuf_init(&inside->target, TARGET_MAX);
	strbuf_init(&inside->json, PART_JSON_MAX);
	error[0] = '\0';
	if (open_services(inside, base, config, error) &&
	    (!config->one_transaction || check_one(inside, error)))
		return &inside->transport;
	inside_free(&inside->transport);
	return NULL;
}
