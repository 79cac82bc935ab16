#include "common/contract/part_frame.h"

#include "common/base/bytes.h"
#include "tests/unit/contract/part_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char trace[] = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

static struct read_args args_of(enum read_kind kind)
{
	struct read_args args = {.category = ""};
	if (read_infos[kind].takes_category) {
		memcpy(args.category, "green-tea", sizeof("green-tea"));
		args.page = 3;
	}
	if (read_infos[kind].takes_ids) {
		args.id_count = read_infos[kind].single_id ? 1 : MODEL_PAGE_SIZE;
		for (uint32_t i = 0; i < args.id_count; i++)
			args.ids[i] = MODEL_PRODUCT_MAX - i;
	}
	return args;
}

/* The frame without its length, which must be right. */
static struct slice frame_in(const struct strbuf *out)
{
	assert_true(strbuf_ok(out) && out->len > FRAME_LENGTH_SIZE);
	assert_int_equal(bytes_get_u32(out->data), out->len - FRAME_LENGTH_SIZE);
	return (struct slice){out->data + FRAME_LENGTH_SIZE, out->len - FRAME_LENGTH_SIZE};
}

static void write_request(struct strbuf *out, enum read_kind kind, struct slice traceparent)
{
	struct read_args args = args_of(kind);
	strbuf_init(out, 4096);
	part_frame_write_request(out, 0x80000001u + (uint32_t)kind, kind, &args, traceparent);
}

static void requests_go_round(void **state)
{
	(void)state;
	for (int k = 0; k < READ_PART_KINDS; k++) {
		enum read_kind kind = (enum read_kind)k;
		struct read_args args = args_of(kind);
		struct part_request request;
		struct strbuf out;
		write_request(&out, kind, k % 2 ? slice_of(trace) : SLICE(""));
		struct slice frame = frame_in(&out);
		assert_true(frame.len <= FRAME_REQUEST_MAX);
		assert_int_equal(part_frame_read_request(frame, read_infos[kind].service, &request),
				 FRAME_OK);
		assert_int_equal(request.id, 0x80000001u + (uint32_t)kind);
		assert_int_equal(request.kind, kind);
		assert_false(request.ping);
		assert_string_equal(request.args.category, args.category);
		assert_int_equal(request.args.page, args.page);
		assert_int_equal(request.args.id_count, args.id_count);
		assert_memory_equal(request.args.ids, args.ids,
				    args.id_count * sizeof(args.ids[0]));
		assert_int_equal(request.trace.len, k % 2 ? strlen(trace) : 0);
		strbuf_free(&out);
	}
}

static void pings_go_round(void **state)
{
	(void)state;
	struct part_request request;
	struct strbuf out;
	strbuf_init(&out, 4096);
	part_frame_write_ping(&out, 9);
	assert_int_equal(part_frame_read_request(frame_in(&out), SERVICE_PRICING, &request),
			 FRAME_OK);
	assert_true(request.ping);
	assert_int_equal(request.id, 9);
	strbuf_free(&out);
}

static void cut_and_longer_requests_are_malformed(void **state)
{
	(void)state;
	for (int k = 0; k <= READ_PART_KINDS; k++) {
		bool ping = k == READ_PART_KINDS;
		enum service service = ping ? SERVICE_CATALOG : read_infos[k].service;
		struct part_request request;
		struct strbuf out;
		if (ping) {
			strbuf_init(&out, 4096);
			part_frame_write_ping(&out, 1);
		} else {
			write_request(&out, (enum read_kind)k, slice_of(trace));
		}
		struct slice frame = frame_in(&out);
		for (size_t len = 0; len <= frame.len + 1; len++) {
			char *copy = calloc(1, len + 1);
			memcpy(copy + 1, frame.at, len < frame.len ? len : frame.len);
			enum frame_result result = part_frame_read_request(
				(struct slice){copy + 1, len}, service, &request);
			assert_int_equal(result, len == frame.len ? FRAME_OK : FRAME_MALFORMED);
			free(copy);
		}
		strbuf_free(&out);
	}
}

