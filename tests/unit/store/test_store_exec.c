/* store_exec over gated_store: the test decides what waits in the queue when a worker looks. */
#include "common/base/clock.h"
#include "common/store/store_exec.h"
#include "tests/unit/store/gated_store.h"

#include <event2/event.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { LONG_MS = 20000 };

/* ---- the loop and its jobs ---- */

static struct event_base *base;
static struct read_job *jobs; /* JOBS_MAX */
static unsigned done_calls[JOBS_MAX], done_total;
static size_t done_order[JOBS_MAX];
static pthread_t loop_thread;
static bool done_elsewhere;

static void on_done(struct read_job *job)
{
	size_t i = (size_t)(job - jobs);
	done_calls[i]++;
	done_order[done_total++] = i;
	done_elsewhere = done_elsewhere || !pthread_equal(pthread_self(), loop_thread);
}

static int setup(void **state)
{
	(void)state;
	pthread_mutex_lock(&lock);
	memset(&fake, 0, sizeof(fake));
	pthread_mutex_unlock(&lock);
	memset(done_calls, 0, sizeof(done_calls));
	done_total = 0;
	done_elsewhere = false;
	loop_thread = pthread_self();
	jobs = calloc(JOBS_MAX, sizeof(*jobs));
	base = event_base_new();
	return jobs && base ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	event_base_free(base);
	free(jobs);
	return fake.handles == 0 ? 0 : -1;
}

static struct store_exec *exec_new(unsigned workers, unsigned coalesce)
{
	char error[STORE_ERROR_MAX];
	struct store_exec_config config = {.uri = "memory:",
					   .workers = workers,
					   .coalesce = coalesce,
					   .timeout_ns = LONG_MS * NS_PER_MS,
					   .queue_max = JOBS_MAX};
	struct store_exec *exec = store_exec_new(base, &config, error);
	assert_non_null(exec);
	return exec;
}

static void submit(struct store_exec *exec, size_t i, enum read_kind kind, uint32_t id,
		   uint32_t id_count)
{
	jobs[i].kind = kind;
	jobs[i].args.id_count = id_count;
	jobs[i].args.ids[0] = id;
	jobs[i].done = on_done;
	store_exec_submit(exec, &jobs[i]);
}

static void run_until(unsigned total)
{
	int64_t end = clock_now_ns() + LONG_MS * NS_PER_MS;
	while (done_total < total && clock_now_ns() < end)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(done_total, total);
}

static bool metrics_have(struct store_exec *exec, const char *line)
{
	struct strbuf out;
	strbuf_init(&out, 65536);
	store_exec_metrics(exec, &out);
	bool found = strbuf_ok(&out) && strstr(out.data, line);
	strbuf_free(&out);
	return found;
}

/* ---- tests ---- */

static void in_place_completes_before_submit_returns(void **state)
{
	(void)state;
	struct store_exec *exec = exec_new(0, 32);
	submit(exec, 0, READ_PRODUCT, 5, 1);
	assert_int_equal(done_calls[0], 1);
	assert_int_equal(jobs[0].status, STORE_OK);
	assert_true(jobs[0].queued_ns > 0 && jobs[0].started_ns >= jobs[0].queued_ns);
	assert_true(jobs[0].finished_ns >= jobs[0].started_ns);
	assert_int_equal(store_exec_marker(exec)->seed, 7);
	assert_true(metrics_have(exec, "\nstore_jobs_total{kind=\"product\"} 1\n"));
	assert_true(metrics_have(exec, "\nstore_queries_total 1\n"));
	store_exec_free(exec);
}

static void pool_completes_each_job_once_on_the_loop(void **state)
{
	(void)state;
	struct store_exec *exec = exec_new(4, 32);
	for (size_t i = 0; i < JOBS_MAX; i++)
		submit(exec, i, (enum read_kind)(i % READ_PART_KINDS), (uint32_t)i + 1,
		       i % 3 ? 1 : 2);
	run_until(JOBS_MAX);
	for (size_t i = 0; i < JOBS_MAX; i++) {
		assert_int_equal(done_calls[i], 1);
		assert_int_equal(jobs[i].status, STORE_OK);
		assert_ptr_equal(jobs[i].out, &jobs[i].args.ids[0]);
		assert_true(jobs[i].started_ns >= jobs[i].queued_ns);
		assert_true(jobs[i].finished_ns >= jobs[i].started_ns);
	}
	assert_false(done_elsewhere);
	assert_false(fake.mixed);
	store_exec_free(exec);
}

