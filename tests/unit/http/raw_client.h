/* raw_client: a server in a thread, and a blocking client that sends exactly the bytes it is told.
 */
#ifndef DUET_TEST_RAW_CLIENT_H
#define DUET_TEST_RAW_CLIENT_H

#include "common/http/http_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct raw_server {
	struct http_server *server;
	pthread_t thread;
	bool ok;
	char error[HTTP_ERROR_MAX];
};

static inline void *raw_server_thread(void *arg)
{
	struct raw_server *raw = arg;
	raw->ok = http_server_run(raw->server, raw->error);
	return NULL;
}

static inline bool raw_server_start(struct raw_server *raw, const struct http_server_config *config)
{
	raw->error[0] = '\0';
	raw->server = http_server_new(config, raw->error);
	return raw->server && pthread_create(&raw->thread, NULL, raw_server_thread, raw) == 0;
}

/* Stops the server and says whether it ended well. */
static inline bool raw_server_stop(struct raw_server *raw)
{
	http_server_stop(raw->server);
	pthread_join(raw->thread, NULL);
	http_server_free(raw->server);
	return raw->ok;
}

/* A connection, tried until the server listens; reads give up after 20 s. */
static inline int raw_connect(const struct raw_server *raw)
{
	const char *address = http_server_address(raw->server);
	struct sockaddr_in to = {.sin_family = AF_INET};
	to.sin_port = htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	struct timeval limit = {.tv_sec = 20};
	for (int tries = 0; tries < 5000; tries++) {
		int on = 1;
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
			return fd;
		close(fd);
		usleep(2000);
	}
	return -1;
}

static inline void raw_send(int fd, const char *text)
{
	size_t len = strlen(text);
	while (len) {
		ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		text += sent;
		len -= (size_t)sent;
	}
}

struct raw_answer {
	int status; /* 0: the connection ended or nothing came */
	char head[4096];
	size_t length; /* of the body, as announced */
	char *body;    /* NUL-terminated; NULL when none was read */
};

/* Reads one answer, byte by byte up to its body so that the next one stays in the socket. */
static inline struct raw_answer raw_read(int fd, bool has_body)
{
	struct raw_answer answer = {0};
	size_t used = 0;
	while (used < sizeof(answer.head) - 1 && recv(fd, answer.head + used, 1, 0) == 1) {
		used++;
		if (used >= 4 && memcmp(answer.head + used - 4, "\r\n\r\n", 4) == 0)
			break;
	}
	if (used < 16)
		return answer;
	answer.status = (int)strtol(answer.head + 9, NULL, 10);
	const char *length = strstr(answer.head, "Content-Length: ");
	answer.length = length ? strtoul(length + 16, NULL, 10) : 0;
	if (!has_body || !length)
		return answer;
	answer.body = calloc(1, answer.length + 1);
	for (size_t at = 0; answer.body && at < answer.length;) {
		ssize_t got = recv(fd, answer.body + at, answer.length - at, 0);
		if (got <= 0) {
			answer.status = 0;
			break;
		}
		at += (size_t)got;
	}
	return answer;
}

static inline void raw_answer_free(struct raw_answer *answer)
{
	free(answer->body);
	answer->body = NULL;
}

/* True when the other side closes without a further byte. */
static inline bool raw_at_end(int fd)
{
	char byte;
	return recv(fd, &byte, 1, 0) == 0;
}

/* Sends on a connection of its own and returns the answer's status. */
static inline int raw_ask(const struct raw_server *raw, const char *text)
{
	int fd = raw_connect(raw);
	raw_send(fd, text);
	struct raw_answer answer = raw_read(fd, true);
	raw_answer_free(&answer);
	close(fd);
	return answer.status;
}

#endif
