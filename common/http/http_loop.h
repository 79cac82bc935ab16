/* http_loop: one event loop of the server and its connections. Internal to common/http.
 *
 * A connection is ours (struct http_conn) beside evhttp's: it counts towards the cap, finds the
 * request being handled when the client leaves, and is what a stop closes.
 *
 * Connection states: IDLE (no request, or one being read) -> HANDLING (the program has it) ->
 * IDLE (answer written) | WRITING (answer waits for the client to read) -> IDLE.
 */
#ifndef DUET_HTTP_HTTP_LOOP_H
#define DUET_HTTP_HTTP_LOOP_H

#include "common/http/http_address.h"
#include "common/http/http_metrics.h"
#include "common/http/http_server.h"
#include "common/http/http_turn.h"

#include <pthread.h>
#include <time.h>

struct bufferevent;
struct event;
struct evhttp;
struct evhttp_bound_socket;
struct evhttp_connection;
struct evhttp_request;

enum http_conn_state { CONN_IDLE, CONN_HANDLING, CONN_WRITING };

struct http_conn {
	struct http_loop *loop;
	struct bufferevent *bev;
	struct evhttp_connection *evcon;
	struct http_conn *prev, *next; /* of the loop's list, or of the fresh ones */
	int fd;
	enum http_conn_state state;
	bool bodyless; /* the answer goes without its body (HEAD) */
	bool close;    /* after the answer */
	bool bounded;  /* its input buffer has a limit */
	size_t route;  /* metrics index */
	struct evhttp_request *req;
	struct http_request request;
};

/* Work for a loop's thread; owned by whoever posts it. */
struct http_task {
	void (*run)(struct http_task *task, struct http_loop *loop);
	struct http_task *next;
};

struct http_loop {
	struct http_server *server;
	unsigned index;
	pthread_t thread; /* of loops but the first, which is the caller's */
	int listen_fd, wake_fd;
	struct event_base *base;
	struct evhttp *http;
	struct evhttp_bound_socket *bound; /* NULL when it does not accept */
	bool accepting;                    /* false: at the cap, the backlog waits */
	struct event *wake, *adopt, *stop_timer, *signals;
	pthread_mutex_t lock; /* guards posted */
	struct http_task *posted;
	struct http_conn **by_fd;
	size_t by_fd_size;
	struct http_conn *first, *fresh;
	unsigned open;
	struct http_conn *current; /* being handled right now, until it is answered */
	bool stopping;
	bool attached; /* the base is the caller's */
	void *state;   /* the program's */
	struct strbuf scratch, head;
	char date[48]; /* "Date: ...\r\n" of second date_s */
	time_t date_s;
	struct http_metrics metrics;
	struct http_turn turn;
	char error[HTTP_ERROR_MAX];
};

struct http_aside_job;

/* The side thread (http_aside.h). */
struct http_aside {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t posted;
	pthread_t thread;
	bool started, stopping;
	unsigned waiting; /* jobs from `first` on */
	struct http_aside_job *first;
};

struct http_server {
	struct http_server_config config;
	unsigned connections_max; /* of one loop */
	char address[HTTP_ADDRESS_MAX];
	atomic_bool stop_asked, failed;
	pthread_barrier_t started;
	const char *route_names[HTTP_METRIC_ROUTES];
	size_t route_count;
	int signal_fd; /* -1 without */
	struct http_loop *loops;
	struct http_aside aside;
};

/* Opens a loop's event base and evhttp and the program's state; false with loop->error set. */
bool http_loop_open(struct http_loop *loop);

/* Listens and accepts; false with loop->error set. */
bool http_loop_accept(struct http_loop *loop);

/* Closes what is open, then frees the program's state and everything of the loop but its buffers.
 */
void http_loop_close(struct http_loop *loop);

/* Hands a task to the loop's thread. From any thread. */
void http_loop_post(struct http_loop *loop, struct http_task *task);

/* The connection of a request, or NULL. */
struct http_conn *http_conn_of(struct http_loop *loop, const struct evhttp_request *req);

/* While a request waits for its answer: learn when the client leaves, and bound what it sends
 * ahead. */
void http_conn_watch(struct http_conn *conn);

/* evhttp's callback for a complete request; arg is the loop. */
void http_exchange_begin(struct evhttp_request *req, void *arg);

/* /healthz, /readyz, /metrics and /: their state is the loop. */
enum { HTTP_BUILTIN_ROUTES = 4 };
extern const struct http_route http_builtin_routes[HTTP_BUILTIN_ROUTES];

#endif
