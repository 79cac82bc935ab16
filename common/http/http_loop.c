#include "common/http/http_loop.h"

#include "common/base/clock.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* INPUT_MAX must hold the largest body, which evhttp moves only when it is complete. */
enum { LISTEN_BACKLOG = 4096, INPUT_MAX = 131072, SCRATCH_MAX = 1048576, HEAD_MAX = 4096 };

static void loop_fail(struct http_loop *loop, const char *what)
{
	snprintf(loop->error, sizeof(loop->error), "%s: %s", what, strerror(errno));
}

/* ---- connections ---- */

static void list_add(struct http_conn **first, struct http_conn *conn)
{
	conn->prev = NULL;
	conn->next = *first;
	if (*first)
		(*first)->prev = conn;
	*first = conn;
}

static void list_remove(struct http_conn **first, struct http_conn *conn)
{
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		*first = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
}

static struct http_conn *list_pop(struct http_conn **first)
{
	struct http_conn *conn = *first;
	*first = conn->next;
	if (conn->next)
		conn->next->prev = NULL;
	return conn;
}

static void loop_set_accepting(struct http_loop *loop, bool accepting)
{
	if (!loop->bound || loop->accepting == accepting)
		return;
	struct evconnlistener *listener = evhttp_bound_socket_get_listener(loop->bound);
	loop->accepting = accepting;
	if (accepting)
		evconnlistener_enable(listener);
	else
		evconnlistener_disable(listener);
}

static void conn_forget(struct http_conn *conn)
{
	struct http_loop *loop = conn->loop;
	free(conn);
	loop->open--;
	http_metrics_add(&loop->metrics.connections, UINT64_MAX);
	if (loop->stopping && loop->open == 0)
		event_base_loopbreak(loop->base);
	loop_set_accepting(loop, !loop->stopping);
}

static void conn_closed(struct evhttp_connection *evcon, void *arg)
{
	struct http_conn *conn = arg;
	struct http_loop *loop = conn->loop;
	(void)evcon;
	list_remove(&loop->first, conn);
	if ((size_t)conn->fd < loop->by_fd_size && loop->by_fd[conn->fd] == conn)
		loop->by_fd[conn->fd] = NULL;
	if (conn->state == CONN_HANDLING) {
		http_metrics_add(&loop->metrics.in_flight, UINT64_MAX);
		if (conn->request.closed)
			conn->request.closed(&conn->request);
		/* evhttp leaves an unanswered request of a lost connection to its owner. */
		if (!evhttp_request_get_connection(conn->req))
			evhttp_request_free(conn->req);
	}
	conn_forget(conn);
}

static bool loop_map_fd(struct http_loop *loop, struct http_conn *conn)
{
	size_t fd = (size_t)conn->fd;
	if (fd >= loop->by_fd_size) {
		size_t size = loop->by_fd_size ? loop->by_fd_size : 64;
		while (size <= fd)
			size *= 2;
		struct http_conn **grown = realloc(loop->by_fd, size * sizeof(struct http_conn *));
		if (!grown)
			return false;
		memset(grown + loop->by_fd_size, 0,
		       (size - loop->by_fd_size) * sizeof(struct http_conn *));
		loop->by_fd = grown;
		loop->by_fd_size = size;
	}
	loop->by_fd[fd] = conn;
	return true;
}

/* evhttp makes a connection right after asking for its bufferevent; the bufferevent's callbacks
 * then carry it. A connection that failed at birth has none. */
static void conn_adopt(struct http_conn *conn)
{
	struct http_loop *loop = conn->loop;
	void *evcon = NULL;
	bufferevent_getcb(conn->bev, NULL, NULL, NULL, &evcon);
	conn->fd = evcon ? bufferevent_getfd(conn->bev) : -1;
	bufferevent_decref(conn->bev);
	if (!evcon) {
		conn_forget(conn);
		return;
	}
	conn->evcon = evcon;
	if (conn->fd < 0 || !loop_map_fd(loop, conn)) {
		evhttp_connection_free(evcon);
		conn_forget(conn);
		return;
	}
	list_add(&loop->first, conn);
	evhttp_connection_set_closecb(evcon, conn_closed, conn);
}

