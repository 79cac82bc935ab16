/* mongo_live: what the tests against a live mongod share: the server, its users, and databases of
 * their own (duet_test_*, loaded as the admin user) that are compared with memory:.
 *
 * DUET_TEST_MONGODB="DATADIR PORT" names a mongod that `scripts/mongod.sh start` or `test-env`
 * started; without it every test is skipped.
 */
#ifndef DUET_TESTS_STORE_MONGO_LIVE_H
#define DUET_TESTS_STORE_MONGO_LIVE_H

#include "common/base/clock.h"
#include "common/contract/page_json.h"
#include "common/contract/part_json.h"
#include "common/seed/seed.h"
#include "common/store/mongo/mongo_client.h"
#include "common/store/store_backend.h"

#include <mongoc/mongoc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static inline bool live_password(const char *user, char out[64])
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

static inline const char *live_uri_as(char out[URI_MAX], const char *user, const char *source,
				      const char *database)
{
	char password[64];
	assert_true(live_password(user, password));
	snprintf(out, URI_MAX, "mongodb://%s:%s@127.0.0.1:%u/%s?authSource=%s", user, password,
		 live.port, database, source);
	return out;
}

static inline const char *live_admin_uri(char out[URI_MAX], const char *database)
{
	return live_uri_as(out, "admin", "admin", database);
}

static inline void live_drop(const char *name)
{
	char uri[URI_MAX], error[STORE_ERROR_MAX];
	struct mongo_link link;
	assert_int_equal(mongo_link_open_loader(&link, live_admin_uri(uri, name), error), STORE_OK);
	mongoc_database_t *database = mongoc_client_get_database(link.client, name);
	mongoc_database_drop(database, NULL);
	mongoc_database_destroy(database);
	mongo_link_close(&link);
}

#define NEED_LIVE                                                                                  \
	do {                                                                                       \
		(void)state;                                                                       \
		if (!live.there)                                                                   \
			skip();                                                                    \
	} while (0)

static const bool live_all_parts[SERVICE_COUNT] = {true, true, true, true};

/* Loads the parts into an emptied database and opens it. */
static inline struct store *live_open_loaded(const char *database, const bool holds[SERVICE_COUNT])
{
	char uri[URI_MAX], error[STORE_ERROR_MAX] = "";
	enum store_status status;
	struct store_marker marker = live.marker;
	memcpy(marker.holds, holds, sizeof(marker.holds));
	snprintf(marker.schema, sizeof(marker.schema), "%s",
		 strstr(database, "split") ? "split" : "document");
	live_drop(database);
	status = store_mongo.load(live_admin_uri(uri, database), &live.set, &marker, error);
	assert_string_equal(error, "");
	assert_int_equal(status, STORE_OK);
	struct store *store = store_open(uri, &status, error);
	assert_string_equal(error, "");
	assert_non_null(store);
	return store;
}

static inline void write_out(struct strbuf *out, const struct read_job *job)
{
	if (job->kind >= READ_PAGE_HOME)
		page_json_write(out, job->kind, job->out);
	else
		part_json_write(out, job->kind, job->out);
}

/* Reads the job from `store` and from memory: the same status and, written as JSON, bytes. */
static inline void live_assert_same(struct store *store, struct read_job *const *jobs, size_t count)
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

static inline void live_same_one(struct store *store, enum read_kind kind, struct read_args args)
{
	struct read_job job = {.kind = kind, .args = args}, *one = &job;
	live_assert_same(store, &one, 1);
}

static inline int live_setup(void **state)
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

static inline int live_teardown(void **state)
{
	(void)state;
	store_close(live.memory);
	arena_free(live.arena);
	return 0;
}

#endif
