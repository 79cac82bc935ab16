/* The worker pool over a live MongoDB: many clients of one driver pool at once, coalesced reads,
 * equal answers. DUET_TEST_STORES names the seeded databases (scripts/mongod.sh test-env).
 */
#include "common/base/clock.h"
#include "common/contract/page_json.h"
#include "common/store/store_exec.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { JOBS = 400, URI_MAX = 512, PAGE_MAX = 262144, LONG_S = 60 };

static struct event_base *base;
static unsigned done_total;

static void on_done(struct read_job *job)
{
	(void)job;
	done_total++;
}

/* The URI of an entry of DUET_TEST_STORES, "name=uri;..."; false when it is not there. */
static bool uri_of(const char *name, char out[URI_MAX])
{
	const char *at = getenv("DUET_TEST_STORES");
	size_t len = strlen(name);
	for (; at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL) {
		if (strncmp(at, name, len) != 0 || at[len] != '=')
			continue;
		snprintf(out, URI_MAX, "%.*s", (int)strcspn(at + len + 1, ";"), at + len + 1);
		return true;
	}
	return false;
}

static void assert_page_of(struct store *memory, struct read_job *job)
{
	struct read_job want = {.kind = job->kind, .args = job->args, .arena = arena_new(0)};
	struct read_job *one = &want;
	struct strbuf got_text, want_text;
	store_read(memory, &one, 1);
	assert_string_equal(job->error, "");
	assert_int_equal(job->status, STORE_OK);
	strbuf_init(&got_text, PAGE_MAX);
	strbuf_init(&want_text, PAGE_MAX);
	page_json_write(&got_text, job->kind, job->out);
	page_json_write(&want_text, want.kind, want.out);
	assert_string_equal(got_text.data, want_text.data);
	strbuf_free(&got_text);
	strbuf_free(&want_text);
	arena_free(want.arena);
}

/* Asks for home, and for product pages of which every fourth is the same, all at once. */
static void submit_all(struct store_exec *exec, struct read_job *jobs)
{
	for (uint32_t i = 0; i < JOBS; i++) {
		bool home = i % 50 == 0;
		jobs[i].kind = home ? READ_PAGE_HOME : READ_PAGE_PDP;
		jobs[i].args.id_count = !home;
		jobs[i].args.ids[0] = i % 4 ? 1 + i : 77;
		jobs[i].arena = arena_new(0);
		jobs[i].done = on_done;
		store_exec_submit(exec, &jobs[i]);
	}
}

static void pool_reads(const char *name)
{
	char uri[URI_MAX], error[STORE_ERROR_MAX] = "";
	enum store_status status;
	if (!uri_of(name, uri))
		skip();
	struct store_exec_config config = {
		.uri = uri, .coalesce = 32, .timeout_ns = LONG_S * NS_PER_S, .queue_max = JOBS};
	struct store *memory = store_open("memory:?seed=42&products=1200", &status, error);
	struct read_job *jobs = calloc(JOBS, sizeof(*jobs));
	assert_true(memory && jobs);
	base = event_base_new();
	done_total = 0;
	struct store_exec *exec = store_exec_new(base, &config, error);
	assert_string_equal(error, "");
	assert_non_null(exec);
	submit_all(exec, jobs);
	int64_t end = clock_now_ns() + LONG_S * NS_PER_S;
	while (done_total < JOBS && clock_now_ns() < end)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(done_total, JOBS);
	store_exec_free(exec);
	event_base_free(base);
	for (size_t i = 0; i < JOBS; i++) {
		assert_page_of(memory, &jobs[i]);
		arena_free(jobs[i].arena);
	}
	free(jobs);
	store_close(memory);
}

static void the_pool_reads_the_document_schema(void **state)
{
	(void)state;
	pool_reads("document");
}

static void the_pool_reads_the_split_schema(void **state)
{
	(void)state;
	pool_reads("split");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pool_reads_the_document_schema),
		cmocka_unit_test(the_pool_reads_the_split_schema),
	};
	if (!getenv("DUET_TEST_STORES"))
		fprintf(stderr, "skipped without DUET_TEST_STORES: "
				"eval \"$(scripts/mongod.sh test-env DATADIR PORT)\"\n");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
