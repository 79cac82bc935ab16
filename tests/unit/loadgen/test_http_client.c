/* The answer parser: whole, byte by byte and cut at every place it must say the same. */
#include "loadgen/http_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct answer_case {
	const char *name, *text;
	enum http_result result; /* after all bytes */
	unsigned status;
	uint64_t body;
	bool keep_alive, degraded;
};

#define OK "HTTP/1.1 200 OK\r\n"
#define LINE100                                                                                    \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                                       \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LINE1000 LINE100 LINE100 LINE100 LINE100 LINE100 LINE100 LINE100 LINE100 LINE100 LINE100

static const struct answer_case cases[] = {
	{"length", OK "Content-Length: 5\r\n\r\nhello", HTTP_DONE, 200, 5, true, false},
	{"no body", OK "Content-Length: 0\r\n\r\n", HTTP_DONE, 200, 0, true, false},
	{"bare LF", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", HTTP_DONE, 200, 1, true, false},
	{"no reason", "HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno", HTTP_DONE, 404, 2, true,
	 false},
	{"204", "HTTP/1.1 204 No Content\r\n\r\n", HTTP_DONE, 204, 0, true, false},
	{"close", OK "cOnNeCtIoN: x, Close\r\nContent-Length: 1\r\n\r\nx", HTTP_DONE, 200, 1, false,
	 false},
	{"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", HTTP_DONE, 200, 1, false, false},
	{"1.0 kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
	 HTTP_DONE, 200, 1, true, false},
	{"degraded", OK "X-Duet-Degraded: reviews\r\nContent-Length: 1\r\n\r\nx", HTTP_DONE, 200, 1,
	 true, true},
	{"chunked",
	 OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
	 HTTP_DONE, 200, 15, true, false},
	{"trailers", OK "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n",
	 HTTP_DONE, 200, 1, true, false},
	{"100 first", "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n" OK "Content-Length: 1\r\n\r\nx",
	 HTTP_DONE, 200, 1, true, false},
	{"equal lengths", OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", HTTP_DONE, 200, 1,
	 true, false},
	{"until close", OK "\r\nhello", HTTP_MORE, 200, 5, false, false},
	{"cut off", OK "Content-Length: 6\r\n\r\nhello", HTTP_MORE, 200, 5, true, false},
	{"long line", OK "A: " LINE1000 "\r\nContent-Length: 0\r\n\r\n", HTTP_DONE, 200, 0, true,
	 false},

	{"not HTTP", "SSH-2.0-OpenSSH\r\n", HTTP_BAD, 0, 0, false, false},
	{"HTTP/2", "HTTP/2.0 200 OK\r\n", HTTP_BAD, 0, 0, false, false},
	{"short status", "HTTP/1.1 20\r\n", HTTP_BAD, 0, 0, false, false},
	{"long status", "HTTP/1.1 2000 OK\r\n", HTTP_BAD, 0, 0, false, false},
	{"status 000", "HTTP/1.1 000 OK\r\n", HTTP_BAD, 0, 0, false, false},
	{"no colon", OK "Content-Length 5\r\n", HTTP_BAD, 0, 0, false, false},
	{"no name", OK ": 5\r\n", HTTP_BAD, 0, 0, false, false},
	{"length not a number", OK "Content-Length: 5x\r\n", HTTP_BAD, 0, 0, false, false},
	{"negative length", OK "Content-Length: -5\r\n", HTTP_BAD, 0, 0, false, false},
	{"empty length", OK "Content-Length:\r\n", HTTP_BAD, 0, 0, false, false},
	{"huge length", OK "Content-Length: 99999999999999999999\r\n", HTTP_BAD, 0, 0, false,
	 false},
	{"two lengths", OK "Content-Length: 1\r\nContent-Length: 2\r\n", HTTP_BAD, 0, 0, false,
	 false},
	{"length and coding", OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	 HTTP_BAD, 0, 0, false, false},
	{"gzip coding", OK "Transfer-Encoding: gzip\r\n", HTTP_BAD, 0, 0, false, false},
	{"chunk size not hex", OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", HTTP_BAD, 0, 0,
	 false, false},
	{"chunk size empty", OK "Transfer-Encoding: chunked\r\n\r\n\r\n", HTTP_BAD, 0, 0, false,
	 false},
	{"chunk without end", OK "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", HTTP_BAD, 0, 0,
	 false, false},
	{"more than the answer", OK "Content-Length: 1\r\n\r\nxy", HTTP_BAD, 0, 0, false, false},
	{"a line too long", OK "A: " LINE1000 LINE100 "\r\n", HTTP_BAD, 0, 0, false, false},
	{"headers too long",
	 OK "A: " LINE1000 "\r\nA: " LINE1000 "\r\nA: " LINE1000 "\r\nA: " LINE1000
	    "\r\nA: " LINE1000 "\r\nA: " LINE1000 "\r\nA: " LINE1000 "\r\nA: " LINE1000
	    "\r\nA: " LINE1000 "\r\nA: " LINE1000 "\r\nA: " LINE1000 "\r\nA: " LINE1000
	    "\r\nA: " LINE1000 "\r\nA: " LINE1000 "\r\nA: " LINE1000 "\r\nA: " LINE1000
	    "\r\nA: " LINE1000 "\r\n",
	 HTTP_BAD, 0, 0, false, false},
};

static void check(const struct answer_case *c, const struct http_parser *p, enum http_result result)
{
	if (result != c->result)
		fail_msg("%s: %d instead of %d", c->name, (int)result, (int)c->result);
	if (c->result == HTTP_BAD)
		return;
	assert_int_equal(p->status, c->status);
	assert_int_equal(p->body, c->body);
	assert_int_equal(p->degraded, c->degraded);
	if (c->result == HTTP_DONE)
		assert_int_equal(p->keep_alive, c->keep_alive);
}

/* Feeds [from, to) in pieces of `step` bytes, each in memory of its own size so that reading past
 * it is seen, until the parser has had enough. */
static enum http_result feed(struct http_parser *p, const char *text, size_t from, size_t to,
			     size_t step)
{
	enum http_result result = HTTP_MORE;
	while (from < to && result != HTTP_BAD) {
		const size_t n = to - from < step ? to - from : step;
		char *piece = malloc(n);
		assert_non_null(piece);
		memcpy(piece, text + from, n);
		result = http_parser_feed(p, piece, n);
		free(piece);
		from += n;
	}
	return result;
}

static void the_cut_does_not_matter(void **state)
{
	(void)state;
	struct http_parser p;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text;
		const size_t len = strlen(text);
		for (size_t step = 1; step <= len; step += step < 40 ? 1 : len / 3) {
			http_parser_start(&p, NULL);
			check(&cases[i], &p, feed(&p, text, 0, len, step));
		}
		for (size_t cut = 1; cut < len; cut++) {
			http_parser_start(&p, NULL);
			enum http_result result = feed(&p, text, 0, cut, len);
			if (result != HTTP_BAD)
				result = feed(&p, text, cut, len, len);
			check(&cases[i], &p, result);
		}
	}
}

