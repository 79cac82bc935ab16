/* The binary messages against the JSON ones: both are made of the same tables, and parts that are
 * filled by chance from these tables must come out of both as the same. */
#include "common/contract/part_binary.h"

#include "common/base/bytes.h"
#include "common/base/rng.h"
#include "common/contract/part_json.h"
#include "common/contract/part_table.h"
#include "tests/unit/contract/part_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROUNDS = 300 };

static char error[PART_BINARY_ERROR_MAX];

/* Reads from a copy that ends where the bytes do, so that a sanitizer sees a step too far. */
static bool read_exact(enum read_kind kind, struct slice bytes, void *part, char **copy)
{
	*copy = malloc(bytes.len + 1);
	assert_non_null(*copy);
	memmove(*copy + 1, bytes.at, bytes.len);
	memset(part, 0xa5, read_infos[kind].out_size); /* the reader must clear it */
	error[0] = '\0';
	bool good = part_binary_read(kind, (struct slice){*copy + 1, bytes.len}, part, error);
	if (!good)
		assert_true(error[0] && !strchr(error, '\n'));
	return good;
}

static void write_part(struct strbuf *out, int kind, const void *part)
{
	strbuf_init(out, PART_BINARY_MAX);
	part_binary_write(out, (enum read_kind)kind, part);
	assert_true(strbuf_ok(out));
}

/* ---- parts by chance, and whether two are the same, by the tables ---- */

static const char *const texts[] = {"",        "tea",           "Caf\xc3\xa9", "\xf0\x9f\x8d\xb5",
				    "a \"b\"", "\\ / \n\t\x01", "EUR",         "2026-03-14"};

static void fill_message(struct rng *rng, const struct part_message *message, char *into);

static uint32_t pick(struct rng *rng, uint32_t least, uint32_t most)
{
	uint64_t span = (uint64_t)most - least + 1;
	return least + (uint32_t)(rng_next(rng) % span);
}

static void fill_field(struct rng *rng, const struct part_field *field, char *into)
{
	void *value = into + field->offset;
	uint32_t count = field->type == FIELD_OBJECTS ? pick(rng, 0, field->bound) : 0;
	switch (field->type) {
	case FIELD_TEXT:
		*(struct slice *)value = slice_of(texts[rng_next(rng) % 8]);
		break;
	case FIELD_PRODUCT:
		*(uint32_t *)value = pick(rng, 0, MODEL_PRODUCT_MAX);
		break;
	case FIELD_UINT32:
		*(uint32_t *)value =
			pick(rng, field->least, field->most ? field->most : UINT32_MAX);
		break;
	case FIELD_CENTS:
		*(int64_t *)value = (int64_t)field->least + (int64_t)(rng_next(rng) >> 2);
		break;
	case FIELD_NUMBERS:
		for (uint32_t i = 0; i < field->bound; i++)
			((uint32_t *)value)[i] = pick(rng, 0, UINT32_MAX);
		break;
	case FIELD_OBJECT:
		fill_message(rng, field->nested, value);
		break;
	case FIELD_OBJECTS:
		*(uint32_t *)(void *)(into + field->count_offset) = count;
		for (uint32_t i = 0; i < count; i++)
			fill_message(rng, field->nested, (char *)value + i * field->stride);
		break;
	case FIELD_TYPES:
		fail();
	}
}

static void fill_message(struct rng *rng, const struct part_message *message, char *into)
{
	for (uint32_t i = 0; i < message->count; i++)
		fill_field(rng, &message->fields[i], into);
}

static bool same_message(const struct part_message *message, const char *a, const char *b);

static bool same_field(const struct part_field *field, const char *a, const char *b)
{
	const void *x = a + field->offset, *y = b + field->offset;
	const uint32_t *counts[] = {(const void *)(a + field->count_offset),
				    (const void *)(b + field->count_offset)};
	switch (field->type) {
	case FIELD_TEXT:
		return slice_equal(*(const struct slice *)x, *(const struct slice *)y);
	case FIELD_PRODUCT:
	case FIELD_UINT32:
		return *(const uint32_t *)x == *(const uint32_t *)y;
	case FIELD_CENTS:
		return *(const int64_t *)x == *(const int64_t *)y;
	case FIELD_NUMBERS:
		return memcmp(x, y, field->bound * sizeof(uint32_t)) == 0;
	case FIELD_OBJECT:
		return same_message(field->nested, x, y);
	case FIELD_OBJECTS:
		if (*counts[0] != *counts[1])
			return false;
		for (uint32_t i = 0; i < *counts[0]; i++)
			if (!same_message(field->nested, (const char *)x + i * field->stride,
					  (const char *)y + i * field->stride))
				return false;
		return true;
	case FIELD_TYPES:
		break;
	}
	return false;
}

static bool same_message(const struct part_message *message, const char *a, const char *b)
{
	for (uint32_t i = 0; i < message->count; i++)
		if (!same_field(&message->fields[i], a, b))
			return false;
	return true;
}