/* Lets one worker find `count` jobs waiting; returns the largest batch it took then. */
static size_t largest_batch(unsigned coalesce, size_t count, uint32_t id_count)
{
	size_t largest = 0, sum = 0;
	struct store_exec *exec = exec_new(1, coalesce);
	gate(true);
	submit(exec, 0, READ_PRODUCT, 1, 1);
	wait_inside(1);
	for (size_t i = 1; i <= count; i++)
		submit(exec, i, READ_STOCK, (uint32_t)i, id_count);
	gate(false);
	run_until((unsigned)count + 1);
	for (size_t b = 1; b < fake.batch_count; b++) {
		largest = fake.batches[b] > largest ? fake.batches[b] : largest;
		sum += fake.batches[b];
	}
	assert_int_equal(sum, count);
	assert_false(fake.mixed);
	for (size_t i = 0; i <= count; i++)
		assert_int_equal(done_order[i], i);
	store_exec_free(exec);
	return largest;
}

static void coalescing_takes_what_waits_up_to_the_limit(void **state)
{
	(void)state;
	assert_int_equal(largest_batch(8, 20, 1), 8);
}

static void coalescing_never_exceeds_the_store_limit(void **state)
{
	(void)state;
	assert_int_equal(largest_batch(500, 100, 1), STORE_COALESCE_MAX);
}

static void coalescing_off_reads_one_by_one(void **state)
{
	(void)state;
	assert_int_equal(largest_batch(0, 20, 1), 1);
}

static void lists_are_never_coalesced(void **state)
{
	(void)state;
	assert_int_equal(largest_batch(32, 20, 2), 1);
}

static void the_oldest_kind_goes_first(void **state)
{
	static const enum read_kind kinds[] = {READ_PRICES, READ_STOCK, READ_REVIEWS, READ_PRODUCT};
	(void)state;
	struct store_exec *exec = exec_new(1, 32);
	gate(true);
	submit(exec, 0, READ_LOWEST, 1, 0);
	wait_inside(1);
	for (size_t i = 0; i < 4; i++)
		submit(exec, i + 1, kinds[i], 1, 1);
	submit(exec, 5, READ_PRICES, 2, 1); /* goes along with job 1 */
	gate(false);
	run_until(6);
	assert_int_equal(fake.batch_count, 5);
	assert_int_equal(fake.batches[1], 2);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(fake.kinds[i + 1], kinds[i]);
	store_exec_free(exec);
}

static void equal_ids_are_counted_as_shared(void **state)
{
	(void)state;
	struct store_exec *exec = exec_new(1, 32);
	gate(true);
	submit(exec, 0, READ_LOWEST, 1, 0);
	wait_inside(1);
	for (size_t i = 1; i <= 5; i++)
		submit(exec, i, READ_PRODUCT, i < 4 ? 9 : (uint32_t)i, 1);
	assert_true(metrics_have(exec, "\nstore_queue_length{kind=\"product\"} 5\n"));
	gate(false);
	run_until(6);
	assert_true(metrics_have(exec, "\nstore_shared_total{kind=\"product\"} 2\n"));
	assert_true(metrics_have(exec, "\nstore_jobs_total{kind=\"product\"} 5\n"));
	assert_true(metrics_have(exec, "\nstore_batches_total{kind=\"product\"} 1\n"));
	/* one for the lowest prices, one for all five products */
	assert_true(metrics_have(exec, "\nstore_queries_total 2\n"));
	assert_true(metrics_have(exec, "\nstore_rows_total 6\n"));
	store_exec_free(exec);
}

static void a_job_that_waited_too_long_is_not_asked(void **state)
{
	(void)state;
	char error[STORE_ERROR_MAX];
	struct store_exec_config config = {.uri = "memory:",
					   .workers = 1,
					   .coalesce = 32,
					   .timeout_ns = 200 * NS_PER_MS,
					   .queue_max = 10};
	struct store_exec *exec = store_exec_new(base, &config, error);
	assert_non_null(exec);
	gate(true);
	submit(exec, 0, READ_PRODUCT, 1, 1);
	wait_inside(1);
	submit(exec, 1, READ_PRODUCT, 2, 1);
	submit(exec, 2, READ_STOCK, 2, 2);
	usleep(400 * 1000);
	gate(false);
	run_until(3);
	assert_int_equal(jobs[0].status, STORE_OK);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(jobs[i].status, STORE_UNAVAILABLE);
		assert_true(strlen(jobs[i].error) > 0);
		assert_int_equal(done_calls[i], 1);
	}
	assert_int_equal(fake.batch_count, 1);
	assert_true(metrics_have(exec, "\nstore_expired_total{kind=\"product\"} 1\n"));
	store_exec_free(exec);
}

