/* run_load: one run of the generator against a started stack, with the servers sampled at the edges
 * of its measured windows: one, or one in each of its turns.
 *
 *   run_load_execute                                       a load in one piece
 *   run_load_begin -> run_load_turn, `turns` times -> run_load_end     a load in turns
 *                  -> run_load_drop at any time
 *
 * In turns several arms are loaded in alternation while all their stacks are up; each has its own
 * generator, which sleeps until it is given a turn. A machine whose speed wanders within seconds
 * then wanders under all arms alike.
 *
 * The generator writes "window_start NS", "window_end NS", "turn_done" and "done" to its
 * --control-fd; at the first two every server's /proc is read. Its --turn-fd is the other direction
 * of the same socket: one byte a turn.
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
	double of_own_capacity;       /* OPEN: the share of its own capacity that its rate is; 0 */
	int64_t twin_of_vus;          /* OPEN: the closed load whose rate it has; 0: none */
	uint64_t seed;
	int64_t turns;      /* above 1: that many, by run_load_begin alone */
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

/* The same in turns, spec->turns of them (at least 1); spec and what it points to are borrowed
 * until the end. NULL, or false, with one line in error[STACK_ERROR_MAX]; run_load_drop is then
 * still needed. */
struct run_load;
struct run_load *run_load_begin(struct stack *stack, const struct run_load_spec *spec, char *error);
bool run_load_turn(struct run_load *load, char *error);
bool run_load_end(struct run_load *load, struct run_load_outcome *outcome, char *error);
/* Frees it; ends the generator if it still runs. NULL is fine. */
void run_load_drop(struct run_load *load);

void run_load_outcome_free(struct run_load_outcome *outcome);

/* Numbers of a result. */
double run_load_throughput(const json_t *result);
uint64_t run_load_errors(const json_t *result);

/* Shows what a result says beside the bar, or as a line. */
void run_load_show(struct run_progress *progress, const json_t *result);

#endif
