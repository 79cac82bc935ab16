#include "common/store/mongo/mongo_codec.h"

#include "common/base/slice.h"

#include <string.h>

static void *at_offset(void *base, size_t offset)
{
	return (char *)base + offset;
}

static const void *at_const(const void *base, size_t offset)
{
	return (const char *)base + offset;
}

/* ---- writing ---- */

static bool encode_u32(bson_t *doc, const char *key, int key_len, uint32_t value)
{
	return value <= INT32_MAX && bson_append_int32(doc, key, key_len, (int32_t)value);
}

static bool encode_u32s(bson_t *doc, const struct mongo_field *field, const uint32_t *values)
{
	bson_t array;
	bool ok = bson_append_array_begin(doc, field->name, -1, &array);
	for (uint32_t i = 0; ok && i < field->max; i++) {
		char room[16];
		const char *key;
		size_t len = bson_uint32_to_string(i, &key, room, sizeof(room));
		ok = encode_u32(&array, key, (int)len, values[i]);
	}
	return ok && bson_append_array_end(doc, &array);
}

static bool encode_doc(bson_t *doc, const char *key, int key_len, const struct mongo_table *table,
		       const void *in)
{
	bson_t child;
	return bson_append_document_begin(doc, key, key_len, &child) &&
	       mongo_encode(table, in, &child) && bson_append_document_end(doc, &child);
}

static bool encode_docs(bson_t *doc, const struct mongo_field *field, const void *in)
{
	const char *items = at_const(in, field->offset);
	uint32_t count;
	memcpy(&count, at_const(in, field->count_offset), sizeof(count));
	bson_t array;
	bool ok = count <= field->max && bson_append_array_begin(doc, field->name, -1, &array);
	for (uint32_t i = 0; ok && i < count; i++) {
		char room[16];
		const char *key;
		size_t len = bson_uint32_to_string(i, &key, room, sizeof(room));
		ok = encode_doc(&array, key, (int)len, field->table,
				items + i * field->table->size);
	}
	return ok && bson_append_array_end(doc, &array);
}

static bool encode_field(bson_t *doc, const struct mongo_field *field, const void *in)
{
	const void *at = at_const(in, field->offset);
	switch (field->kind) {
	case MONGO_U32:
		return encode_u32(doc, field->name, -1, *(const uint32_t *)at);
	case MONGO_I64:
		return bson_append_int64(doc, field->name, -1, *(const int64_t *)at);
	case MONGO_BOOL:
		return bson_append_bool(doc, field->name, -1, *(const bool *)at);
	case MONGO_TEXT: {
		const struct slice *text = at;
		const char *bytes = text->len ? text->at : "";
		return text->len <= INT32_MAX &&
		       bson_append_utf8(doc, field->name, -1, bytes, (int)text->len);
	}
	case MONGO_U32S:
		return encode_u32s(doc, field, at);
	case MONGO_DOC:
		return encode_doc(doc, field->name, -1, field->table, at);
	case MONGO_DOCS:
		return encode_docs(doc, field, in);
	}
	return false;
}

bool mongo_encode(const struct mongo_table *table, const void *in, bson_t *doc)
{
	for (uint32_t i = 0; i < table->count; i++)
		if (!encode_field(doc, &table->fields[i], in))
			return false;
	return true;
}

/* ---- reading ---- */

static bool decode_u32(const bson_iter_t *iter, uint32_t *out)
{
	if (!BSON_ITER_HOLDS_INT32(iter))
		return false;
	int32_t value = bson_iter_int32_unsafe(iter);
	*out = (uint32_t)value;
	return value >= 0;
}

static bool decode_text(const bson_iter_t *iter, struct slice *out)
{
	if (!BSON_ITER_HOLDS_UTF8(iter))
		return false;
	uint32_t len;
	out->at = bson_iter_utf8(iter, &len);
	out->len = len;
	return true;
}

/* The bytes of the document or array under the iterator. */
static bool child_bytes(const bson_iter_t *iter, const uint8_t **bytes, uint32_t *len)
{
	if (BSON_ITER_HOLDS_ARRAY(iter))
		bson_iter_array(iter, len, bytes);
	else if (BSON_ITER_HOLDS_DOCUMENT(iter))
		bson_iter_document(iter, len, bytes);
	else
		return false;
	return *bytes != NULL;
}

static bool decode_u32s(bson_iter_t *iter, const struct mongo_field *field, uint32_t *out)
{
	bson_iter_t item;
	if (!BSON_ITER_HOLDS_ARRAY(iter) || !bson_iter_recurse(iter, &item))
		return false;
	uint32_t count = 0;
	while (bson_iter_next(&item))
		if (count == field->max || !decode_u32(&item, &out[count++]))
			return false;
	return count == field->max;
}

static bool decode_doc(const bson_iter_t *iter, const struct mongo_table *table, void *out)
{
	const uint8_t *bytes;
	uint32_t len;
	return child_bytes(iter, &bytes, &len) && mongo_decode(table, bytes, len, out);
}

static bool decode_docs(const bson_iter_t *iter, const struct mongo_field *field, void *out)
{
	bson_iter_t item;
	if (!BSON_ITER_HOLDS_ARRAY(iter) || !bson_iter_recurse(iter, &item))
		return false;
	char *items = at_offset(out, field->offset);
	uint32_t count = 0;
	for (; bson_iter_next(&item); count++)
		if (count == field->max ||
		    !decode_doc(&item, field->table, items + count * field->table->size))
			return false;
	memcpy(at_offset(out, field->count_offset), &count, sizeof(count));
	return true;
}

static bool decode_field(bson_iter_t *iter, const struct mongo_field *field, void *out)
{
	void *at = at_offset(out, field->offset);
	switch (field->kind) {
	case MONGO_U32:
		return decode_u32(iter, at);
	case MONGO_I64:
		*(int64_t *)at = bson_iter_as_int64(iter);
		return BSON_ITER_HOLDS_INT64(iter);
	case MONGO_BOOL:
		*(bool *)at = bson_iter_bool(iter);
		return BSON_ITER_HOLDS_BOOL(iter);
	case MONGO_TEXT:
		return decode_text(iter, at);
	case MONGO_U32S:
		return decode_u32s(iter, field, at);
	case MONGO_DOC:
		return decode_doc(iter, field->table, at);
	case MONGO_DOCS:
		return decode_docs(iter, field, out);
	}
	return false;
}

/* The index of the field called `key`, tried first at `expected`; table->count when there is none.
 */
static uint32_t find_field(const struct mongo_table *table, uint32_t expected, const char *key)
{
	if (expected < table->count && strcmp(table->fields[expected].name, key) == 0)
		return expected;
	for (uint32_t i = 0; i < table->count; i++)
		if (strcmp(table->fields[i].name, key) == 0)
			return i;
	return table->count;
}

bool mongo_decode(const struct mongo_table *table, const uint8_t *bytes, size_t len, void *out)
{
	bson_iter_t iter;
	if (!bson_iter_init_from_data(&iter, bytes, len))
		return false;
	uint32_t expected = 0;
	uint64_t seen = 0;
	while (bson_iter_next(&iter)) {
		uint32_t i = find_field(table, expected, bson_iter_key_unsafe(&iter));
		if (i == table->count)
			continue;
		if (!decode_field(&iter, &table->fields[i], out))
			return false;
		seen |= UINT64_C(1) << i;
		expected = i + 1;
	}
	return iter.err_off == 0 && seen == (UINT64_C(1) << table->count) - 1;
}
