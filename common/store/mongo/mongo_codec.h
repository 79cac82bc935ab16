/* mongo_codec: BSON documents and C structs, both ways, from one table of fields a document.
 *
 * The tables (mongo_docs.h) list fields in the order in which documents are written, so that
 * reading finds each field at the first look; another order is read as well, unknown fields are
 * skipped, and a missing or mistyped one fails. Decoded slices point into the bytes given, which
 * must outlive them.
 */
#ifndef DUET_STORE_MONGO_CODEC_H
#define DUET_STORE_MONGO_CODEC_H

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mongo_field_kind {
	MONGO_U32,  /* uint32_t as int32 */
	MONGO_I64,  /* int64_t as int64 */
	MONGO_BOOL, /* bool */
	MONGO_TEXT, /* struct slice as UTF-8 */
	MONGO_U32S, /* uint32_t[max] as an array of exactly max int32 */
	MONGO_DOC,  /* a struct as a document, by `table` */
	MONGO_DOCS  /* structs as an array of at most max documents; their number at count_offset */
};

struct mongo_table;

struct mongo_field {
	const char *name;
	enum mongo_field_kind kind;
	size_t offset;                   /* in the struct, bytes */
	uint32_t max;                    /* U32S, DOCS */
	size_t count_offset;             /* DOCS: of a uint32_t */
	const struct mongo_table *table; /* DOC, DOCS */
};

struct mongo_table {
	const struct mongo_field *fields;
	uint32_t count; /* at most 32 */
	size_t size;    /* of the struct */
};

/* Appends the fields of the struct at `in` to `doc`. False for a value that does not fit (a number
 * over INT32_MAX, a document over BSON's limit). */
bool mongo_encode(const struct mongo_table *table, const void *in, bson_t *doc);

/* Reads the `len` bytes of a BSON document into the struct at `out`. False when they are not a
 * document of this table. */
bool mongo_decode(const struct mongo_table *table, const uint8_t *bytes, size_t len, void *out);

#endif
