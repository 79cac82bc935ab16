/* http_router: which route a raw path belongs to, and which paths belong to none. Pure text. */
#ifndef DUET_HTTP_HTTP_ROUTER_H
#define DUET_HTTP_HTTP_ROUTER_H

#include "common/http/http_server.h"

/* The index of the route that `path` matches, or `count`. A route's path that ends in '/' and is
 * longer than that matches everything below it. */
size_t http_router_find(const struct http_route *routes, size_t count, struct slice path);

/* False for a path with "%00", "%2f", a backslash, a control character or a ".." segment, escaped
 * or not. */
bool http_router_path_ok(struct slice path);

/* Splits a request target, "/a/b?c" or "http://host/a/b?c", into path and query (empty without).
 * False when it is neither. "*" is a path. */
bool http_router_split(struct slice target, struct slice *path, struct slice *query);

#endif
