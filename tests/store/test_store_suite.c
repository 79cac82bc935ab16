/* The one suite that every backend passes: each store must answer every read as the memory store
 * does, compared as the bytes that page_json and part_json make of the answer.
 *
 * SQLite stores, whole and split in four, are made in a temporary folder. More come from
 * DUET_TEST_STORES: "name=uri[,uri...]" entries separated by ';', each seeded with seed 42 and
 * 1,200 products already; several URIs are one shop, split. A whole database of MongoDB's document
 * schema is asked for pages alone, since that is all it answers.
 */
#include "common/base/arena.h"
#include "common/contract/page_json.h"
#include "common/contract/part_json.h"
#include "common/seed/seed_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PRODUCTS = 1200, SHOPS_MAX = 12, URIS_MAX = 4, NAME_MAX_LEN = 96 };

/* One shop: a store, or several that hold it together. */
struct shop {
	char name[NAME_MAX_LEN];
	const char *uris[URIS_MAX];
	struct store *stores[URIS_MAX];
	size_t count;
};

static struct shop shops[SHOPS_MAX];
static size_t shop_count;
static struct store *truth;
static char folder[] = "/tmp/duet-suite-XXXXXX";

/* ---- asking ---- */

/* The store of the shop that answers `kind`, or NULL. */
static struct store *answering(const struct shop *shop, enum read_kind kind)
{
	enum service wanted = read_infos[kind].service;
	for (size_t i = 0; i < shop->count; i++) {
		const struct store_marker *marker = store_get_marker(shop->stores[i]);
		bool all = marker->holds[0] && marker->holds[1] && marker->holds[2] &&
			   marker->holds[3];
		bool pages_only = all && strcmp(marker->schema, "document") == 0;
		if (wanted == SERVICE_COUNT ? all : marker->holds[wanted] && !pages_only)
			return shop->stores[i];
	}
	return NULL;
}

static void write_answer(struct strbuf *out, const struct read_job *job)
{
	strbuf_init(out, PAGE_JSON_MAX);
	if (job->status != STORE_OK)
		strbuf_add_text(out, store_status_name(job->status));
	else if (read_infos[job->kind].service < SERVICE_COUNT)
		part_json_write(out, job->kind, job->out);
	else
		page_json_write(out, job->kind, job->out);
	assert_true(strbuf_ok(out));
}

/* Asks the store and the truth the same `count` questions at once and compares the answers. */
static void check(struct store *store, enum read_kind kind, const struct read_args *args,
		  size_t count)
{
	struct read_job asked[STORE_COALESCE_MAX], expected[STORE_COALESCE_MAX];
	struct read_job *asked_at[STORE_COALESCE_MAX] = {NULL};
	struct read_job *expected_at[STORE_COALESCE_MAX] = {NULL};
	for (size_t i = 0; i < count; i++) {
		asked[i] = (struct read_job){.kind = kind, .args = args[i]};
		expected[i] = asked[i];
		asked[i].arena = arena_new(0);
		expected[i].arena = arena_new(0);
		asked_at[i] = &asked[i];
		expected_at[i] = &expected[i];
	}
	store_read(store, asked_at, count);
	store_read(truth, expected_at, count);
	for (size_t i = 0; i < count; i++) {
		struct strbuf got, wanted;
		write_answer(&got, &asked[i]);
		write_answer(&wanted, &expected[i]);
		if (strcmp(got.data, wanted.data) != 0)
			fail_msg("%s(%s page %u, %u ids from %u):\n%s\nshould be\n%s\n%s",
				 read_infos[kind].name, args[i].category, args[i].page,
				 args[i].id_count, args[i].ids[0], got.data, wanted.data,
				 asked[i].error);
		strbuf_free(&got);
		strbuf_free(&wanted);
		arena_free(asked[i].arena);
		arena_free(expected[i].arena);
	}
}

static void check_one(const struct shop *shop, enum read_kind kind, const struct read_args *args)
{
	struct store *store = answering(shop, kind);
	if (store)
		check(store, kind, args, 1);
}

/* ---- the suite ---- */

static void test_marker(void **state)
{
	const struct shop *shop = *state;
	const struct store_marker *expected = store_get_marker(truth);
	for (size_t i = 0; i < shop->count; i++) {
		const struct store_marker *marker = store_get_marker(shop->stores[i]);
		assert_int_equal(marker->seed, 42);
		assert_int_equal(marker->products, PRODUCTS);
		assert_string_equal(marker->sha256, expected->sha256);
		assert_true(marker->schema[0] != '\0');
		for (int p = 0; p < SERVICE_COUNT; p++)
			assert_string_equal(marker->part_sha256[p],
					    marker->holds[p] ? expected->part_sha256[p] : "");
	}
}

