/* proc_stat: what a process used, from /proc, over all its threads.
 *
 * Times on a CPU and in a run queue are schedstat's (ns); user and system time are stat's, in ticks
 * that the kernel scales to the exact sum. A difference is taken thread by thread, so a thread that
 * ended between two samples loses only what it used after the first.
 */
#ifndef DUET_RUNNER_PROC_STAT_H
#define DUET_RUNNER_PROC_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROC_STAT_THREADS_MAX = 256 };

struct proc_thread {
	pid_t tid;
	uint64_t cpu_ns, run_queue_ns, voluntary, involuntary;
};

/* One look at one process. */
struct proc_sample {
	int64_t at_ns; /* clock_now_ns */
	uint64_t user_ticks, system_ticks;
	uint64_t rss_kb, rss_peak_kb;
	size_t thread_count;
	struct proc_thread threads[PROC_STAT_THREADS_MAX];
};

/* What was used between two samples; sizes and threads are those of the later one. */
struct proc_usage {
	double user_s, system_s, cpu_s, run_queue_s;
	uint64_t voluntary_switches, involuntary_switches;
	double rss_mb, rss_peak_mb; /* 10^6 bytes */
	size_t threads;
};

/* Looks at a process. False when it is gone. Threads past PROC_STAT_THREADS_MAX are not seen. */
bool proc_stat_sample(pid_t pid, struct proc_sample *sample);

/* When a process began, in ticks since boot, which with its pid names it for good; 0 when there is
 * none, or only what its parent has not reaped yet. */
uint64_t proc_stat_started(pid_t pid);

void proc_stat_usage(const struct proc_sample *before, const struct proc_sample *after,
		     struct proc_usage *usage);

/* Adds what was used later; sizes and threads become the later one's. */
void proc_stat_add(struct proc_usage *sum, const struct proc_usage *later);

#endif
