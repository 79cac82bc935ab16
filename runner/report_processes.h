/*
 * What the processes of an arm used and counted, a request. A file has each process's totals over
 * its window and the CPU time a request of all of them; a process's share of a request follows from
 * the two, whatever the window was. What the servers counted themselves is over the whole load, so
 * that it is divided by the answers that the front counted in the same time.
 */
#ifndef DUET_RUNNER_REPORT_PROCESSES_H
#define DUET_RUNNER_REPORT_PROCESSES_H

#include "runner/report_cells.h"

enum { PROCESSES_MAX = 24 };

struct processes {
	const char *names[PROCESSES_MAX]; /* borrowed from the files, first seen first */
	size_t count;
};

/* The processes that an arm's files name. */
struct processes processes_of(const struct run *run, size_t arm);

/* Sum of a number of a file's resources.server over processes; `process` NULL: all of them. NaN
 * when there is none. */
double process_sum(const json_t *root, const char *process, const char *key);

/* A number of a process ("cpu_s"; NULL: of all) a request, median over the blocks that count; NaN
 * without any. */
double process_a_request(const struct run *run, struct cell cell, const char *process,
			 const char *key);

/* Which share of its CPU time a process (NULL: all) spent in user mode, over all blocks that count.
 * The kernel tells user and system time in ticks of 10 ms: NaN under PROCESS_TICKS_S of them. */
#define PROCESS_TICKS_S 0.2
double process_user_share(const struct run *run, struct cell cell, const char *process);

/* The largest of a number over all of an arm's valid files; NaN without any. */
double process_largest(const struct run *run, size_t arm, const char *process, const char *key);

/* What all processes together counted ("counts.calls") an answer, median over blocks; NaN where no
 * file counts it. */
double processes_counted(const struct run *run, struct cell cell, const char *key);

/* How many of what a process (NULL: all) counted as `things` ("counts.answers") it did in one of
 * what it counted as `turns`, median over blocks; NaN where no file counts both. */
double process_batch(const struct run *run, struct cell cell, const char *process,
		     const char *things, const char *turns);

#endif
