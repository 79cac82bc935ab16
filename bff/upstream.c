#include "bff/upstream.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Splits "HOST:PORT" or "[HOST]:PORT"; false when it is neither. */
static bool split_address(const char *text, char *host, size_t host_size, const char **port)
{
	const char *colon = strrchr(text, ':');
	if (!colon || colon == text || !colon[1] || strspn(colon + 1, "0123456789") > 5 ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0')
		return false;
	size_t len = (size_t)(colon - text);
	if (text[0] == '[') {
		if (len < 3 || text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return false;
	}
	if (len >= host_size)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	*port = colon + 1;
	return true;
}

static bool init_tcp(struct upstream *upstream, const char *address, char error[PART_ERROR_MAX])
{
	const char *name = service_names[upstream->service];
	char host[UPSTREAM_PATH_MAX], numeric[INET6_ADDRSTRLEN];
	const char *port;
	if (!split_address(address, host, sizeof(host), &port)) {
		snprintf(error, PART_ERROR_MAX,
			 "--%s http://%s: give http://HOST:PORT or unix:PATH", name, address);
		return false;
	}
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int failure = getaddrinfo(host, port, &hints, &found);
	if (!failure)
		failure = getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof(numeric),
				      NULL, 0, NI_NUMERICHOST);
	bool six = found && found->ai_family == AF_INET6;
	if (found)
		freeaddrinfo(found);
	if (failure) {
		snprintf(error, PART_ERROR_MAX,
			 "--%s http://%s: no address for this host (%s); give a numeric one", name,
			 address, gai_strerror(failure));
		return false;
	}
	snprintf(upstream->host, sizeof(upstream->host), "%s", numeric);
	upstream->port = (uint16_t)strtoul(port, NULL, 10);
	snprintf(upstream->url, sizeof(upstream->url), six ? "http://[%s]:%s" : "http://%s:%s",
		 numeric, port);
	return true;
}

static bool init_unix(struct upstream *upstream, const char *path, char error[PART_ERROR_MAX])
{
	size_t len = strlen(path);
	if (!len || len >= sizeof(upstream->socket_path)) {
		snprintf(error, PART_ERROR_MAX,
			 "--%s unix:PATH: the path must have 1 to %d bytes, it has %zu",
			 service_names[upstream->service], UPSTREAM_PATH_MAX - 1, len);
		return false;
	}
	memcpy(upstream->socket_path, path, len + 1);
	snprintf(upstream->url, sizeof(upstream->url), "http://localhost");
	return true;
}

bool upstream_init(struct upstream *upstream, enum service service, const char *url,
		   char error[PART_ERROR_MAX])
{
	static const char http[] = "http://", local[] = "unix:";
	*upstream = (struct upstream){.service = service};
	snprintf(upstream->address, sizeof(upstream->address), "%s", url);
	if (strncmp(url, local, sizeof(local) - 1) == 0)
		return init_unix(upstream, url + sizeof(local) - 1, error);
	if (strncmp(url, http, sizeof(http) - 1) == 0)
		return init_tcp(upstream, url + sizeof(http) - 1, error);
	snprintf(error, PART_ERROR_MAX, "--%s %.64s: give http://HOST:PORT or unix:PATH",
		 service_names[service], url);
	return false;
}

void upstream_queue(struct upstream *upstream, struct part_call *call)
{
	call->next = NULL;
	if (upstream->last)
		upstream->last->next = call;
	else
		upstream->first = call;
	upstream->last = call;
	upstream->queued++;
}

struct part_call *upstream_take(struct upstream *upstream)
{
	struct part_call *call = upstream->first;
	if (!call)
		return NULL;
	upstream->first = call->next;
	if (!upstream->first)
		upstream->last = NULL;
	call->next = NULL;
	upstream->queued--;
	return call;
}

void upstream_metrics(const struct upstream *upstream, struct strbuf *out)
{
	const char *name = service_names[upstream->service];
	for (int status = 0; status <= PART_STATUSES; status++)
		strbuf_printf(out,
			      "upstream_requests_total{service=\"%s\",status=\"%s\"} %" PRIu64 "\n",
			      name, part_status_names[status], upstream->requests[status]);
	strbuf_printf(out, "upstream_in_flight{service=\"%s\"} %u\n", name, upstream->in_flight);
	strbuf_printf(out, "upstream_queued{service=\"%s\"} %u\n", name, upstream->queued);
	strbuf_printf(out, "upstream_connections_opened_total{service=\"%s\"} %" PRIu64 "\n", name,
		      upstream->connections);
}
