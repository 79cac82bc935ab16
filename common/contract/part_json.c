/* part_json: a message is a table of fields in the order they are written; writer and reader walk
 * the same table. The reader takes members in that order without searching, and searches only for
 * what stands elsewhere.
 */
#include "common/contract/part_json.h"

#include "common/base/json_reader.h"
#include "common/base/json_writer.h"
#include "common/contract/routes.h"

#include <stdio.h>

enum field_type {
	FIELD_TEXT,    /* struct slice */
	FIELD_PRODUCT, /* uint32_t, "p000001" on the wire */
	FIELD_UINT32,  /* uint32_t, at least `least` */
	FIELD_CENTS,   /* int64_t, at least `least` */
	FIELD_NUMBERS, /* uint32_t[bound], all of them */
	FIELD_OBJECT,  /* a struct, `nested` */
	FIELD_OBJECTS, /* struct[bound], the first *count of them */
	FIELD_TYPES
};

struct field {
	struct slice key;
	size_t offset;
	enum field_type type;
	uint32_t bound;               /* NUMBERS, OBJECTS: elements of the C array */
	uint32_t least, most;         /* UINT32, CENTS; most 0: the type's own largest */
	size_t count_offset, stride;  /* OBJECTS */
	const struct message *nested; /* OBJECT, OBJECTS */
};

struct message {
	const struct field *fields;
	uint32_t count;
};

/* ---- the tables ---- */

#define HEAD(type_, member_, key_)                                                                 \
	.key = {key_, sizeof(key_) - 1}, .offset = offsetof(type_, member_)
#define TEXT(type_, member_, key_)                                                                 \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_TEXT                                     \
	}
#define PRODUCT(type_, member_, key_)                                                              \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_PRODUCT                                  \
	}
#define UINT(type_, member_, key_, ...)                                                            \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_UINT32, __VA_ARGS__                      \
	}
#define CENTS(type_, member_, key_, ...)                                                           \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_CENTS, __VA_ARGS__                       \
	}
#define NUMBERS(type_, member_, key_, bound_)                                                      \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_NUMBERS, .bound = (bound_)               \
	}
#define OBJECT(type_, member_, key_, nested_)                                                      \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_OBJECT, .nested = &(nested_)             \
	}
#define OBJECTS(type_, member_, count_, key_, nested_)                                             \
	{                                                                                          \
		HEAD(type_, member_, key_),                                                        \
			.type = FIELD_OBJECTS,                                                     \
			.bound = sizeof(((type_ *)0)->member_) / sizeof(((type_ *)0)->member_[0]), \
			.count_offset = offsetof(type_, count_),                                   \
			.stride = sizeof(((type_ *)0)->member_[0]), .nested = &(nested_)           \
	}
#define MESSAGE(fields_)                                                                           \
	{                                                                                          \
		(fields_), sizeof(fields_) / sizeof((fields_)[0])                                  \
	}

static const struct field hero_fields[] = {
	TEXT(struct hero, title, "title"),
	TEXT(struct hero, text, "text"),
	TEXT(struct hero, emoji, "emoji"),
};
static const struct message hero_message = MESSAGE(hero_fields);

static const struct field category_fields[] = {
	TEXT(struct category, id, "id"),
	TEXT(struct category, name, "name"),
	TEXT(struct category, emoji, "emoji"),
	UINT(struct category, product_count, "product_count", .least = 0),
};
static const struct message category_message = MESSAGE(category_fields);

static const struct field brief_fields[] = {
	PRODUCT(struct brief, id, "id"),
	TEXT(struct brief, name, "name"),
	TEXT(struct brief, emoji, "emoji"),
};
static const struct message brief_message = MESSAGE(brief_fields);

static const struct field catalog_home_fields[] = {
	OBJECT(struct part_catalog_home, hero, "hero", hero_message),
	OBJECTS(struct part_catalog_home, categories, category_count, "categories",
		category_message),
	OBJECTS(struct part_catalog_home, featured, featured_count, "featured", brief_message),
};

static const struct field catalog_page_fields[] = {
	OBJECT(struct part_catalog_page, category, "category", category_message),
	UINT(struct part_catalog_page, page, "page", .least = 1),
	UINT(struct part_catalog_page, page_count, "page_count", .least = 1),
	OBJECTS(struct part_catalog_page, items, count, "products", brief_message),
};

static const struct field product_fields[] = {
	PRODUCT(struct part_product, id, "id"),
	TEXT(struct part_product, category_id, "category_id"),
	TEXT(struct part_product, category_name, "category_name"),
	TEXT(struct part_product, name, "name"),
	TEXT(struct part_product, emoji, "emoji"),
	TEXT(struct part_product, brand, "brand"),
	TEXT(struct part_product, description, "description"),
};

