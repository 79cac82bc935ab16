/* What the MongoDB backend refuses, and what it says and how long it takes when the server does not
 * answer. Freezes the mongod for two seconds: nothing else should use it meanwhile.
 */
#include "tests/store/mongo_live.h"

#include <signal.h>
#include <unistd.h>

static pid_t live_mongod_pid(void)
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

/* ---- refusals ---- */

static void insert_foreign(const char *database)
{
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	struct mongo_link link;
	assert_int_equal(mongo_link_open_loader(&link, live_admin_uri(uri, database), error),
			 STORE_OK);
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
	live_drop("duet_test_foreign");
	insert_foreign("duet_test_foreign");
	assert_int_equal(store_mongo.load(live_admin_uri(uri, "duet_test_foreign"), &live.set,
					  &live.marker, error),
			 STORE_CONFLICT);
	assert_non_null(strstr(error, "duet_test_foreign"));
	assert_int_equal(
		store_mongo.load(live_admin_uri(uri, "shop"), &live.set, &live.marker, error),
		STORE_CONFLICT);
	assert_non_null(strstr(error, "duet_"));
	live_drop("duet_test_foreign");
}

static void an_interrupted_loading_is_not_opened_but_loaded_again(void **state)
{
	NEED_LIVE;
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	enum store_status status;
	struct mongo_link link;
	store_close(live_open_loaded("duet_test_half", live_all_parts));
	live_admin_uri(uri, "duet_test_half");
	assert_int_equal(mongo_link_open_loader(&link, uri, error), STORE_OK);
	assert_int_equal(mongo_marker_write(&link, &live.marker, false, error), STORE_OK);
	mongo_link_close(&link);
	assert_null(store_open(uri, &status, error));
	assert_non_null(strstr(error, "never finished"));
	assert_int_equal(store_mongo.load(uri, &live.set, &live.marker, error), STORE_OK);
	struct store *store = store_open(uri, &status, error);
	assert_non_null(store);
	store_close(store);
	live_drop("duet_test_half");
}

static void a_database_never_seeded_is_an_error(void **state)
{
	NEED_LIVE;
	char uri[URI_MAX], error[STORE_ERROR_MAX], password[64];
	enum store_status status;
	assert_null(store_open(live_admin_uri(uri, "duet_test_empty"), &status, error));
	assert_non_null(strstr(error, "never seeded"));
	assert_true(live_password("admin", password));
	assert_null(strstr(error, password));
}

static void a_user_reads_its_own_database_alone(void **state)
{
	NEED_LIVE;
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	enum store_status status;
	live_uri_as(uri, "duet_catalog", "duet_catalog", "duet_pricing");
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

/* A signal is only delivered some time after kill() returns, on a busy machine much later. */
static void freeze(pid_t pid)
{
	char path[64], state = 0;
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < 500 && state != 'T'; i++) {
		FILE *file = fopen(path, "re");
		assert_non_null(file);
		assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
		fclose(file);
		usleep(10 * 1000);
	}
	assert_int_equal(state, 'T');
}

static void a_frozen_server_is_unavailable_in_time_and_recovers(void **state)
{
	NEED_LIVE;
	char error[STORE_ERROR_MAX];
	struct store *store = live_open_loaded("duet_split_test", live_all_parts);
	pid_t pid = live_mongod_pid();
	struct read_job job = {.kind = READ_PAGE_PDP, .args = {.id_count = 1, .ids = {1}}};
	struct read_job *one = &job;
	int64_t longest = 0;
	enum store_status statuses[2];
	job.arena = arena_new(0);
	freeze(pid);
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
	live_same_one(store, READ_PAGE_PDP, job.args);
	arena_free(job.arena);
	store_close(store);
	live_drop("duet_split_test");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loading_refuses_what_is_not_ours),
		cmocka_unit_test(an_interrupted_loading_is_not_opened_but_loaded_again),
		cmocka_unit_test(a_database_never_seeded_is_an_error),
		cmocka_unit_test(a_user_reads_its_own_database_alone),
		cmocka_unit_test(a_wrong_password_is_said),
		cmocka_unit_test(a_frozen_server_is_unavailable_in_time_and_recovers),
		cmocka_unit_test(a_server_that_is_not_there_is_unavailable),
	};
	return cmocka_run_group_tests(tests, live_setup, live_teardown);
}
