/* worker: one event loop (epoll) and its share of the VUs. It allocates nothing while it runs: one
 * write and one read a request, time-outs in two lists that are sorted by nature, dues in a heap.
 *
 * Waiting is exact to the timer slack, which is set to 1 ns: epoll_pwait2 takes ns where epoll_wait
 * takes ms.
 *
 * Ownership: the plan is shared and read-only but for `answers` (a sweep has one worker), `kept`
 * (each worker has its own VUs) and `stop`. `live` may be read by other threads at any time, the
 * rest only when the thread has ended.
 */
#ifndef DUET_LOADGEN_WORKER_H
#define DUET_LOADGEN_WORKER_H

#include "loadgen/config.h"
#include "loadgen/live.h"
#include "loadgen/popularity.h"
#include "loadgen/schedule.h"
#include "loadgen/self_stat.h"
#include "loadgen/tally.h"
#include "loadgen/target.h"
#include "loadgen/timer_heap.h"
#include "loadgen/vu.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	WORKER_BUFFER = 65536,  /* one read takes a whole page */
	SWEEP_FAILURES_MAX = 64 /* a sweep of a dead server ends early */
};

/* What a sweep heard for one URL. */
struct sweep_answer {
	bool asked, answered;
	enum outcome outcome;
	uint64_t length;
	unsigned char sha256[SHA256_SIZE];
};

struct load_plan {
	enum load_kind kind;
	struct http_address address;
	const struct target *targets;
	size_t target_count;
	struct popularity popularity;
	struct closed_schedule closed; /* also capacity, and paced */
	bool paced;                    /* open, each VU by a schedule of its own */
	const char *arrivals;          /* open, else */
	double rate;
	uint64_t vus, threads, seed, hash_every; /* seed: the turn's */
	int64_t start, window_start, window_end; /* of the turn */
	int64_t slice_ns;                        /* of the tallies */
	int *kept;     /* one a VU: its connection between two turns, or -1 */
	int64_t drain; /* how long after the window late open requests are still sent */
	int64_t timeout, connect_timeout;
	bool reuse;
	bool busy_poll; /* never sleep: a server that answers a sleeper pays for waking it */
	EVP_MD *sha256;
	struct sweep_answer *answers; /* sweep: one a target; else NULL */
	int ended_fd;                 /* eventfd: each worker adds 1 when its load is over */
	_Atomic bool stop;            /* interrupted: give up at once (see worker_wake) */
};

struct worker {
	struct load_plan *plan;
	int epoll, wake_fd;
	struct vu *vus; /* owned */
	uint32_t vu_count;
	uint64_t first_vu; /* number of vus[0] among all VUs */
	uint32_t under_way;
	struct timer_heap waiting;
	struct vu_list connecting, asking, free;
	struct open_schedule open;
	uint64_t begun, swept, sweep_failures;
	struct rng rng; /* URLs of open arrivals, in their order */
	struct tally tally;
	bool window_began, window_ended;
	bool drained; /* nothing is sent any more; what was due and late is dropped */
	struct thread_stat before, after; /* around the window */
	int64_t idle_poll_ns;             /* within it, in polls that found nothing */
	int64_t load_ended;               /* when the last request of this worker ended */
	struct live live;
	char buffer[WORKER_BUFFER];
};

/* Worker `number` of plan->threads, ready to run; plan->start and so on may still change, but for
 * the window's length. False without memory or descriptors (errno); worker_free is needed even
 * then. */
bool worker_init(struct worker *worker, struct load_plan *plan, uint64_t number);
void worker_free(struct worker *worker);

/* Before worker_run, where the plan reuses connections: gives its VUs those that are kept, and
 * opens the others'. Gives up at the first that fails: the VUs then connect as their requests are
 * due. */
void worker_connect(struct worker *worker);
/* After worker_run: leaves the VUs' connections to the worker that has them in the next turn. */
void worker_keep(struct worker *worker);
/* The thread's body: runs the load until the drain is over. */
void *worker_run(void *worker);
/* Makes the worker look at plan->stop. */
void worker_wake(struct worker *worker);

/* For vu.c: names the VU and its present socket in epoll's events. */
static inline uint64_t worker_event_tag(const struct vu *vu)
{
	return (uint64_t)vu->connections << 32 | vu->index;
}
/* For vu.c: a request has ended; decides when the VU asks again. */
void worker_request_ended(struct worker *worker, struct vu *vu, enum outcome outcome,
			  int64_t ended);
/* For vu.c: keeps what a sweep heard. */
void worker_note_answer(struct worker *worker, const struct vu *vu,
			const unsigned char sha256[SHA256_SIZE]);

#endif
