#include "common/store/store_pool.h"

#include "common/base/clock.h"
#include "common/store/job_list.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Jobs with a single id may share a batch, so they queue apart from the others of their kind. */
enum { LANE_SINGLE, LANE_OTHER, LANES };

struct ping {
	struct ping *next;
	void (*done)(void *arg, enum store_status status);
	void *arg;
	enum store_status status;
};

struct ping_list {
	struct ping *first, **end;
};

struct worker {
	struct store_pool *pool;
	struct store *store;
	struct store_totals totals; /* of its handle after its last batch; under the lock */
	pthread_t thread;
};

struct store_pool {
	struct store_exec_config config;
	struct event *wake_event;
	int wake_fd;
	struct worker *workers;
	unsigned worker_count, running; /* handles held, threads started */

	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t work;
	struct job_list lanes[READ_KINDS][LANES];
	struct job_list finished;
	struct ping_list pings, pinged;
	struct store_pool_counts counts[READ_KINDS];
	unsigned queued;  /* in all lanes */
	unsigned idle;    /* workers asleep or about to look once more */
	unsigned waking;  /* of them, signalled and not yet awake */
	bool loop_called; /* the eventfd is written and not yet read */
	bool stopping;
};

static void pings_init(struct ping_list *list)
{
	*list = (struct ping_list){.end = &list->first};
}

static void pings_add(struct ping_list *list, struct ping *ping)
{
	ping->next = NULL;
	*list->end = ping;
	list->end = &ping->next;
}

/* ---- the loop's side ---- */

static void refuse(struct read_job *job, const char *why)
{
	job->out = NULL;
	job->status = STORE_UNAVAILABLE;
	snprintf(job->error, sizeof(job->error), "%s", why);
	job->started_ns = job->finished_ns = clock_now_ns();
}

static void complete_all(const struct store_pool *pool, struct read_job *job)
{
	while (job) {
		struct read_job *next = job->next; /* done may free the job */
		store_exec_work(pool->config.work_ns, job);
		job->done(job);
		job = next;
	}
}