static void other_arguments_are_refused(void **state)
{
	(void)state;
	static const struct {
		enum read_kind kind;
		enum service service;
		struct read_args args;
		enum frame_result result;
	} cases[] = {
		{READ_STOCK, SERVICE_INVENTORY, {.id_count = 1, .ids = {1}}, FRAME_OK},
		{READ_STOCK, SERVICE_PRICING, {.id_count = 1, .ids = {1}}, FRAME_REFUSED},
		{READ_STOCK, SERVICE_INVENTORY, {.id_count = 0}, FRAME_REFUSED},
		{READ_STOCK, SERVICE_INVENTORY, {.id_count = 1, .ids = {1000000}}, FRAME_REFUSED},
		{READ_PRODUCT, SERVICE_CATALOG, {.id_count = 2, .ids = {1, 2}}, FRAME_REFUSED},
		{READ_CATALOG_PAGE, SERVICE_CATALOG, {.category = "tea", .page = 1}, FRAME_OK},
		{READ_CATALOG_PAGE, SERVICE_CATALOG, {.category = "tea", .page = 0}, FRAME_REFUSED},
		{READ_CATALOG_PAGE, SERVICE_CATALOG, {.category = "Tea", .page = 1}, FRAME_REFUSED},
		{READ_CATALOG_PAGE, SERVICE_CATALOG, {.category = "", .page = 1}, FRAME_REFUSED},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct part_request request;
		struct strbuf out;
		strbuf_init(&out, 4096);
		part_frame_write_request(&out, 7, cases[i].kind, &cases[i].args, SLICE(""));
		assert_int_equal(
			part_frame_read_request(frame_in(&out), cases[i].service, &request),
			cases[i].result);
		assert_int_equal(request.id, 7);
		strbuf_free(&out);
	}
}

/* A count, a length or a code of any value: never more than the frame is read, and nothing but
 * what it says is accepted. */
static void hostile_counts_are_not_believed(void **state)
{
	(void)state;
	for (int k = 0; k < READ_PART_KINDS; k++) {
		struct part_request request;
		struct strbuf out;
		write_request(&out, (enum read_kind)k, SLICE(""));
		struct slice frame = frame_in(&out);
		/* the code, the trace's length, and a count or a length */
		for (size_t at = 4; at < 7 && at < frame.len; at++)
			for (int value = 0; value < 256; value++) {
				char *copy = malloc(frame.len);
				memcpy(copy, frame.at, frame.len);
				bool changed = (unsigned char)copy[at] != value;
				copy[at] = (char)value;
				enum frame_result result =
					part_frame_read_request((struct slice){copy, frame.len},
								read_infos[k].service, &request);
				if (at > 4 && changed)
					assert_int_not_equal(result, FRAME_OK);
				assert_true(request.args.id_count <= MODEL_PAGE_SIZE);
				free(copy);
			}
		strbuf_free(&out);
	}
}

static void answers_go_round(void **state)
{
	(void)state;
	for (int k = 0; k < READ_PART_KINDS; k++) {
		enum read_kind kind = (enum read_kind)k;
		struct strbuf out, part;
		struct slice rest, stamps;
		enum part_answer answer;
		uint32_t id;
		strbuf_init(&out, PART_BINARY_MAX);
		strbuf_init(&part, PART_BINARY_MAX);
		part_binary_write(&part, kind, part_samples[k]);
		assert_int_equal(
			part_frame_write_answer(&out, 77, ANSWER_OK, kind, part_samples[k]),
			ANSWER_OK);
		assert_true(part_frame_read_answer(frame_in(&out), &id, &answer, &rest, &stamps));
		assert_int_equal(id, 77);
		assert_int_equal(answer, ANSWER_OK);
		assert_true(slice_equal(rest, (struct slice){part.data, part.len}));
		strbuf_free(&out);
		strbuf_free(&part);
	}
	for (int a = 0; a < PART_ANSWERS; a++) {
		struct strbuf out;
		struct slice rest, stamps;
		enum part_answer answer;
		uint32_t id;
		strbuf_init(&out, 64);
		part_frame_write_answer(&out, 1, (enum part_answer)a, READ_KINDS, NULL);
		assert_true(part_frame_read_answer(frame_in(&out), &id, &answer, &rest, &stamps));
		assert_int_equal(answer, a);
		assert_int_equal(rest.len, 0);
		strbuf_free(&out);
	}
}

