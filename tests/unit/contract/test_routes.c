#include "common/contract/routes.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct route_case {
	const char *path, *query;
	enum route_result result;
	enum read_kind kind;
	uint32_t page, ids;
};

static const struct route_case public_cases[] = {
	{"/api/home", "", ROUTE_OK, READ_PAGE_HOME, 0, 0},
	{"/api/home", "page=x", ROUTE_OK, READ_PAGE_HOME, 0, 0},
	{"/api/home/", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/api//home", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/API/home", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/api/Home", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/api/hom%65", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/home", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/api/products/p000001", "", ROUTE_OK, READ_PAGE_PDP, 0, 1},
	{"/api/products/p000001", "page=0", ROUTE_OK, READ_PAGE_PDP, 0, 1},
	{"/api/products/p000001/", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/api/products/p00001", "", ROUTE_BAD_ID, READ_PAGE_PDP, 0, 0},
	{"/api/products/p0000001", "", ROUTE_BAD_ID, READ_PAGE_PDP, 0, 0},
	{"/api/products/P000001", "", ROUTE_BAD_ID, READ_PAGE_PDP, 0, 0},
	{"/api/products/p00000a", "", ROUTE_BAD_ID, READ_PAGE_PDP, 0, 0},
	{"/api/products/p-00001", "", ROUTE_BAD_ID, READ_PAGE_PDP, 0, 0},
	{"/api/products/p000001,p000002", "", ROUTE_BAD_ID, READ_PAGE_PDP, 0, 0},
	{"/api/products/", "", ROUTE_BAD_ID, READ_PAGE_PDP, 0, 0},
	{"/api/products", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/api/categories/tea", "", ROUTE_OK, READ_PAGE_PLP, 1, 0},
	{"/api/categories/tea", "page=1", ROUTE_OK, READ_PAGE_PLP, 1, 0},
	{"/api/categories/tea", "page=4294967295", ROUTE_OK, READ_PAGE_PLP, UINT32_MAX, 0},
	{"/api/categories/tea", "page=4294967296", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=99999999999", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=0", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=01", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=-1", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=+1", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=1.0", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=%31", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page= 1", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=2&page=2", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "page=2=2", ROUTE_BAD_PAGE, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea", "Page=x", ROUTE_OK, READ_PAGE_PLP, 1, 0},
	{"/api/categories/tea", "pages=x&x=page&&=&page=3&", ROUTE_OK, READ_PAGE_PLP, 3, 0},
	{"/api/categories/", "", ROUTE_BAD_ID, READ_PAGE_PLP, 0, 0},
	{"/api/categories/Tea", "", ROUTE_BAD_ID, READ_PAGE_PLP, 0, 0},
	{"/api/categories/t%65a", "", ROUTE_BAD_ID, READ_PAGE_PLP, 0, 0},
	{"/api/categories/Tea", "page=0", ROUTE_BAD_ID, READ_PAGE_PLP, 0, 0},
	{"/api/categories/tea/x", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0},
	{"/api/categories/abcdefghijklmnopqrstuvwxyz-12345", "", ROUTE_OK, READ_PAGE_PLP, 1, 0},
	{"/api/categories/abcdefghijklmnopqrstuvwxyz-123456", "", ROUTE_BAD_ID, READ_PAGE_PLP, 0,
	 0},
};

static void public_targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(public_cases) / sizeof(public_cases[0]); i++) {
		const struct route_case *c = &public_cases[i];
		struct read_args args;
		enum read_kind kind;
		memset(&args, 0xff, sizeof(args));
		enum route_result result =
			route_parse_public(slice_of(c->path), slice_of(c->query), &kind, &args);
		if (result != c->result || kind != c->kind)
			fail_msg("%s?%s: %d, kind %d", c->path, c->query, result, kind);
		if (result != ROUTE_OK)
			continue;
		assert_int_equal(args.page, c->page);
		assert_int_equal(args.id_count, c->ids);
	}
	struct read_args args;
	enum read_kind kind;
	assert_int_equal(
		route_parse_public((struct slice){NULL, 0}, (struct slice){NULL, 0}, &kind, &args),
		ROUTE_UNKNOWN);
}

static const struct {
	enum service service;
	struct route_case expect;
} part_cases[] = {
	{SERVICE_CATALOG, {"/home", "", ROUTE_OK, READ_CATALOG_HOME, 0, 0}},
	{SERVICE_CATALOG,
	 {"/categories/tea/products", "page=2", ROUTE_OK, READ_CATALOG_PAGE, 2, 0}},
	{SERVICE_CATALOG, {"/categories//products", "", ROUTE_BAD_ID, READ_CATALOG_PAGE, 0, 0}},
	{SERVICE_CATALOG, {"/products/p000001", "", ROUTE_OK, READ_PRODUCT, 0, 1}},
	{SERVICE_CATALOG, {"/products/p000001/reviews", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0}},
	{SERVICE_CATALOG, {"/products/reviews", "", ROUTE_BAD_ID, READ_PRODUCT, 0, 0}},
	{SERVICE_CATALOG, {"/stock", "ids=p000001", ROUTE_UNKNOWN, READ_KINDS, 0, 0}},
	{SERVICE_CATALOG, {"/categories", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0}},
	{SERVICE_INVENTORY, {"/stock", "ids=p000001,p000002", ROUTE_OK, READ_STOCK, 0, 2}},
	{SERVICE_INVENTORY, {"/stock", "ids=p000001,p000001", ROUTE_OK, READ_STOCK, 0, 2}},
	{SERVICE_INVENTORY, {"/stock", "", ROUTE_BAD_IDS, READ_STOCK, 0, 0}},
	{SERVICE_INVENTORY, {"/stock", "ids=", ROUTE_BAD_IDS, READ_STOCK, 0, 0}},
	{SERVICE_INVENTORY, {"/stock", "ids=p000001,", ROUTE_BAD_IDS, READ_STOCK, 0, 0}},
	{SERVICE_INVENTORY, {"/stock", "ids=,p000001", ROUTE_BAD_IDS, READ_STOCK, 0, 0}},
	{SERVICE_INVENTORY, {"/stock", "ids=p000001;p000002", ROUTE_BAD_IDS, READ_STOCK, 0, 0}},
	{SERVICE_INVENTORY, {"/stock", "ids=p000001,p00002", ROUTE_BAD_IDS, READ_STOCK, 0, 0}},
	{SERVICE_INVENTORY, {"/stock", "ids=p000001&ids=p000002", ROUTE_BAD_IDS, READ_STOCK, 0, 0}},
	{SERVICE_PRICING, {"/prices", "ids=p000001", ROUTE_OK, READ_PRICES, 0, 1}},
	{SERVICE_PRICING, {"/categories", "", ROUTE_OK, READ_LOWEST, 0, 0}},
	{SERVICE_REVIEWS, {"/ratings", "ids=p999999", ROUTE_OK, READ_RATINGS, 0, 1}},
	{SERVICE_REVIEWS, {"/products/p000001/reviews", "", ROUTE_OK, READ_REVIEWS, 0, 1}},
	{SERVICE_REVIEWS, {"/products/reviews", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0}},
	{SERVICE_REVIEWS, {"/products//reviews", "", ROUTE_BAD_ID, READ_REVIEWS, 0, 0}},
	{SERVICE_REVIEWS, {"/products/p000001", "", ROUTE_UNKNOWN, READ_KINDS, 0, 0}},
};

static void part_targets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(part_cases) / sizeof(part_cases[0]); i++) {
		const struct route_case *c = &part_cases[i].expect;
		struct read_args args;
		enum read_kind kind;
		enum route_result result = route_parse_part(
			part_cases[i].service, slice_of(c->path), slice_of(c->query), &kind, &args);
		if (result != c->result || kind != c->kind)
			fail_msg("%s?%s: %d, kind %d", c->path, c->query, result, kind);
		if (result != ROUTE_OK)
			continue;
		assert_int_equal(args.page, c->page);
		assert_int_equal(args.id_count, c->ids);
	}
}