static void test_ping_and_names(void **state)
{
	const struct shop *shop = *state;
	char error[STORE_ERROR_MAX];
	for (size_t i = 0; i < shop->count; i++) {
		assert_int_equal(store_ping(shop->stores[i], error), STORE_OK);
		assert_true(strlen(store_name(shop->stores[i])) > 0);
		assert_true(strlen(store_version(shop->stores[i])) > 0);
	}
}

static void test_home(void **state)
{
	struct read_args none = {.page = 0};
	check_one(*state, READ_CATALOG_HOME, &none);
	check_one(*state, READ_LOWEST, &none);
	check_one(*state, READ_PAGE_HOME, &none);
}

static void test_reads_are_counted(void **state)
{
	static const enum read_kind kinds[] = {READ_LOWEST, READ_PAGE_HOME};
	const struct read_args none = {.page = 0};
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct store *store = answering(*state, kinds[k]);
		if (!store)
			continue;
		struct store_totals before = store_get_totals(store);
		check_one(*state, kinds[k], &none);
		assert_true(store_get_totals(store).queries > before.queries);
	}
}

/* All products, alone and in batches, with ids that no product has. */
static void check_products(const struct shop *shop, enum read_kind kind, size_t batch)
{
	static const uint32_t unknown[] = {0, PRODUCTS + 1, MODEL_PRODUCT_MAX};
	struct store *store = answering(shop, kind);
	uint32_t total = PRODUCTS + 3, id = 0;
	while (store && id < total) {
		struct read_args args[STORE_COALESCE_MAX] = {{.page = 0}};
		size_t count = 0;
		for (; count < batch && id < total; count++, id++) {
			args[count].id_count = 1;
			args[count].ids[0] = id < PRODUCTS ? id + 1 : unknown[id - PRODUCTS];
		}
		check(store, kind, args, count);
	}
}

static void test_products_one_by_one(void **state)
{
	check_products(*state, READ_PRODUCT, 1);
	check_products(*state, READ_REVIEWS, 1);
	check_products(*state, READ_PAGE_PDP, 1);
}

static void test_products_in_batches(void **state)
{
	static const enum read_kind kinds[] = {READ_PRODUCT, READ_STOCK,   READ_PRICES,
					       READ_RATINGS, READ_REVIEWS, READ_PAGE_PDP};
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		check_products(*state, kinds[k], STORE_COALESCE_MAX);
		check_products(*state, kinds[k], 7);
	}
}

/* Several wait for the same product, known and unknown. */
static void test_equal_ids_in_a_batch(void **state)
{
	static const uint32_t ids[] = {5, 5, 9, 5, 999999, 9, 999999, 1};
	static const enum read_kind kinds[] = {READ_PRODUCT, READ_STOCK,   READ_PRICES,
					       READ_RATINGS, READ_REVIEWS, READ_PAGE_PDP};
	struct read_args args[8] = {{.page = 0}};
	for (size_t i = 0; i < 8; i++)
		args[i] = (struct read_args){.id_count = 1, .ids = {ids[i]}};
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct store *store = answering(*state, kinds[k]);
		if (store)
			check(store, kinds[k], args, 8);
	}
}

static void test_product_lists(void **state)
{
	static const char *const others[] = {"nope", "", "Tea", "home-offic"};
	static const uint32_t pages[] = {0, 1, 2, 3, 4, 5, 6, 4294967295u};
	struct read_job home = {.kind = READ_CATALOG_HOME, .arena = arena_new(0)};
	struct read_job *jobs[] = {&home};
	store_read(truth, jobs, 1);
	const struct part_catalog_home *part = home.out;
	for (size_t c = 0; c < MODEL_CATEGORIES + sizeof(others) / sizeof(others[0]); c++)
		for (size_t p = 0; p < sizeof(pages) / sizeof(pages[0]); p++) {
			struct read_args args = {.page = pages[p]};
			struct slice slug = c < MODEL_CATEGORIES
						    ? part->categories[c].id
						    : slice_of(others[c - MODEL_CATEGORIES]);
			snprintf(args.category, sizeof(args.category), "%.*s", (int)slug.len,
				 slug.at);
			check_one(*state, READ_CATALOG_PAGE, &args);
			check_one(*state, READ_PAGE_PLP, &args);
		}
	arena_free(home.arena);
}

