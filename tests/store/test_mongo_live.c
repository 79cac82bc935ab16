/* The MongoDB backend against a live mongod: what the common store suite does not ask.
 *
 * DUET_TEST_MONGODB="DATADIR PORT" names a mongod that `scripts/mongod.sh start` or `test-env`
 * started; without it every test is skipped. The tests load databases of their own (duet_test_*, as
 * the admin user) and freeze that mongod for a moment, so nothing else should use it meanwhile.
 */
#include "common/base/clock.h"
#include "common/contract/page_json.h"
#include "common/contract/part_json.h"
#include "common/seed/seed.h"
#include "common/store/mongo/mongo_client.h"
#include "common/store/store_backend.h"

#include <mongoc/mongoc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PRODUCTS = 400, SEED = 42, URI_MAX = 512, OUT_MAX = 262144 };

static struct {
	bool there;
	char data[256];
	unsigned port;
	struct arena *arena;
	struct dataset set;
	struct store_marker marker;
	struct store *memory;
} live;

/* ---- the server and its users ---- */

static bool password_of(const char *user, char out[64])
{
	char path[300], name[64];
	snprintf(path, sizeof(path), "%s/users", live.data);
	FILE *in = fopen(path, "r");
	bool found = false;
	while (in && !found && fscanf(in, "%63s %63s", name, out) == 2)
		found = strcmp(name, user) == 0;
	if (in)
		fclose(in);
	return found;
}

static const char *uri_as(char out[URI_MAX], const char *user, const char *source,
			  const char *database)
{
	char password[64];
	assert_true(password_of(user, password));
	snprintf(out, URI_MAX, "mongodb://%s:%s@127.0.0.1:%u/%s?authSource=%s", user, password,
		 live.port, database, source);
	return out;
}

static const char *admin_uri(char out[URI_MAX], const char *database)
{
	return uri_as(out, "admin", "admin", database);
}

static void drop_database(const char *name)
{
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	struct mongo_link link;
	assert_int_equal(mongo_link_open_loader(&link, admin_uri(uri, name), error), STORE_OK);
	mongoc_database_t *database = mongoc_client_get_database(link.client, name);
	mongoc_database_drop(database, NULL);
	mongoc_database_destroy(database);
	mongo_link_close(&link);
}

static pid_t mongod_pid(void)
{
	char path[300];
	int pid = 0;
	snprintf(path, sizeof(path), "%s/mongod.pid", live.data);
	FILE *in = fopen(path, "r");
	assert_non_null(in);
	assert_int_equal(fscanf(in, "%d", &pid), 1);
	fclose(in);
	assert_true(pid > 1);
	return pid;
}

#define NEED_LIVE                                                                                  \
	do {                                                                                       \
		(void)state;                                                                       \
		if (!live.there)                                                                   \
			skip();                                                                    \
	} while (0)

/* ---- loading, and databases that hold the set ---- */

static struct store *open_loaded(const char *database, const bool holds[SERVICE_COUNT])
{
	char uri[URI_MAX], error[STORE_ERROR_MAX] = "";
	enum store_status status;
	struct store_marker marker = live.marker;
	memcpy(marker.holds, holds, sizeof(marker.holds));
	snprintf(marker.schema, sizeof(marker.schema), "%s",
		 strstr(database, "split") ? "split" : "document");
	drop_database(database);
	status = store_mongo.load(admin_uri(uri, database), &live.set, &marker, error);
	assert_string_equal(error, "");
	assert_int_equal(status, STORE_OK);
	struct store *store = store_open(uri, &status, error);
	assert_string_equal(error, "");
	assert_non_null(store);
	return store;
}

static const bool all_parts[SERVICE_COUNT] = {true, true, true, true};

static void write_out(struct strbuf *out, const struct read_job *job)
{
	if (job->kind >= READ_PAGE_HOME)
		page_json_write(out, job->kind, job->out);
	else
		part_json_write(out, job->kind, job->out);
}

