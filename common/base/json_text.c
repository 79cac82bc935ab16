#include "common/base/json_text.h"

#include <endian.h>

enum { WORD = 8 };
enum { WHOLE_DIGITS = 19 }; /* of INT64_MAX; a uint64_t holds any number of so many */

/* ---- strings ---- */

static const uint64_t every_byte = UINT64_C(0x0101010101010101);
static const uint64_t high_bits = UINT64_C(0x8080808080808080);

static inline uint64_t zero_bytes(uint64_t word)
{
	return (word - every_byte) & ~word & high_bits;
}

/* A bit for each of eight bytes that is a quote, a backslash, a control character or beyond ASCII.
 * The lowest bit is right; those above it may be wrong, from borrows. */
static inline uint64_t special_bytes(const char *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof(word));
	word = le64toh(word);
	return (((word - every_byte * 0x20) | word) & high_bits) |
	       zero_bytes(word ^ every_byte * '\\') | zero_bytes(word ^ every_byte * '"');
}

static inline bool byte_special(char c)
{
	return (unsigned char)c < 0x20 || (unsigned char)c >= 0x80 || c == '\\' || c == '"';
}

/* The first special byte from `at` on, or rest.len. */
static size_t skip_plain(struct slice rest, size_t at)
{
	for (; rest.len - at >= WORD; at += WORD) {
		uint64_t special = special_bytes(rest.at + at);
		if (special)
			return at + (size_t)__builtin_ctzll(special) / WORD;
	}
	while (at < rest.len && !byte_special(rest.at[at]))
		at++;
	return at;
}

