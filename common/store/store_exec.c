#include "common/store/store_exec.h"

#include "common/base/clock.h"
#include "common/base/spin.h"
#include "common/store/store_pool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORKERS_DEFAULT = 4, WORKERS_MAX = 256 };

struct store_exec {
	struct store *store;     /* in place; NULL with a pool */
	struct store_pool *pool; /* or NULL */
	struct store_marker marker;
	int64_t work_ns;
	uint64_t jobs[READ_KINDS]; /* in place */
};

/* Opens `count` handles, the first being open already; all are closed again on failure. */
static bool open_handles(const char *uri, struct store **handles, unsigned count,
			 char error[STORE_ERROR_MAX])
{
	enum store_status status;
	for (unsigned i = 1; i < count; i++) {
		handles[i] = store_open(uri, &status, error);
		if (handles[i])
			continue;
		while (i-- > 0)
			store_close(handles[i]);
		return false;
	}
	return true;
}

struct store_exec *store_exec_new(struct event_base *base, const struct store_exec_config *config,
				  char error[STORE_ERROR_MAX])
{
	enum store_status status;
	struct store *handles[WORKERS_MAX];
	struct store_exec *exec = calloc(1, sizeof(*exec));
	handles[0] = exec ? store_open(config->uri, &status, error) : NULL;
	if (!handles[0]) {
		if (!exec)
			snprintf(error, STORE_ERROR_MAX, "no memory for a store");
		free(exec);
		return NULL;
	}
	exec->marker = *store_get_marker(handles[0]);
	exec->work_ns = config->work_ns;
	if (config->work_ns)
		spin_prepare();
	unsigned workers = config->workers;
	if (workers == 0 && store_blocks(handles[0]))
		workers = WORKERS_DEFAULT;
	if (workers == 0) {
		exec->store = handles[0];
		return exec;
	}
	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	if (open_handles(config->uri, handles, workers, error))
		exec->pool = store_pool_new(base, config, handles, workers, error);
	if (exec->pool)
		return exec;
	free(exec);
	return NULL;
}

void store_exec_submit(struct store_exec *exec, struct read_job *job)
{
	if (exec->pool) {
		store_pool_submit(exec->pool, job);
		return;
	}
	exec->jobs[job->kind]++;
	job->queued_ns = job->started_ns = clock_now_ns();
	store_read(exec->store, &job, 1);
	job->finished_ns = clock_now_ns();
	store_exec_work(exec->work_ns, job);
	job->done(job);
}

void store_exec_work(int64_t work_ns, const struct read_job *job)
{
	if (work_ns && job->status == STORE_OK)
		spin_burn(work_ns * read_infos[job->kind].parts);
}

bool store_exec_snapshot(struct store_exec *exec, bool open)
{
	return !exec->pool && store_snapshot(exec->store, open);
}

void store_exec_ping(struct store_exec *exec, void (*done)(void *arg, enum store_status status),
		     void *arg)
{
	char error[STORE_ERROR_MAX];
	if (!exec->pool)
		done(arg, store_ping(exec->store, error));
	else if (!store_pool_ping(exec->pool, done, arg))
		done(arg, STORE_UNAVAILABLE);
}

struct ready_ask {
	void (*done)(void *arg, bool ok, const char *detail);
	void *arg;
};

static void ready_done(void *arg, enum store_status status)
{
	struct ready_ask *ask = arg;
	char detail[64];
	snprintf(detail, sizeof(detail), "store %s", store_status_name(status));
	ask->done(ask->arg, status == STORE_OK, detail);
	free(ask);
}

void store_exec_ready(struct store_exec *exec, void (*done)(void *arg, bool ok, const char *detail),
		      void *arg)
{
	struct ready_ask *ask = malloc(sizeof(*ask));
	if (!ask) {
		done(arg, false, "no memory");
		return;
	}
	*ask = (struct ready_ask){done, arg};
	store_exec_ping(exec, ready_done, ask);
}

const struct store_marker *store_exec_marker(const struct store_exec *exec)
{
	return &exec->marker;
}

static struct store_pool_counts count_kind(struct store_exec *exec, enum read_kind kind)
{
	if (exec->pool)
		return store_pool_count(exec->pool, kind);
	return (struct store_pool_counts){.jobs = exec->jobs[kind], .batches = exec->jobs[kind]};
}

/* Metric families, each with one sample a kind. */
static const struct {
	const char *name, *type, *suffix;
	size_t offset;
} families[] = {
	{"store_jobs", "counter", "_total", offsetof(struct store_pool_counts, jobs)},
	{"store_batches", "counter", "_total", offsetof(struct store_pool_counts, batches)},
	{"store_shared", "counter", "_total", offsetof(struct store_pool_counts, shared)},
	{"store_expired", "counter", "_total", offsetof(struct store_pool_counts, expired)},
	{"store_refused", "counter", "_total", offsetof(struct store_pool_counts, refused)},
	{"store_queue_length", "gauge", "", offsetof(struct store_pool_counts, queued)},
};

static void write_total(struct strbuf *out, const char *name, uint64_t value)
{
	strbuf_printf(out, "# TYPE %s counter\n%s_total %" PRIu64 "\n", name, name, value);
}

void store_exec_metrics(struct store_exec *exec, struct strbuf *out)
{
	struct store_pool_counts counts[READ_KINDS];
	for (int kind = 0; kind < READ_KINDS; kind++)
		counts[kind] = count_kind(exec, (enum read_kind)kind);
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		strbuf_printf(out, "# TYPE %s %s\n", families[f].name, families[f].type);
		for (int kind = 0; kind < READ_KINDS; kind++) {
			const char *at = (const char *)&counts[kind] + families[f].offset;
			strbuf_printf(out, "%s%s{kind=\"%s\"} %" PRIu64 "\n", families[f].name,
				      families[f].suffix, read_infos[kind].name,
				      *(const uint64_t *)(const void *)at);
		}
	}
	struct store_totals totals =
		exec->pool ? store_pool_totals(exec->pool) : store_get_totals(exec->store);
	write_total(out, "store_queries", totals.queries);
	write_total(out, "store_rows", totals.rows);
}

void store_exec_free(struct store_exec *exec)
{
	if (!exec)
		return;
	store_pool_free(exec->pool);
	store_close(exec->store);
	free(exec);
}
