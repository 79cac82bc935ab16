/* The MongoDB backend's answers from a live mongod, in both schemas and as single services, against
 * memory:; and how its finds are planned.
 */
#include "tests/store/mongo_live.h"

static struct read_args list_args(uint32_t first, uint32_t count, uint32_t step)
{
	struct read_args args = {.id_count = count};
	for (uint32_t i = 0; i < count; i++)
		args.ids[i] = 1 + (first + i * step) % (PRODUCTS + 5);
	return args;
}

static void same_kind(struct store *store, enum read_kind kind)
{
	const struct read_info *info = &read_infos[kind];
	if (info->takes_category) {
		for (uint32_t c = 0; c <= MODEL_CATEGORIES; c++)
			for (uint32_t page = 0; page <= 3; page++) {
				struct read_args args = {.page = page};
				struct slice slug = c < MODEL_CATEGORIES ? live.set.categories[c].id
									 : SLICE("nothing");
				memcpy(args.category, slug.at, slug.len);
				live_same_one(store, kind, args);
			}
	} else if (info->single_id) {
		for (uint32_t id = 1; id <= PRODUCTS + 1; id++)
			live_same_one(store, kind, (struct read_args){.id_count = 1, .ids = {id}});
	} else if (info->takes_ids) {
		live_same_one(store, kind, list_args(3, 1, 1));
		live_same_one(store, kind, list_args(397, 40, 13));
	} else {
		live_same_one(store, kind, (struct read_args){0});
	}
}

static void document_answers_every_page_as_memory_does(void **state)
{
	NEED_LIVE;
	struct store *store = live_open_loaded("duet_test_document", live_all_parts);
	assert_string_equal(store_get_marker(store)->schema, "document");
	for (int kind = READ_PAGE_HOME; kind < READ_KINDS; kind++)
		same_kind(store, (enum read_kind)kind);
	store_close(store);
	live_drop("duet_test_document");
}

static void document_answers_no_parts(void **state)
{
	NEED_LIVE;
	struct store *store = live_open_loaded("duet_test_document", live_all_parts);
	struct read_job job = {.kind = READ_STOCK, .args = {.id_count = 1, .ids = {1}}},
			*one = &job;
	job.arena = arena_new(0);
	store_read(store, &one, 1);
	assert_int_equal(job.status, STORE_BAD_DATA);
	assert_non_null(strstr(job.error, "stock"));
	arena_free(job.arena);
	store_close(store);
	live_drop("duet_test_document");
}

static void split_answers_everything_as_memory_does(void **state)
{
	NEED_LIVE;
	struct store *store = live_open_loaded("duet_split_test", live_all_parts);
	assert_string_equal(store_get_marker(store)->schema, "split");
	for (int kind = 0; kind < READ_KINDS; kind++)
		same_kind(store, (enum read_kind)kind);
	store_close(store);
	live_drop("duet_split_test");
}

static void each_service_answers_its_own_parts_alone(void **state)
{
	NEED_LIVE;
	for (int s = 0; s < SERVICE_COUNT; s++) {
		bool holds[SERVICE_COUNT] = {false};
		holds[s] = true;
		struct store *store = live_open_loaded("duet_test_service", holds);
		for (int kind = 0; kind < READ_PART_KINDS; kind++) {
			struct read_job job = {.kind = (enum read_kind)kind}, *one = &job;
			if (read_infos[kind].service == (enum service)s) {
				same_kind(store, job.kind);
				continue;
			}
			job.arena = arena_new(0);
			store_read(store, &one, 1);
			assert_int_equal(job.status, STORE_BAD_DATA);
			arena_free(job.arena);
		}
		store_close(store);
		live_drop("duet_test_service");
	}
}