static void loop_adopt(evutil_socket_t fd, short what, void *arg)
{
	struct http_loop *loop = arg;
	(void)fd;
	(void)what;
	while (loop->fresh)
		conn_adopt(list_pop(&loop->fresh));
}

/* evhttp's hook for making a bufferevent is the one place that sees every new connection. */
static struct bufferevent *loop_new_conn(struct event_base *base, void *arg)
{
	struct http_loop *loop = arg;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);
	struct http_conn *conn = calloc(1, sizeof(*conn));
	if (!bev || !conn) {
		free(conn);
		return bev;
	}
	bufferevent_incref(bev);
	conn->bev = bev;
	conn->loop = loop;
	list_add(&loop->fresh, conn);
	event_active(loop->adopt, EV_TIMEOUT, 0);
	http_metrics_add(&loop->metrics.connections, 1);
	http_metrics_add(&loop->metrics.connections_total, 1);
	if (++loop->open >= loop->server->connections_max)
		loop_set_accepting(loop, false);
	return bev;
}

struct http_conn *http_conn_of(struct http_loop *loop, const struct evhttp_request *req)
{
	if (loop->fresh)
		loop_adopt(-1, 0, loop);
	int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(req->evcon));
	return fd >= 0 && (size_t)fd < loop->by_fd_size ? loop->by_fd[fd] : NULL;
}

/* evhttp stops reading while a request is handled. Reading without a read callback, as it does
 * itself while it writes, reports an end of file and keeps early requests in the buffer. */
void http_conn_watch(struct http_conn *conn)
{
	bufferevent_data_cb read, write;
	bufferevent_event_cb event;
	void *arg;
	bufferevent_getcb(conn->bev, &read, &write, &event, &arg);
	bufferevent_setcb(conn->bev, NULL, write, event, arg);
	if (!conn->bounded)
		bufferevent_setwatermark(conn->bev, EV_READ, 0, INPUT_MAX);
	conn->bounded = true;
	bufferevent_enable(conn->bev, EV_READ);
}

/* ---- the loop's life ---- */

static void loop_stop_now(evutil_socket_t fd, short what, void *arg)
{
	struct http_loop *loop = arg;
	(void)fd;
	(void)what;
	event_base_loopbreak(loop->base);
}

static void loop_begin_stop(struct http_loop *loop)
{
	loop->stopping = true;
	loop_adopt(-1, 0, loop);
	if (loop->bound)
		evhttp_del_accept_socket(loop->http, loop->bound);
	loop->bound = NULL;
	loop->listen_fd = -1;
	for (struct http_conn *conn = loop->first, *next; conn; conn = next) {
		next = conn->next;
		if (conn->state == CONN_IDLE)
			evhttp_connection_free(conn->evcon);
	}
	int64_t ns = loop->server->config.stop_timeout_ns;
	struct timeval wait = {.tv_sec = ns / NS_PER_S, .tv_usec = ns % NS_PER_S / NS_PER_US};
	if (loop->open == 0)
		event_base_loopbreak(loop->base);
	else
		event_add(loop->stop_timer, &wait);
}

static void loop_woken(evutil_socket_t fd, short what, void *arg)
{
	struct http_loop *loop = arg;
	uint64_t count;
	(void)what;
	if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&loop->lock);
	struct http_task *task = loop->posted;
	loop->posted = NULL;
	pthread_mutex_unlock(&loop->lock);
	for (struct http_task *next; task; task = next) {
		next = task->next;
		task->run(task, loop);
	}
	if (atomic_load(&loop->server->stop_asked) && !loop->stopping)
		loop_begin_stop(loop);
}

static void loop_signalled(evutil_socket_t fd, short what, void *arg)
{
	struct http_loop *loop = arg;
	struct signalfd_siginfo info;
	(void)what;
	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return;
	http_server_stop(loop->server);
}

