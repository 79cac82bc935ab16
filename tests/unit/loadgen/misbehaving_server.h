/* misbehaving_server: a server in the test's process, with a path for every way to answer wrongly
 * or not at all; it counts what it got on each.
 */
#ifndef DUET_TEST_MISBEHAVING_SERVER_H
#define DUET_TEST_MISBEHAVING_SERVER_H

#include "loadgen/tally.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { CONNECTIONS_MAX = 4096 };

#define BODY "hello"
#define SHA256_OF_BODY "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define ANSWER(headers, body) "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" headers "\r\n" body

/* What the server does on a path, and what that should be counted as. */
struct behaviour {
	const char *path;
	const char *answer; /* NULL: none */
	bool close;         /* ends the connection afterwards, by reset when there is no answer */
	unsigned delay_us;
	enum outcome outcome;
	bool cut; /* no whole answer */
};

static const struct behaviour behaviours[] = {
	{"/ok", ANSWER("", BODY), false, 0, OUTCOME_OK, false},
	{"/slow", ANSWER("", BODY), false, 20000, OUTCOME_OK, false},
	{"/close", ANSWER("Connection: close\r\n", BODY), true, 0, OUTCOME_OK, false},
	{"/chunked",
	 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
	 false, 0, OUTCOME_OK, false},
	{"/degraded", ANSWER("X-Duet-Degraded: reviews\r\n", BODY), false, 0, OUTCOME_DEGRADED,
	 false},
	{"/other-body", ANSWER("", "hallo"), false, 0, OUTCOME_BAD_BODY, false},
	{"/long-body", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!", false, 0,
	 OUTCOME_BAD_BODY, false},
	{"/404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false, 0, OUTCOME_HTTP_4XX,
	 false},
	{"/500", "HTTP/1.1 500 Oops\r\nContent-Length: 1\r\n\r\nx", false, 0, OUTCOME_HTTP_5XX,
	 false},
	{"/302", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", false, 0, OUTCOME_PROTOCOL,
	 false},
	{"/garbage", "hello\r\n\r\n", false, 0, OUTCOME_PROTOCOL, true},
	{"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", true, 0, OUTCOME_RESET, true},
	{"/reset", NULL, true, 0, OUTCOME_RESET, true},
	{"/hang", NULL, false, 0, OUTCOME_REQUEST_TIMEOUT, true},
};
enum { BEHAVIOURS = sizeof(behaviours) / sizeof(behaviours[0]) };

struct server {
	int listener;
	unsigned short port;
	pthread_t acceptor;
	atomic_ullong served[BEHAVIOURS];
	atomic_int open; /* connections being served */
};

struct connection {
	struct server *server;
	int fd;
};

static struct server server;

/* Answers one request; false when the connection is to end. */
static inline bool answer(struct server *s, int fd, const char *request)
{
	for (size_t i = 0; i < BEHAVIOURS; i++) {
		const struct behaviour *b = &behaviours[i];
		const size_t len = strlen(b->path);
		if (strncmp(request + 4, b->path, len) != 0 || request[4 + len] != ' ')
			continue;
		atomic_fetch_add(&s->served[i], 1);
		if (b->delay_us)
			usleep(b->delay_us);
		if (b->answer)
			(void)send(fd, b->answer, strlen(b->answer), MSG_NOSIGNAL);
		if (b->close && !b->answer) {
			const struct linger at_once = {1, 0};
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		}
		return !b->close;
	}
	return false;
}

static inline void *serve(void *arg)
{
	struct connection *c = arg;
	char request[1024];
	size_t len = 0;
	ssize_t n;
	bool more = true;
	while (more && (n = recv(c->fd, request + len, sizeof(request) - 1 - len, 0)) > 0) {
		len += (size_t)n;
		request[len] = '\0';
		if (!strstr(request, "\r\n\r\n"))
			continue;
		more = answer(c->server, c->fd, request);
		len = 0;
	}
	close(c->fd);
	atomic_fetch_sub(&c->server->open, 1);
	free(c);
	return NULL;
}

static inline void *accept_all(void *arg)
{
	struct server *s = arg;
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		const int fd = accept(s->listener, NULL, NULL);
		if (fd < 0)
			return NULL;
		struct connection *c = malloc(sizeof(*c));
		*c = (struct connection){s, fd};
		pthread_t thread;
		atomic_fetch_add(&s->open, 1);
		if (pthread_create(&thread, NULL, serve, c) != 0)
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

static inline int listen_on(unsigned short *port, int backlog)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static inline int start_server(void **state)
{
	(void)state;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM); /* in every thread: the interrupted run's signal is its own */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	server.listener = listen_on(&server.port, 1024);
	return pthread_create(&server.acceptor, NULL, accept_all, &server);
}

static inline int stop_server(void **state)
{
	(void)state;
	shutdown(server.listener, SHUT_RDWR);
	pthread_join(server.acceptor, NULL);
	close(server.listener);
	for (int i = 0; i < 500 && atomic_load(&server.open) > 0; i++)
		usleep(10000);
	return atomic_load(&server.open);
}

#endif
