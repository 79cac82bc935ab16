#include "common/http/http_server.h"

#include "common/base/log.h"
#include "common/http/http_aside.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* FILES_RESERVED: what a program needs beside its clients' connections: stores, upstreams, logs.
 * FILES_LEAST: fewer connections than this are no server. */
enum { FILES_RESERVED = 512, FILES_LEAST = 64 };

/* Blocked before any thread starts, so that all inherit it and only the descriptor sees them. */
static bool server_take_signals(struct http_server *server)
{
	sigset_t set;
	signal(SIGPIPE, SIG_IGN);
	server->signal_fd = -1;
	if (!server->config.handle_signals)
		return true;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return false;
	server->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return server->signal_fd >= 0;
}

static bool server_check_files(struct http_server *server, char error[HTTP_ERROR_MAX])
{
	unsigned files = http_address_raise_files();
	unsigned wanted = server->config.max_connections;
	unsigned reserved = files / 2 < FILES_RESERVED ? files / 2 : FILES_RESERVED;
	if (files < FILES_LEAST) {
		snprintf(error, HTTP_ERROR_MAX,
			 "only %u files may be open, at least %d are needed; raise `ulimit -n`",
			 files, FILES_LEAST);
		return false;
	}
	if (wanted > files - reserved) {
		char has[16], needs[16];
		snprintf(has, sizeof(has), "%u", files);
		snprintf(needs, sizeof(needs), "%u", wanted + reserved);
		wanted = files - reserved;
		log_line(LOG_WARN, "few_files", "limit", has, "wanted", needs, "mend",
			 "raise `ulimit -n`; more connections than that wait", NULL);
	}
	server->connections_max = wanted / server->config.threads;
	if (server->connections_max == 0)
		server->connections_max = 1;
	return true;
}

static void server_name_routes(struct http_server *server)
{
	const struct http_app *app = server->config.app;
	size_t n = 0;
	for (size_t i = 0; i < app->route_count && i < HTTP_ROUTES_MAX; i++)
		server->route_names[n++] = app->routes[i].name;
	for (size_t i = 0; i < HTTP_BUILTIN_ROUTES; i++)
		server->route_names[n++] = http_builtin_routes[i].name;
	server->route_names[n++] = "other";
	server->route_count = n;
}

static bool server_make_loops(struct http_server *server, char error[HTTP_ERROR_MAX])
{
	unsigned count = server->config.threads;
	int *fds = calloc(count, sizeof(*fds));
	server->loops = calloc(count, sizeof(*server->loops));
	bool ok = fds && server->loops;
	for (unsigned i = 0; ok && i < count; i++) {
		struct http_loop *loop = &server->loops[i];
		loop->server = server;
		loop->index = i;
		loop->listen_fd = -1;
		loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		pthread_mutex_init(&loop->lock, NULL);
		ok = loop->wake_fd >= 0;
	}
	if (!ok)
		snprintf(error, HTTP_ERROR_MAX, "no memory or files for %u event loops", count);
	ok = ok && http_address_bind(server->config.listen, count, fds, server->address, error);
	for (unsigned i = 0; ok && i < count; i++)
		server->loops[i].listen_fd = fds[i];
	free(fds);
	return ok;
}

struct http_server *http_server_new(const struct http_server_config *config,
				    char error[HTTP_ERROR_MAX])
{
	struct http_server *server = calloc(1, sizeof(*server));
	if (!server) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for a server");
		return NULL;
	}
	server->config = *config;
	pthread_mutex_init(&server->aside.lock, NULL);
	pthread_cond_init(&server->aside.posted, NULL);
	server_name_routes(server);
	if (!server_take_signals(server)) {
		snprintf(error, HTTP_ERROR_MAX, "cannot take signals");
	} else if (server_check_files(server, error) && server_make_loops(server, error)) {
		pthread_barrier_init(&server->started, NULL, config->threads);
		return server;
	}
	http_server_free(server);
	return NULL;
}