/* Batched calls: in the order asked, unknown ids left out. */
static void test_id_lists(void **state)
{
	static const enum read_kind kinds[] = {READ_STOCK, READ_PRICES, READ_RATINGS};
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (uint32_t first = 1; first <= PRODUCTS; first += 37) {
			struct read_args args = {.id_count = MODEL_PAGE_SIZE};
			for (uint32_t i = 0; i < MODEL_PAGE_SIZE; i++)
				args.ids[i] = (first + i * 541) % (PRODUCTS + 40);
			check_one(*state, kinds[k], &args);
		}
		check_one(*state, kinds[k], &(struct read_args){.id_count = 3, .ids = {7, 3, 5}});
		check_one(*state, kinds[k],
			  &(struct read_args){.id_count = 2, .ids = {0, MODEL_PRODUCT_MAX}});
	}
}

static void test_what_a_store_lacks(void **state)
{
	const struct shop *shop = *state;
	for (size_t i = 0; i < shop->count; i++) {
		const struct store_marker *marker = store_get_marker(shop->stores[i]);
		for (int kind = 0; kind < READ_PART_KINDS; kind++) {
			struct read_job job = {
				.kind = (enum read_kind)kind,
				.args = {.category = "tea", .page = 1, .id_count = 1, .ids = {1}},
				.arena = arena_new(0)};
			struct read_job *jobs[] = {&job};
			bool lacks = !marker->holds[read_infos[kind].service];
			if (lacks) {
				store_read(shop->stores[i], jobs, 1);
				assert_int_equal(job.status, STORE_BAD_DATA);
				assert_non_null(
					strstr(job.error, service_names[read_infos[kind].service]));
			}
			arena_free(job.arena);
		}
	}
}

static void test_dump_is_the_same(void **state)
{
	const struct shop *shop = *state;
	const struct store_marker *expected = store_get_marker(truth);
	struct arena *arena = arena_new(0);
	struct dataset data;
	struct store_marker hashes;
	char error[STORE_ERROR_MAX];
	if (!seed_store_unload(shop->uris, shop->count, arena, &data, NULL, error))
		fail_msg("%s", error);
	assert_true(seed_dump(&data, NULL, &hashes));
	for (int p = 0; p < SERVICE_COUNT; p++)
		assert_string_equal(hashes.part_sha256[p], expected->part_sha256[p]);
	assert_string_equal(hashes.sha256, expected->sha256);
	arena_free(arena);
}

/* Two handles on one store do not disturb each other. */
static void test_a_second_handle(void **state)
{
	const struct shop *shop = *state;
	struct shop second = *shop;
	enum store_status status;
	char error[STORE_ERROR_MAX];
	for (size_t i = 0; i < shop->count; i++) {
		second.stores[i] = store_open(shop->uris[i], &status, error);
		assert_non_null(second.stores[i]);
	}
	struct read_args args = {.id_count = 1, .ids = {17}};
	check_one(&second, READ_PAGE_PDP, &args);
	check_one(shop, READ_PAGE_PDP, &args);
	check_one(&second, READ_STOCK, &args);
	for (size_t i = 0; i < shop->count; i++)
		store_close(second.stores[i]);
	check_one(shop, READ_STOCK, &args);
}

/* ---- which shops ---- */