static void complete_pings(struct ping *ping)
{
	while (ping) {
		struct ping *next = ping->next;
		ping->done(ping->arg, ping->status);
		free(ping);
		ping = next;
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct store_pool *pool = arg;
	uint64_t ignored;
	(void)what;
	if (read(fd, &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->loop_called = false;
	struct read_job *jobs = job_list_take(&pool->finished);
	struct ping *pings = pool->pinged.first;
	pings_init(&pool->pinged);
	pthread_mutex_unlock(&pool->lock);
	complete_all(pool, jobs);
	complete_pings(pings);
}

/* Under the lock: wakes one more worker when one sleeps that nobody has woken yet. */
static void wake_worker(struct store_pool *pool)
{
	if (pool->idle <= pool->waking)
		return;
	pool->waking++;
	pthread_cond_signal(&pool->work);
}

/* Does the last of `length` jobs in a lane need a worker of its own? Not when the one that was
 * woken for the batch's first job will take it along: fewer, larger batches. */
static bool begins_batch(const struct store_pool *pool, unsigned lane, unsigned length)
{
	unsigned most = lane == LANE_SINGLE && pool->config.coalesce ? pool->config.coalesce : 1;
	return (length - 1) % most == 0;
}

void store_pool_submit(struct store_pool *pool, struct read_job *job)
{
	unsigned lane = job->args.id_count == 1 ? LANE_SINGLE : LANE_OTHER;
	const char *refused = NULL;
	job->queued_ns = clock_now_ns();
	pthread_mutex_lock(&pool->lock);
	if (pool->stopping) {
		refused = "the store is shutting down";
	} else if (pool->queued >= pool->config.queue_max) {
		refused = "the store's queue is full";
		pool->counts[job->kind].refused++;
	} else {
		job_list_add(&pool->lanes[job->kind][lane], job);
		pool->queued++;
		if (begins_batch(pool, lane, pool->lanes[job->kind][lane].length))
			wake_worker(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	if (!refused)
		return;
	refuse(job, refused);
	job->done(job);
}

bool store_pool_ping(struct store_pool *pool, void (*done)(void *arg, enum store_status status),
		     void *arg)
{
	struct ping *ping = malloc(sizeof(*ping));
	if (!ping)
		return false;
	*ping = (struct ping){.done = done, .arg = arg, .status = STORE_UNAVAILABLE};
	pthread_mutex_lock(&pool->lock);
	bool taken = !pool->stopping;
	if (taken) {
		pings_add(&pool->pings, ping);
		wake_worker(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	if (!taken)
		free(ping);
	return taken;
}

/* ---- the workers' side ---- */

/* Under the lock: the lane whose first job is oldest; NULL when all are empty. */
static struct job_list *oldest_lane(struct store_pool *pool)
{
	struct job_list *oldest = NULL;
	for (int kind = 0; kind < READ_KINDS; kind++)
		for (int lane = 0; lane < LANES; lane++) {
			struct job_list *list = &pool->lanes[kind][lane];
			if (list->first &&
			    (!oldest || list->first->queued_ns < oldest->first->queued_ns))
				oldest = list;
		}
	return oldest;
}

/* Under the lock: takes the next batch; expired jobs go to `finished`. Returns its size, 0 when
 * nothing (any more) waits. */
static size_t take_batch(struct store_pool *pool, struct read_job *batch[STORE_COALESCE_MAX])
{
	size_t most = 1, count = 0;
	struct job_list *list;
	int64_t now = clock_now_ns();
	while (count == 0 && (list = oldest_lane(pool))) {
		if (list->first->args.id_count == 1 && pool->config.coalesce > 1)
			most = pool->config.coalesce;
		while (list->first && count < most) {
			struct read_job *job = job_list_pop(list);
			pool->queued--;
			if (now - job->queued_ns <= pool->config.timeout_ns) {
				job->started_ns = now;
				batch[count++] = job;
				continue;
			}
			refuse(job, "waited too long for the store");
			pool->counts[job->kind].expired++;
			job_list_add(&pool->finished, job);
		}
	}
	return count;
}

/* Jobs whose id another job of the batch has asked for as well. */
static uint64_t count_shared(struct read_job *const *batch, size_t count)
{
	uint64_t shared = 0;
	for (size_t i = 1; i < count; i++)
		for (size_t j = 0; j < i; j++)
			if (batch[i]->args.ids[0] == batch[j]->args.ids[0]) {
				shared++;
				break;
			}
	return shared;
}

static void run_batch(struct worker *worker, struct read_job **batch, size_t count)
{
	struct store_pool *pool = worker->pool;
	enum read_kind kind = batch[0]->kind;
	uint64_t shared = count_shared(batch, count);
	store_read(worker->store, batch, count);
	int64_t now = clock_now_ns();
	pthread_mutex_lock(&pool->lock);
	for (size_t i = 0; i < count; i++) {
		batch[i]->finished_ns = now;
		job_list_add(&pool->finished, batch[i]);
	}
	pool->counts[kind].jobs += count;
	pool->counts[kind].batches++;
	pool->counts[kind].shared += shared;
	worker->totals = store_get_totals(worker->store);
}

static void run_ping(struct worker *worker, struct ping *ping)
{
	char error[STORE_ERROR_MAX];
	ping->status = store_ping(worker->store, error);
	pthread_mutex_lock(&worker->pool->lock);
	pings_add(&worker->pool->pinged, ping);
}

/* Under the lock, which is given back for a moment when there is something to tell. */
static void call_loop(struct store_pool *pool)
{
	static const uint64_t one = 1;
	if (pool->loop_called || (!pool->finished.first && !pool->pinged.first))
		return;
	pool->loop_called = true;
	pthread_mutex_unlock(&pool->lock);
	/* Fails only when the counter is full, and then the loop is awake already. */
	ssize_t written = write(pool->wake_fd, &one, sizeof(one));
	(void)written;
	pthread_mutex_lock(&pool->lock);
}

static void sleep_until_work(struct store_pool *pool)
{
	pool->idle++;
	pthread_cond_wait(&pool->work, &pool->lock);
	pool->idle--;
	if (pool->waking > 0)
		pool->waking--;
}

static struct ping *take_ping(struct store_pool *pool)
{
	struct ping *ping = pool->pings.first;
	if (ping && !(pool->pings.first = ping->next))
		pings_init(&pool->pings);
	return ping;
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct store_pool *pool = worker->pool;
	struct read_job *batch[STORE_COALESCE_MAX];
	pthread_mutex_lock(&pool->lock);
	while (!pool->stopping) {
		struct ping *ping = take_ping(pool);
		size_t count = ping ? 0 : take_batch(pool, batch);
		call_loop(pool);
		if (!ping && count == 0) {
			if (!pool->queued && !pool->pings.first && !pool->stopping)
				sleep_until_work(pool);
			continue;
		}
		pthread_mutex_unlock(&pool->lock);
		if (ping)
			run_ping(worker, ping);
		else
			run_batch(worker, batch, count);
	}
	call_loop(pool);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* ---- life ---- */

static bool start_workers(struct store_pool *pool, char error[STORE_ERROR_MAX])
{
	for (; pool->running < pool->worker_count; pool->running++) {
		struct worker *worker = &pool->workers[pool->running];
		int failed = pthread_create(&worker->thread, NULL, worker_main, worker);
		if (!failed)
			continue;
		snprintf(error, STORE_ERROR_MAX,
			 "cannot start store worker %u of %u: %s; mend: fewer --workers",
			 pool->running + 1, pool->worker_count, strerror(failed));
		return false;
	}
	return true;
}

static void init_lists(struct store_pool *pool)
{
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	for (int kind = 0; kind < READ_KINDS; kind++)
		for (int lane = 0; lane < LANES; lane++)
			job_list_init(&pool->lanes[kind][lane]);
	job_list_init(&pool->finished);
	pings_init(&pool->pings);
	pings_init(&pool->pinged);
}

static bool join_loop(struct store_pool *pool, struct event_base *base, char error[STORE_ERROR_MAX])
{
	pool->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (pool->wake_fd >= 0)
		pool->wake_event =
			event_new(base, pool->wake_fd, EV_READ | EV_PERSIST, on_wake, pool);
	if (pool->wake_event && event_add(pool->wake_event, NULL) == 0)
		return true;
	snprintf(error, STORE_ERROR_MAX, "cannot make the store workers' eventfd: %s",
		 strerror(errno));
	return false;
}

struct store_pool *store_pool_new(struct event_base *base, const struct store_exec_config *config,
				  struct store **handles, unsigned count,
				  char error[STORE_ERROR_MAX])
{
	struct store_pool *pool = calloc(1, sizeof(*pool));
	struct worker *workers = calloc(count, sizeof(*workers));
	if (!pool || !workers) {
		for (unsigned i = 0; i < count; i++)
			store_close(handles[i]);
		free(workers);
		free(pool);
		snprintf(error, STORE_ERROR_MAX, "no memory for %u store workers", count);
		return NULL;
	}
	pool->config = *config;
	pool->config.uri = NULL; /* borrowed from the caller; the handles are open */
	if (pool->config.coalesce > STORE_COALESCE_MAX)
		pool->config.coalesce = STORE_COALESCE_MAX;
	pool->workers = workers;
	pool->worker_count = count;
	for (unsigned i = 0; i < count; i++)
		workers[i] = (struct worker){.pool = pool, .store = handles[i]};
	init_lists(pool);
	if (join_loop(pool, base, error) && start_workers(pool, error))
		return pool;
	store_pool_free(pool);
	return NULL;
}

struct store_pool_counts store_pool_count(struct store_pool *pool, enum read_kind kind)
{
	pthread_mutex_lock(&pool->lock);
	struct store_pool_counts counts = pool->counts[kind];
	for (int lane = 0; lane < LANES; lane++)
		counts.queued += pool->lanes[kind][lane].length;
	pthread_mutex_unlock(&pool->lock);
	return counts;
}

struct store_totals store_pool_totals(struct store_pool *pool)
{
	struct store_totals sum = {0};
	pthread_mutex_lock(&pool->lock);
	for (unsigned i = 0; i < pool->worker_count; i++) {
		sum.queries += pool->workers[i].totals.queries;
		sum.rows += pool->workers[i].totals.rows;
	}
	pthread_mutex_unlock(&pool->lock);
	return sum;
}

static void stop_workers(struct store_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->running; i++)
		pthread_join(pool->workers[i].thread, NULL);
	for (unsigned i = 0; i < pool->worker_count; i++)
		store_close(pool->workers[i].store);
}

/* With the workers gone: answers everything that is left. */
static void complete_rest(struct store_pool *pool)
{
	complete_all(pool, job_list_take(&pool->finished));
	complete_pings(pool->pinged.first);
	complete_pings(pool->pings.first);
	for (int kind = 0; kind < READ_KINDS; kind++)
		for (int lane = 0; lane < LANES; lane++) {
			struct read_job *first = job_list_take(&pool->lanes[kind][lane]);
			for (struct read_job *job = first; job; job = job->next)
				refuse(job, "the store is shutting down");
			complete_all(pool, first);
		}
}

void store_pool_free(struct store_pool *pool)
{
	if (!pool)
		return;
	stop_workers(pool);
	complete_rest(pool);
	if (pool->wake_event)
		event_free(pool->wake_event);
	if (pool->wake_fd >= 0)
		close(pool->wake_fd);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	free(pool->workers);
	free(pool);
}
