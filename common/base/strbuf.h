/* strbuf: a growing byte buffer with a stated maximum.
 *
 * Invariants: data[len] is '\0' once anything was added; len <= max. A failed append (no memory, or
 * past max) leaves the content as it was and sets `failed` for good: append freely, check strbuf_ok
 * once.
 */
#ifndef DUET_BASE_STRBUF_H
#define DUET_BASE_STRBUF_H

#include "common/base/slice.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *data; /* owned; NULL until the first append */
	size_t len;
	size_t size; /* bytes allocated */
	size_t max;  /* largest len allowed */
	bool failed;
};

/* An empty buffer that may grow to `max` bytes. Allocates nothing. */
void strbuf_init(struct strbuf *buf, size_t max);

/* Makes room for `more` further bytes; returns the write position, or NULL (and fails the buffer).
 * After writing n <= more bytes there, add n to buf->len. */
char *strbuf_reserve(struct strbuf *buf, size_t more);

void strbuf_add(struct strbuf *buf, const void *bytes, size_t len);
void strbuf_add_slice(struct strbuf *buf, struct slice text);
void strbuf_add_text(struct strbuf *buf, const char *text);
void strbuf_add_char(struct strbuf *buf, char c);
void strbuf_printf(struct strbuf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* False when an append failed. */
bool strbuf_ok(const struct strbuf *buf);

/* Empties the buffer and keeps its memory; clears `failed`. */
void strbuf_clear(struct strbuf *buf);

/* Frees the memory; the buffer is empty and usable again. */
void strbuf_free(struct strbuf *buf);

#endif