static void forty_ids_fit_and_no_more(void **state)
{
	(void)state;
	struct strbuf query;
	strbuf_init(&query, 4096);
	strbuf_add_text(&query, "ids=p000000");
	for (int i = 1; i <= MODEL_PAGE_SIZE; i++) {
		struct read_args args;
		enum read_kind kind;
		enum route_result result =
			route_parse_part(SERVICE_INVENTORY, SLICE("/stock"),
					 (struct slice){query.data, query.len}, &kind, &args);
		assert_int_equal(result, ROUTE_OK);
		assert_int_equal(args.id_count, i);
		assert_int_equal(args.ids[i - 1], i - 1);
		strbuf_printf(&query, ",p%06d", i);
	}
	struct read_args args;
	enum read_kind kind;
	assert_int_equal(route_parse_part(SERVICE_INVENTORY, SLICE("/stock"),
					  (struct slice){query.data, query.len}, &kind, &args),
			 ROUTE_BAD_IDS);
	strbuf_free(&query);
}

/* What is written is read as the same kind and arguments, for every kind. */
static void every_kind_goes_round(void **state)
{
	(void)state;
	struct strbuf out;
	strbuf_init(&out, 4096);
	for (int i = 0; i < READ_KINDS; i++) {
		const struct read_info *info = &read_infos[i];
		struct read_args args = {0}, back;
		enum read_kind kind;
		if (info->takes_category) {
			memcpy(args.category, "tea-2", 6);
			args.page = 12;
		}
		args.id_count = info->single_id ? 1 : info->takes_ids ? 3 : 0;
		for (uint32_t n = 0; n < args.id_count; n++)
			args.ids[n] = MODEL_PRODUCT_MAX - n;
		strbuf_clear(&out);
		if (i < READ_PART_KINDS)
			route_write_part(&out, (enum read_kind)i, &args);
		else
			route_write_public(&out, (enum read_kind)i, &args);
		const char *mark = strchr(out.data, '?');
		size_t path = mark ? (size_t)(mark - out.data) : out.len;
		struct slice query = slice_of(mark ? mark + 1 : "");
		assert_int_equal(route_parse_part(info->service, (struct slice){out.data, path},
						  query, &kind, &back),
				 ROUTE_OK);
		assert_int_equal(kind, i);
		assert_string_equal(back.category, args.category);
		assert_int_equal(back.page, args.page);
		assert_int_equal(back.id_count, args.id_count);
		assert_memory_equal(back.ids, args.ids, args.id_count * sizeof(args.ids[0]));
	}
	strbuf_free(&out);
}

static void ids_go_round(void **state)
{
	(void)state;
	for (uint32_t number = 0; number <= MODEL_PRODUCT_MAX; number += 37) {
		char id[8];
		uint32_t back;
		product_id_write(id, number);
		assert_true(product_id_parse((struct slice){id, 7}, &back));
		assert_int_equal(back, number);
	}
	uint32_t number;
	assert_false(product_id_parse((struct slice){NULL, 0}, &number));
	assert_false(category_id_valid((struct slice){NULL, 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(public_targets),
		cmocka_unit_test(part_targets),
		cmocka_unit_test(forty_ids_fit_and_no_more),
		cmocka_unit_test(every_kind_goes_round),
		cmocka_unit_test(ids_go_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
