/* self_stat: what the generator itself costs, from the kernel's own accounts.
 *
 * Threads sample themselves: a thread that has ended has no schedstat any more.
 */
#ifndef DUET_LOADGEN_SELF_STAT_H
#define DUET_LOADGEN_SELF_STAT_H

#include <stdint.h>

/* Of one thread, ns since it began. */
struct thread_stat {
	int64_t cpu_ns;
	int64_t run_queue_ns; /* ready, but waiting for a CPU; 0 where the kernel does not say */
};

/* Of the whole process, since it began. */
struct process_stat {
	int64_t user_ns, system_ns;
	uint64_t voluntary_switches, involuntary_switches;
};

/* Of the calling thread. */
struct thread_stat self_stat_thread(void);
struct process_stat self_stat_process(void);

/* Resident memory now and at its highest, in bytes. */
void self_stat_memory(int64_t *now, int64_t *peak);

#endif