/* Reads the job from `store` and from memory: the same status and, written as JSON, bytes. */
static void assert_same(struct store *store, struct read_job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		jobs[i]->arena = arena_new(0);
	store_read(store, jobs, count);
	for (size_t i = 0; i < count; i++) {
		struct read_job want = *jobs[i], *one = &want;
		struct strbuf got_text, want_text;
		strbuf_init(&got_text, OUT_MAX);
		strbuf_init(&want_text, OUT_MAX);
		want.arena = arena_new(0);
		store_read(live.memory, &one, 1);
		assert_string_equal(jobs[i]->error, "");
		assert_int_equal(jobs[i]->status, want.status);
		if (want.status == STORE_OK) {
			write_out(&got_text, jobs[i]);
			write_out(&want_text, &want);
			assert_true(strbuf_ok(&got_text) && strbuf_ok(&want_text));
			assert_string_equal(got_text.data, want_text.data);
		}
		strbuf_free(&got_text);
		strbuf_free(&want_text);
		arena_free(want.arena);
		arena_free(jobs[i]->arena);
	}
}

static void same_one(struct store *store, enum read_kind kind, struct read_args args)
{
	struct read_job job = {.kind = kind, .args = args}, *one = &job;
	assert_same(store, &one, 1);
}

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
				same_one(store, kind, args);
			}
	} else if (info->single_id) {
		for (uint32_t id = 1; id <= PRODUCTS + 1; id++)
			same_one(store, kind, (struct read_args){.id_count = 1, .ids = {id}});
	} else if (info->takes_ids) {
		same_one(store, kind, list_args(3, 1, 1));
		same_one(store, kind, list_args(397, 40, 13));
	} else {
		same_one(store, kind, (struct read_args){0});
	}
}

static void document_answers_every_page_as_memory_does(void **state)
{
	NEED_LIVE;
	struct store *store = open_loaded("duet_test_document", all_parts);
	assert_string_equal(store_get_marker(store)->schema, "document");
	for (int kind = READ_PAGE_HOME; kind < READ_KINDS; kind++)
		same_kind(store, (enum read_kind)kind);
	store_close(store);
	drop_database("duet_test_document");
}

static void document_answers_no_parts(void **state)
{
	NEED_LIVE;
	struct store *store = open_loaded("duet_test_document", all_parts);
	struct read_job job = {.kind = READ_STOCK, .args = {.id_count = 1, .ids = {1}}},
			*one = &job;
	job.arena = arena_new(0);
	store_read(store, &one, 1);
	assert_int_equal(job.status, STORE_BAD_DATA);
	assert_non_null(strstr(job.error, "stock"));
	arena_free(job.arena);
	store_close(store);
	drop_database("duet_test_document");
}

static void split_answers_everything_as_memory_does(void **state)
{
	NEED_LIVE;
	struct store *store = open_loaded("duet_split_test", all_parts);
	assert_string_equal(store_get_marker(store)->schema, "split");
	for (int kind = 0; kind < READ_KINDS; kind++)
		same_kind(store, (enum read_kind)kind);
	store_close(store);
	drop_database("duet_split_test");
}

static void each_service_answers_its_own_parts_alone(void **state)
{
	NEED_LIVE;
	for (int s = 0; s < SERVICE_COUNT; s++) {
		bool holds[SERVICE_COUNT] = {false};
		holds[s] = true;
		struct store *store = open_loaded("duet_test_service", holds);
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
		drop_database("duet_test_service");
	}
}

static void a_batch_shares_equal_ids(void **state)
{
	static const uint32_t ids[] = {7, 3, 7, PRODUCTS + 9, 7, 399};
	static const enum read_kind kinds[] = {READ_PRODUCT, READ_REVIEWS, READ_STOCK,
					       READ_PRICES,  READ_RATINGS, READ_PAGE_PDP};
	enum { COUNT = sizeof(ids) / sizeof(ids[0]) };
	NEED_LIVE;
	struct store *stores[] = {open_loaded("duet_split_test", all_parts),
				  open_loaded("duet_test_document", all_parts)};
	for (size_t k = 0; k < 7; k++) {
		struct store *store = stores[k == 6];
		struct read_job jobs[COUNT], *batch[COUNT];
		uint64_t shared = store->shared, queries = store->queries;
		for (size_t i = 0; i < COUNT; i++) {
			jobs[i] = (struct read_job){.kind = kinds[k < 6 ? k : 5],
						    .args = {.id_count = 1, .ids = {ids[i]}}};
			batch[i] = &jobs[i];
		}
		assert_same(store, batch, COUNT);
		assert_int_equal(store->queries - queries, k == 5 ? 4 : 1);
		assert_int_equal(store->shared - shared, k == 5 ? 8 : 2);
	}
	store_close(stores[0]);
	store_close(stores[1]);
	drop_database("duet_split_test");
	drop_database("duet_test_document");
}

