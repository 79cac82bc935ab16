/* load: one load from start to end: makes the workers, marks the window for whoever listens on
 * --control-fd, shows progress, gives up on SIGINT and SIGTERM, and merges what the workers
 * counted.
 *
 * The measured window is cut into --turns; each is a load of its own, with a warm-up, a
 * window of duration/turns, a drain, and its own URLs and think times (see schedule_turn_seed),
 * over the same connections, which are opened before the first. All are merged into one result.
 * Before each, the first included, a byte is awaited on --turn-fd, if there is one; meanwhile no
 * thread runs. The end of that file interrupts the load as a signal does.
 *
 * The calling thread coordinates and sends no request itself. Control lines, for each turn:
 * "window_start NS", "window_end NS" (CLOCK_MONOTONIC, the instants between which requests are
 * due), "turn_done" after its drain: by then what the next turn needs is made, and the process only
 * waits; at the end of all, interrupted or not, "done". With --control-live also, once a second,
 * "live RPS P50 P95 SPARK FAILED": requests/s now, percentiles of the windows so far and the p95 of
 * the last second in us (negative: none yet); what lies between two turns is left out of it.
 */
#ifndef DUET_LOADGEN_LOAD_H
#define DUET_LOADGEN_LOAD_H

#include "loadgen/config.h"
#include "loadgen/self_stat.h"
#include "loadgen/tally.h"
#include "loadgen/target.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOAD_ERROR_SIZE = 256 };

/* Of the generator, within the window: of all turns. */
struct load_usage {
	struct process_stat process;
	int64_t cpu_ns, run_queue_ns; /* of the workers */
	int64_t idle_poll_ns;         /* in polls that found nothing; such time is in cpu_ns, too */
	int64_t work_ns[THREADS_MAX]; /* of each worker: its CPU time but for such polls */
	double busiest_share;         /* the largest of them / the window */
	int64_t memory_now, memory_peak;
};

struct load_parity {
	char sha256[65]; /* of "target length sha256\n" lines, as answered, in the manifest's order
			  */
	uint64_t answers;
	bool equal;
};

struct load_result {
	struct tally tally; /* of all workers and turns; owned */
	int64_t window_ns;  /* of all turns, as they were: an interrupted one's is shorter */
	bool interrupted;
	struct load_usage usage;
	bool has_parity; /* a sweep that was not interrupted */
	struct load_parity parity;
};

/* Runs the load. False when it could not start, with one line in error[256]. load_result_free is
 * needed even then. */
bool load_run(const struct loadgen_config *config, const struct http_address *address,
	      const struct target_set *targets, struct load_result *result,
	      char error[LOAD_ERROR_SIZE]);
void load_result_free(struct load_result *result);

/* Raises the limit of open files to what the VUs need. False with one line in error[256] when the
 * hard limit is too low. */
bool load_raise_file_limit(uint64_t vus, char error[LOAD_ERROR_SIZE]);

#endif
