/* load: one load from start to end: makes the workers, marks the window for whoever listens on
 * --control-fd, shows progress, gives up on SIGINT and SIGTERM, and merges what the workers
 * counted.
 *
 * The calling thread coordinates and sends no request itself. Control lines: "window_start NS",
 * "window_end NS" (CLOCK_MONOTONIC, the instants between which requests are due), "done" after the
 * drain; with --control-live also, once a second, "live RPS P50 P95 SPARK FAILED": requests/s now,
 * percentiles of the window so far and the p95 of the last second in us (negative: none yet).
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

/* Of the generator, within the window. */
struct load_usage {
	struct process_stat process;
	int64_t cpu_ns, run_queue_ns; /* of the workers */
	int64_t idle_poll_ns;         /* in polls that found nothing; such time is in cpu_ns, too */
	double busiest_share; /* CPU of the busiest worker but for such polls / the window */
	int64_t memory_now, memory_peak;
};

struct load_parity {
	char sha256[65]; /* of "target length sha256\n" lines, as answered, in the manifest's order
			  */
	uint64_t answers;
	bool equal;
};

struct load_result {
	struct tally tally;               /* of all workers; owned */
	int64_t window_start, window_end; /* as they were: an interrupted window is shorter */
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
