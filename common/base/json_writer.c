/* json_writer: every write goes through writer_room, which meets the strbuf's own function only
 * when the buffer must grow, so that a key or a number costs a compare and a copy.
 */
#include "common/base/json_writer.h"

enum { UINT64_DIGITS = 20 };

static const uint64_t every_byte = UINT64_C(0x0101010101010101);
static const uint64_t high_bits = UINT64_C(0x8080808080808080);

static inline char *writer_room(struct json_writer *w, size_t more)
{
	struct strbuf *out = w->out;
	if (!out->failed && more < out->size - out->len && more <= out->max - out->len)
		return out->data + out->len;
	return strbuf_reserve(out, more);
}

/* Ends what was written at writer_room's answer: `end` is one past its last byte. */
static inline void writer_commit(struct json_writer *w, char *end)
{
	*end = '\0';
	w->out->len = (size_t)(end - w->out->data);
}

/* `len` bytes of structure or of a number, with the comma that is due before them. */
static inline void writer_put(struct json_writer *w, const char *bytes, size_t len)
{
	char *at = writer_room(w, len + 1);
	if (!at)
		return;
	if (w->comma)
		*at++ = ',';
	memcpy(at, bytes, len);
	writer_commit(w, at + len);
}

void json_writer_init(struct json_writer *w, struct strbuf *out)
{
	w->out = out;
	w->comma = false;
}

void json_object_begin(struct json_writer *w)
{
	writer_put(w, "{", 1);
	w->comma = false;
}

void json_object_end(struct json_writer *w)
{
	w->comma = false;
	writer_put(w, "}", 1);
	w->comma = true;
}

void json_array_begin(struct json_writer *w)
{
	writer_put(w, "[", 1);
	w->comma = false;
}

void json_array_end(struct json_writer *w)
{
	w->comma = false;
	writer_put(w, "]", 1);
	w->comma = true;
}

void json_key_slice(struct json_writer *w, struct slice key)
{
	char *at = writer_room(w, key.len + 4);
	if (!at)
		return;
	if (w->comma)
		*at++ = ',';
	*at++ = '"';
	memcpy(at, key.at, key.len);
	at += key.len;
	*at++ = '"';
	*at++ = ':';
	writer_commit(w, at);
	w->comma = false;
}

static inline bool must_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

static inline uint64_t zero_bytes(uint64_t word)
{
	return (word - every_byte) & ~word & high_bits;
}

/* Copies what needs no escape, eight bytes a step; returns where it stopped. It may have written
 * beyond that, but never more than `len` bytes. */
static inline size_t copy_plain(char *to, const char *from, size_t len)
{
	size_t i = 0;
	for (; i + 8 <= len; i += 8) {
		uint64_t word;
		memcpy(&word, from + i, 8);
		memcpy(to + i, &word, 8);
		uint64_t control = (word - every_byte * 0x20) & ~word & high_bits;
		if (control | zero_bytes(word ^ every_byte * '"') |
		    zero_bytes(word ^ every_byte * '\\'))
			break;
	}
	for (; i < len && !must_escape((unsigned char)from[i]); i++)
		to[i] = from[i];
	return i;
}

/* Writes the escape of one byte; returns its length, at most 6. */
static size_t escape_byte(char *at, unsigned char c)
{
	static const char letters[0x20] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	static const char hex[] = "0123456789abcdef";
	at[0] = '\\';
	if (c >= 0x20 || letters[c]) {
		at[1] = c >= 0x20 ? (char)c : letters[c];
		return 2;
	}
	at[1] = 'u';
	at[2] = at[3] = '0';
	at[4] = hex[c >> 4];
	at[5] = hex[c & 15];
	return 6;
}

void json_put_string(struct json_writer *w, struct slice text)
{
	char *at = writer_room(w, text.len + 3); /* comma and quotes */
	if (!at)
		return;
	if (w->comma)
		*at++ = ',';
	*at++ = '"';
	size_t done = copy_plain(at, text.at, text.len);
	at += done;
	while (done < text.len) {
		writer_commit(w, at);
		at = writer_room(w, text.len - done + 6); /* an escape is at most 6 bytes */
		if (!at)
			return;
		at += escape_byte(at, (unsigned char)text.at[done++]);
		size_t run = copy_plain(at, text.at + done, text.len - done);
		at += run;
		done += run;
	}
	*at++ = '"';
	writer_commit(w, at);
	w->comma = true;
}

static char *digits_before(char *end, uint64_t value)
{
	do {
		*--end = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	return end;
}

/* Counts the digits first, so that they are written where they belong. */
static inline void put_number(struct json_writer *w, bool negative, uint64_t value)
{
	size_t digits = 1;
	for (uint64_t bound = 10; digits < UINT64_DIGITS && value >= bound; bound *= 10)
		digits++;
	char *at = writer_room(w, digits + 2);
	if (!at)
		return;
	if (w->comma)
		*at++ = ',';
	if (negative)
		*at++ = '-';
	digits_before(at + digits, value);
	writer_commit(w, at + digits);
	w->comma = true;
}

void json_uint(struct json_writer *w, uint64_t value)
{
	put_number(w, false, value);
}

void json_int(struct json_writer *w, int64_t value)
{
	put_number(w, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_tenths(struct json_writer *w, uint32_t tenths)
{
	char text[UINT64_DIGITS];
	char *end = text + sizeof(text);
	char *at = end;
	*--at = (char)('0' + tenths % 10);
	*--at = '.';
	at = digits_before(at, tenths / 10);
	writer_put(w, at, (size_t)(end - at));
	w->comma = true;
}

void json_bool(struct json_writer *w, bool value)
{
	writer_put(w, value ? "true" : "false", value ? 4 : 5);
	w->comma = true;
}

void json_put_null(struct json_writer *w)
{
	writer_put(w, "null", 4);
	w->comma = true;
}