static void unload_gives_the_records_back(void **state)
{
	static const char *const databases[] = {"duet_test_document", "duet_split_test"};
	NEED_LIVE;
	for (int d = 0; d < 2; d++) {
		char error[STORE_ERROR_MAX];
		struct store *store = open_loaded(databases[d], all_parts);
		struct arena *arena = arena_new(0);
		struct dataset back;
		struct store_marker marker = {0};
		assert_int_equal(store_mongo.unload(store, arena, &back, error), STORE_OK);
		assert_true(seed_dump(&back, NULL, &marker));
		assert_string_equal(marker.sha256, live.marker.sha256);
		arena_free(arena);
		store_close(store);
		drop_database(databases[d]);
	}
}

/* ---- refusals ---- */

static void insert_foreign(const char *database)
{
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	struct mongo_link link;
	assert_int_equal(mongo_link_open_loader(&link, admin_uri(uri, database), error), STORE_OK);
	mongoc_collection_t *collection =
		mongoc_client_get_collection(link.client, database, "products");
	bson_t *doc = BCON_NEW("_id", BCON_INT32(1), "mine", BCON_BOOL(true));
	assert_true(mongoc_collection_insert_one(collection, doc, NULL, NULL, NULL));
	bson_destroy(doc);
	mongoc_collection_destroy(collection);
	mongo_link_close(&link);
}

static void loading_refuses_what_is_not_ours(void **state)
{
	NEED_LIVE;
	char uri[URI_MAX], error[STORE_ERROR_MAX] = "";
	drop_database("duet_test_foreign");
	insert_foreign("duet_test_foreign");
	assert_int_equal(store_mongo.load(admin_uri(uri, "duet_test_foreign"), &live.set,
					  &live.marker, error),
			 STORE_CONFLICT);
	assert_non_null(strstr(error, "duet_test_foreign"));
	assert_int_equal(store_mongo.load(admin_uri(uri, "shop"), &live.set, &live.marker, error),
			 STORE_CONFLICT);
	assert_non_null(strstr(error, "duet_"));
	drop_database("duet_test_foreign");
}

static void an_interrupted_loading_is_not_opened_but_loaded_again(void **state)
{
	NEED_LIVE;
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	enum store_status status;
	struct mongo_link link;
	store_close(open_loaded("duet_test_half", all_parts));
	admin_uri(uri, "duet_test_half");
	assert_int_equal(mongo_link_open_loader(&link, uri, error), STORE_OK);
	assert_int_equal(mongo_marker_write(&link, &live.marker, false, error), STORE_OK);
	mongo_link_close(&link);
	assert_null(store_open(uri, &status, error));
	assert_non_null(strstr(error, "never finished"));
	assert_int_equal(store_mongo.load(uri, &live.set, &live.marker, error), STORE_OK);
	struct store *store = store_open(uri, &status, error);
	assert_non_null(store);
	store_close(store);
	drop_database("duet_test_half");
}

static void a_database_never_seeded_is_an_error(void **state)
{
	NEED_LIVE;
	char uri[URI_MAX], error[STORE_ERROR_MAX], password[64];
	enum store_status status;
	assert_null(store_open(admin_uri(uri, "duet_test_empty"), &status, error));
	assert_non_null(strstr(error, "never seeded"));
	assert_true(password_of("admin", password));
	assert_null(strstr(error, password));
}

static void a_user_reads_its_own_database_alone(void **state)
{
	NEED_LIVE;
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	enum store_status status;
	uri_as(uri, "duet_catalog", "duet_catalog", "duet_pricing");
	assert_null(store_open(uri, &status, error));
	assert_int_equal(status, STORE_CONFLICT);
	assert_non_null(strstr(error, "own user"));
	assert_int_equal(store_mongo.load(uri, &live.set, &live.marker, error), STORE_CONFLICT);
}

