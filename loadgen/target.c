#include "loadgen/target.h"

#include "common/version.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_MAX = 256, REQUESTS_MAX = 256 << 20 };

static const char scheme[] = "http://";

/* "HOST[:PORT]" of a base URL, without a closing slash. */
static struct slice authority_of(const char *base_url)
{
	struct slice text = slice_of(base_url + sizeof(scheme) - 1);
	if (text.len && text.at[text.len - 1] == '/')
		text.len--;
	return text;
}

static bool split_authority(struct slice text, char host[HOST_MAX], char port[6])
{
	const bool bracket = text.len && text.at[0] == '[';
	const char *end = memchr(text.at, bracket ? ']' : ':', text.len);
	size_t host_len = end ? (size_t)(end - text.at) : text.len;
	struct slice rest = {text.at + host_len, text.len - host_len};
	if (bracket) {
		if (!end)
			return false;
		rest = (struct slice){end + 1, text.len - host_len - 1};
		host_len--;
	}
	if (host_len == 0 || host_len >= HOST_MAX)
		return false;
	snprintf(host, HOST_MAX, "%.*s", (int)host_len, text.at + bracket);
	snprintf(port, 6, "80");
	if (rest.len == 0)
		return true;
	if (rest.at[0] != ':' || rest.len < 2 || rest.len > 6)
		return false;
	snprintf(port, 6, "%.*s", (int)(rest.len - 1), rest.at + 1);
	const long number = strtol(port, NULL, 10);
	return strspn(port, "0123456789") == strlen(port) && number > 0 && number < 65536;
}

static bool is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	}
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
	return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* The first address, IPv4 before IPv6: "localhost" is both, servers here listen on 127.0.0.1. */
static bool resolve(const char *host, const char *port, struct http_address *out, const char **why)
{
	const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	const int code = getaddrinfo(host, port, &wanted, &found);
	if (code != 0) {
		*why = gai_strerror(code);
		return false;
	}
	const struct addrinfo *best = found;
	for (const struct addrinfo *a = found->ai_next; a && best->ai_family != AF_INET;
	     a = a->ai_next)
		if (a->ai_family == AF_INET)
			best = a;
	memcpy(&out->at, best->ai_addr, best->ai_addrlen);
	out->len = best->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

bool target_address(const char *base_url, bool allow_remote, struct http_address *out,
		    char error[TARGET_ERROR_SIZE])
{
	char host[HOST_MAX], port[6];
	const char *why = NULL;
	*out = (struct http_address){0};
	const bool is_http = strncmp(base_url, scheme, sizeof(scheme) - 1) == 0;
	if (!is_http || strpbrk(authority_of(base_url).at, "?#@ ") ||
	    memchr(authority_of(base_url).at, '/', authority_of(base_url).len) ||
	    !split_authority(authority_of(base_url), host, port)) {
		snprintf(error, TARGET_ERROR_SIZE,
			 "BASE_URL '%.80s' must be http://HOST:PORT, without a path", base_url);
		return false;
	}
	if (!resolve(host, port, out, &why)) {
		snprintf(error, TARGET_ERROR_SIZE, "cannot resolve '%.80s': %s", host, why);
		return false;
	}
	if (allow_remote || is_loopback((const struct sockaddr *)&out->at))
		return true;
	snprintf(error, TARGET_ERROR_SIZE,
		 "'%.80s' is not a loopback address; add --allow-remote to load it all the same",
		 base_url);
	return false;
}

static int hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;
	return found ? (int)(found - digits) : -1;
}

static bool read_sha256(const char hex[65], unsigned char out[SHA256_SIZE])
{
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		const int high = hex_value(hex[2 * i]);
		const int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
		if (low < 0)
			return false;
		out[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}

/* Writes the requests one behind the other; their starts are known only when the buffer has stopped
 * growing. */
static bool write_requests(struct target_set *set, const char *base_url, bool keep_alive)
{
	const struct slice authority = authority_of(base_url);
	for (size_t i = 0; i < set->count; i++) {
		const size_t before = set->requests.len;
		strbuf_printf(
			&set->requests,
			"GET %s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: duet-loadgen/" DUET_VERSION
			"\r\nAccept: application/json\r\n%s\r\n",
			set->at[i].page->target, (int)authority.len, authority.at,
			keep_alive ? "" : "Connection: close\r\n");
		set->at[i].request_len = (uint32_t)(set->requests.len - before);
	}
	if (!strbuf_ok(&set->requests))
		return false;
	size_t offset = 0;
	for (size_t i = 0; i < set->count; i++) {
		set->at[i].request = set->requests.data + offset;
		offset += set->at[i].request_len;
	}
	return true;
}

bool target_set_init(struct target_set *set, const struct manifest *manifest, enum read_kind kind,
		     const char *base_url, bool keep_alive, char error[TARGET_ERROR_SIZE])
{
	const size_t which = (size_t)(kind - READ_PAGE_HOME);
	const size_t count = manifest->counts[which];
	const struct manifest_page *pages = manifest->pages + manifest->first[which];
	*set = (struct target_set){.at = calloc(count ? count : 1, sizeof(*set->at)),
				   .count = count};
	strbuf_init(&set->requests, REQUESTS_MAX);
	if (count == 0) {
		snprintf(error, TARGET_ERROR_SIZE,
			 "the manifest has no URL of this page; write it anew with 'make data'");
		return false;
	}
	for (size_t i = 0; set->at && i < count; i++) {
		set->at[i].page = &pages[i];
		set->at[i].length = pages[i].length;
		if (!read_sha256(pages[i].sha256, set->at[i].sha256)) {
			snprintf(error, TARGET_ERROR_SIZE,
				 "the manifest's hash of '%.80s' is not "
				 "64 hex digits; write it anew with 'make data'",
				 pages[i].target);
			return false;
		}
	}
	if (set->at && write_requests(set, base_url, keep_alive))
		return true;
	snprintf(error, TARGET_ERROR_SIZE, "out of memory for %zu requests", count);
	return false;
}

void target_set_free(struct target_set *set)
{
	free(set->at);
	strbuf_free(&set->requests);
	*set = (struct target_set){0};
}
