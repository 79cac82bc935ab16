/* cpu_stat: what all CPUs of the machine did, from /proc/stat, in s since boot.
 *
 * Counted in ticks (10 ms), so that a window of a second is right to a per cent or so. Where the
 * kernel keeps interrupt time apart from the processes' (CONFIG_IRQ_TIME_ACCOUNTING, seen by an irq
 * column that is not 0), busy leaves it out, as the processes' own times do then.
 */
#ifndef DUET_RUNNER_CPU_STAT_H
#define DUET_RUNNER_CPU_STAT_H

#include <stdbool.h>

struct cpu_sample {
	double busy_s;  /* user, nice, system and, where tasks carry it, interrupts */
	double steal_s; /* taken by the hypervisor for others */
	double total_s; /* of all CPUs, idle included */
};

/* False when /proc/stat cannot be read. */
bool cpu_stat_sample(struct cpu_sample *sample);

/* The same from a text as /proc/stat has it, with `ticks` a second. */
bool cpu_stat_parse(const char *text, double ticks, struct cpu_sample *sample);

/* The mean clock over all CPUs in MHz as /proc/cpuinfo has it; 0 when it does not. */
double cpu_stat_mhz(void);

#endif
