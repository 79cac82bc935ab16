/* part_json: the messages between services and BFF. One field table a message drives both its
 * writer and its reader, so that the two cannot drift apart.
 *
 * The reader is strict on types and ranges and ignores unknown keys; a missing key or one that
 * stands there twice is an error.
 */
#ifndef DUET_CONTRACT_PART_JSON_H
#define DUET_CONTRACT_PART_JSON_H

#include "common/base/arena.h"
#include "common/base/strbuf.h"
#include "common/contract/read.h"

enum { PART_JSON_MAX = 262144, PART_JSON_ERROR_MAX = 160 };

/* Appends the JSON of `part`, the struct that answers `kind` (a part kind). Check strbuf_ok(out).
 */
void part_json_write(struct strbuf *out, enum read_kind kind, const void *part);

/* Parses `json` into *part (read_infos[kind].out_size bytes, zeroed here first). Strings without
 * escapes point into `json`, which must live as long as the part; others are decoded into `arena`.
 * Returns false on malformed input, with a one-line reason in error[PART_JSON_ERROR_MAX]. */
bool part_json_read(enum read_kind kind, struct slice json, struct arena *arena, void *part,
		    char error[PART_JSON_ERROR_MAX]);

#endif
