#include "common/base/json_writer.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

static void commas_stand_between_and_nowhere_else(void **state)
{
	(void)state;
	struct strbuf out;
	struct json_writer w;
	strbuf_init(&out, 4096);
	json_writer_init(&w, &out);
	json_object_begin(&w);
	json_key(&w, "a");
	json_array_begin(&w);
	json_uint(&w, 0);
	json_uint(&w, UINT64_MAX);
	json_int(&w, INT64_MIN);
	json_int(&w, -7);
	json_tenths(&w, 37);
	json_tenths(&w, 40);
	json_tenths(&w, 5);
	json_bool(&w, true);
	json_bool(&w, false);
	json_put_null(&w);
	json_object_begin(&w);
	json_object_end(&w);
	json_array_begin(&w);
	json_array_end(&w);
	json_array_end(&w);
	json_key(&w, "b");
	json_put_string(&w, SLICE("x"));
	json_key(&w, "c");
	json_put_string(&w, (struct slice){NULL, 0});
	json_object_end(&w);
	assert_true(strbuf_ok(&out));
	assert_string_equal(out.data, "{\"a\":[0,18446744073709551615,-9223372036854775808,-7,3.7,"
				      "4.0,0.5,true,false,null,{},[]],\"b\":\"x\",\"c\":\"\"}");
	assert_int_equal(out.len, strlen(out.data));
	strbuf_free(&out);
}

static void write_alone(struct strbuf *out, struct slice text)
{
	struct json_writer w;
	strbuf_clear(out);
	json_writer_init(&w, out);
	json_array_begin(&w);
	json_put_string(&w, text);
	json_array_end(&w);
	assert_true(strbuf_ok(out));
}

static void escapes_are_the_short_ones(void **state)
{
	(void)state;
	struct strbuf out;
	strbuf_init(&out, 4096);
	write_alone(&out, SLICE("\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9\0"));
	assert_string_equal(out.data, "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9"
				      "\\u0000\"]");
	strbuf_free(&out);
}

/* Each byte at each offset of a text longer than two words of the run search: jansson must read
 * back what was written. */
static void every_byte_at_every_offset_reads_back(void **state)
{
	(void)state;
	struct strbuf out;
	strbuf_init(&out, 4096);
	for (size_t offset = 0; offset < 20; offset++) {
		for (int byte = 0; byte < 0x80; byte++) {
			char text[20];
			memset(text, 'a', sizeof(text));
			text[offset] = (char)byte;
			write_alone(&out, (struct slice){text, sizeof(text)});
			json_t *root = json_loadb(out.data, out.len, JSON_ALLOW_NUL, NULL);
			assert_non_null(root);
			json_t *read = json_array_get(root, 0);
			assert_int_equal(json_string_length(read), sizeof(text));
			assert_memory_equal(json_string_value(read), text, sizeof(text));
			json_decref(root);
		}
	}
	strbuf_free(&out);
}

static void a_full_buffer_fails_and_keeps_its_maximum(void **state)
{
	(void)state;
	for (size_t max = 0; max < 40; max++) {
		struct strbuf out;
		struct json_writer w;
		strbuf_init(&out, max);
		json_writer_init(&w, &out);
		json_object_begin(&w);
		json_key(&w, "key");
		json_put_string(&w, SLICE("a \"text\" of some length"));
		json_object_end(&w);
		assert_true(out.len <= max);
		if (max < 34)
			assert_false(strbuf_ok(&out));
		strbuf_free(&out);
	}
}

/* Every count of digits, as printf has them, in buffers of every size up to what they need. */
static void numbers_of_every_length_keep_to_the_buffer(void **state)
{
	(void)state;
	char expected[1024];
	size_t len = 0;
	for (size_t max = 0; max < sizeof(expected); max++) {
		struct strbuf out;
		struct json_writer w;
		strbuf_init(&out, max);
		json_writer_init(&w, &out);
		len = 0;
		for (uint64_t value = 1; value < INT64_MAX / 10; value *= 10) {
			int64_t below = 1 - (int64_t)value;
			json_uint(&w, value);
			json_int(&w, below);
			len += (size_t)snprintf(expected + len, sizeof(expected) - len,
						"%s%" PRIu64 ",%" PRId64, len ? "," : "", value,
						below);
			assert_true(out.len <= max);
		}
		if (strbuf_ok(&out))
			assert_string_equal(out.data, expected);
		strbuf_free(&out);
	}
	assert_true(len < sizeof(expected) - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_stand_between_and_nowhere_else),
		cmocka_unit_test(escapes_are_the_short_ones),
		cmocka_unit_test(every_byte_at_every_offset_reads_back),
		cmocka_unit_test(a_full_buffer_fails_and_keeps_its_maximum),
		cmocka_unit_test(numbers_of_every_length_keep_to_the_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
