#include "common/http/http_router.h"

#include <strings.h>

static bool route_matches(const struct http_route *route, struct slice path)
{
	size_t len = strlen(route->path);
	if (path.len < len || memcmp(path.at, route->path, len) != 0)
		return false;
	return path.len == len ? len == 1 || route->path[len - 1] != '/'
			       : len > 1 && route->path[len - 1] == '/';
}

size_t http_router_find(const struct http_route *routes, size_t count, struct slice path)
{
	size_t i = 0;
	while (i < count && !route_matches(&routes[i], path))
		i++;
	return i;
}

/* The length of one dot at `at`, "." or "%2e", or 0. */
static size_t dot_length(const char *at, const char *end)
{
	if (at < end && *at == '.')
		return 1;
	return end - at >= 3 && strncasecmp(at, "%2e", 3) == 0 ? 3 : 0;
}

static bool is_dot_dot(const char *segment, const char *end)
{
	size_t one = dot_length(segment, end);
	size_t two = one ? dot_length(segment + one, end) : 0;
	if (!two)
		return false;
	segment += one + two;
	return segment == end || *segment == '/';
}

static bool escape_ok(const char *at, const char *end)
{
	return end - at < 3 || (memcmp(at, "%00", 3) != 0 && strncasecmp(at, "%2f", 3) != 0 &&
				strncasecmp(at, "%5c", 3) != 0);
}

bool http_router_path_ok(struct slice path)
{
	const char *end = path.at + path.len;
	for (const char *at = path.at; at < end; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f || *at == '\\')
			return false;
		if (*at == '%' && !escape_ok(at, end))
			return false;
		if (*at == '/' && is_dot_dot(at + 1, end))
			return false;
	}
	return true;
}

/* Cuts "http://host" off an absolute target, which servers must accept (RFC 9112, 3.2.2). */
static struct slice target_origin_form(struct slice target)
{
	static const char scheme[] = "http://";
	if (target.len <= sizeof(scheme) - 1 ||
	    strncasecmp(target.at, scheme, sizeof(scheme) - 1) != 0)
		return target;
	const char *host = target.at + sizeof(scheme) - 1;
	const char *slash = memchr(host, '/', target.len - (sizeof(scheme) - 1));
	if (!slash)
		return SLICE("/");
	return (struct slice){slash, target.len - (size_t)(slash - target.at)};
}

bool http_router_split(struct slice target, struct slice *path, struct slice *query)
{
	target = target_origin_form(target);
	*path = target;
	*query = SLICE("");
	if (target.len == 0 || (target.at[0] != '/' && !slice_equal(target, SLICE("*"))))
		return false;
	const char *mark = memchr(target.at, '?', target.len);
	if (mark) {
		path->len = (size_t)(mark - target.at);
		*query = (struct slice){mark + 1, target.len - path->len - 1};
	}
	return true;
}
