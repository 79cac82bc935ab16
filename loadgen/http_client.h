/* http_client: what the generator needs of HTTP/1.1: one socket that asks GET, and an incremental
 * parser of answers. No allocation, no copies but header lines that arrive in pieces.
 *
 * The parser understands Content-Length, chunked bodies, bodies that end with the connection, and
 * skips 1xx answers. It refuses (HTTP_BAD) what a careful client should: other protocols, both
 * Content-Length and Transfer-Encoding, two different lengths, other transfer codings, lines over
 * HTTP_LINE_MAX, headers over HTTP_HEADER_MAX, bare control characters in the status line, bytes
 * behind the answer. What it accepts does not depend on how the bytes are cut into reads.
 *
 *   STATUS -> HEADERS -> BODY_LENGTH | BODY_CLOSE | CHUNK_SIZE -> DONE
 *             HEADERS -> STATUS (after a 1xx)
 *   CHUNK_SIZE -> CHUNK_DATA -> CHUNK_END -> CHUNK_SIZE; CHUNK_SIZE (0) -> TRAILERS -> DONE
 */
#ifndef DUET_LOADGEN_HTTP_CLIENT_H
#define DUET_LOADGEN_HTTP_CLIENT_H

#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { HTTP_LINE_MAX = 1024, HTTP_HEADER_MAX = 16384 };

enum http_result {
	HTTP_MORE, /* the answer is not whole yet */
	HTTP_DONE, /* it is whole; parser->status and so on are final */
	HTTP_BAD   /* it is not HTTP as above */
};

enum http_state {
	HTTP_STATUS,
	HTTP_HEADERS,
	HTTP_BODY_LENGTH,
	HTTP_BODY_CLOSE,
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK_DATA,
	HTTP_CHUNK_END,
	HTTP_TRAILERS,
	HTTP_COMPLETE
};

struct http_parser {
	enum http_state state;
	unsigned status;
	bool keep_alive; /* the connection may be used again after the answer */
	bool degraded;   /* X-Duet-Degraded was there */
	bool chunked, has_length;
	uint64_t left; /* of the body or chunk */
	uint64_t body; /* bytes of body so far */
	uint32_t header_bytes;
	uint32_t line_len;        /* bytes of an unfinished line kept in `line` */
	EVP_MD_CTX *hash;         /* borrowed: gets the body; NULL: the body is only counted */
	char line[HTTP_LINE_MAX]; /* not initialised */
};

/* Starts a new answer; `hash` (may be NULL) must be initialised. */
void http_parser_start(struct http_parser *p, EVP_MD_CTX *hash);
/* Takes the next bytes as they came. After DONE or BAD, start again. */
enum http_result http_parser_feed(struct http_parser *p, const char *bytes, size_t len);
/* The connection ended: DONE when that ends the answer, else MORE (the answer was cut off). */
enum http_result http_parser_end(const struct http_parser *p);

struct http_address {
	struct sockaddr_storage at;
	socklen_t len;
};

/* Starts to connect a new non-blocking socket with TCP_NODELAY. Returns it, or -1 with errno;
 * *connected tells whether it is connected already. */
int http_connect(const struct http_address *to, bool *connected);
/* How a connection attempt ended once the socket is writable: 0 or an errno value. */
int http_connect_result(int fd);

#endif
