/* What every program answers beside its own routes. */
#include "common/http/http_loop.h"
#include "common/version.h"

#include <stdlib.h>

static const char type_metrics[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";
static const char type_html[] = "text/html; charset=utf-8";
static const char type_text[] = "text/plain; charset=utf-8";

enum { METRICS_MAX = 262144 };

static void healthz_handle(void *state, struct http_request *request)
{
	(void)state;
	http_reply(request, 200, type_text, SLICE("ok\n"), NULL, 0);
}

/* ---- /readyz: the client may leave before the program has found out ---- */

struct ready_ask {
	struct http_request *request; /* NULL once the client has left */
};

static void ready_closed(struct http_request *request)
{
	struct ready_ask *ask = request->user;
	ask->request = NULL;
}

static void ready_done(void *arg, bool ok, const char *detail)
{
	struct ready_ask *ask = arg;
	if (ask->request) {
		struct strbuf *body = http_loop_scratch(ask->request->loop);
		strbuf_add_text(body, detail && *detail ? detail : ok ? "ready" : "not ready");
		strbuf_add_char(body, '\n');
		http_reply(ask->request, ok ? 200 : 503, type_text,
			   (struct slice){body->data, body->len}, NULL, 0);
	}
	free(ask);
}

static void readyz_handle(void *state, struct http_request *request)
{
	struct http_loop *loop = state;
	struct ready_ask *ask = malloc(sizeof(*ask));
	if (!ask) {
		http_reply_problem(request, PROBLEM_UNAVAILABLE, NULL, 0);
		return;
	}
	ask->request = request;
	request->user = ask;
	request->closed = ready_closed;
	loop->server->config.app->ready(loop->state, ready_done, ask);
}

/* ---- /metrics: a program's counters live on their loop's thread, so each loop is asked ---- */

struct gather;

struct gather_part {
	struct http_task task; /* first: the part is found by it */
	struct gather *gather;
	struct strbuf text;
};

struct gather {
	struct http_loop *origin;
	struct http_request *request; /* NULL once the client has left */
	unsigned pending;
	struct gather_part parts[];
};

static void gather_closed(struct http_request *request)
{
	struct gather *gather = request->user;
	gather->request = NULL;
}

static void gather_reply(struct gather *gather)
{
	struct http_server *server = gather->origin->server;
	unsigned count = server->config.threads;
	struct strbuf *body = http_loop_scratch(gather->origin);
	const struct http_metrics **all = calloc(count, sizeof(const struct http_metrics *));
	if (!all) {
		http_reply_problem(gather->request, PROBLEM_UNAVAILABLE, NULL, 0);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		all[i] = &server->loops[i].metrics;
	http_metrics_write(body, all, count, server->route_names, server->route_count);
	free(all);
	struct strbuf sum;
	strbuf_init(&sum, METRICS_MAX);
	for (unsigned i = 0; i < count; i++)
		http_metrics_merge(&sum, (struct slice){gather->parts[i].text.data,
							gather->parts[i].text.len});
	strbuf_add(body, sum.data, sum.len);
	strbuf_free(&sum);
	strbuf_add_text(body, "# EOF\n");
	http_reply(gather->request, 200, type_metrics, (struct slice){body->data, body->len}, NULL,
		   0);
}

static void gather_finish(struct gather *gather)
{
	if (gather->request)
		gather_reply(gather);
	for (unsigned i = 0; i < gather->origin->server->config.threads; i++)
		strbuf_free(&gather->parts[i].text);
	free(gather);
}

static void gather_collect(struct http_task *task, struct http_loop *loop)
{
	struct gather_part *part = (struct gather_part *)(void *)task;
	(void)loop;
	if (--part->gather->pending == 0)
		gather_finish(part->gather);
}

static void gather_fill(struct gather_part *part, struct http_loop *loop)
{
	const struct http_app *app = loop->server->config.app;
	strbuf_init(&part->text, METRICS_MAX);
	if (loop->state && app->metrics)
		app->metrics(loop->state, &part->text);
}

static void gather_ask(struct http_task *task, struct http_loop *loop)
{
	struct gather_part *part = (struct gather_part *)(void *)task;
	gather_fill(part, loop);
	part->task.run = gather_collect;
	http_loop_post(part->gather->origin, &part->task);
}

static void metrics_handle(void *state, struct http_request *request)
{
	struct http_loop *loop = state;
	unsigned count = loop->server->config.threads;
	struct gather *gather = calloc(1, sizeof(*gather) + count * sizeof(gather->parts[0]));
	if (!gather) {
		http_reply_problem(request, PROBLEM_UNAVAILABLE, NULL, 0);
		return;
	}
	gather->origin = loop;
	gather->request = request;
	gather->pending = count;
	request->user = gather;
	request->closed = gather_closed;
	for (unsigned i = 0; i < count; i++) {
		gather->parts[i].gather = gather;
		gather->parts[i].task.run = gather_ask;
		if (i != loop->index)
			http_loop_post(&loop->server->loops[i], &gather->parts[i].task);
	}
	gather_fill(&gather->parts[loop->index], loop);
	gather_collect(&gather->parts[loop->index].task, loop);
}

/* ---- /: what this is, for people ---- */

static void index_handle(void *state, struct http_request *request)
{
	struct http_loop *loop = state;
	const struct http_app *app = loop->server->config.app;
	struct strbuf *body = http_loop_scratch(loop);
	strbuf_printf(body,
		      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Duet: %s"
		      "</title><h1>Duet: %s</h1><p>%s (version %s)</p><ul>\n",
		      app->program, app->program, app->about, DUET_VERSION);
	for (size_t i = 0; i < app->route_count; i++)
		strbuf_printf(body, "<li>%s: <code>%s%s</code></li>\n", app->routes[i].name,
			      app->routes[i].path,
			      app->routes[i].path[strlen(app->routes[i].path) - 1] == '/' ? "..."
											  : "");
	for (size_t i = 0; i + 1 < HTTP_BUILTIN_ROUTES; i++)
		strbuf_printf(body, "<li><a href=\"%s\">%s</a></li>\n", http_builtin_routes[i].path,
			      http_builtin_routes[i].name);
	strbuf_add_text(body, "</ul></html>\n");
	http_reply(request, 200, type_html, (struct slice){body->data, body->len}, NULL, 0);
}

const struct http_route http_builtin_routes[HTTP_BUILTIN_ROUTES] = {
	{"healthz", "/healthz", healthz_handle},
	{"readyz", "/readyz", readyz_handle},
	{"metrics", "/metrics", metrics_handle},
	{"index", "/", index_handle},
};
