#include "common/base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>

enum { STRBUF_FIRST = 1024 };

void strbuf_init(struct strbuf *buf, size_t max)
{
	*buf = (struct strbuf){.max = max};
}

char *strbuf_reserve(struct strbuf *buf, size_t more)
{
	if (buf->failed || more > buf->max - buf->len) {
		buf->failed = true;
		return NULL;
	}
	size_t need = buf->len + more + 1;
	if (need > buf->size) {
		size_t size = buf->size ? buf->size : STRBUF_FIRST;
		while (size < need)
			size *= 2;
		char *data = realloc(buf->data, size);
		if (!data) {
			buf->failed = true;
			return NULL;
		}
		buf->data = data;
		buf->size = size;
	}
	return buf->data + buf->len;
}

void strbuf_add(struct strbuf *buf, const void *bytes, size_t len)
{
	char *at = strbuf_reserve(buf, len);
	if (!at)
		return;
	if (len)
		memcpy(at, bytes, len);
	at[len] = '\0';
	buf->len += len;
}

void strbuf_add_slice(struct strbuf *buf, struct slice text)
{
	strbuf_add(buf, text.at, text.len);
}

void strbuf_add_text(struct strbuf *buf, const char *text)
{
	strbuf_add(buf, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buf, char c)
{
	strbuf_add(buf, &c, 1);
}

void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
{
	va_list measure;
	va_copy(measure, args);
	int len = vsnprintf(NULL, 0, format, measure);
	va_end(measure);
	char *at = len < 0 ? NULL : strbuf_reserve(buf, (size_t)len);
	if (!at) {
		buf->failed = true;
		return;
	}
	vsnprintf(at, (size_t)len + 1, format, args);
	buf->len += (size_t)len;
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	strbuf_vprintf(buf, format, args);
	va_end(args);
}

bool strbuf_ok(const struct strbuf *buf)
{
	return !buf->failed;
}

void strbuf_clear(struct strbuf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

void strbuf_free(struct strbuf *buf)
{
	free(buf->data);
	strbuf_init(buf, buf->max);
}