static const struct {
	const char *name;
	void (*run)(void **state);
} cases[] = {
	{"marker", test_marker},
	{"ping and names", test_ping_and_names},
	{"home", test_home},
	{"reads are counted", test_reads_are_counted},
	{"products one by one", test_products_one_by_one},
	{"products in batches", test_products_in_batches},
	{"equal ids in a batch", test_equal_ids_in_a_batch},
	{"product lists", test_product_lists},
	{"id lists", test_id_lists},
	{"what a store lacks", test_what_a_store_lacks},
	{"dump is the same", test_dump_is_the_same},
	{"a second handle", test_a_second_handle},
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static void add_shop(const char *name, const char *const *uris, size_t count)
{
	struct shop *shop = &shops[shop_count];
	char error[STORE_ERROR_MAX];
	enum store_status status;
	if (shop_count == SHOPS_MAX) {
		fprintf(stderr, "more than %d shops\n", SHOPS_MAX);
		exit(1);
	}
	shop_count++;
	snprintf(shop->name, sizeof(shop->name), "%s", name);
	shop->count = count;
	for (size_t i = 0; i < count; i++) {
		shop->uris[i] = strdup(uris[i]);
		shop->stores[i] = store_open(uris[i], &status, error);
		if (!shop->stores[i]) {
			fprintf(stderr, "%s: %s\n", name, error);
			exit(1);
		}
	}
}

/* Loads the whole shop, or one service's part, into a database of the folder. */
static const char *make_sqlite(enum service service, char uri[128])
{
	const char *name = service < SERVICE_COUNT ? service_names[service] : "whole";
	struct seed_load what = {.seed = 42, .products = PRODUCTS, .service = service};
	char error[STORE_ERROR_MAX];
	bool loaded;
	snprintf(uri, 128, "sqlite:%s/%s.db", folder, name);
	what.uri = uri;
	if (!seed_store_load(&what, &loaded, error) || !loaded) {
		fprintf(stderr, "%s: %s\n", uri, error);
		exit(1);
	}
	return uri;
}

static void add_own_shops(void)
{
	char uris[SERVICE_COUNT + 1][128];
	const char *at[SERVICE_COUNT];
	add_shop("memory", (const char *[]){"memory:?products=1200&seed=42"}, 1);
	add_shop("sqlite", (const char *[]){make_sqlite(SERVICE_COUNT, uris[SERVICE_COUNT])}, 1);
	for (int s = 0; s < SERVICE_COUNT; s++)
		at[s] = make_sqlite((enum service)s, uris[s]);
	add_shop("sqlite split", at, SERVICE_COUNT);
}

/* "name=uri,uri" */
static void add_named_shop(char *entry)
{
	char *uris = strchr(entry, '='), *rest = NULL;
	const char *at[URIS_MAX];
	size_t count = 0;
	if (!uris) {
		fprintf(stderr, "DUET_TEST_STORES: '%s' is not name=uri[,uri...]\n", entry);
		exit(1);
	}
	*uris++ = '\0';
	for (char *uri = strtok_r(uris, ",", &rest); uri; uri = strtok_r(NULL, ",", &rest)) {
		if (count == URIS_MAX) {
			fprintf(stderr, "DUET_TEST_STORES: '%s' has more than %d URIs\n", entry,
				URIS_MAX);
			exit(1);
		}
		at[count++] = uri;
	}
	add_shop(entry, at, count);
}

static void remove_databases(void)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	char file[160];
	for (int s = 0; s <= SERVICE_COUNT; s++)
		for (size_t e = 0; e < 3; e++) {
			snprintf(file, sizeof(file), "%s/%s.db%s", folder,
				 s < SERVICE_COUNT ? service_names[s] : "whole", endings[e]);
			unlink(file);
		}
	rmdir(folder);
}

int main(void)
{
	static struct CMUnitTest tests[SHOPS_MAX * CASES];
	static char names[SHOPS_MAX * CASES][2 * NAME_MAX_LEN];
	char error[STORE_ERROR_MAX];
	enum store_status status;
	const char *more = getenv("DUET_TEST_STORES");
	truth = store_open("memory:?seed=42&products=1200", &status, error);
	if (!truth || !mkdtemp(folder))
		return 1;
	char *list = more ? strdup(more) : NULL, *rest = NULL;
	atexit(remove_databases);
	add_own_shops();
	for (char *entry = list ? strtok_r(list, ";", &rest) : NULL; entry;
	     entry = strtok_r(NULL, ";", &rest))
		add_named_shop(entry);
	size_t count = 0;
	for (size_t s = 0; s < shop_count; s++)
		for (size_t c = 0; c < CASES; c++, count++) {
			snprintf(names[count], sizeof(names[count]), "%s: %s", shops[s].name,
				 cases[c].name);
			tests[count] = (struct CMUnitTest){.name = names[count],
							   .test_func = cases[c].run,
							   .initial_state = &shops[s]};
		}
	int failed = _cmocka_run_group_tests("every store answers alike", tests, count, NULL, NULL);
	for (size_t s = 0; s < shop_count; s++)
		for (size_t i = 0; i < shops[s].count; i++) {
			store_close(shops[s].stores[i]);
			free((void *)shops[s].uris[i]);
		}
	store_close(truth);
	free(list);
	return failed;
}