static void the_connection_s_end_ends_some_bodies(void **state)
{
	(void)state;
	struct http_parser p;
	http_parser_start(&p, NULL);
	assert_int_equal(http_parser_end(&p), HTTP_MORE);
	assert_int_equal(http_parser_feed(&p, OK "\r\nabc", strlen(OK) + 5), HTTP_MORE);
	assert_int_equal(http_parser_end(&p), HTTP_DONE);
	assert_int_equal(p.body, 3);
	http_parser_start(&p, NULL);
	const char *cut = OK "Content-Length: 9\r\n\r\nabc";
	assert_int_equal(http_parser_feed(&p, cut, strlen(cut)), HTTP_MORE);
	assert_int_equal(http_parser_end(&p), HTTP_MORE);
}

static void the_hash_covers_the_body_alone(void **state)
{
	(void)state;
	static const unsigned char sha256_of_hello[] = {0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0};
	static const char *const texts[] = {
		OK "Content-Length: 5\r\n\r\nhello",
		OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n",
	};
	struct http_parser p;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	for (size_t i = 0; i < 2; i++)
		for (size_t step = 1; step < 60; step += 7) {
			unsigned char out[EVP_MAX_MD_SIZE];
			assert_int_equal(EVP_DigestInit_ex(hash, EVP_sha256(), NULL), 1);
			http_parser_start(&p, hash);
			assert_int_equal(feed(&p, texts[i], 0, strlen(texts[i]), step), HTTP_DONE);
			assert_int_equal(EVP_DigestFinal_ex(hash, out, NULL), 1);
			assert_memory_equal(out, sha256_of_hello, sizeof(sha256_of_hello));
		}
	EVP_MD_CTX_free(hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cut_does_not_matter),
		cmocka_unit_test(the_connection_s_end_ends_some_bodies),
		cmocka_unit_test(the_hash_covers_the_body_alone),
	};
	return cmocka_run_group_tests_name("http_client", tests, NULL, NULL);
}
