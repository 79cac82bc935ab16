/* json_text: the bytes within one JSON string or primitive; for json_reader alone. */
#ifndef DUET_BASE_JSON_TEXT_H
#define DUET_BASE_JSON_TEXT_H

#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Checks a string: UTF-8, no control characters, sound escapes, no U+0000. `rest` is the text
 * behind its opening quote. NULL when it is sound, *end is then the closing quote's place in `rest`
 * and *escapes says whether the string holds any; else the reason, with *end at the byte. */
const char *json_text_scan_string(struct slice rest, size_t *end, bool *escapes);

/* Checks a number, true, false or null. NULL when it is sound, else the reason. */
const char *json_text_check_primitive(struct slice raw);

/* The two below take what json_text_scan_string found sound. */

/* Decodes into out (raw.len bytes are enough); returns the length. */
size_t json_text_decode(struct slice raw, char *out);
/* Whether `raw` decodes to `text`. */
bool json_text_equal(struct slice raw, struct slice text);

/* A whole number without fraction or exponent, in range. */
bool json_text_int(struct slice raw, int64_t *out);

#endif
