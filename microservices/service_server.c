/* A request for a part: parse -> store -> part_json -> reply. Services have no admission of their
 * own: the BFF bounds what it sends to each, and the store's queue is bounded. */
#include "microservices/service_server.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/contract/part_json.h"
#include "common/contract/routes.h"
#include "common/http/http_trouble.h"

#include <stdio.h>
#include <stdlib.h>

/* WORK_ARENA: fits a request and any part but a long list into one block. */
enum { WORK_ARENA = 16384, TRACE_MAX = 64 };

struct service_server {
	const struct service_definition *definition;
	struct store_options store;
	struct http_route routes[SERVICE_ROUTES_MAX];
	struct http_app app;
	struct http_server *http;
};

/* A loop's state. */
struct service_state {
	const struct service_definition *definition;
	struct part_handler *parts;
	struct http_loop *loop;
	struct http_trouble trouble;
};

struct service_task {
	struct part_work work;
	struct service_state *service;
	struct http_request *request; /* NULL once the client has left */
};

/* Indexed by enum store_status. */
static const enum http_problem store_problems[] = {
	[STORE_OK] = PROBLEM_COUNT,        [STORE_NOT_FOUND] = PROBLEM_NOT_FOUND,
	[STORE_CONFLICT] = PROBLEM_BROKEN, [STORE_UNAVAILABLE] = PROBLEM_UNAVAILABLE,
	[STORE_BAD_DATA] = PROBLEM_BROKEN,
};

/* Indexed by enum route_result. */
static const enum http_problem route_problems[] = {
	[ROUTE_OK] = PROBLEM_COUNT,         [ROUTE_UNKNOWN] = PROBLEM_NOT_FOUND,
	[ROUTE_BAD_ID] = PROBLEM_NOT_FOUND, [ROUTE_BAD_PAGE] = PROBLEM_BAD_PAGE,
	[ROUTE_BAD_IDS] = PROBLEM_BAD_IDS,
};

static void task_trace(const struct service_task *task, char trace[TRACE_MAX])
{
	struct slice parent = task->request ? task->request->traceparent : SLICE("");
	trace[0] = '\0';
	if (parent.len < TRACE_MAX)
		snprintf(trace, TRACE_MAX, "%.*s", (int)parent.len, parent.at);
}

/* Requests that carry a trace id, which measured ones do not, can be followed through the logs.
 * Written after the answer, which must not wait for it. */
static void task_log(const struct service_task *task, const char *trace)
{
	log_line(LOG_INFO, "part", "name", read_infos[task->work.job.kind].name, "status",
		 store_status_name(task->work.job.status), "trace", trace, NULL);
}

/* Says once a second what failed, with the trace id that the BFF sent. */
static void task_complain(struct service_task *task)
{
	char trace[TRACE_MAX];
	const struct read_job *job = &task->work.job;
	task_trace(task, trace);
	http_trouble_log(&task->service->trouble, clock_now_ns(), read_infos[job->kind].name, trace,
			 job->error);
}

static void task_done(struct part_work *work)
{
	struct service_task *task = work->owner;
	enum store_status status = work->job.status;
	struct strbuf *body = NULL;
	char trace[TRACE_MAX];
	trace[0] = '\0';
	if (status != STORE_OK && status != STORE_NOT_FOUND)
		task_complain(task);
	if (task->request && task->request->traceparent.len)
		task_trace(task, trace);
	if (task->request && status == STORE_OK) {
		body = http_loop_scratch(task->service->loop);
		part_handler_write(work, body);
		if (!strbuf_ok(body))
			status = STORE_BAD_DATA;
	}
	if (task->request && status == STORE_OK)
		http_reply(task->request, 200, http_type_json,
			   (struct slice){body->data, body->len}, NULL, 0);
	else if (task->request)
		http_reply_problem(task->request, store_problems[status], NULL, 0);
	if (trace[0])
		task_log(task, trace);
	arena_free(work->job.arena); /* the task lies in it */
}

static void task_closed(struct http_request *request)
{
	struct service_task *task = request->user;
	task->request = NULL;
}

static void service_handle(void *state, struct http_request *request)
{
	struct service_state *service = state;
	struct arena *arena = arena_new(WORK_ARENA);
	struct service_task *task = arena ? arena_alloc(arena, sizeof(*task)) : NULL;
	if (!task) {
		arena_free(arena);
		http_reply_problem(request, PROBLEM_UNAVAILABLE, NULL, 0);
		return;
	}
	*task = (struct service_task){.work = {.job = {.arena = arena}, .done = task_done},
				      .service = service,
				      .request = request};
	task->work.owner = task;
	enum route_result result =
		route_parse_part(service->definition->service, request->path, request->query,
				 &task->work.job.kind, &task->work.job.args);
	if (result != ROUTE_OK) {
		http_reply_problem(request, route_problems[result], NULL, 0);
		arena_free(arena);
		return;
	}
	request->user = task;
	request->closed = task_closed;
	part_handler_ask(service->parts, &task->work);
}

/* ---- life of a loop's state ---- */

static void *service_start(void *arg, struct http_loop *loop, char error[HTTP_ERROR_MAX])
{
	const struct service_server *server = arg;
	struct service_state *service = calloc(1, sizeof(*service));
	if (!service) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for a service");
		return NULL;
	}
	service->definition = server->definition;
	service->loop = loop;
	service->parts =
		part_handler_new(server->definition, http_loop_base(loop), &server->store, error);
	if (service->parts)
		return service;
	free(service);
	return NULL;
}

static void service_stop(void *state)
{
	struct service_state *service = state;
	part_handler_free(service->parts);
	free(service);
}

static void service_ready(void *state, void (*done)(void *arg, bool ok, const char *detail),
			  void *arg)
{
	struct service_state *service = state;
	store_exec_ready(part_handler_exec(service->parts), done, arg);
}

static void service_metrics(void *state, struct strbuf *out)
{
	struct service_state *service = state;
	store_exec_metrics(part_handler_exec(service->parts), out);
}

/* ---- the server ---- */

struct service_server *service_server_new(const struct service_definition *definition,
					  const struct store_options *store,
					  const struct http_server_config *config,
					  char error[HTTP_ERROR_MAX])
{
	struct service_server *server = calloc(1, sizeof(*server));
	if (!server) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for a service");
		return NULL;
	}
	server->definition = definition;
	server->store = *store;
	for (size_t i = 0; i < definition->route_count; i++)
		server->routes[i] =
			(struct http_route){.name = read_infos[definition->routes[i].kind].name,
					    .path = definition->routes[i].path,
					    .handle = service_handle};
	server->app = (struct http_app){
		.program = service_names[definition->service],
		.about = definition->summary,
		.routes = server->routes,
		.route_count = definition->route_count,
		.start = service_start,
		.stop = service_stop,
		.ready = service_ready,
		.metrics = service_metrics,
		.arg = server,
	};
	struct http_server_config whole = *config;
	whole.app = &server->app;
	server->http = http_server_new(&whole, error);
	if (server->http)
		return server;
	free(server);
	return NULL;
}

struct http_server *service_server_http(struct service_server *server)
{
	return server->http;
}

void service_server_free(struct service_server *server)
{
	if (!server)
		return;
	http_server_free(server->http);
	free(server);
}
