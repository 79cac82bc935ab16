/* A page is one read of the store. The job has an arena of its own, which is the call's page until
 * the handler has written it. */
#include "unified/page_source.h"

#include "common/base/clock.h"

#include <stdio.h>
#include <stdlib.h>

/* Fits a job with any page of ours but a long PLP into one block. */
enum { JOB_ARENA = 16384 };

struct unified_source {
	struct page_source base; /* first: a page_source is cast back to this */
	struct store_exec *exec;
};

/* Indexed by enum store_status. A conflict cannot come of a read. */
static const enum page_status page_statuses[] = {
	[STORE_OK] = PAGE_OK,           [STORE_NOT_FOUND] = PAGE_NOT_FOUND,
	[STORE_CONFLICT] = PAGE_BROKEN, [STORE_UNAVAILABLE] = PAGE_UNAVAILABLE,
	[STORE_BAD_DATA] = PAGE_BROKEN,
};

static void job_release(struct page_call *call)
{
	struct read_job *job = call->source_state;
	arena_free(job->arena); /* the job lies in it */
}

static void job_done(struct read_job *job)
{
	struct page_call *call = job->arg;
	call->page = job->out;
	if (job->status != STORE_OK && job->status != STORE_NOT_FOUND)
		snprintf(call->error, sizeof(call->error), "%.159s", job->error);
	if (call->wants_timing) {
		page_call_timing(call, "store_wait", job->queued_ns, job->started_ns);
		page_call_timing(call, "store", job->started_ns, job->finished_ns);
		stamps_add(call->stamps, 0, STATION_STORE, job->started_ns);
		stamps_add(call->stamps, 0, STATION_STORED, job->finished_ns);
	}
	page_call_complete(call, page_statuses[job->status]);
}

/* One read for every kind of page: the call's kind is the store's. */
static void read_page(struct page_source *source, struct page_call *call)
{
	struct unified_source *unified = (struct unified_source *)(void *)source;
	struct arena *arena = arena_new(JOB_ARENA);
	struct read_job *job = arena ? arena_alloc(arena, sizeof(*job)) : NULL;
	if (!job) {
		arena_free(arena);
		snprintf(call->error, sizeof(call->error), "no memory for a read");
		page_call_complete(call, PAGE_UNAVAILABLE);
		return;
	}
	*job = (struct read_job){.kind = call->kind,
				 .args = call->args,
				 .arena = arena,
				 .done = job_done,
				 .arg = call};
	call->source_state = job;
	call->release = job_release;
	store_exec_submit(unified->exec, job);
}

static void source_ready(struct page_source *source,
			 void (*done)(void *arg, bool ok, const char *detail), void *arg)
{
	store_exec_ready(((struct unified_source *)(void *)source)->exec, done, arg);
}

static void source_metrics(struct page_source *source, struct strbuf *out)
{
	store_exec_metrics(((struct unified_source *)(void *)source)->exec, out);
}

static void source_free(struct page_source *source)
{
	struct unified_source *unified = (struct unified_source *)(void *)source;
	store_exec_free(unified->exec);
	free(unified);
}

static const struct page_source_ops unified_ops = {
	.architecture = "unified",
	.home = read_page,
	.plp = read_page,
	.pdp = read_page,
	.ready = source_ready,
	.metrics = source_metrics,
	.free = source_free,
};

static bool holds_all(const struct store_marker *marker, const char *uri,
		      char error[STORE_ERROR_MAX])
{
	char shown[STORE_ERROR_MAX];
	for (int i = 0; i < SERVICE_COUNT; i++) {
		if (marker->holds[i])
			continue;
		store_uri_redact(uri, shown);
		snprintf(error, STORE_ERROR_MAX,
			 "--store %.100s holds no %s data, and unified's pages need all four "
			 "parts; give a store that was seeded without --service",
			 shown, service_names[i]);
		return false;
	}
	return true;
}

struct page_source *unified_source_new(struct event_base *base, const struct store_options *options,
				       char error[STORE_ERROR_MAX])
{
	struct unified_source *source = calloc(1, sizeof(*source));
	if (!source) {
		snprintf(error, STORE_ERROR_MAX, "no memory for a page source");
		return NULL;
	}
	source->base.ops = &unified_ops;
	source->exec = store_options_open(options, base, error);
	if (source->exec && holds_all(store_exec_marker(source->exec), options->uri, error))
		return &source->base;
	if (source->exec)
		store_exec_free(source->exec);
	free(source);
	return NULL;
}
