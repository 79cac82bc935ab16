/* gated_store: a backend that takes the place of memory: in the one program that includes it. Its
 * reads wait at a gate, so that the test decides what waits in the queue when a worker looks.
 */
#ifndef DUET_TEST_GATED_STORE_H
#define DUET_TEST_GATED_STORE_H

#include "common/store/store_backend.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { JOBS_MAX = 600 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards `fake` */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct {
	bool closed;     /* the gate: reads wait */
	unsigned inside; /* reads at or behind the gate */
	unsigned handles, opened, fail_open_at;
	size_t batches[JOBS_MAX], batch_count;
	enum read_kind kinds[JOBS_MAX]; /* of the batches */
	bool mixed;                     /* a batch of two kinds, or of lists, was seen */
} fake;

static inline struct store *fake_open(const char *uri, enum store_status *status,
				      char error[STORE_ERROR_MAX])
{
	(void)uri;
	pthread_mutex_lock(&lock);
	bool ok = ++fake.opened != fake.fail_open_at;
	fake.handles += ok;
	pthread_mutex_unlock(&lock);
	struct store *store = ok ? calloc(1, sizeof(*store)) : NULL;
	if (!store) {
		snprintf(error, STORE_ERROR_MAX, "the fake does not open");
		*status = STORE_UNAVAILABLE;
		return NULL;
	}
	store->backend = &store_memory;
	store->marker.seed = 7;
	for (int i = 0; i < SERVICE_COUNT; i++)
		store->marker.holds[i] = true;
	return store;
}

static inline void fake_read(struct store *store, struct read_job *const *jobs, size_t count)
{
	store->queries++;
	store->rows += count;
	pthread_mutex_lock(&lock);
	fake.inside++;
	pthread_cond_broadcast(&changed);
	while (fake.closed)
		pthread_cond_wait(&changed, &lock);
	fake.inside--;
	fake.kinds[fake.batch_count] = jobs[0]->kind;
	fake.batches[fake.batch_count++] = count;
	for (size_t i = 0; i < count; i++)
		if (jobs[i]->kind != jobs[0]->kind || (count > 1 && jobs[i]->args.id_count != 1))
			fake.mixed = true;
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < count; i++) {
		jobs[i]->out = &jobs[i]->args.ids[0];
		jobs[i]->status = STORE_OK;
	}
}

static inline enum store_status fake_ping(struct store *store, char error[STORE_ERROR_MAX])
{
	(void)store;
	(void)error;
	return STORE_OK;
}

static inline void fake_close(struct store *store)
{
	pthread_mutex_lock(&lock);
	fake.handles--;
	pthread_mutex_unlock(&lock);
	free(store);
}

const struct store_backend store_memory = {.name = "memory",
					   .scheme = "memory:",
					   .open = fake_open,
					   .read = fake_read,
					   .ping = fake_ping,
					   .close = fake_close};

static inline void gate(bool closed)
{
	pthread_mutex_lock(&lock);
	fake.closed = closed;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static inline void wait_inside(unsigned readers)
{
	pthread_mutex_lock(&lock);
	while (fake.inside < readers)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

#endif
