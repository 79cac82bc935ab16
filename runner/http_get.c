#include "runner/http_get.h"

#include <curl/curl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct strbuf *body = arg;
	if (body)
		strbuf_add(body, bytes, size * count);
	return !body || strbuf_ok(body) ? size * count : 0;
}

static int get(const char *url, const char *socket, long timeout_ms, struct strbuf *body)
{
	long status = 0;
	CURL *curl = curl_easy_init();
	if (!curl)
		return 0;
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (curl_easy_perform(curl) == CURLE_OK)
		(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	return (int)status;
}

int http_get(uint16_t port, const char *path, long timeout_ms, struct strbuf *body)
{
	char url[128];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", port, path);
	return get(url, NULL, timeout_ms, body);
}

int http_get_unix(const char *socket, const char *path, long timeout_ms, struct strbuf *body)
{
	char url[128];
	(void)snprintf(url, sizeof(url), "http://localhost%s", path);
	return get(url, socket, timeout_ms, body);
}

bool http_get_samples(const char *metrics, const char *name, double *sum, double *most)
{
	size_t len = strlen(name);
	bool found = false;
	*sum = *most = 0;
	for (const char *line = metrics; line; line = strchr(line, '\n')) {
		line += *line == '\n' ? 1 : 0;
		if (strncmp(line, name, len) != 0 || (line[len] != ' ' && line[len] != '{'))
			continue;
		double value = strtod(line + strcspn(line, " \n"), NULL);
		*sum += value;
		*most = found ? fmax(*most, value) : value;
		found = true;
	}
	return found;
}

uint64_t http_get_count(const char *metrics, const char *route)
{
	static const char name[] = "http_requests_total{";
	char wanted[64];
	uint64_t sum = 0;
	(void)snprintf(wanted, sizeof(wanted), "route=\"%s\"", route);
	for (const char *line = metrics; line; line = strchr(line, '\n')) {
		line += *line == '\n' ? 1 : 0;
		const char *end = strchr(line, '}');
		const char *label = strstr(line, wanted);
		if (strncmp(line, name, sizeof(name) - 1) == 0 && end && label && label < end)
			sum += strtoull(end + 1, NULL, 10);
	}
	return sum;
}
