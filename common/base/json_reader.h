/* json_reader: reads a JSON text into a flat token array and walks it; the BFF's hot path.
 *
 * Strict RFC 8259: bad escapes, bad numbers, invalid UTF-8, lone surrogates and control characters
 * in strings are refused like bad structure. Accepts and refuses what jansson 2.14 does with flags
 * 0 (the top is an object or array; "\u0000" and whole numbers beyond 64 bits are refused), which a
 * test checks, but for four things: nesting is at most JSON_DEPTH_MAX; the range of reals is not
 * judged (jansson refuses 1e999), since nothing here reads them; a NUL byte is refused everywhere
 * (jansson skips one behind a number or word); of equal keys the first counts (jansson: the last).
 */
#ifndef DUET_BASE_JSON_READER_H
#define DUET_BASE_JSON_READER_H

#include "common/base/arena.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 32 };

enum json_type {
	JSON_T_OBJECT,
	JSON_T_ARRAY,
	JSON_T_STRING,
	JSON_T_NUMBER,
	JSON_T_TRUE,
	JSON_T_FALSE,
	JSON_T_NULL
};

struct json_doc; /* in the arena; borrows the text */

/* A value's place in its document; 0 is the top. */
typedef uint32_t json_at;
enum { JSON_NONE = UINT32_MAX };

/* Parses and checks `text`, which must outlive the document. NULL on malformed input, with the
 * reason and byte offset in error[96]. */
struct json_doc *json_parse(struct slice text, struct arena *arena, char error[96]);

enum json_type json_type_of(const struct json_doc *doc, json_at at);
/* Members of an object or elements of an array. */
uint32_t json_count(const struct json_doc *doc, json_at at);
/* First child: an array's first element, an object's first KEY; JSON_NONE when empty. */
json_at json_first(const struct json_doc *doc, json_at at);
/* What follows `at` and all within it, at the same level. After a key comes its value. Call it
 * count-1 times. */
json_at json_next(const struct json_doc *doc, json_at at);
/* Whether the key at `at`, decoded, is `key`. */
bool json_key_is(const struct json_doc *doc, json_at at, struct slice key);
/* The value of `key` in an object, or JSON_NONE. */
json_at json_member(const struct json_doc *doc, json_at object, struct slice key);
/* A string's (or key's) raw bytes, escapes undecoded. */
struct slice json_raw(const struct json_doc *doc, json_at at);
/* A string decoded: borrowed from the text without escapes, else in the arena. False without memory
 * or for a non-string. */
bool json_read_string(const struct json_doc *doc, json_at at, struct arena *arena,
		      struct slice *out);
/* Whole numbers in range, written without fraction or exponent; false otherwise. */
bool json_read_int(const struct json_doc *doc, json_at at, int64_t *out);
bool json_read_uint32(const struct json_doc *doc, json_at at, uint32_t *out);

#endif