/* Length of the UTF-8 sequence at `at` (its first byte is beyond ASCII), or 0: no overlong forms,
 * surrogates, or numbers above U+10FFFF. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	size_t len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	if (at[0] < 0xc2 || at[0] > 0xf4 || left < len)
		return 0;
	unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */
	if (at[0] == 0xe0)
		low = 0xa0;
	else if (at[0] == 0xed)
		high = 0x9f;
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* The four hexadecimal digits behind "\u" at raw[at], or -1. */
static int32_t hex4(struct slice raw, size_t at)
{
	int32_t value = 0;
	if (raw.len - at < 6)
		return -1;
	for (size_t i = at + 2; i < at + 6; i++) {
		char c = raw.at[i];
		int32_t digit = c >= '0' && c <= '9'   ? c - '0'
				: c >= 'a' && c <= 'f' ? c - 'a' + 10
				: c >= 'A' && c <= 'F' ? c - 'A' + 10
						       : -1;
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* Length of the escape at raw[at] with its code point, or 0 when it is not sound. */
static size_t read_escape(struct slice raw, size_t at, uint32_t *code)
{
	static const unsigned char letters[128] = {
		['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
		['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
	if (raw.len - at < 2)
		return 0;
	unsigned char letter = (unsigned char)raw.at[at + 1];
	if (letter != 'u') {
		*code = letter < sizeof(letters) ? letters[letter] : 0;
		return *code ? 2 : 0;
	}
	int32_t first = hex4(raw, at);
	if (first <= 0 || (first & 0xfc00) == 0xdc00)
		return 0;
	*code = (uint32_t)first;
	if ((first & 0xfc00) != 0xd800)
		return 6;
	if (raw.len - at < 12 || raw.at[at + 6] != '\\' || raw.at[at + 7] != 'u')
		return 0;
	int32_t second = hex4(raw, at + 6);
	if (second < 0 || (second & 0xfc00) != 0xdc00)
		return 0;
	*code = 0x10000 + (((uint32_t)first & 0x3ff) << 10) + ((uint32_t)second & 0x3ff);
	return 12;
}

const char *json_text_scan_string(struct slice rest, size_t *end, bool *escapes)
{
	*escapes = false;
	for (*end = 0; (*end = skip_plain(rest, *end)) < rest.len;) {
		unsigned char c = (unsigned char)rest.at[*end];
		const char *reason = "control character in a string";
		uint32_t code;
		size_t len = 0;
		if (c == '"')
			return NULL;
		if (c == '\\') {
			*escapes = true;
			reason = "malformed escape";
			len = read_escape(rest, *end, &code);
		} else if (c >= 0x80) {
			reason = "malformed UTF-8";
			len = utf8_length((const unsigned char *)rest.at + *end, rest.len - *end);
		}
		if (len == 0)
			return reason;
		*end += len;
	}
	return "the text ends too early";
}

static size_t utf8_write(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)(leads[len] | code);
	return len;
}

/* The next run of decoded bytes: either plain ones up to a backslash or one escape. */
static struct slice decode_step(struct slice raw, size_t *at, char escape[4])
{
	const char *from = raw.at + *at;
	size_t left = raw.len - *at;
	if (*from != '\\') {
		const char *end = memchr(from, '\\', left);
		struct slice run = {from, end ? (size_t)(end - from) : left};
		*at += run.len;
		return run;
	}
	uint32_t code = 0;
	*at += read_escape(raw, *at, &code);
	return (struct slice){escape, utf8_write(code, escape)};
}

size_t json_text_decode(struct slice raw, char *out)
{
	size_t len = 0;
	char escape[4];
	for (size_t at = 0; at < raw.len;) {
		struct slice run = decode_step(raw, &at, escape);
		memcpy(out + len, run.at, run.len);
		len += run.len;
	}
	return len;
}

bool json_text_equal(struct slice raw, struct slice text)
{
	size_t len = 0;
	char escape[4];
	for (size_t at = 0; at < raw.len;) {
		struct slice run = decode_step(raw, &at, escape);
		if (text.len - len < run.len || memcmp(text.at + len, run.at, run.len) != 0)
			return false;
		len += run.len;
	}
	return len == text.len;
}

/* ---- primitives ---- */

static size_t skip_digits(struct slice raw, size_t at)
{
	while (at < raw.len && raw.at[at] >= '0' && raw.at[at] <= '9')
		at++;
	return at;
}

/* Where the whole part ends, or 0 when there is none or it has a leading zero. */
static size_t skip_whole(struct slice raw)
{
	size_t first = raw.len && raw.at[0] == '-' ? 1 : 0;
	size_t at = skip_digits(raw, first);
	return at == first || (raw.at[first] == '0' && at > first + 1) ? 0 : at;
}

static bool fraction_sound(struct slice raw, size_t at)
{
	if (at < raw.len && raw.at[at] == '.') {
		size_t digits = at + 1;
		at = skip_digits(raw, digits);
		if (at == digits)
			return false;
	}
	if (at < raw.len && (raw.at[at] == 'e' || raw.at[at] == 'E')) {
		size_t digits = at + 1;
		if (digits < raw.len && (raw.at[digits] == '+' || raw.at[digits] == '-'))
			digits++;
		at = skip_digits(raw, digits);
		if (at == digits)
			return false;
	}
	return at == raw.len;
}

bool json_text_int(struct slice raw, int64_t *out)
{
	bool negative = raw.len && raw.at[0] == '-';
	size_t at = negative, digits = raw.len - at;
	if (digits == 0 || digits > WHOLE_DIGITS || (raw.at[at] == '0' && digits > 1))
		return false;
	uint64_t value = 0;
	for (; at < raw.len; at++) {
		unsigned digit = (unsigned char)raw.at[at] - (unsigned)'0';
		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	if (value > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

const char *json_text_check_primitive(struct slice raw)
{
	int64_t value;
	if (json_text_int(raw, &value))
		return NULL;
	size_t end = skip_whole(raw);
	if (end && end == raw.len)
		return "whole number out of range";
	if (end)
		return fraction_sound(raw, end) ? NULL : "malformed number";
	if (slice_equal(raw, SLICE("true")) || slice_equal(raw, SLICE("false")) ||
	    slice_equal(raw, SLICE("null")))
		return NULL;
	return "unknown word or malformed number";
}
