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

/* ---- what the reads really ran ---- */

static void profile_set(struct mongo_link *link, int level)
{
	bson_t reply;
	bson_error_t why;
	bson_t *command = BCON_NEW("profile", BCON_INT32(level));
	if (!mongoc_client_command_simple(link->client, link->database, command, NULL, &reply,
					  &why))
		fail_msg("profile %d: %s", level, why.message);
	bson_destroy(&reply);
	bson_destroy(command);
}

/* Every find that the server has profiled: by _id, and no document looked at in vain. */
static unsigned profiled_finds_are_keyed(struct mongo_link *link)
{
	unsigned finds = 0;
	const bson_t *entry;
	bson_error_t why;
	bson_t *filter = BCON_NEW("op", BCON_UTF8("query"));
	mongoc_collection_t *profile =
		mongoc_client_get_collection(link->client, link->database, "system.profile");
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(profile, filter, NULL, NULL);
	while (mongoc_cursor_next(cursor, &entry)) {
		bson_iter_t plan, looked, gave;
		char *text = bson_as_relaxed_extended_json(entry, NULL);
		bool whole = bson_iter_init_find(&plan, entry, "planSummary") &&
			     bson_iter_init_find(&looked, entry, "docsExamined") &&
			     bson_iter_init_find(&gave, entry, "nreturned");
		const char *summary = whole ? bson_iter_utf8(&plan, NULL) : "";
		bool keyed =
			strcmp(summary, "IDHACK") == 0 || strcmp(summary, "IXSCAN { _id: 1 }") == 0;
		if (!keyed || bson_iter_as_int64(&looked) != bson_iter_as_int64(&gave))
			fail_msg("not by key: %s", text);
		bson_free(text);
		finds++;
	}
	if (mongoc_cursor_error(cursor, &why))
		fail_msg("%s", why.message);
	mongoc_cursor_destroy(cursor);
	mongoc_collection_destroy(profile);
	bson_destroy(filter);
	return finds;
}

/* The finds as the backend sends them, of every kind of read in both schemas. */
static void every_read_finds_by_key(void **state)
{
	static const struct {
		const char *database;
		int first; /* kind that it answers, and all behind it */
	} cases[] = {{"duet_split_test", 0}, {"duet_test_document", READ_PAGE_HOME}};
	NEED_LIVE;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char uri[URI_MAX], error[STORE_ERROR_MAX];
		struct mongo_link link;
		struct store *store = live_open_loaded(cases[i].database, live_all_parts);
		live_admin_uri(uri, cases[i].database);
		assert_int_equal(mongo_link_open(&link, uri, error), STORE_OK);
		profile_set(&link, 2);
		for (int kind = cases[i].first; kind < READ_KINDS; kind++) {
			const struct read_info *info = &read_infos[kind];
			struct read_args args = list_args(5, info->single_id ? 1 : 40, 7);
			struct read_job job = {.kind = (enum read_kind)kind, .args = args};
			struct read_job *one = &job;
			struct slice slug = live.set.categories[0].id;
			job.args.page = 1;
			job.args.id_count = info->takes_ids ? args.id_count : 0;
			if (info->takes_category)
				memcpy(job.args.category, slug.at, slug.len);
			job.arena = arena_new(0);
			store_read(store, &one, 1);
			assert_int_equal(job.status, STORE_OK);
			arena_free(job.arena);
		}
		profile_set(&link, 0);
		assert_true(profiled_finds_are_keyed(&link) >=
			    (unsigned)(READ_KINDS - cases[i].first));
		mongo_link_close(&link);
		store_close(store);
		live_drop(cases[i].database);
	}
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
		cmocka_unit_test(every_read_finds_by_key),
	};
	return cmocka_run_group_tests(tests, live_setup, live_teardown);
}
