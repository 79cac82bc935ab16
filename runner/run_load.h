/* run_load: one run of the generator against a started stack, with the servers sampled at the edges
 * of its measured window.
 *
 * The generator writes "window_start NS", "window_end NS" and "done" to its --control-fd; at the
 * first two every server's /proc is read.
 */
#ifndef DUET_RUNNER_RUN_LOAD_H
#define DUET_RUNNER_RUN_LOAD_H

#include "runner/keep_awake.h"
#include "runner/proc_stat.h"
#include "runner/run_progress.h"
#include "runner/server_counts.h"
#include "runner/stack.h"

enum run_load_shape { RUN_LOAD_SWEEP, RUN_LOAD_CAPACITY, RUN_LOAD_LEVEL, RUN_LOAD_OPEN };

struct run_load_spec {
	enum run_load_shape shape;
	const struct plan *plan;
	const struct plan_load *load; /* NULL for a sweep */
	int page;                     /* enum plan_page */
	double rate;                  /* OPEN: requests/s */
	int64_t twin_of_vus;          /* OPEN: the closed load whose rate it has; 0: none */
	uint64_t seed;
	const char *folder; /* of the run: logs/ and the generator's file lie there meanwhile */
	struct run_progress *progress;
	const struct keep_awake *awake; /* its time is ours */
	const volatile sig_atomic_t *interrupted;
};

/* What the front's cache of answers did during a load, its warm-up included. */
struct run_load_cache {
	bool on;
	double hits, misses;
	double age_sum_s; /* of all hits */
	double age_max_s; /* of a hit since the server's start */
};

struct run_load_outcome {
	json_t *result; /* owned; results/schema.json as the generator wrote it */
	bool sampled;   /* usage holds the window's; false for a sweep */
	struct proc_usage usage[STACK_PROCESSES_MAX];
	double window_s;       /* between the samples */
	uint64_t server_count; /* answers of the page by the front's own count */
	struct run_load_cache cache;
	struct server_counts counts[STACK_PROCESSES_MAX]; /* of the whole load; none of a sweep */
	int64_t listen_overflows;                         /* during the load, whole machine */
	int64_t sockets;   /* that hold a port after the load; -1: unknown */
	bool cpus_sampled; /* the next three hold */
	double cpus_s;     /* of all CPUs between the samples */
	double steal_s;
	double foreign_s; /* busy, and neither the servers' nor ours; the generator's included */
	double mhz_before, mhz_after; /* 0: unknown */
};

/* Runs one load. False with one line in error[STACK_ERROR_MAX] (and the generator's log on stderr)
 * when it could not be run at all; a load whose requests failed is an outcome. */
bool run_load_execute(struct stack *stack, const struct run_load_spec *spec,
		      struct run_load_outcome *outcome, char *error);

void run_load_outcome_free(struct run_load_outcome *outcome);

/* Numbers of a result. */
double run_load_throughput(const json_t *result);
uint64_t run_load_errors(const json_t *result);

/* Shows what a result says beside the bar, or as a line. */
void run_load_show(struct run_progress *progress, const json_t *result);

#endif