static void a_batch_shares_equal_ids(void **state)
{
	static const uint32_t ids[] = {7, 3, 7, PRODUCTS + 9, 7, 399};
	static const enum read_kind kinds[] = {READ_PRODUCT, READ_REVIEWS, READ_STOCK,
					       READ_PRICES,  READ_RATINGS, READ_PAGE_PDP};
	enum { COUNT = sizeof(ids) / sizeof(ids[0]) };
	NEED_LIVE;
	struct store *stores[] = {live_open_loaded("duet_split_test", live_all_parts),
				  live_open_loaded("duet_test_document", live_all_parts)};
	for (size_t k = 0; k < 7; k++) {
		struct store *store = stores[k == 6];
		struct read_job jobs[COUNT], *batch[COUNT];
		uint64_t shared = store->shared, queries = store->queries;
		for (size_t i = 0; i < COUNT; i++) {
			jobs[i] = (struct read_job){.kind = kinds[k < 6 ? k : 5],
						    .args = {.id_count = 1, .ids = {ids[i]}}};
			batch[i] = &jobs[i];
		}
		live_assert_same(store, batch, COUNT);
		assert_int_equal(store->queries - queries, k == 5 ? 4 : 1);
		assert_int_equal(store->shared - shared, k == 5 ? 8 : 2);
	}
	store_close(stores[0]);
	store_close(stores[1]);
	live_drop("duet_split_test");
	live_drop("duet_test_document");
}

static void unload_gives_the_records_back(void **state)
{
	static const char *const databases[] = {"duet_test_document", "duet_split_test"};
	NEED_LIVE;
	for (int d = 0; d < 2; d++) {
		char error[STORE_ERROR_MAX];
		struct store *store = live_open_loaded(databases[d], live_all_parts);
		struct arena *arena = arena_new(0);
		struct dataset back;
		struct store_marker marker = {0};
		assert_int_equal(store_mongo.unload(store, arena, &back, error), STORE_OK);
		assert_true(seed_dump(&back, NULL, &marker));
		assert_string_equal(marker.sha256, live.marker.sha256);
		arena_free(arena);
		store_close(store);
		live_drop(databases[d]);
	}
}

/* ---- query plans ---- */

static void explain_is_keyed(struct mongo_link *link, bson_t *find)
{
	bson_t *command = BCON_NEW("explain", BCON_DOCUMENT(find), "verbosity", "queryPlanner");
	bson_t reply;
	bson_error_t why;
	assert_true(mongoc_client_command_simple(link->client, link->database, command, NULL,
						 &reply, &why));
	char *text = bson_as_relaxed_extended_json(&reply, NULL);
	assert_null(strstr(text, "COLLSCAN"));
	assert_true(strstr(text, "IDHACK") || strstr(text, "IXSCAN"));
	assert_null(strstr(text, "\"SORT\""));
	bson_free(text);
	bson_destroy(&reply);
	bson_destroy(command);
	bson_destroy(find);
}

static void every_find_is_keyed(void **state)
{
	static const char *const by_ids[] = {"products", "stock", "prices", "ratings", "summaries"};
	NEED_LIVE;
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	struct mongo_link link;
	struct store *store = live_open_loaded("duet_split_test", live_all_parts);
	assert_int_equal(mongo_link_open(&link, live_admin_uri(uri, "duet_split_test"), error),
			 STORE_OK);
	for (size_t i = 0; i < sizeof(by_ids) / sizeof(by_ids[0]); i++) {
		explain_is_keyed(&link, BCON_NEW("find", BCON_UTF8(by_ids[i]), "filter", "{", "_id",
						 BCON_INT32(3), "}", "batchSize", BCON_INT32(2),
						 "singleBatch", BCON_BOOL(true)));
		explain_is_keyed(&link,
				 BCON_NEW("find", BCON_UTF8(by_ids[i]), "filter", "{", "_id", "{",
					  "$in", "[", BCON_INT32(3), BCON_INT32(5), "]", "}", "}"));
	}
	explain_is_keyed(&link, BCON_NEW("find", "listing", "filter", "{", "_id", "{", "$gte",
					 BCON_INT32(1000000), "$lt", BCON_INT32(1000040), "}", "}",
					 "sort", "{", "_id", BCON_INT32(1), "}"));
	explain_is_keyed(&link, BCON_NEW("find", "site", "filter", "{", "_id", "home", "}"));
	mongo_link_close(&link);
	store_close(store);
	live_drop("duet_split_test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document_answers_every_page_as_memory_does),
		cmocka_unit_test(document_answers_no_parts),
		cmocka_unit_test(split_answers_everything_as_memory_does),
		cmocka_unit_test(each_service_answers_its_own_parts_alone),
		cmocka_unit_test(a_batch_shares_equal_ids),
		cmocka_unit_test(unload_gives_the_records_back),
		cmocka_unit_test(every_find_is_keyed),
	};
	return cmocka_run_group_tests(tests, live_setup, live_teardown);
}
