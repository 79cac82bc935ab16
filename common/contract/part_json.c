/* part_json: a message is a table of fields in the order they are written; writer and reader walk
 * the same table. The reader takes members in that order without searching, and searches only for
 * what stands elsewhere.
 */
#include "common/contract/part_json.h"

#include "common/base/json_reader.h"
#include "common/base/json_writer.h"
#include "common/contract/part_table.h"
#include "common/contract/routes.h"

#include <stdio.h>

/* ---- writing ---- */

static void write_message(struct json_writer *w, const struct part_message *message,
			  const char *from);

static void write_numbers(struct json_writer *w, const struct part_field *field, const char *from)
{
	const uint32_t *numbers = (const void *)(from + field->offset);
	json_array_begin(w);
	for (uint32_t i = 0; i < field->bound; i++)
		json_uint(w, numbers[i]);
	json_array_end(w);
}

static void write_objects(struct json_writer *w, const struct part_field *field, const char *from)
{
	uint32_t count = *(const uint32_t *)(const void *)(from + field->count_offset);
	json_array_begin(w);
	for (uint32_t i = 0; i < count; i++)
		write_message(w, field->nested, from + field->offset + i * field->stride);
	json_array_end(w);
}

static void write_product(struct json_writer *w, uint32_t number)
{
	char id[8];
	product_id_write(id, number);
	json_put_string(w, (struct slice){id, 7});
}

static void write_message(struct json_writer *w, const struct part_message *message,
			  const char *from)
{
	json_object_begin(w);
	for (uint32_t i = 0; i < message->count; i++) {
		const struct part_field *field = &message->fields[i];
		const void *value = from + field->offset;
		json_key_slice(w, field->key);
		switch (field->type) {
		case FIELD_TEXT:
			json_put_string(w, *(const struct slice *)value);
			break;
		case FIELD_PRODUCT:
			write_product(w, *(const uint32_t *)value);
			break;
		case FIELD_UINT32:
			json_uint(w, *(const uint32_t *)value);
			break;
		case FIELD_CENTS:
			json_int(w, *(const int64_t *)value);
			break;
		case FIELD_NUMBERS:
			write_numbers(w, field, from);
			break;
		case FIELD_OBJECT:
			write_message(w, field->nested, value);
			break;
		case FIELD_OBJECTS:
			write_objects(w, field, from);
			break;
		case FIELD_TYPES:
			break;
		}
	}
	json_object_end(w);
}

void part_json_write(struct strbuf *out, enum read_kind kind, const void *part)
{
	struct json_writer w;
	json_writer_init(&w, out);
	write_message(&w, &part_messages[kind], part);
}

/* ---- reading ---- */

struct reader {
	const struct json_doc *doc;
	struct arena *arena;
	const char *kind;
	char *error;
};

static bool refuse(struct reader *r, struct slice key, const char *rule)
{
	snprintf(r->error, PART_JSON_ERROR_MAX, "%s: \"%.*s\" %s", r->kind, (int)key.len, key.at,
		 rule);
	return false;
}

static bool read_message(struct reader *r, const struct part_message *message, json_at at,
			 char *into);

static bool read_product(struct reader *r, json_at at, uint32_t *number)
{
	struct slice id;
	return json_read_string(r->doc, at, r->arena, &id) && product_id_parse(id, number);
}

static bool read_uint32(struct reader *r, const struct part_field *field, json_at at,
			uint32_t *value)
{
	return json_read_uint32(r->doc, at, value) && *value >= field->least &&
	       (!field->most || *value <= field->most);
}

static bool read_cents(struct reader *r, const struct part_field *field, json_at at, int64_t *value)
{
	return json_read_int(r->doc, at, value) && *value >= (int64_t)field->least;
}

static bool read_numbers(struct reader *r, const struct part_field *field, json_at at,
			 uint32_t *numbers)
{
	if (json_type_of(r->doc, at) != JSON_T_ARRAY || json_count(r->doc, at) != field->bound)
		return false;
	json_at element = json_first(r->doc, at);
	for (uint32_t i = 0; i < field->bound; i++) {
		if (!json_read_uint32(r->doc, element, &numbers[i]))
			return false;
		element = json_next(r->doc, element);
	}
	return true;
}

