/* http_aside: one thread beside the loops for what may wait, such as reading files from a disk, so
 * that no loop does. Internal to common/http.
 *
 * Jobs are done one after the other, in their order. A job's life: http_aside_post -> work(job) on
 * the side thread -> done(job, true) on the loop that posted it. When the server ends first:
 * done(job, false) from http_server_free, its loop being over and its request closed.
 */
#ifndef DUET_HTTP_HTTP_ASIDE_H
#define DUET_HTTP_HTTP_ASIDE_H

#include "common/http/http_loop.h"

/* The caller's; it lies in something larger that `done` frees. */
struct http_aside_job {
	struct http_task task; /* first: the job is found by it */
	struct http_loop *loop;
	struct http_aside_job *next;
	void (*work)(struct http_aside_job *job);
	void (*done)(struct http_aside_job *job, bool worked);
	bool worked;
};

/* Hands a job over, from its loop's thread; the first one starts the thread. False, and the job is
 * still the caller's, when too many wait or there is no thread to be had. */
bool http_aside_post(struct http_loop *loop, struct http_aside_job *job);

/* Ends the thread after the job that it is at; what still waits is posted to its loops undone. */
void http_aside_stop(struct http_aside *aside);

#endif
