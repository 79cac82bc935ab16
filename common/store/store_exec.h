/* store_exec: runs read jobs for one event loop: in place where the store answers in microseconds
 * (SQLite, memory), on a pool of worker threads where calls block (MongoDB). The same for both
 * architectures.
 *
 * Pool: one FIFO for each kind of read, N workers with one store handle each; a worker takes the
 * oldest job and, with coalescing, every job of its kind with a single id that waits, up to
 * `coalesce`, and reads them in one store_read. There is no timer: nothing waits for company.
 * Completions return to the loop through one eventfd, a batch at a time. A job that has waited in
 * the queue longer than `timeout_ns` completes as STORE_UNAVAILABLE without being asked.
 *
 * Threads: create, submit, destroy and every done callback are on the loop's thread.
 */
#ifndef DUET_STORE_STORE_EXEC_H
#define DUET_STORE_STORE_EXEC_H

#include "common/store/store.h"

struct event_base;
struct store_exec;

struct store_exec_config {
	const char *uri;
	unsigned workers;   /* pool threads; 0: in place unless the store blocks, then 4 */
	unsigned coalesce;  /* most jobs of one kind in a batch, 1..STORE_COALESCE_MAX; 0: off */
	int64_t timeout_ns; /* longest wait in the queue */
	int64_t work_ns;    /* CPU time burned on the loop for each part that was read, a page being
			       as many as services would answer: an experiment's business logic */
	unsigned queue_max; /* jobs waiting in all; one more completes at once as STORE_UNAVAILABLE
			     */
};

/* Opens the store(s) and starts the workers. NULL on failure with one line in error. */
struct store_exec *store_exec_new(struct event_base *base, const struct store_exec_config *config,
				  char error[STORE_ERROR_MAX]);

/* Burns `work_ns` for each part of a job that was read; for the pool. */
void store_exec_work(int64_t work_ns, const struct read_job *job);

/* Runs the job; job->done is called exactly once, possibly before this returns (in place). The job
 * and its arena belong to the exec until then. */
void store_exec_submit(struct store_exec *exec, struct read_job *job);

/* store_snapshot for reads in place, which follow each other without a turn of the loop in between.
 * False, and nothing done, with a pool or where the store has none. */
bool store_exec_snapshot(struct store_exec *exec, bool open);

/* Pings the store off the loop (or in place) and calls done(arg, status) once: for /readyz. */
void store_exec_ping(struct store_exec *exec, void (*done)(void *arg, enum store_status status),
		     void *arg);

/* The same as /readyz says it: calls done(arg, ok, detail) once. */
void store_exec_ready(struct store_exec *exec, void (*done)(void *arg, bool ok, const char *detail),
		      void *arg);

const struct store_marker *store_exec_marker(const struct store_exec *exec);

/* Appends OpenMetrics samples: jobs, batches, shared answers, queue length, by kind; queries and
 * rows of the store. */
void store_exec_metrics(struct store_exec *exec, struct strbuf *out);

/* Waits for the jobs in work, completes those still queued as STORE_UNAVAILABLE, and frees
 * everything. */
void store_exec_free(struct store_exec *exec);

#endif
