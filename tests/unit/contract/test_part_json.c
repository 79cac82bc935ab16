#include "common/contract/part_json.h"
#include "tests/unit/contract/part_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char error[PART_JSON_ERROR_MAX];

static bool read_part(enum read_kind kind, struct slice json, struct arena *arena, void **part)
{
	*part = arena_alloc(arena, read_infos[kind].out_size);
	memset(*part, 0xa5, read_infos[kind].out_size); /* the reader must clear it */
	error[0] = '\0';
	bool good = part_json_read(kind, json, arena, *part, error);
	if (!good)
		assert_true(error[0] && !strchr(error, '\n'));
	return good;
}

static void write_sample(struct strbuf *out, int kind)
{
	strbuf_init(out, PART_JSON_MAX);
	part_json_write(out, (enum read_kind)kind, part_samples[kind]);
	assert_true(strbuf_ok(out));
}

static void every_kind_goes_round(void **state)
{
	(void)state;
	for (int kind = 0; kind < READ_PART_KINDS; kind++) {
		struct arena *arena = arena_new(0);
		struct strbuf first, second;
		void *part;
		write_sample(&first, kind);
		struct slice json = {first.data, first.len};
		if (!read_part((enum read_kind)kind, json, arena, &part))
			fail_msg("%s", error);
		strbuf_init(&second, PART_JSON_MAX);
		part_json_write(&second, (enum read_kind)kind, part);
		assert_string_equal(first.data, second.data);
		strbuf_free(&first);
		strbuf_free(&second);
		arena_free(arena);
	}
}

static void values_arrive_where_they_belong(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	struct strbuf out;
	void *read;
	write_sample(&out, READ_REVIEWS);
	assert_true(read_part(READ_REVIEWS, (struct slice){out.data, out.len}, arena, &read));
	const struct part_reviews *part = read;
	assert_int_equal(part->rating.id, 7);
	assert_int_equal(part->rating.stars[4], 2);
	assert_int_equal(part->count, 2);
	assert_int_equal(part->newest[0].number, 12);
	assert_int_equal(part->newest[0].stars, 5);
	assert_true(slice_equal(part->newest[0].text, SLICE("Very\r\n.")));
	assert_true(slice_equal(part->newest[1].author, SLICE("Bo")));
	assert_int_equal(part->newest[2].number, 0);
	strbuf_free(&out);
	arena_free(arena);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (int kind = 0; kind < READ_PART_KINDS; kind++) {
		struct strbuf out;
		write_sample(&out, kind);
		for (size_t len = 0; len < out.len; len++) {
			struct arena *arena = arena_new(0);
			char *cut = malloc(len + 1);
			void *part;
			memcpy(cut + 1, out.data, len);
			struct slice json = {cut + 1, len};
			assert_false(read_part((enum read_kind)kind, json, arena, &part));
			free(cut);
			arena_free(arena);
		}
		strbuf_free(&out);
	}
}

