/* json_writer: writes compact JSON straight into a strbuf, for replies. No tree, no allocation of
 * its own.
 *
 * Commas are the writer's affair. Keys are literals that need no escaping. Strings are escaped per
 * RFC 8259: '"', '\\' and control characters; everything else, UTF-8 included, is copied as it is.
 * Two names say `put` because json_string and json_null are jansson's, which would call ours.
 */
#ifndef DUET_BASE_JSON_WRITER_H
#define DUET_BASE_JSON_WRITER_H

#include "common/base/slice.h"
#include "common/base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct json_writer {
	struct strbuf *out;
	bool comma; /* the next value or key needs a comma before it */
};

void json_writer_init(struct json_writer *w, struct strbuf *out);
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key_slice(struct json_writer *w, struct slice key);
#define json_key(w, literal) json_key_slice((w), SLICE(literal))
void json_put_string(struct json_writer *w, struct slice text);
void json_uint(struct json_writer *w, uint64_t value);
void json_int(struct json_writer *w, int64_t value);
/* tenths as a number with one decimal: 37 is 3.7, 40 is 4.0 */
void json_tenths(struct json_writer *w, uint32_t tenths);
void json_bool(struct json_writer *w, bool value);
void json_put_null(struct json_writer *w);

#endif
