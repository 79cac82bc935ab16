#include "common/http/http_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Half of a SHA-256: 128 bits tell any two files apart. */
bool http_file_mark(struct http_file *file)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	if (EVP_Digest(file->data, file->len, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	char *at = file->etag;
	*at++ = '"';
	for (size_t i = 0; i < 16; i++, at += 2)
		snprintf(at, 3, "%02x", digest[i]);
	*at++ = '"';
	*at = '\0';
	return true;
}

static bool read_whole(int fd, struct http_file *file)
{
	size_t got = 0;
	file->data = malloc(file->len + 1);
	while (file->data && got < file->len) {
		ssize_t n = read(fd, file->data + got, file->len - got);
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return file->data != NULL;
}

/* ELOOP is a link where none may be; ENXIO a socket. */
enum http_file_status http_file_errno(int why)
{
	static const int absent[] = {ENOENT, ENOTDIR, ELOOP, ENXIO, ENAMETOOLONG};
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (absent[i] == why)
			return HTTP_FILE_MISSING;
	return HTTP_FILE_UNREADABLE;
}

static enum http_file_status read_open(struct http_file *file, int fd, const char *path, size_t max,
				       char error[HTTP_ERROR_MAX])
{
	struct stat about;
	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
		snprintf(error, HTTP_ERROR_MAX, "%.150s is no regular file", path);
		return HTTP_FILE_MISSING;
	}
	if ((uintmax_t)about.st_size > max) {
		snprintf(error, HTTP_ERROR_MAX, "%.150s has more than %zu bytes", path, max);
		return HTTP_FILE_UNREADABLE;
	}
	file->len = (size_t)about.st_size;
	if (read_whole(fd, file) && http_file_mark(file))
		return HTTP_FILE_OK;
	snprintf(error, HTTP_ERROR_MAX, "cannot read all of %.150s", path);
	http_file_free(file);
	return HTTP_FILE_UNREADABLE;
}

/* O_NONBLOCK: the open of a pipe would wait for somebody to write to it. */
enum http_file_status http_file_read(struct http_file *file, int dir, const char *path, size_t max,
				     char error[HTTP_ERROR_MAX])
{
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		enum http_file_status status = http_file_errno(errno);
		snprintf(error, HTTP_ERROR_MAX, "cannot read %.150s: %.60s", path, strerror(errno));
		return status;
	}
	enum http_file_status status = read_open(file, fd, path, max, error);
	close(fd);
	return status;
}

/* "*", or our tag alone or in a list; a weak mark before it does not matter to GET (RFC 9110). */
static bool is_known(struct http_request *request, const struct http_file *file)
{
	const char *tags = http_request_header(request, "If-None-Match");
	return tags && (strcmp(tags, "*") == 0 || strstr(tags, file->etag));
}

/* COOP and COEP isolate the page, which gives its clock microseconds instead of tenths of ms. */
void http_file_reply(struct http_request *request, const struct http_file *file, int status,
		     const char *policy)
{
	const struct http_header headers[] = {
		{"ETag", file->etag},
		{"Cache-Control", "no-cache"},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Content-Security-Policy", policy},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Embedder-Policy", "require-corp"},
	};
	if (status == 200 && is_known(request, file))
		http_reply(request, 304, NULL, SLICE(""), headers,
			   sizeof(headers) / sizeof(headers[0]));
	else
		http_reply(request, status, file->type, (struct slice){file->data, file->len},
			   headers, sizeof(headers) / sizeof(headers[0]));
}

void http_file_free(struct http_file *file)
{
	free(file->data);
	file->data = NULL;
}
