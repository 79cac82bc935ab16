/* part_binary: the messages between services and BFF as bytes, from the tables that part_json is
 * made of: what a compact binary protocol would send in JSON's place.
 *
 * Form: the fields in the table's order, without keys. Numbers are little-endian: a product and a
 * UINT32 have 4 bytes, cents 8; NUMBERS are `bound` times 4. A text is its length (4 bytes) and its
 * bytes; OBJECTS are their count (4) and then one after the other; an OBJECT is its fields.
 *
 * The reader keeps part_json's rules on ranges and counts; a message must end where its last field
 * does. Texts are taken as they are: a service sends what its store holds, which is UTF-8.
 */
#ifndef DUET_CONTRACT_PART_BINARY_H
#define DUET_CONTRACT_PART_BINARY_H

#include "common/base/strbuf.h"
#include "common/contract/read.h"

enum { PART_BINARY_MAX = 262144, PART_BINARY_ERROR_MAX = 160 };

/* Appends `part`, the struct that answers `kind` (a part kind). Check strbuf_ok(out). */
void part_binary_write(struct strbuf *out, enum read_kind kind, const void *part);

/* Reads `bytes` into *part (read_infos[kind].out_size bytes, zeroed here first). Texts point into
 * `bytes`, which must live as long as the part. Allocates nothing. Returns false on malformed
 * input, with a one-line reason in error[PART_BINARY_ERROR_MAX]. */
bool part_binary_read(enum read_kind kind, struct slice bytes, void *part,
		      char error[PART_BINARY_ERROR_MAX]);

#endif
