/* http_file: a file's bytes in memory with their type and a strong tag, and the answer that sends
 * them: 304 when the client has them already.
 */
#ifndef DUET_HTTP_HTTP_FILE_H
#define DUET_HTTP_HTTP_FILE_H

#include "common/http/http_server.h"

enum { HTTP_FILE_TAG = 35 };

struct http_file {
	const char *type; /* static: the Content-Type */
	char *data;       /* owned; NULL until it is read */
	size_t len;
	char etag[HTTP_FILE_TAG]; /* quoted: half of the bytes' SHA-256 */
};

enum http_file_status {
	HTTP_FILE_OK,
	HTTP_FILE_MISSING,   /* nothing of that name, or a link, folder, pipe, socket or device */
	HTTP_FILE_UNREADABLE /* it is there, but forbidden, too large, or it failed */
};

/* Reads the regular file `path` below the open folder `dir` (AT_FDCWD: below the working one) of at
 * most `max` bytes and tags it; the last part of the path may be no link, and nothing that is no
 * file is waited for. Not OK: one line in error and nothing to free. */
enum http_file_status http_file_read(struct http_file *file, int dir, const char *path, size_t max,
				     char error[HTTP_ERROR_MAX]);

/* What errno says of a name that could not be opened: MISSING or UNREADABLE. */
enum http_file_status http_file_errno(int why);

/* Tags bytes that were put into `file` otherwise; false without memory. */
bool http_file_mark(struct http_file *file);

/* Answers with `status` and the file, or with 304 and no body when the status is 200 and the client
 * knows the tag. Clients are to ask again each time. `policy` is the Content-Security-Policy. */
void http_file_reply(struct http_request *request, const struct http_file *file, int status,
		     const char *policy);

/* Frees the bytes. */
void http_file_free(struct http_file *file);

#endif
