#include "loadgen/http_client.h"

#include "common/base/slice.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

void http_parser_start(struct http_parser *p, EVP_MD_CTX *hash)
{
	memset(p, 0, offsetof(struct http_parser, line));
	p->hash = hash;
}

static struct slice trim(struct slice text)
{
	while (text.len && (text.at[0] == ' ' || text.at[0] == '\t'))
		text = (struct slice){text.at + 1, text.len - 1};
	while (text.len && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static bool same_word(struct slice a, struct slice b)
{
	return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
}

static bool header_length(struct http_parser *p, struct slice value)
{
	uint64_t length = 0;
	if (value.len == 0 || value.len > 15)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		length = length * 10 + (uint64_t)(value.at[i] - '0');
	}
	if (p->has_length && p->left != length)
		return false;
	p->has_length = true;
	p->left = length;
	return true;
}

static bool header_coding(struct http_parser *p, struct slice value)
{
	p->chunked = same_word(value, SLICE("chunked"));
	return p->chunked;
}

static bool header_connection(struct http_parser *p, struct slice value)
{
	while (value.len > 0) {
		const char *comma = memchr(value.at, ',', value.len);
		const size_t len = comma ? (size_t)(comma - value.at) : value.len;
		const struct slice word = trim((struct slice){value.at, len});
		if (same_word(word, SLICE("close")))
			p->keep_alive = false;
		else if (same_word(word, SLICE("keep-alive")))
			p->keep_alive = true;
		const size_t used = comma ? len + 1 : len;
		value = (struct slice){value.at + used, value.len - used};
	}
	return true;
}

static bool header_degraded(struct http_parser *p, struct slice value)
{
	(void)value;
	p->degraded = true;
	return true;
}

static const struct {
	struct slice name;
	bool (*take)(struct http_parser *p, struct slice value);
} headers[] = {
	{{"Content-Length", 14}, header_length},
	{{"Transfer-Encoding", 17}, header_coding},
	{{"Connection", 10}, header_connection},
	{{"X-Duet-Degraded", 15}, header_degraded},
};

static bool take_header(struct http_parser *p, struct slice line)
{
	const char *colon = memchr(line.at, ':', line.len);
	if (!colon || colon == line.at)
		return false;
	const struct slice name = {line.at, (size_t)(colon - line.at)};
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (!same_word(name, headers[i].name))
			continue;
		const size_t skip = name.len + 1;
		return headers[i].take(p, trim((struct slice){line.at + skip, line.len - skip}));
	}
	return true;
}

static bool take_status(struct http_parser *p, struct slice line)
{
	if (line.len < 12 || memcmp(line.at, "HTTP/1.", 7) != 0 || line.at[8] != ' ')
		return false;
	if ((line.at[7] != '0' && line.at[7] != '1') || (line.len > 12 && line.at[12] != ' '))
		return false;
	for (size_t i = 9; i < 12; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return false;
		p->status = p->status * 10 + (unsigned)(line.at[i] - '0');
	}
	for (size_t i = 12; i < line.len; i++)
		if ((unsigned char)line.at[i] < ' ')
			return false;
	p->keep_alive = line.at[7] == '1';
	p->state = HTTP_HEADERS;
	return p->status >= 100 && p->status < 600;
}