static bool read_objects(struct reader *r, const struct part_field *field, json_at at, char *into)
{
	uint32_t count = json_count(r->doc, at);
	if (json_type_of(r->doc, at) != JSON_T_ARRAY || count > field->bound)
		return refuse(r, field->key,
			      "must be an array of no more elements than the model has");
	json_at element = json_first(r->doc, at);
	for (uint32_t i = 0; i < count; i++) {
		if (json_type_of(r->doc, element) != JSON_T_OBJECT)
			return refuse(r, field->key, "must hold objects");
		if (!read_message(r, field->nested, element,
				  into + field->offset + i * field->stride))
			return false;
		element = json_next(r->doc, element);
	}
	*(uint32_t *)(void *)(into + field->count_offset) = count;
	return true;
}

static bool read_field(struct reader *r, const struct part_field *field, json_at at, char *into)
{
	static const char *const rules[FIELD_TYPES] = {
		[FIELD_TEXT] = "must be a text (and fit in memory)",
		[FIELD_PRODUCT] = "must be a product id such as \"p000001\"",
		[FIELD_UINT32] = "must be a whole number in range",
		[FIELD_CENTS] = "must be a positive whole number of cents",
		[FIELD_NUMBERS] = "must be an array of as many whole numbers as the model has",
		[FIELD_OBJECT] = "must be an object",
	};
	void *value = into + field->offset;
	bool good = false;
	switch (field->type) {
	case FIELD_TEXT:
		good = json_read_string(r->doc, at, r->arena, value);
		break;
	case FIELD_PRODUCT:
		good = read_product(r, at, value);
		break;
	case FIELD_UINT32:
		good = read_uint32(r, field, at, value);
		break;
	case FIELD_CENTS:
		good = read_cents(r, field, at, value);
		break;
	case FIELD_NUMBERS:
		good = read_numbers(r, field, at, value);
		break;
	case FIELD_OBJECT:
		if (json_type_of(r->doc, at) == JSON_T_OBJECT)
			return read_message(r, field->nested, at, value);
		break;
	case FIELD_OBJECTS:
		return read_objects(r, field, at, into);
	case FIELD_TYPES:
		return refuse(r, field->key, "has a type that no reader knows");
	}
	return good || refuse(r, field->key, rules[field->type]);
}

/* The field of the key at `at`, tried first at `expected`; message->count when it is unknown. */
static uint32_t find_field(const struct reader *r, const struct part_message *message, json_at at,
			   uint32_t expected)
{
	if (expected < message->count && json_key_is(r->doc, at, message->fields[expected].key))
		return expected;
	uint32_t i = 0;
	while (i < message->count && !json_key_is(r->doc, at, message->fields[i].key))
		i++;
	return i;
}

static bool read_message(struct reader *r, const struct part_message *message, json_at at,
			 char *into)
{
	uint32_t seen = 0, expected = 0;
	json_at key = at + 1;
	for (uint32_t left = json_count(r->doc, at); left; left--) {
		json_at value = json_next(r->doc, key);
		uint32_t i = find_field(r, message, key, expected);
		if (i < message->count) {
			if (seen >> i & 1)
				return refuse(r, message->fields[i].key, "stands there twice");
			if (!read_field(r, &message->fields[i], value, into))
				return false;
			seen |= UINT32_C(1) << i;
			expected = i + 1;
		}
		key = json_next(r->doc, value);
	}
	for (uint32_t i = 0; i < message->count; i++)
		if (!(seen >> i & 1))
			return refuse(r, message->fields[i].key, "is missing");
	return true;
}

bool part_json_read(enum read_kind kind, struct slice json, struct arena *arena, void *part,
		    char error[PART_JSON_ERROR_MAX])
{
	char malformed[96];
	memset(part, 0, read_infos[kind].out_size);
	struct json_doc *doc = json_parse(json, arena, malformed);
	struct reader r = {doc, arena, read_infos[kind].name, error};
	if (!doc) {
		snprintf(error, PART_JSON_ERROR_MAX, "%s: %s", r.kind, malformed);
		return false;
	}
	if (json_type_of(doc, 0) != JSON_T_OBJECT) {
		snprintf(error, PART_JSON_ERROR_MAX, "%s: must be an object", r.kind);
		return false;
	}
	return read_message(&r, &part_messages[kind], 0, part);
}