static void loop_serve(struct http_loop *loop)
{
	struct http_server *server = loop->server;
	if (!http_loop_open(loop))
		atomic_store(&server->failed, true);
	pthread_barrier_wait(&server->started);
	if (!atomic_load(&server->failed) && !http_loop_accept(loop)) {
		atomic_store(&server->failed, true);
		http_server_stop(server);
	}
	pthread_barrier_wait(&server->started);
	if (!atomic_load(&server->failed)) {
		if (loop->index == 0)
			log_line(LOG_INFO, "listening", "address", server->address, NULL);
		event_base_dispatch(loop->base);
	}
	http_loop_close(loop);
}

static void *loop_thread(void *arg)
{
	loop_serve(arg);
	return NULL;
}

/* The barrier needs every thread, so a program that cannot have them cannot go on. */
static void server_start_threads(struct http_server *server, char error[HTTP_ERROR_MAX])
{
	for (unsigned i = 1; i < server->config.threads; i++) {
		struct http_loop *loop = &server->loops[i];
		if (pthread_create(&loop->thread, NULL, loop_thread, loop) == 0)
			continue;
		snprintf(error, HTTP_ERROR_MAX,
			 "cannot start thread %u of %u; give fewer --threads", i + 1,
			 server->config.threads);
		log_line(LOG_ERROR, "failed", "why", error, NULL);
		_exit(1);
	}
}

bool http_server_run(struct http_server *server, char error[HTTP_ERROR_MAX])
{
	unsigned count = server->config.threads;
	server_start_threads(server, error);
	loop_serve(&server->loops[0]);
	for (unsigned i = 1; i < count; i++)
		pthread_join(server->loops[i].thread, NULL);
	bool failed = atomic_load(&server->failed);
	for (unsigned i = count; failed && i-- > 0;)
		if (server->loops[i].error[0])
			snprintf(error, HTTP_ERROR_MAX, "%s", server->loops[i].error);
	return !failed;
}

bool http_server_attach(struct http_server *server, struct event_base *base,
			char error[HTTP_ERROR_MAX])
{
	struct http_loop *loop = &server->loops[0];
	loop->base = base;
	loop->attached = true;
	if (http_loop_open(loop) && http_loop_accept(loop))
		return true;
	snprintf(error, HTTP_ERROR_MAX, "%s", loop->error);
	return false;
}

void http_server_stop(struct http_server *server)
{
	uint64_t one = 1;
	atomic_store(&server->stop_asked, true);
	for (unsigned i = 0; i < server->config.threads; i++)
		if (write(server->loops[i].wake_fd, &one, sizeof(one)) < 0)
			continue; /* full: the loop will wake anyway */
}

const char *http_server_address(const struct http_server *server)
{
	return server->address;
}

/* Tasks that a stop overtook are run on no loop, so that their owners free them. */
static void server_drain(struct http_server *server)
{
	bool found;
	do {
		found = false;
		for (unsigned i = 0; i < server->config.threads; i++) {
			struct http_loop *loop = &server->loops[i];
			struct http_task *task = loop->posted;
			loop->posted = NULL;
			for (struct http_task *next; task; task = next) {
				next = task->next;
				task->run(task, loop);
				found = true;
			}
		}
	} while (found);
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	http_aside_stop(&server->aside);
	if (server->loops && server->loops[0].attached)
		http_loop_close(&server->loops[0]);
	if (server->loops) {
		if (server->route_count)
			server_drain(server);
		for (unsigned i = 0; i < server->config.threads; i++) {
			struct http_loop *loop = &server->loops[i];
			if (loop->listen_fd >= 0)
				close(loop->listen_fd);
			if (loop->wake_fd > 0)
				close(loop->wake_fd);
			pthread_mutex_destroy(&loop->lock);
		}
	}
	if (server->address[0]) {
		http_address_unlink(server->address);
		pthread_barrier_destroy(&server->started);
	}
	if (server->signal_fd >= 0)
		close(server->signal_fd);
	pthread_cond_destroy(&server->aside.posted);
	pthread_mutex_destroy(&server->aside.lock);
	free(server->loops);
	free(server);
}