static void a_wrong_password_is_said(void **state)
{
	NEED_LIVE;
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	enum store_status status;
	snprintf(uri, sizeof(uri), "mongodb://duet_catalog:wrong@127.0.0.1:%u/duet_catalog",
		 live.port);
	assert_null(store_open(uri, &status, error));
	assert_int_equal(status, STORE_CONFLICT);
	assert_non_null(strstr(error, "password"));
	assert_null(strstr(error, "wrong"));
}

/* ---- time ---- */

static void a_frozen_server_is_unavailable_in_time_and_recovers(void **state)
{
	NEED_LIVE;
	char error[STORE_ERROR_MAX];
	struct store *store = open_loaded("duet_split_test", all_parts);
	pid_t pid = mongod_pid();
	struct read_job job = {.kind = READ_PAGE_PDP, .args = {.id_count = 1, .ids = {1}}};
	struct read_job *one = &job;
	int64_t longest = 0;
	enum store_status statuses[2];
	job.arena = arena_new(0);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < 2; i++) { /* the old connection, then a new one */
		int64_t begun = clock_now_ns();
		store_read(store, &one, 1);
		int64_t took = clock_now_ns() - begun;
		longest = took > longest ? took : longest;
		statuses[i] = job.status;
	}
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(statuses[0], STORE_UNAVAILABLE);
	assert_int_equal(statuses[1], STORE_UNAVAILABLE);
	/* The time-outs are 1 s a call and 500 ms a connection; an unlimited wait fails here. */
	assert_true(longest < 2 * NS_PER_S);
	enum store_status status = STORE_UNAVAILABLE;
	for (int i = 0; i < 100 && status != STORE_OK; i++) {
		usleep(50 * 1000);
		status = store_ping(store, error);
	}
	assert_int_equal(status, STORE_OK);
	same_one(store, READ_PAGE_PDP, job.args);
	arena_free(job.arena);
	store_close(store);
	drop_database("duet_split_test");
}

static void a_server_that_is_not_there_is_unavailable(void **state)
{
	char error[STORE_ERROR_MAX];
	enum store_status status;
	(void)state;
	/* The discard port: nobody listens there. */
	assert_null(store_open("mongodb://u:secret@127.0.0.1:9/duet_x", &status, error));
	assert_int_equal(status, STORE_UNAVAILABLE);
	assert_null(strstr(error, "secret"));
	assert_non_null(strstr(error, "127.0.0.1:9"));
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
	struct store *store = open_loaded("duet_split_test", all_parts);
	assert_int_equal(mongo_link_open(&link, admin_uri(uri, "duet_split_test"), error),
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
	drop_database("duet_split_test");
}

/* ---- the group ---- */

static int group_setup(void **state)
{
	(void)state;
	char error[STORE_ERROR_MAX];
	enum store_status status;
	const char *env = getenv("DUET_TEST_MONGODB");
	live.there = env && sscanf(env, "%255s %u", live.data, &live.port) == 2;
	if (!live.there)
		fprintf(stderr, "skipped without DUET_TEST_MONGODB=\"DATADIR PORT\": "
				"eval \"$(scripts/mongod.sh test-env DATADIR PORT)\"\n");
	live.arena = arena_new(0);
	live.marker = (struct store_marker){
		.seed = SEED, .products = PRODUCTS, .holds = {true, true, true, true}};
	live.memory = store_open("memory:?seed=42&products=400", &status, error);
	return live.arena && live.memory && seed_generate(SEED, PRODUCTS, live.arena, &live.set) &&
			       seed_dump(&live.set, NULL, &live.marker)
		       ? 0
		       : -1;
}

static int group_teardown(void **state)
{
	(void)state;
	store_close(live.memory);
	arena_free(live.arena);
	return 0;
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
		cmocka_unit_test(loading_refuses_what_is_not_ours),
		cmocka_unit_test(an_interrupted_loading_is_not_opened_but_loaded_again),
		cmocka_unit_test(a_database_never_seeded_is_an_error),
		cmocka_unit_test(a_user_reads_its_own_database_alone),
		cmocka_unit_test(a_wrong_password_is_said),
		cmocka_unit_test(a_frozen_server_is_unavailable_in_time_and_recovers),
		cmocka_unit_test(a_server_that_is_not_there_is_unavailable),
		cmocka_unit_test(every_find_is_keyed),
	};
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
