#include "common/base/rng.h"
#include "common/base/strbuf.h"
#include "tests/fuzz/json_agree.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool agree(struct slice text)
{
	bool accepted;
	const char *verdict = json_disagreement(text.at, text.len, &accepted);
	if (verdict)
		fail_msg("%s: %.*s", verdict, (int)text.len, text.at);
	return accepted;
}

#define L(text)                                                                                    \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static void valid_texts_are_read(void **state)
{
	(void)state;
	static const struct slice texts[] = {
		L("{}"),
		L("[]"),
		L(" \t\r\n[ ] "),
		L("{ \"a\" : 1 , \"b\" : [ ] }"),
		L("[0,-0,1,-1,9223372036854775807,-9223372036854775808]"),
		L("[0.5,1e5,1E+5,1.25e-7,-0.0,0e0,1e400000]"),
		L("[true,false,null]"),
		L("[\"\",\"a\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u00e9\\u20AC\\ud83d\\ude00\"]"),
		L("[\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \x7f\"]"),
		L("{\"a\":1,\"a\":2,\"\\u0061\":3}"),
		L("{\"\":{\"\":{}}}"),
		L("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
		L("[\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\xe0\xa0\x80\xf0\x90\x80\x80\"]"),
		L("[\"0123456789abcdef0123456789\\n0123456789abcdef\"]"),
		L("{\"a\":{\"b\":[1,{\"c\":[]},{}]},\"d\":[[],[[]],{}]}"),
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!agree(texts[i]))
			fail_msg("refused: %.*s", (int)texts[i].len, texts[i].at);
}

static void invalid_texts_are_refused(void **state)
{
	(void)state;
	static const struct slice texts[] = {
		L(""),
		L(" "),
		L("1"),
		L("\"a\""),
		L("null"),
		L("x"),
		L("["),
		L("]"),
		L("{"),
		L("}"),
		L("[1"),
		L("[1,"),
		L("[1,]"),
		L("[,1]"),
		L("[,]"),
		L("[1 2]"),
		L("[1,,2]"),
		L("[1]]"),
		L("[1][2]"),
		L("[1] 2"),
		L("[1]x"),
		L("[1]\0"),
		L("[\0]"),
		L("[1\0]"),
		L("[true\0]"),
		L("{]"),
		L("[}"),
		L("{\"a\"}"),
		L("{\"a\":}"),
		L("{\"a\":1,}"),
		L("{,\"a\":1}"),
		L("{\"a\" 1}"),
		L("{\"a\":1 \"b\":2}"),
		L("{\"a\":1:2}"),
		L("{1:2}"),
		L("{null:1}"),
		L("{[]:1}"),
		L("{{}:1}"),
		L("{:1}"),
		L("{\"a\":,}"),
		L("[\"a\":1]"),
		L("{\"a\",\"b\"}"),
		L("{\"a\"::1}"),
		L("[:]"),
		L("[1:2]"),
		L("['a']"),
		L("[a]"),
		L("[tru]"),
		L("[truex]"),
		L("[True]"),
		L("[nul]"),
		L("[nulll]"),
		L("[t]"),
		L("[01]"),
		L("[-]"),
		L("[-01]"),
		L("[+1]"),
		L("[1.]"),
		L("[.5]"),
		L("[1e]"),
		L("[1e+]"),
		L("[1.5.5]"),
		L("[1e5e5]"),
		L("[0x10]"),
		L("[NaN]"),
		L("[Infinity]"),
		L("[-Infinity]"),
		L("[1-2]"),
		L("[9223372036854775808]"),
		L("[-9223372036854775809]"),
		L("[99999999999999999999999]"),
		L("[\"]"),
		L("[\"a]"),
		L("[\"\\\"]"),
		L("[\"\\x\"]"),
		L("[\"\\u\"]"),
		L("[\"\\u12\"]"),
		L("[\"\\u12g4\"]"),
		L("[\"\\U0041\"]"),
		L("[\"\\u0000\"]"),
		L("{\"\\u0000\":1}"),
		L("[\"\\ud800\"]"),
		L("[\"\\ud800x\"]"),
		L("[\"\\ud800\\n\"]"),
		L("[\"\\ud800\\u0041\"]"),
		L("[\"\\ud800\\ud800\"]"),
		L("[\"\\udc00\"]"),
		L("[\"\\ud800\\u\"]"),
		L("[\"\t\"]"),
		L("[\"\n\"]"),
		L("[\"\x1f\"]"),
		L("[\"a\0b\"]"),
		L("[\"\x80\"]"),
		L("[\"\xc3\"]"),
		L("[\"\xc3(\"]"),
		L("[\"\xc0\x80\"]"),
		L("[\"\xc1\xbf\"]"),
		L("[\"\xe0\x80\x80\"]"),
		L("[\"\xed\xa0\x80\"]"),
		L("[\"\xf0\x80\x80\x80\"]"),
		L("[\"\xf4\x90\x80\x80\"]"),
		L("[\"\xf5\x80\x80\x80\"]"),
		L("[\"\xff\"]"),
		L("[\"\xe2\x82\"]"),
		L("\xef\xbb\xbf[]"),
		L("[\xa0]"),
		L("[1\x0b]"),
		L("[1\x0c]"),
		L("/**/[]"),
		L("[1]//"),
		L("[1;2]"),
		L("(1)"),
		L("[]{}"),
		L("[]]"),
		L("[]}"),
		L("\"a\"]"),
		L(":[]"),
		L(",[]"),
		L("[],"),
		L("{\"a\":1}}"),
		L("[\"a\"\"b\"]"),
		L("[[]1]"),
		L("[{}{}]"),
		L("[[][]]"),
		L("[[}]"),
		L("{\"a\":[}"),
		L("[[[["),
		L("{\"a\":{\"a\":{\"a\":"),
		L("[\"\\"),
		L("[\"\\u00"),
		L("[-"),
		L("[t"),
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (agree(texts[i]))
			fail_msg("accepted: %.*s", (int)texts[i].len, texts[i].at);
}

/* Each byte at each offset of strings around the reader's word of eight bytes, with and without
 * text enough behind them for another word. */
static void every_byte_at_every_offset_agrees(void **state)
{
	(void)state;
	for (size_t len = 1; len <= 18; len++) {
		for (size_t at = 0; at < len * 256; at++) {
			char text[40] = "[\"";
			memset(text + 2, 'n', len); /* a backslash before it is an escape */
			text[2 + at / 256] = (char)(at % 256);
			size_t behind = len % 2 ? 2 : 16;
			memcpy(text + 2 + len, behind == 2 ? "\"]" : "\",123456789012]", behind);
			agree((struct slice){text, 2 + len + behind});
		}
	}
}

static void depth_is_bounded(void **state)
{
	(void)state;
	char text[2 * (JSON_DEPTH_MAX + 1)], error[96];
	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	struct arena *arena = arena_new(0);
	assert_null(json_parse((struct slice){text, sizeof(text)}, arena, error));
	assert_non_null(strstr(error, "too deep"));
	assert_non_null(json_parse((struct slice){text + 1, sizeof(text) - 2}, arena, error));
	arena_free(arena);
}

/* More tokens a byte than the reader makes room for at first, so that it must grow, twice. */
static void dense_texts_grow_the_tokens(void **state)
{
	(void)state;
	static char text[20001], nested[20000];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? '7' : ',';
	text[0] = '[';
	text[sizeof(text) - 1] = ']';
	assert_true(agree((struct slice){text, sizeof(text)}));
	memset(nested, '[', sizeof(nested));
	assert_false(agree((struct slice){nested, sizeof(nested)}));
}

static void errors_name_the_byte(void **state)
{
	(void)state;
	char error[96];
	struct arena *arena = arena_new(0);
	assert_null(json_parse(SLICE("{\"a\":1,\"b\" 2}"), arena, error));
	assert_string_equal(error, "malformed JSON at byte 11: unexpected character");
	assert_null(json_parse(SLICE("[\"ab\x01\"]"), arena, error));
	assert_string_equal(error, "malformed JSON at byte 4: control character in a string");
	arena_free(arena);
}

static void walking_and_reading(void **state)
{
	(void)state;
	char error[96];
	struct arena *arena = arena_new(0);
	struct slice json = SLICE("{\"a\":{\"x\":[1,2,3]},\"\\u0062\":\"t\\u00e9\",\"a\":7,"
				  "\"n\":4294967296,\"r\":1.0,\"m\":-1,\"p\":\"plain\"}");
	struct json_doc *doc = json_parse(json, arena, error);
	assert_non_null(doc);
	struct slice text;
	int64_t number;
	uint32_t small;
	assert_int_equal(json_count(doc, 0), 7);
	json_at a = json_member(doc, 0, SLICE("a"));
	assert_int_equal(json_type_of(doc, a), JSON_T_OBJECT);
	json_at x = json_member(doc, a, SLICE("x"));
	assert_int_equal(json_count(doc, x), 3);
	assert_true(json_read_uint32(doc, json_next(doc, json_first(doc, x)), &small));
	assert_int_equal(small, 2);
	json_at b = json_member(doc, 0, SLICE("b"));
	assert_true(json_read_string(doc, b, arena, &text));
	assert_true(slice_equal(text, SLICE("t\xc3\xa9")));
	assert_true(slice_equal(json_raw(doc, b), SLICE("t\\u00e9")));
	assert_false(json_read_int(doc, b, &number));
	json_at n = json_member(doc, 0, SLICE("n"));
	assert_false(json_read_uint32(doc, n, &small));
	assert_true(json_read_int(doc, n, &number) && number == INT64_C(4294967296));
	assert_false(json_read_string(doc, n, arena, &text));
	assert_false(json_read_int(doc, json_member(doc, 0, SLICE("r")), &number));
	assert_false(json_read_uint32(doc, json_member(doc, 0, SLICE("m")), &small));
	assert_int_equal(json_member(doc, 0, SLICE("zz")), JSON_NONE);
	assert_int_equal(json_member(doc, x, SLICE("a")), JSON_NONE);
	assert_int_equal(json_first(doc, n), JSON_NONE);
	json_at p = json_member(doc, 0, SLICE("p"));
	assert_true(json_read_string(doc, p, arena, &text));
	assert_true(text.at >= json.at && text.at < json.at + json.len); /* borrowed */
	arena_free(arena);
}

/* ---- random texts ---- */

static void random_string(struct rng *rng, struct strbuf *out)
{
	static const char *const pieces[] = {
		"a",    "Z9 ",      "\xc3\xa9", "\xf0\x9f\x98\x80", "\\n",     "\\\"",
		"\\\\", "\\/",      "\\u00e9",  "\\ud83d\\ude00",   "\\u20ac", "\\t",
		"tea",  "01234567", "\\u000",   "\\ud800",          "\x01",    "\xc3"};
	/* The last four are malformed, drawn rarely. */
	strbuf_add_char(out, '"');
	for (uint64_t n = rng_below(rng, 6); n; n--)
		strbuf_add_text(out, pieces[rng_below(rng, rng_below(rng, 60) ? 14 : 18)]);
	strbuf_add_char(out, '"');
}

static void random_value(struct rng *rng, struct strbuf *out, int depth)
{
	static const char *const plain[] = {"0",
					    "-1",
					    "12345678901234567",
					    "true",
					    "null",
					    "1.5",
					    "-2.5e-3",
					    "false",
					    "7E2",
					    "-0",
					    "9223372036854775807",
					    " 1 ",
					    "\t{}",
					    "[\n]",
					    "-9223372036854775808",
					    "10"};
	uint64_t pick = rng_below(rng, depth > 4 ? 6 : 10);
	if (pick < 3) {
		strbuf_add_text(out, plain[rng_below(rng, 16)]);
	} else if (pick < 6) {
		random_string(rng, out);
	} else {
		bool object = pick >= 8;
		strbuf_add_char(out, object ? '{' : '[');
		for (uint64_t n = rng_below(rng, 5), i = 0; i < n; i++) {
			if (i)
				strbuf_add_char(out, ',');
			if (object) {
				random_string(rng, out);
				strbuf_add_char(out, ':');
			}
			random_value(rng, out, depth + 1);
		}
		strbuf_add_char(out, object ? '}' : ']');
	}
}

/* Up to three changes: a byte replaced, doubled, taken out, or the end cut off. */
static void mutate(struct rng *rng, struct strbuf *out)
{
	static const char bytes[] = "{}[]:,\"\\ \n\t0123456789-+.eEtrufalsn\x00\x01\x80\xc3\xff/'";
	for (uint64_t n = 1 + rng_below(rng, 3); n && out->len; n--) {
		size_t at = (size_t)rng_below(rng, out->len);
		size_t kind = (size_t)rng_below(rng, 8);
		if (kind < 4) {
			out->data[at] = bytes[rng_below(rng, sizeof(bytes) - 1)];
		} else if (kind < 5) {
			out->len = at;
		} else if (kind < 7) {
			memmove(out->data + at, out->data + at + 1, out->len - at - 1);
			out->len--;
		} else if (strbuf_reserve(out, 1)) {
			memmove(out->data + at + 1, out->data + at, out->len - at);
			out->len++;
		}
	}
}

static void random_and_mutated_texts_agree(void **state)
{
	(void)state;
	struct rng rng;
	struct strbuf out;
	unsigned accepted = 0, total = 40000;
	rng_seed(&rng, 20260314);
	strbuf_init(&out, 1 << 20);
	for (unsigned i = 0; i < total; i++) {
		strbuf_clear(&out);
		strbuf_add_char(&out, '[');
		random_value(&rng, &out, 0);
		strbuf_add_char(&out, ']');
		if (i % 4)
			mutate(&rng, &out);
		/* An exact copy, so that reading past the end is seen by the sanitizer. */
		char *copy = test_malloc(out.len + 1);
		memcpy(copy + 1, out.data, out.len);
		accepted += agree((struct slice){copy + 1, out.len});
		test_free(copy);
	}
	strbuf_free(&out);
	/* Both answers are well represented, or the test shows little. */
	assert_in_range(accepted, total / 4, total * 3 / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_texts_are_read),
		cmocka_unit_test(invalid_texts_are_refused),
		cmocka_unit_test(every_byte_at_every_offset_agrees),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(dense_texts_grow_the_tokens),
		cmocka_unit_test(errors_name_the_byte),
		cmocka_unit_test(walking_and_reading),
		cmocka_unit_test(random_and_mutated_texts_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
