/* http_static: the web pages' files, read into memory once and served from there.
 *
 * What is served is a table of names made at the start: index.html for the pages' addresses, and
 * the regular files of assets/ (no links, no folders) whose kind is known. A request's path is
 * compared with these names and never becomes a path of the file system.
 *
 * Every file has a strong ETag (of its SHA-256) and is asked for again each time: 304 when equal.
 */
#ifndef DUET_HTTP_HTTP_STATIC_H
#define DUET_HTTP_HTTP_STATIC_H

#include "common/http/http_cors.h"
#include "common/http/http_server.h"

struct http_static;

/* The routes of the pages, /assets/ and /config.json; for programs whose http_app has `files`. */
enum { HTTP_STATIC_ROUTES = 8 };
extern const struct http_route http_static_routes[HTTP_STATIC_ROUTES];

/* Reads index.html and assets/ of `folder`; `architecture` and the two origins, in the order
 * unified, microservices, are what /config.json says. All three must outlive the result. NULL with
 * one line in error. */
struct http_static *http_static_new(const char *folder, const char *architecture,
				    const struct http_cors *origins, char error[HTTP_ERROR_MAX]);

/* Answers an address that is nobody's with status 404 and the shell, which shows what is wrong,
 * when the client would rather read HTML; false when it would not, or there are no files. */
bool http_static_missing(const struct http_static *files, struct http_request *request);

void http_static_free(struct http_static *files);

#endif
