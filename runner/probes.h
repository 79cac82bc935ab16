/* probes: four short fixed pieces of work, timed before and after a trial, that say whether the
 * machine was the same: a spin of arithmetic on each CPU, a wake-up of another thread, a system
 * call, a loopback round trip. 50 to 350 ms in all.
 *
 * The spin is the least of its repeats: what the CPU can do when left alone, so that a single
 * pre-emption does not count, but another clock speed or a neighbour that never leaves does. The
 * others are medians, for information.
 */
#ifndef DUET_RUNNER_PROBES_H
#define DUET_RUNNER_PROBES_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

enum { PROBES_CPUS_MAX = 64 };

/* Over which a trial is invalid, as a share. */
#define PROBES_DRIFT_LIMIT 0.02

struct probes {
	size_t cpu_count;
	int cpus[PROBES_CPUS_MAX];
	double spin_us[PROBES_CPUS_MAX]; /* by CPU, in the order of `cpus` */
	double wake_us, syscall_us, loopback_us;
};

/* Runs all probes, the spin on each of `cpus`; this thread's affinity is as before when it returns.
 * False when a thread or socket cannot be had. */
bool probes_run(const cpu_set_t *cpus, struct probes *probes);

/* The largest relative change of a CPU's spin, 0 or more. */
double probes_drift(const struct probes *before, const struct probes *after);

/* {"spin_us": {"0": ...}, "wake_us", "syscall_us", "loopback_us"}; a new reference. */
json_t *probes_json(const struct probes *probes);

#endif
