/* keep_awake: one process a CPU that spins at the lowest priority there is (SCHED_IDLE), so that no
 * CPU goes to sleep between requests: an idle virtual CPU can take 100 us to wake, more than a page
 * costs. Whatever else is to run takes the CPU from it at once. A switch of a plan, recorded with
 * the run, since it changes what is measured.
 *
 * The spinners are children that the kernel kills when the thread that started them dies, however
 * that happens; start them from the main thread only.
 */
#ifndef DUET_RUNNER_KEEP_AWAKE_H
#define DUET_RUNNER_KEEP_AWAKE_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { KEEP_AWAKE_CPUS_MAX = 64, KEEP_AWAKE_ERROR_MAX = 256 };

struct keep_awake {
	size_t count;
	pid_t pids[KEEP_AWAKE_CPUS_MAX];
};

/* Starts a spinner on each of `cpus`. False with one line in error[KEEP_AWAKE_ERROR_MAX]; then none
 * runs. */
bool keep_awake_start(struct keep_awake *awake, const cpu_set_t *cpus, char *error);

/* The CPU time that all of them have used, s; 0 for NULL. */
double keep_awake_cpu_s(const struct keep_awake *awake);

/* Ends them; does nothing when there are none. */
void keep_awake_stop(struct keep_awake *awake);

#endif