void http_loop_post(struct http_loop *loop, struct http_task *task)
{
	pthread_mutex_lock(&loop->lock);
	task->next = loop->posted;
	loop->posted = task;
	pthread_mutex_unlock(&loop->lock);
	uint64_t one = 1;
	while (write(loop->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static bool loop_open_base(struct http_loop *loop)
{
	struct event_config *config = event_config_new();
	if (!config)
		return false;
	event_config_set_flag(config,
			      EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	loop->base = event_base_new_with_config(config);
	event_config_free(config);
	return loop->base != NULL;
}

static bool loop_open_events(struct http_loop *loop)
{
	struct http_server *server = loop->server;
	loop->wake = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, loop_woken, loop);
	loop->adopt = event_new(loop->base, -1, 0, loop_adopt, loop);
	loop->stop_timer = event_new(loop->base, -1, 0, loop_stop_now, loop);
	if (!loop->wake || !loop->adopt || !loop->stop_timer ||
	    !http_turn_open(&loop->turn, loop->base) || event_add(loop->wake, NULL) != 0)
		return false;
	if (loop->index != 0 || server->signal_fd < 0)
		return true;
	loop->signals = event_new(loop->base, server->signal_fd, EV_READ | EV_PERSIST,
				  loop_signalled, loop);
	return loop->signals && event_add(loop->signals, NULL) == 0;
}

static bool loop_open_http(struct http_loop *loop)
{
	const struct http_server_config *config = &loop->server->config;
	struct timeval idle = {.tv_sec = config->idle_timeout_ns / NS_PER_S,
			       .tv_usec = config->idle_timeout_ns % NS_PER_S / NS_PER_US};
	loop->http = evhttp_new(loop->base);
	/* Time-outs of one length are a queue instead of a heap. */
	const struct timeval *queue = event_base_init_common_timeout(loop->base, &idle);
	if (!loop->http || !queue)
		return false;
	evhttp_set_timeout_tv(loop->http, queue);
	evhttp_set_max_headers_size(loop->http, HTTP_HEADER_MAX);
	evhttp_set_max_body_size(loop->http, HTTP_BODY_MAX);
	/* All of them, unknown ones included, so that we answer 405 ourselves. */
	evhttp_set_allowed_methods(loop->http, UINT16_MAX);
	evhttp_set_bevcb(loop->http, loop_new_conn, loop);
	evhttp_set_gencb(loop->http, http_exchange_begin, loop);
	return true;
}

bool http_loop_open(struct http_loop *loop)
{
	const struct http_app *app = loop->server->config.app;
	strbuf_init(&loop->scratch, SCRATCH_MAX);
	strbuf_init(&loop->head, HEAD_MAX);
	if ((!loop->attached && !loop_open_base(loop)) || !loop_open_events(loop) ||
	    !loop_open_http(loop)) {
		loop_fail(loop, "cannot make an event loop");
		return false;
	}
	loop->state = app->start(app->arg, loop, loop->error);
	return loop->state != NULL;
}

bool http_loop_accept(struct http_loop *loop)
{
	if (listen(loop->listen_fd, LISTEN_BACKLOG) != 0) {
		loop_fail(loop, "cannot listen");
		return false;
	}
	struct evconnlistener *listener = evconnlistener_new(
		loop->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, loop->listen_fd);
	if (listener)
		loop->bound = evhttp_bind_listener(loop->http, listener);
	loop->accepting = loop->bound != NULL;
	if (!loop->bound)
		snprintf(loop->error, sizeof(loop->error), "cannot accept connections");
	return loop->bound != NULL;
}

void http_loop_close(struct http_loop *loop)
{
	struct event **events[] = {&loop->wake, &loop->adopt, &loop->stop_timer, &loop->signals};
	loop->stopping = true;
	if (loop->fresh)
		loop_adopt(-1, 0, loop);
	while (loop->first)
		evhttp_connection_free(loop->first->evcon);
	if (loop->state)
		loop->server->config.app->stop(loop->state);
	loop->state = NULL;
	if (loop->http)
		evhttp_free(loop->http);
	if (loop->bound)
		loop->listen_fd = -1; /* closed with the listener */
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (*events[i])
			event_free(*events[i]);
	http_turn_close(&loop->turn);
	if (loop->base && !loop->attached)
		event_base_free(loop->base);
	strbuf_free(&loop->scratch);
	strbuf_free(&loop->head);
	free(loop->by_fd);
}

struct event_base *http_loop_base(const struct http_loop *loop)
{
	return loop->base;
}

unsigned http_loop_index(const struct http_loop *loop)
{
	return loop->index;
}

unsigned http_loop_count(const struct http_loop *loop)
{
	return loop->server->config.threads;
}

struct strbuf *http_loop_scratch(struct http_loop *loop)
{
	strbuf_clear(&loop->scratch);
	return &loop->scratch;
}
