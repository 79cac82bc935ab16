/* The side thread: order, its bound, and jobs that a stop overtakes. */
#include "tests/unit/http/web_fixture.h"

#include "common/http/http_aside.h"

#include <stdatomic.h>

enum { POSTED = 80, WAITING_MAX = 64 };

struct test_job {
	struct http_aside_job aside; /* first: the job is found by it */
	int number;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* what the jobs wait for */
static pthread_t loop_thread;
static atomic_int next_number, in_order, worked_count, undone_count, on_loop;

static void test_work(struct http_aside_job *aside)
{
	struct test_job *job = (struct test_job *)(void *)aside;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	if (job->number == atomic_fetch_add(&next_number, 1))
		atomic_fetch_add(&in_order, 1);
}

static void test_done(struct http_aside_job *aside, bool worked)
{
	struct test_job *job = (struct test_job *)(void *)aside;
	atomic_fetch_add(worked ? &worked_count : &undone_count, 1);
	if (pthread_equal(pthread_self(), loop_thread))
		atomic_fetch_add(&on_loop, 1);
	free(job);
}

static void flood_handle(void *state, struct http_request *request)
{
	struct strbuf *body = http_loop_scratch(request->loop);
	int taken = 0;
	(void)state;
	loop_thread = pthread_self();
	for (int i = 0; i < POSTED; i++) {
		struct test_job *job = calloc(1, sizeof(*job));
		assert_non_null(job);
		job->aside.work = test_work;
		job->aside.done = test_done;
		job->number = i;
		if (http_aside_post(request->loop, &job->aside))
			taken++;
		else
			free(job);
	}
	strbuf_printf(body, "%d", taken);
	http_reply(request, 200, http_type_json, (struct slice){body->data, body->len}, NULL, 0);
}

static const struct http_route flood[] = {{"flood", "/flood", flood_handle}};

/* Posts what it can while the gate is shut; returns how many were taken. */
static int post_all(struct raw_server *raw)
{
	atomic_int *const counts[] = {&next_number, &in_order, &worked_count, &undone_count,
				      &on_loop};
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		atomic_store(counts[i], 0);
	struct raw_answer answer = ask(raw, GET("/flood", ""));
	assert_int_equal(answer.status, 200);
	int taken = (int)strtol(answer.body, NULL, 10);
	raw_answer_free(&answer);
	return taken;
}

/* The thread has one job in hand at most when the last is posted. */
static void jobs_are_bounded_and_done_in_order_for_their_loop(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw);
	pthread_mutex_lock(&gate);
	int taken = post_all(&raw);
	assert_in_range(taken, WAITING_MAX, WAITING_MAX + 1);
	pthread_mutex_unlock(&gate);
	for (int tries = 0; tries < 5000 && atomic_load(&worked_count) < taken; tries++)
		usleep(2000);
	assert_int_equal(atomic_load(&worked_count), taken);
	assert_int_equal(atomic_load(&in_order), taken);
	assert_int_equal(atomic_load(&on_loop), taken);
	finish(&raw);
	assert_int_equal(atomic_load(&undone_count), 0);
}

/* Freeing the server waits for the job in hand alone; the gate opens once that has begun. */
static void *end_server(void *arg)
{
	http_server_free(arg);
	return NULL;
}

static bool is_stopping(struct http_aside *aside)
{
	pthread_mutex_lock(&aside->lock);
	bool stopping = aside->stopping;
	pthread_mutex_unlock(&aside->lock);
	return stopping;
}

static void what_a_stop_overtakes_is_handed_back_undone(void **state)
{
	struct raw_server raw;
	pthread_t end;
	(void)state;
	begin(&raw);
	pthread_mutex_lock(&gate);
	int taken = post_all(&raw);
	http_server_stop(raw.server);
	pthread_join(raw.thread, NULL);
	assert_int_equal(pthread_create(&end, NULL, end_server, raw.server), 0);
	while (!is_stopping(&raw.server->aside))
		usleep(1000);
	pthread_mutex_unlock(&gate);
	pthread_join(end, NULL);
	assert_int_equal(atomic_load(&worked_count) + atomic_load(&undone_count), taken);
	assert_true(atomic_load(&undone_count) > 0);
	http_static_free((struct http_static *)(uintptr_t)app.files);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || mkdir(at("assets"), 0700) != 0)
		return -1;
	put("index.html", "shell");
	app.routes = flood;
	app.route_count = 1;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs_are_bounded_and_done_in_order_for_their_loop),
		cmocka_unit_test(what_a_stop_overtakes_is_handed_back_undone),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