/* Through both encodings; what comes out must be what went in. */
static void check_both(int kind, const void *part)
{
	struct arena *arena = arena_new(0);
	size_t size = read_infos[kind].out_size;
	void *by_json = arena_alloc(arena, size), *by_binary = arena_alloc(arena, size);
	struct strbuf json, binary;
	char *copy, why[PART_JSON_ERROR_MAX];
	strbuf_init(&json, PART_JSON_MAX);
	part_json_write(&json, (enum read_kind)kind, part);
	write_part(&binary, kind, part);
	assert_true(binary.len < json.len);
	if (!part_json_read((enum read_kind)kind, (struct slice){json.data, json.len}, arena,
			    by_json, why))
		fail_msg("%s", why);
	if (!read_exact((enum read_kind)kind, (struct slice){binary.data, binary.len}, by_binary,
			&copy))
		fail_msg("%s", error);
	assert_true(same_message(&part_messages[kind], part, by_binary));
	assert_true(same_message(&part_messages[kind], by_json, by_binary));
	free(copy);
	strbuf_free(&json);
	strbuf_free(&binary);
	arena_free(arena);
}

/* ---- tests ---- */

static void samples_go_round(void **state)
{
	(void)state;
	for (int kind = 0; kind < READ_PART_KINDS; kind++)
		check_both(kind, part_samples[kind]);
}

static void parts_by_chance_are_the_same_by_both_encodings(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 42);
	for (int round = 0; round < ROUNDS; round++) {
		int kind = round % READ_PART_KINDS;
		void *part = calloc(1, read_infos[kind].out_size);
		assert_non_null(part);
		fill_message(&rng, &part_messages[kind], part);
		check_both(kind, part);
		free(part);
	}
}

static void bytes_are_as_the_header_says(void **state)
{
	(void)state;
	static const struct part_lowest part = {1, {{{"tea", 3}, 499, {"EUR", 3}}}};
	static const char expected[] = "\1\0\0\0"
				       "\3\0\0\0tea"
				       "\363\1\0\0\0\0\0\0"
				       "\3\0\0\0EUR";
	struct strbuf out;
	write_part(&out, READ_LOWEST, &part);
	assert_int_equal(out.len, sizeof(expected) - 1);
	assert_memory_equal(out.data, expected, out.len);
	strbuf_free(&out);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (int kind = 0; kind < READ_PART_KINDS; kind++) {
		void *part = malloc(read_infos[kind].out_size);
		struct strbuf out;
		char *copy;
		write_part(&out, kind, part_samples[kind]);
		for (size_t len = 0; len < out.len; len++) {
			assert_false(read_exact((enum read_kind)kind, (struct slice){out.data, len},
						part, &copy));
			free(copy);
		}
		strbuf_add_char(&out, 0);
		assert_false(read_exact((enum read_kind)kind, (struct slice){out.data, out.len},
					part, &copy));
		assert_non_null(strstr(error, "1 bytes follow"));
		free(copy);
		free(part);
		strbuf_free(&out);
	}
}

/* Four bytes put at a place of a good message, and what the refusal names. */
static const struct {
	enum read_kind kind;
	size_t at;
	uint32_t value;
	const char *says;
} hostile[] = {
	{READ_STOCK, 0, 41, "\"items\" must have a count"},
	{READ_STOCK, 0, UINT32_MAX, "\"items\" must have a count"},
	{READ_STOCK, 0, 40, "\"id\" must be a product number"},
	{READ_STOCK, 4, MODEL_PRODUCT_MAX + 1, "\"id\" must be a product number"},
	{READ_LOWEST, 4, 4096, "\"category_id\" must be a text"},
	{READ_LOWEST, 4, UINT32_MAX, "\"category_id\" must be a text"},
	{READ_LOWEST, 4, UINT32_MAX - 3, "\"category_id\" must be a text"},
	{READ_LOWEST, 15, UINT32_MAX, "\"price_cents\" must be a positive"}, /* its upper half */
	{READ_PRODUCT, 0, 1000000, "\"id\" must be a product number"},
};

static void hostile_numbers_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		enum read_kind kind = hostile[i].kind;
		void *part = malloc(read_infos[kind].out_size);
		struct strbuf out;
		char *copy;
		write_part(&out, kind, part_samples[kind]);
		bytes_put_u32(out.data + hostile[i].at, hostile[i].value);
		assert_false(read_exact(kind, (struct slice){out.data, out.len}, part, &copy));
		if (!strstr(error, hostile[i].says))
			fail_msg("%zu: '%s' does not say '%s'", i, error, hostile[i].says);
		free(copy);
		free(part);
		strbuf_free(&out);
	}
}

static void a_part_that_does_not_fit_fails_the_buffer(void **state)
{
	(void)state;
	struct strbuf out;
	strbuf_init(&out, 64);
	part_binary_write(&out, READ_REVIEWS, part_samples[READ_REVIEWS]);
	assert_false(strbuf_ok(&out));
	strbuf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_go_round),
		cmocka_unit_test(parts_by_chance_are_the_same_by_both_encodings),
		cmocka_unit_test(bytes_are_as_the_header_says),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(hostile_numbers_are_named),
		cmocka_unit_test(a_part_that_does_not_fit_fails_the_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