/* The empty line behind the headers: what kind of body follows? */
static bool take_headers_end(struct http_parser *p)
{
	if (p->status < 200) {
		http_parser_start(p, p->hash);
		return true;
	}
	if (p->chunked && p->has_length)
		return false;
	if (p->status == 204 || p->status == 304)
		p->state = HTTP_COMPLETE;
	else if (p->chunked)
		p->state = HTTP_CHUNK_SIZE;
	else if (p->has_length)
		p->state = p->left ? HTTP_BODY_LENGTH : HTTP_COMPLETE;
	else
		p->state = HTTP_BODY_CLOSE;
	if (p->state == HTTP_BODY_CLOSE)
		p->keep_alive = false;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool take_chunk_size(struct http_parser *p, struct slice line)
{
	size_t digits = 0;
	p->left = 0;
	for (; digits < line.len && hex_digit(line.at[digits]) >= 0; digits++)
		p->left = p->left * 16 + (uint64_t)hex_digit(line.at[digits]);
	const struct slice rest = trim((struct slice){line.at + digits, line.len - digits});
	if (digits == 0 || digits > 12 || (rest.len && rest.at[0] != ';'))
		return false;
	p->state = p->left ? HTTP_CHUNK_DATA : HTTP_TRAILERS;
	return true;
}

static bool take_line(struct http_parser *p, struct slice line)
{
	switch (p->state) {
	case HTTP_STATUS:
		return take_status(p, line);
	case HTTP_HEADERS:
		return line.len ? take_header(p, line) : take_headers_end(p);
	case HTTP_CHUNK_SIZE:
		return take_chunk_size(p, line);
	case HTTP_CHUNK_END:
		p->state = HTTP_CHUNK_SIZE;
		return line.len == 0;
	case HTTP_TRAILERS:
		if (line.len == 0)
			p->state = HTTP_COMPLETE;
		return true;
	default:
		return false;
	}
}

/* Takes bytes up to and with the next LF; a piece without one is kept. Returns bytes used, 0 when
 * refused. */
static size_t feed_line(struct http_parser *p, const char *bytes, size_t len)
{
	const char *lf = memchr(bytes, '\n', len);
	const size_t used = lf ? (size_t)(lf - bytes) + 1 : len;
	if (p->line_len + used > HTTP_LINE_MAX)
		return 0;
	if (p->state == HTTP_CHUNK_SIZE || p->state == HTTP_CHUNK_END)
		p->header_bytes = 0; /* chunk lines may be as many as the body needs */
	p->header_bytes += (uint32_t)used;
	if (p->header_bytes > HTTP_HEADER_MAX)
		return 0;
	struct slice line = {bytes, used};
	if (!lf || p->line_len > 0) {
		memcpy(p->line + p->line_len, bytes, used);
		p->line_len += (uint32_t)used;
		line = (struct slice){p->line, p->line_len};
	}
	if (!lf)
		return used;
	p->line_len = 0;
	line.len--;
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return take_line(p, line) ? used : 0;
}

static size_t feed_body(struct http_parser *p, const char *bytes, size_t len)
{
	const bool bounded = p->state != HTTP_BODY_CLOSE;
	const size_t used = bounded && p->left < len ? (size_t)p->left : len;
	if (p->hash && EVP_DigestUpdate(p->hash, bytes, used) != 1)
		return 0;
	p->body += used;
	if (!bounded)
		return used;
	p->left -= used;
	if (p->left == 0)
		p->state = p->state == HTTP_CHUNK_DATA ? HTTP_CHUNK_END : HTTP_COMPLETE;
	return used;
}

enum http_result http_parser_feed(struct http_parser *p, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t used = 0; /* COMPLETE with bytes left over: refused */
		if (p->state == HTTP_BODY_LENGTH || p->state == HTTP_BODY_CLOSE ||
		    p->state == HTTP_CHUNK_DATA)
			used = feed_body(p, bytes, len);
		else if (p->state != HTTP_COMPLETE)
			used = feed_line(p, bytes, len);
		if (used == 0)
			return HTTP_BAD;
		bytes += used;
		len -= used;
	}
	return p->state == HTTP_COMPLETE ? HTTP_DONE : HTTP_MORE;
}

enum http_result http_parser_end(const struct http_parser *p)
{
	return p->state == HTTP_BODY_CLOSE ? HTTP_DONE : HTTP_MORE;
}

int http_connect(const struct http_address *to, bool *connected)
{
	const int fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int on = 1;
	*connected = false;
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*connected = connect(fd, (const struct sockaddr *)&to->at, to->len) == 0;
	if (*connected || errno == EINPROGRESS)
		return fd;
	const int code = errno;
	close(fd);
	errno = code;
	return -1;
}

int http_connect_result(int fd)
{
	int code = 0;
	socklen_t len = sizeof(code);
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) == 0 ? code : errno;
}