static void a_full_queue_refuses_at_once(void **state)
{
	(void)state;
	char error[STORE_ERROR_MAX];
	struct store_exec_config config = {.uri = "memory:",
					   .workers = 1,
					   .coalesce = 32,
					   .timeout_ns = LONG_MS * NS_PER_MS,
					   .queue_max = 3};
	struct store_exec *exec = store_exec_new(base, &config, error);
	assert_non_null(exec);
	gate(true);
	submit(exec, 0, READ_PRODUCT, 1, 1);
	wait_inside(1);
	for (size_t i = 1; i <= 4; i++)
		submit(exec, i, READ_PRODUCT, 2, 1);
	assert_int_equal(done_total, 1);
	assert_int_equal(done_order[0], 4);
	assert_int_equal(jobs[4].status, STORE_UNAVAILABLE);
	gate(false);
	run_until(5);
	assert_int_equal(jobs[3].status, STORE_OK);
	assert_true(metrics_have(exec, "\nstore_refused_total{kind=\"product\"} 1\n"));
	store_exec_free(exec);
}

static void *open_gate_later(void *arg)
{
	(void)arg;
	usleep(100 * 1000);
	gate(false);
	return NULL;
}

static void freeing_completes_what_is_queued(void **state)
{
	(void)state;
	struct store_exec *exec = exec_new(2, 0);
	pthread_t opener;
	gate(true);
	for (size_t i = 0; i < 10; i++)
		submit(exec, i, READ_PRODUCT, (uint32_t)i, 1);
	wait_inside(2);
	assert_int_equal(pthread_create(&opener, NULL, open_gate_later, NULL), 0);
	store_exec_free(exec);
	pthread_join(opener, NULL);
	unsigned asked = 0;
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(done_calls[i], 1);
		asked += jobs[i].status == STORE_OK;
		assert_true(jobs[i].status == STORE_OK || jobs[i].status == STORE_UNAVAILABLE);
	}
	assert_int_equal(asked, fake.batch_count);
	assert_true(asked >= 2);
}

static void on_ping(void *arg, enum store_status status)
{
	assert_int_equal(status, STORE_OK);
	assert_true(pthread_equal(pthread_self(), loop_thread));
	++*(unsigned *)arg;
}

static void pings_answer_in_place_and_through_the_pool(void **state)
{
	(void)state;
	unsigned pings = 0;
	struct store_exec *here = exec_new(0, 0), *pool = exec_new(2, 32);
	store_exec_ping(here, on_ping, &pings);
	assert_int_equal(pings, 1);
	store_exec_ping(pool, on_ping, &pings);
	for (int i = 0; i < 1000 && pings < 2; i++)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(pings, 2);
	store_exec_free(pool);
	store_exec_free(here);
}

static void a_store_that_does_not_open_is_an_error(void **state)
{
	(void)state;
	for (unsigned at = 1; at <= 3; at++) {
		char error[STORE_ERROR_MAX] = "";
		struct store_exec_config config = {.uri = "memory:", .workers = 3, .queue_max = 1};
		fake.opened = 0;
		fake.fail_open_at = at;
		assert_null(store_exec_new(base, &config, error));
		assert_string_equal(error, "the fake does not open");
		assert_int_equal(fake.handles, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_place_completes_before_submit_returns),
		TEST(pool_completes_each_job_once_on_the_loop),
		TEST(coalescing_takes_what_waits_up_to_the_limit),
		TEST(coalescing_never_exceeds_the_store_limit),
		TEST(coalescing_off_reads_one_by_one),
		TEST(lists_are_never_coalesced),
		TEST(the_oldest_kind_goes_first),
		TEST(equal_ids_are_counted_as_shared),
		TEST(a_job_that_waited_too_long_is_not_asked),
		TEST(a_full_queue_refuses_at_once),
		TEST(freeing_completes_what_is_queued),
		TEST(pings_answer_in_place_and_through_the_pool),
		TEST(a_store_that_does_not_open_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
