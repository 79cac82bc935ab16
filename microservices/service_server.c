/* A request for a part: parse -> store -> part_json -> reply. Services have no admission of their
 * own: the BFF bounds what it sends to each, and the store's queue is bounded. */
#include "microservices/service_server.h"

#include "common/base/clock.h"
#include "common/contract/part_json.h"
#include "common/contract/routes.h"
#include "common/contract/stamps.h"
#include "common/http/http_address.h"
#include "common/http/http_trouble.h"
#include "microservices/part_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TRACE_MAX = 64 };

struct service_server {
	const struct service_definition *definition;
	struct store_options store;
	struct http_route routes[SERVICE_ROUTES_MAX];
	struct http_app app;
	struct http_server *http;
	char binary[HTTP_ADDRESS_MAX]; /* its address, "" without */
	int *binary_fds;               /* bound for each loop; -1: taken, or none */
	unsigned loops;
};

/* A loop's state. */
struct service_state {
	const struct service_definition *definition;
	struct part_handler *parts;
	struct part_server *binary; /* NULL without */
	struct http_loop *loop;
	struct http_trouble trouble;
};

struct service_task {
	struct part_work work;
	struct service_state *service;
	struct http_request *request; /* NULL once the client has left */
	int64_t arrived_ns;           /* of a request with a trace id, else 0 */
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

/* Says once a second what failed, with the trace id that the BFF sent. */
static void task_complain(struct service_task *task)
{
	char trace[TRACE_MAX];
	const struct read_job *job = &task->work.job;
	task_trace(task, trace);
	http_trouble_log(&task->service->trouble, clock_now_ns(), read_infos[job->kind].name, trace,
			 job->error);
}

/* Answers with the part; tells of the request's way through here when it has a trace id. */
static void task_reply(struct service_task *task, const struct strbuf *body, int64_t write_ns)
{
	char text[STAMPS_TEXT_MAX];
	const struct http_header header = {stamps_header, text};
	text[0] = '\0';
	if (task->arrived_ns) {
		part_handler_stamps(&task->work, task->arrived_ns, write_ns, text);
	}
	http_reply(task->request, 200, http_type_json, (struct slice){body->data, body->len},
		   &header, task->arrived_ns ? 1 : 0);
}

static void task_done(struct part_work *work)
{
	struct service_task *task = work->owner;
	enum store_status status = work->job.status;
	struct strbuf *body = NULL;
	char trace[TRACE_MAX];
	int64_t write_ns = task->arrived_ns ? clock_now_ns() : 0;
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
		task_reply(task, body, write_ns);
	else if (task->request)
		http_reply_problem(task->request, store_problems[status], NULL, 0);
	if (trace[0])
		part_handler_log(work, trace);
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
	struct arena *arena = arena_new(PART_WORK_ARENA);
	struct service_task *task = arena ? arena_alloc(arena, sizeof(*task)) : NULL;
	if (!task) {
		arena_free(arena);
		http_reply_problem(request, PROBLEM_UNAVAILABLE, NULL, 0);
		return;
	}
	*task = (struct service_task){.work = {.job = {.arena = arena}, .done = task_done},
				      .service = service,
				      .request = request,
				      .arrived_ns = request->traceparent.len ? clock_now_ns() : 0};
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

static void service_stop(void *state)
{
	struct service_state *service = state;
	part_handler_free(service->parts);
	part_server_free(service->binary);
	free(service);
}

static void *service_start(void *arg, struct http_loop *loop, char error[HTTP_ERROR_MAX])
{
	const struct service_server *server = arg;
	struct event_base *base = http_loop_base(loop);
	struct service_state *service = calloc(1, sizeof(*service));
	if (!service) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for a service");
		return NULL;
	}
	service->definition = server->definition;
	service->loop = loop;
	service->parts = part_handler_new(server->definition, base, &server->store, error);
	if (!service->parts) {
		service_stop(service);
		return NULL;
	}
	if (!server->binary_fds)
		return service;
	int *fd = &server->binary_fds[http_loop_index(loop)];
	service->binary = part_server_new(base, *fd, service->parts, server->definition, error);
	*fd = -1;
	if (service->binary)
		return service;
	service_stop(service);
	return NULL;
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
	if (service->binary)
		part_server_metrics(service->binary, out);
}

/* ---- the server ---- */

static bool bind_binary(struct service_server *server, const char *address, unsigned loops,
			char error[HTTP_ERROR_MAX])
{
	char why[HTTP_ERROR_MAX];
	if (strncmp(address, "unix:", strlen("unix:")) != 0) {
		snprintf(error, HTTP_ERROR_MAX, "--binary %.100s: give unix:PATH", address);
		return false;
	}
	server->binary_fds = calloc(loops, sizeof(*server->binary_fds));
	if (!server->binary_fds) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for a service");
		return false;
	}
	if (http_address_bind(address, loops, server->binary_fds, server->binary, why)) {
		server->loops = loops;
		return true;
	}
	snprintf(error, HTTP_ERROR_MAX, "--binary: %.240s", why);
	return false;
}

struct service_server *service_server_new(const struct service_definition *definition,
					  const struct store_options *store, const char *binary,
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
	if (!binary || bind_binary(server, binary, config->threads, error))
		server->http = http_server_new(&whole, error);
	if (server->http)
		return server;
	service_server_free(server);
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
	for (unsigned i = 0; i < server->loops; i++)
		if (server->binary_fds[i] >= 0)
			close(server->binary_fds[i]);
	if (server->binary[0])
		http_address_unlink(server->binary);
	free(server->binary_fds);
	free(server);
}