/* Behind whatever else waits to be sent, and before the next answer. */
static void stamps_go_behind_their_answer(void **state)
{
	(void)state;
	struct strbuf out, part;
	struct slice rest, stamps;
	enum part_answer answer;
	uint32_t id;
	strbuf_init(&out, PART_BINARY_MAX);
	strbuf_init(&part, PART_BINARY_MAX);
	part_binary_write(&part, READ_STOCK, part_samples[READ_STOCK]);
	strbuf_add_text(&out, "before");
	part_frame_write_answer(&out, 9, ANSWER_OK, READ_STOCK, part_samples[READ_STOCK]);
	part_frame_add_stamps(&out, 6, SLICE("81 0.arrived+0 0.store+7"));
	size_t end = out.len;
	part_frame_write_answer(&out, 10, ANSWER_OK, READ_STOCK, part_samples[READ_STOCK]);
	struct slice first = {out.data + 6 + FRAME_LENGTH_SIZE, bytes_get_u32(out.data + 6)};
	assert_ptr_equal(first.at + first.len, out.data + end);
	assert_true(part_frame_read_answer(first, &id, &answer, &rest, &stamps));
	assert_int_equal(id, 9);
	assert_int_equal(answer, ANSWER_OK);
	assert_true(slice_equal(rest, (struct slice){part.data, part.len}));
	assert_true(slice_equal(stamps, SLICE("81 0.arrived+0 0.store+7")));
	for (uint32_t wrong = (uint32_t)first.len; wrong < first.len + 9; wrong++) {
		bytes_put_u32(out.data + end - 4, wrong);
		assert_false(part_frame_read_answer(first, &id, &answer, &rest, &stamps));
	}
	assert_false(part_frame_read_answer((struct slice){first.at, FRAME_HEAD_SIZE + 3}, &id,
					    &answer, &rest, &stamps));
	struct slice second = {out.data + end + FRAME_LENGTH_SIZE, bytes_get_u32(out.data + end)};
	assert_true(part_frame_read_answer(second, &id, &answer, &rest, &stamps));
	assert_int_equal(stamps.len, 0);
	/* Without room the answer stands as it was. */
	strbuf_free(&out);
	strbuf_init(&out, FRAME_LENGTH_SIZE + FRAME_HEAD_SIZE + part.len + 8);
	part_frame_write_answer(&out, 9, ANSWER_OK, READ_STOCK, part_samples[READ_STOCK]);
	part_frame_add_stamps(&out, 0, SLICE("81 0.arrived+0 0.store+7"));
	assert_true(strbuf_ok(&out));
	assert_true(part_frame_read_answer(frame_in(&out), &id, &answer, &rest, &stamps));
	assert_true(slice_equal(rest, (struct slice){part.data, part.len}));
	assert_int_equal(stamps.len, 0);
	strbuf_free(&out);
	strbuf_free(&part);
}

static void bad_answers_are_malformed(void **state)
{
	(void)state;
	static const char bytes[] = {1, 0, 0, 0, PART_ANSWERS};
	struct slice rest, stamps;
	enum part_answer answer;
	uint32_t id;
	for (size_t len = 0; len <= sizeof(bytes); len++)
		assert_false(part_frame_read_answer((struct slice){bytes, len}, &id, &answer, &rest,
						    &stamps));
}

/* What is too long leaves the buffer as it was, and says so to the client instead. */
static void a_part_that_is_too_long_is_an_answer_all_the_same(void **state)
{
	(void)state;
	char *text = calloc(1, PART_BINARY_MAX);
	struct part_product product = sample_product;
	struct slice rest, stamps;
	struct strbuf out;
	enum part_answer answer;
	uint32_t id;
	assert_non_null(text);
	product.description = (struct slice){text, PART_BINARY_MAX};
	for (int limited = 0; limited < 2; limited++) {
		strbuf_init(&out, limited ? 1024 : 4 * PART_BINARY_MAX);
		strbuf_add_text(&out, "before");
		assert_int_equal(
			part_frame_write_answer(&out, 5, ANSWER_OK, READ_PRODUCT, &product),
			ANSWER_BROKEN);
		assert_true(strbuf_ok(&out));
		assert_int_equal(out.len, 6 + FRAME_LENGTH_SIZE + FRAME_HEAD_SIZE);
		assert_memory_equal(out.data, "before", 6);
		assert_true(part_frame_read_answer(
			(struct slice){out.data + 6 + FRAME_LENGTH_SIZE, FRAME_HEAD_SIZE}, &id,
			&answer, &rest, &stamps));
		assert_int_equal(answer, ANSWER_BROKEN);
		strbuf_free(&out);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_go_round),
		cmocka_unit_test(pings_go_round),
		cmocka_unit_test(cut_and_longer_requests_are_malformed),
		cmocka_unit_test(other_arguments_are_refused),
		cmocka_unit_test(hostile_counts_are_not_believed),
		cmocka_unit_test(answers_go_round),
		cmocka_unit_test(stamps_go_behind_their_answer),
		cmocka_unit_test(bad_answers_are_malformed),
		cmocka_unit_test(a_part_that_is_too_long_is_an_answer_all_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
