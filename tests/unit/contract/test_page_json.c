#include "common/contract/page_json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define L(text)                                                                                    \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static void expect_page(enum read_kind kind, const void *page, const char *expected)
{
	struct strbuf out;
	strbuf_init(&out, PAGE_JSON_MAX);
	page_json_write(&out, kind, page);
	assert_true(strbuf_ok(&out));
	assert_string_equal(out.data, expected);
	assert_int_equal(out.len, strlen(expected));
	strbuf_free(&out);
}

static const struct card tea = {
	.product = {1, L("Tea \"Best\""), L("\xf0\x9f\x8d\xb5")},
	.price = {1, 995, 1000, L("EUR")},
	.in_stock = true,
	.rating = {1, {0, 0, 0, 3, 1}},
};
static const struct card pot = {
	.product = {123456, L("Pot\n"), L("P")},
	.price = {123456, 2000, 2000, L("EUR")},
	.rating = {123456, {0, 0, 0, 0, 0}},
};

#define TEA_HEAD                                                                                   \
	"{\"id\":\"p000001\",\"name\":\"Tea \\\"Best\\\"\",\"emoji\":\"\xf0\x9f\x8d\xb5\","        \
	"\"price\":{\"cents\":995,\"list_cents\":1000,\"currency\":\"EUR\",\"discount_percent\":"  \
	"1},"                                                                                      \
	"\"in_stock\":true,\"rating\":"
#define POT_HEAD                                                                                   \
	"{\"id\":\"p123456\",\"name\":\"Pot\\n\",\"emoji\":\"P\",\"price\":{\"cents\":2000,"       \
	"\"list_cents\":2000,\"currency\":\"EUR\",\"discount_percent\":0},\"in_stock\":false,"     \
	"\"rating\":"

static void home(void **state)
{
	(void)state;
	struct page_home page = {
		.hero = {L("Hi"), L("All \\ here"), L("H")},
		.tile_count = 2,
		.featured_count = 1,
		.tiles = {{{L("tea"), L("Teas"), L("T"), 150}, 499, L("EUR")},
			  {{L("pots"), L("Pots"), L("P"), 0}, 1, L("USD")}},
		.featured = {tea},
	};
	expect_page(READ_PAGE_HOME, &page,
		    "{\"hero\":{\"title\":\"Hi\",\"text\":\"All \\\\ here\",\"emoji\":\"H\"},"
		    "\"categories\":[{\"id\":\"tea\",\"name\":\"Teas\",\"emoji\":\"T\","
		    "\"product_count\":150,\"lowest_price\":{\"cents\":499,\"currency\":\"EUR\"}},"
		    "{\"id\":\"pots\",\"name\":\"Pots\",\"emoji\":\"P\",\"product_count\":0,"
		    "\"lowest_price\":{\"cents\":1,\"currency\":\"USD\"}}],\"featured\":[" TEA_HEAD
		    "{\"average\":4.3,\"count\":4}}]}");
	page.tile_count = 0;
	page.ratings_missing = true;
	expect_page(READ_PAGE_HOME, &page,
		    "{\"hero\":{\"title\":\"Hi\",\"text\":\"All \\\\ here\",\"emoji\":\"H\"},"
		    "\"categories\":[],\"featured\":[" TEA_HEAD "null}]}");
}

static void plp(void **state)
{
	(void)state;
	struct page_plp page = {
		.category = {L("tea"), L("Teas"), L("T"), 150},
		.page = 2,
		.page_count = 4,
		.count = 2,
		.cards = {tea, pot},
	};
#define PLP_HEAD                                                                                   \
	"{\"category\":{\"id\":\"tea\",\"name\":\"Teas\",\"emoji\":\"T\",\"product_count\":150},"  \
	"\"page\":2,\"page_count\":4,\"products\":["
	expect_page(READ_PAGE_PLP, &page,
		    PLP_HEAD TEA_HEAD "{\"average\":4.3,\"count\":4}}," POT_HEAD
				      "{\"average\":null,\"count\":0}}]}");
	page.ratings_missing = true;
	expect_page(READ_PAGE_PLP, &page, PLP_HEAD TEA_HEAD "null}," POT_HEAD "null}]}");
	page.count = 0;
	expect_page(READ_PAGE_PLP, &page, PLP_HEAD "]}");
}

#define PDP_HEAD                                                                                   \
	"{\"product\":{\"id\":\"p000007\",\"name\":\"Cup\",\"emoji\":\"C\",\"brand\":\"B&B\","     \
	"\"category\":{\"id\":\"cups\",\"name\":\"Cups\"},\"description\":\"Holds\\ttea\"},"       \
	"\"stock\":{\"total\":6,\"warehouses\":[{\"id\":\"north\",\"quantity\":1},"                \
	"{\"id\":\"central\",\"quantity\":2},{\"id\":\"south\",\"quantity\":3}]},"                 \
	"\"price\":{\"cents\":1999,\"list_cents\":2999,\"currency\":\"EUR\","                      \
	"\"discount_percent\":33},"

static void pdp(void **state)
{
	(void)state;
	struct page_pdp page = {
		.product = {7, L("cups"), L("Cups"), L("Cup"), L("C"), L("B&B"), L("Holds\ttea")},
		.stock = {7, {1, 2, 3}},
		.price = {7, 1999, 2999, L("EUR")},
		.reviews = {.rating = {7, {1, 0, 0, 1, 2}},
			    .count = 2,
			    .newest = {{12, 5, L("2026-03-14"), L("Ann"), L("Good"), L("Very.")},
				       {UINT32_MAX, 1, L("2026-03-13"), L("Bo"), L(""), L("No")}}},
	};
	expect_page(READ_PAGE_PDP, &page,
		    PDP_HEAD
		    "\"rating\":{\"average\":3.8,\"count\":4,\"stars\":[1,0,0,1,2]},"
		    "\"reviews\":[{\"id\":\"r0000012\",\"date\":\"2026-03-14\","
		    "\"author\":\"Ann\",\"stars\":5,\"title\":\"Good\",\"text\":\"Very.\"},"
		    "{\"id\":\"r4294967295\",\"date\":\"2026-03-13\",\"author\":\"Bo\","
		    "\"stars\":1,\"title\":\"\",\"text\":\"No\"}]}");
	page.reviews = (struct part_reviews){.rating = {.id = 7}};
	expect_page(READ_PAGE_PDP, &page,
		    PDP_HEAD "\"rating\":{\"average\":null,\"count\":0,\"stars\":[0,0,0,0,0]},"
			     "\"reviews\":[]}");
	page.reviews_missing = true;
	expect_page(READ_PAGE_PDP, &page, PDP_HEAD "\"rating\":null,\"reviews\":null}");
}

static void a_page_beyond_the_maximum_fails(void **state)
{
	(void)state;
	struct page_plp page = {.count = 2, .cards = {tea, pot}};
	struct strbuf out;
	strbuf_init(&out, 100);
	page_json_plp(&out, &page);
	assert_false(strbuf_ok(&out));
	strbuf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(home),
		cmocka_unit_test(plp),
		cmocka_unit_test(pdp),
		cmocka_unit_test(a_page_beyond_the_maximum_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
