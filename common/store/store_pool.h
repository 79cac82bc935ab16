/* store_pool: the workers behind store_exec: queues, threads and the way back to the loop.
 *
 * A job is QUEUED -> TAKEN by a worker (or EXPIRED when it waited too long) -> FINISHED -> done
 * called on the loop's thread. All state is under one mutex; a worker holds it only to move lists.
 */
#ifndef DUET_STORE_STORE_POOL_H
#define DUET_STORE_STORE_POOL_H

#include "common/store/store_exec.h"

struct store_pool;

/* What the pool counted of a kind. */
struct store_pool_counts {
	uint64_t jobs, batches, shared, expired, refused, queued;
};

/* Starts one worker for each of `count` handles (taken over in any case: closed on failure) and
 * joins the loop. */
struct store_pool *store_pool_new(struct event_base *base, const struct store_exec_config *config,
				  struct store **handles, unsigned count,
				  char error[STORE_ERROR_MAX]);

/* Queues a job; one that finds the queue full completes at once as STORE_UNAVAILABLE. */
void store_pool_submit(struct store_pool *pool, struct read_job *job);

/* Lets a worker ping; done is called once on the loop's thread. False without memory or when
 * the pool is being freed (done is not called then). */
bool store_pool_ping(struct store_pool *pool, void (*done)(void *arg, enum store_status status),
		     void *arg);

/* The counts of a kind until now. */
struct store_pool_counts store_pool_count(struct store_pool *pool, enum read_kind kind);

/* What all workers' handles asked and got until now. */
struct store_totals store_pool_totals(struct store_pool *pool);

/* Stops the workers after their batch, completes what is queued as STORE_UNAVAILABLE, and frees. */
void store_pool_free(struct store_pool *pool);

#endif
