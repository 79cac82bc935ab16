#include "runner/stamp_client.h"

#include "common/base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUEST_MAX = 512, ANSWER_MAX = 1 << 20, READ_AT_ONCE = 65536, WAIT_S = 5 };

static bool fail(char *error, const char *what, const char *why)
{
	(void)snprintf(error, STAMP_CLIENT_ERROR_MAX, "%.50s: %.70s", what, why);
	return false;
}

bool stamp_client_open(struct stamp_client *client, uint16_t port,
		       char error[STAMP_CLIENT_ERROR_MAX])
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_port = htons(port),
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct timeval wait = {.tv_sec = WAIT_S};
	int on = 1;
	strbuf_init(&client->answer, ANSWER_MAX);
	client->port = port;
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0 ||
	    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
	    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
	    connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return fail(error, "connecting", strerror(errno));
	return true;
}

/* The value of a header of the head, which ends at `end`; NULL when it has none. */
static const char *header_of(const char *head, const char *end, const char *name)
{
	size_t len = strlen(name);
	for (const char *line = strstr(head, "\r\n"); line && line < end;
	     line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':')
			return line + 2 + len + 1 + strspn(line + 2 + len + 1, " ");
	}
	return NULL;
}

/* How long the whole answer is, once its head is there; 0 until then, and SIZE_MAX when it does not
 * say. */
static size_t answer_length(const struct strbuf *answer, size_t *head_len)
{
	const char *end = answer->data ? strstr(answer->data, "\r\n\r\n") : NULL;
	if (!end)
		return 0;
	const char *stated = header_of(answer->data, end, "Content-Length");
	unsigned long length = stated ? strtoul(stated, NULL, 10) : 0;
	*head_len = (size_t)(end + 4 - answer->data);
	return stated && length <= ANSWER_MAX ? *head_len + length : SIZE_MAX;
}

static bool read_answer(struct stamp_client *client, size_t *head_len, int64_t *received_ns,
			char *error)
{
	size_t whole = 0;
	strbuf_clear(&client->answer);
	while (whole == 0 || client->answer.len < whole) {
		char *at = strbuf_reserve(&client->answer, READ_AT_ONCE);
		if (!at)
			return fail(error, "the answer", "longer than 1 MiB, or no memory");
		ssize_t got = recv(client->fd, at, READ_AT_ONCE, 0);
		*received_ns = clock_now_ns();
		if (got <= 0)
			return fail(error, "the answer", got ? strerror(errno) : "it was cut off");
		client->answer.len += (size_t)got;
		client->answer.data[client->answer.len] = '\0';
		if (whole == 0)
			whole = answer_length(&client->answer, head_len);
		if (whole == SIZE_MAX)
			return fail(error, "the answer", "it does not state its length");
	}
	return client->answer.len == whole || fail(error, "the answer", "more came than it stated");
}

/* Status and stamps out of the head. */
static void read_head(const struct strbuf *answer, size_t head_len, struct stamp_answer *out)
{
	char text[STAMPS_TEXT_MAX];
	const char *end = answer->data + head_len - 2;
	const char *stamps = header_of(answer->data, end, stamps_header);
	size_t len = stamps ? strcspn(stamps, "\r") : 0;
	out->status = strncmp(answer->data, "HTTP/1.1 ", 9) == 0
			      ? (int)strtol(answer->data + 9, NULL, 10)
			      : 0;
	out->length = answer->len - head_len;
	out->stamps.count = 0;
	if (!stamps || len >= sizeof(text))
		return;
	memcpy(text, stamps, len);
	text[len] = '\0';
	(void)stamps_read(&out->stamps, 0, text);
}

bool stamp_client_ask(struct stamp_client *client, const char *target, bool stamped,
		      struct stamp_answer *answer, char error[STAMP_CLIENT_ERROR_MAX])
{
	char request[REQUEST_MAX];
	size_t head_len = 0;
	int len = snprintf(request, sizeof(request),
			   "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n%s\r\n", target, client->port,
			   stamped ? "X-Duet-Timing: 1\r\n" : "");
	if (len < 0 || (size_t)len >= sizeof(request))
		return fail(error, "the request", "too long");
	answer->sent_ns = clock_now_ns();
	if (send(client->fd, request, (size_t)len, MSG_NOSIGNAL) != len)
		return fail(error, "sending", strerror(errno));
	if (!read_answer(client, &head_len, &answer->received_ns, error))
		return false;
	read_head(&client->answer, head_len, answer);
	return true;
}

void stamp_client_close(struct stamp_client *client)
{
	if (client->fd >= 0)
		(void)close(client->fd);
	client->fd = -1;
	strbuf_free(&client->answer);
}