static const struct {
	enum read_kind kind;
	const char *json, *error; /* NULL: accepted */
} cases[] = {
	{READ_STOCK, "{\"items\":[]}", NULL},
	{READ_STOCK, "{\"new\":{\"items\":1},\"items\":[],\"x\":[[]]}", NULL},
	{READ_STOCK, "{\"items\":[{\"quantity\":[1,2,3],\"id\":\"p000001\"}]}", NULL},
	{READ_STOCK, "{\"\\u0069tems\":[{\"id\":\"\\u0070000001\",\"quantity\":[1,2,3]}]}", NULL},
	{READ_STOCK, "[]", "stock: must be an object"},
	{READ_STOCK, "{}", "stock: \"items\" is missing"},
	{READ_STOCK, "{\"items\":[],\"items\":[]}", "stock: \"items\" stands there twice"},
	{READ_STOCK, "{\"items\":{}}", "stock: \"items\" must be an array"},
	{READ_STOCK, "{\"items\":null}", "stock: \"items\" must be an array"},
	{READ_STOCK, "{\"items\":[1]}", "stock: \"items\" must hold objects"},
	{READ_STOCK, "{\"items\":[{}]}", "stock: \"id\" is missing"},
	{READ_STOCK, "{\"items\":[{\"id\":1,\"quantity\":[1,2,3]}]}", "stock: \"id\" must be"},
	{READ_STOCK, "{\"items\":[{\"id\":\"p1\",\"quantity\":[1,2,3]}]}", "stock: \"id\" must be"},
	{READ_STOCK, "{\"items\":[{\"id\":\"p000001\"}]}", "stock: \"quantity\" is missing"},
	{READ_STOCK, "{\"items\":[{\"id\":\"p000001\",\"quantity\":[1,2]}]}",
	 "\"quantity\" must be"},
	{READ_STOCK, "{\"items\":[{\"id\":\"p000001\",\"quantity\":[1,2,3,4]}]}",
	 "\"quantity\" must be"},
	{READ_STOCK, "{\"items\":[{\"id\":\"p000001\",\"quantity\":[1,2,\"3\"]}]}",
	 "\"quantity\" must be"},
	{READ_STOCK, "{\"items\":[{\"id\":\"p000001\",\"quantity\":[1,2,-3]}]}",
	 "\"quantity\" must be"},
	{READ_STOCK, "{\"items\":[{\"id\":\"p000001\",\"quantity\":[1,2,4294967296]}]}",
	 "\"quantity\" must be"},
	{READ_STOCK, "{\"items\":[{\"id\":\"p000001\",\"quantity\":{\"a\":1,\"b\":2,\"c\":3}}]}",
	 "\"quantity\" must be"},
	{READ_LOWEST, "{\"items\":[{\"category_id\":1,\"price_cents\":1,\"currency\":\"EUR\"}]}",
	 "lowest: \"category_id\" must be a text"},
	{READ_LOWEST,
	 "{\"items\":[{\"category_id\":\"a\",\"price_cents\":0,\"currency\":\"EUR\"}]}",
	 "lowest: \"price_cents\" must be"},
	{READ_LOWEST,
	 "{\"items\":[{\"category_id\":\"a\",\"price_cents\":1.0,\"currency\":\"E\"}]}",
	 "lowest: \"price_cents\" must be"},
	{READ_LOWEST, "{\"items\":[{\"category_id\":\"a\",\"price_cents\":1,\"currency\":null}]}",
	 "lowest: \"currency\" must be a text"},
	{READ_REVIEWS, "{\"rating\":[],\"reviews\":[]}", "reviews: \"rating\" must be an object"},
	{READ_REVIEWS,
	 "{\"rating\":{\"id\":\"p000001\",\"stars\":[0,0,0,0,1]},\"reviews\":[{\"number\":1,"
	 "\"date\":\"\",\"author\":\"\",\"stars\":6,\"title\":\"\",\"text\":\"\"}]}",
	 "reviews: \"stars\" must be"},
	{READ_REVIEWS,
	 "{\"rating\":{\"id\":\"p000001\",\"stars\":[0,0,0,0,1]},\"reviews\":[{\"number\":1,"
	 "\"date\":\"\",\"author\":\"\",\"stars\":0,\"title\":\"\",\"text\":\"\"}]}",
	 "reviews: \"stars\" must be"},
	{READ_STOCK, "{\"items\":[],}", "stock: malformed JSON at byte "},
};

static void wrong_messages_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena *arena = arena_new(0);
		void *part;
		bool good = read_part(cases[i].kind, slice_of(cases[i].json), arena, &part);
		if (good != !cases[i].error || (!good && !strstr(error, cases[i].error)))
			fail_msg("%s: %s", cases[i].json, error);
		arena_free(arena);
	}
}

/* Each value of each sample, replaced by one of another type, is refused. */
static void every_wrong_type_is_refused(void **state)
{
	(void)state;
	for (int kind = 0; kind < READ_PART_KINDS; kind++) {
		struct strbuf out;
		write_sample(&out, kind);
		for (const char *at = out.data; (at = strstr(at, "\":")) != NULL; at += 2) {
			struct arena *arena = arena_new(0);
			struct strbuf wrong;
			void *part;
			/* `true` is no field's type; what stood there becomes an unknown key's. */
			strbuf_init(&wrong, PART_JSON_MAX);
			strbuf_add(&wrong, out.data, (size_t)(at - out.data) + 2);
			strbuf_add_text(&wrong, "true,\"other\":");
			strbuf_add_text(&wrong, at + 2);
			struct slice json = {wrong.data, wrong.len};
			assert_false(read_part((enum read_kind)kind, json, arena, &part));
			assert_null(strstr(error, "malformed"));
			strbuf_free(&wrong);
			arena_free(arena);
		}
		strbuf_free(&out);
	}
}

static void arrays_are_bounded(void **state)
{
	(void)state;
	for (uint32_t count = MODEL_PAGE_SIZE; count <= MODEL_PAGE_SIZE + 1; count++) {
		struct arena *arena = arena_new(0);
		struct strbuf out;
		void *part;
		strbuf_init(&out, PART_JSON_MAX);
		strbuf_add_text(&out, "{\"items\":[");
		for (uint32_t i = 0; i < count; i++)
			strbuf_printf(&out, "%s{\"id\":\"p%06u\",\"stars\":[1,2,3,4,5]}",
				      i ? "," : "", i);
		strbuf_add_text(&out, "]}");
		struct slice json = {out.data, out.len};
		assert_int_equal(read_part(READ_RATINGS, json, arena, &part),
				 count == MODEL_PAGE_SIZE);
		strbuf_free(&out);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_goes_round),
		cmocka_unit_test(values_arrive_where_they_belong),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(wrong_messages_are_named),
		cmocka_unit_test(every_wrong_type_is_refused),
		cmocka_unit_test(arrays_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
