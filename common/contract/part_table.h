/* part_table: the messages between services and BFF as tables: one row a field, in the order in
 * which it is written. Every encoding (part_json, part_binary) walks these tables with its writer
 * and its reader, so that neither the two ends nor two encodings can drift apart.
 */
#ifndef DUET_CONTRACT_PART_TABLE_H
#define DUET_CONTRACT_PART_TABLE_H

#include "common/contract/read.h"

enum part_field_type {
	FIELD_TEXT,    /* struct slice */
	FIELD_PRODUCT, /* uint32_t, at most MODEL_PRODUCT_MAX; "p000001" in JSON */
	FIELD_UINT32,  /* uint32_t, at least `least` */
	FIELD_CENTS,   /* int64_t, at least `least` */
	FIELD_NUMBERS, /* uint32_t[bound], all of them */
	FIELD_OBJECT,  /* a struct, `nested` */
	FIELD_OBJECTS, /* struct[bound], the first *count of them */
	FIELD_TYPES
};

struct part_field {
	struct slice key;
	size_t offset;
	enum part_field_type type;
	uint32_t bound;                    /* NUMBERS, OBJECTS: elements of the C array */
	uint32_t least, most;              /* UINT32, CENTS; most 0: the type's own largest */
	size_t count_offset, stride;       /* OBJECTS */
	const struct part_message *nested; /* OBJECT, OBJECTS */
};

struct part_message {
	const struct part_field *fields;
	uint32_t count;
};

/* Indexed by the part kinds of enum read_kind; offsets are into the struct that answers the kind.
 */
extern const struct part_message part_messages[READ_PART_KINDS];

#endif