static const struct field stock_fields[] = {
	PRODUCT(struct stock, id, "id"),
	NUMBERS(struct stock, quantity, "quantity", MODEL_WAREHOUSES),
};
static const struct message stock_message = MESSAGE(stock_fields);
static const struct field part_stock_fields[] = {
	OBJECTS(struct part_stock, items, count, "items", stock_message),
};

static const struct field price_fields[] = {
	PRODUCT(struct price, id, "id"),
	CENTS(struct price, price_cents, "price_cents", .least = 1),
	CENTS(struct price, list_cents, "list_cents", .least = 1),
	TEXT(struct price, currency, "currency"),
};
static const struct message price_message = MESSAGE(price_fields);
static const struct field part_prices_fields[] = {
	OBJECTS(struct part_prices, items, count, "items", price_message),
};

static const struct field lowest_fields[] = {
	TEXT(struct lowest_price, category_id, "category_id"),
	CENTS(struct lowest_price, price_cents, "price_cents", .least = 1),
	TEXT(struct lowest_price, currency, "currency"),
};
static const struct message lowest_message = MESSAGE(lowest_fields);
static const struct field part_lowest_fields[] = {
	OBJECTS(struct part_lowest, items, count, "items", lowest_message),
};

static const struct field rating_fields[] = {
	PRODUCT(struct rating, id, "id"),
	NUMBERS(struct rating, stars, "stars", MODEL_STARS),
};
static const struct message rating_message = MESSAGE(rating_fields);
static const struct field part_ratings_fields[] = {
	OBJECTS(struct part_ratings, items, count, "items", rating_message),
};

static const struct field review_fields[] = {
	UINT(struct review, number, "number", .least = 0),
	TEXT(struct review, date, "date"),
	TEXT(struct review, author, "author"),
	UINT(struct review, stars, "stars", .least = 1, .most = MODEL_STARS),
	TEXT(struct review, title, "title"),
	TEXT(struct review, text, "text"),
};
static const struct message review_message = MESSAGE(review_fields);
static const struct field part_reviews_fields[] = {
	OBJECT(struct part_reviews, rating, "rating", rating_message),
	OBJECTS(struct part_reviews, newest, count, "reviews", review_message),
};

static const struct message messages[READ_PART_KINDS] = {
	[READ_CATALOG_HOME] = MESSAGE(catalog_home_fields),
	[READ_CATALOG_PAGE] = MESSAGE(catalog_page_fields),
	[READ_PRODUCT] = MESSAGE(product_fields),
	[READ_STOCK] = MESSAGE(part_stock_fields),
	[READ_PRICES] = MESSAGE(part_prices_fields),
	[READ_LOWEST] = MESSAGE(part_lowest_fields),
	[READ_RATINGS] = MESSAGE(part_ratings_fields),
	[READ_REVIEWS] = MESSAGE(part_reviews_fields),
};

/* ---- writing ---- */

static void write_message(struct json_writer *w, const struct message *message, const char *from);

static void write_numbers(struct json_writer *w, const struct field *field, const char *from)
{
	const uint32_t *numbers = (const void *)(from + field->offset);
	json_array_begin(w);
	for (uint32_t i = 0; i < field->bound; i++)
		json_uint(w, numbers[i]);
	json_array_end(w);
}

static void write_objects(struct json_writer *w, const struct field *field, const char *from)
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

static void write_message(struct json_writer *w, const struct message *message, const char *from)
{
	json_object_begin(w);
	for (uint32_t i = 0; i < message->count; i++) {
		const struct field *field = &message->fields[i];
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
	write_message(&w, &messages[kind], part);
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

static bool read_message(struct reader *r, const struct message *message, json_at at, char *into);

static bool read_product(struct reader *r, json_at at, uint32_t *number)
{
	struct slice id;
	return json_read_string(r->doc, at, r->arena, &id) && product_id_parse(id, number);
}

static bool read_uint32(struct reader *r, const struct field *field, json_at at, uint32_t *value)
{
	return json_read_uint32(r->doc, at, value) && *value >= field->least &&
	       (!field->most || *value <= field->most);
}

static bool read_cents(struct reader *r, const struct field *field, json_at at, int64_t *value)
{
	return json_read_int(r->doc, at, value) && *value >= (int64_t)field->least;
}

static bool read_numbers(struct reader *r, const struct field *field, json_at at, uint32_t *numbers)
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

static bool read_objects(struct reader *r, const struct field *field, json_at at, char *into)
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

static bool read_field(struct reader *r, const struct field *field, json_at at, char *into)
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
static uint32_t find_field(const struct reader *r, const struct message *message, json_at at,
			   uint32_t expected)
{
	if (expected < message->count && json_key_is(r->doc, at, message->fields[expected].key))
		return expected;
	uint32_t i = 0;
	while (i < message->count && !json_key_is(r->doc, at, message->fields[i].key))
		i++;
	return i;
}

static bool read_message(struct reader *r, const struct message *message, json_at at, char *into)
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
	return read_message(&r, &messages[kind], 0, part);
}
