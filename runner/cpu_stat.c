#include "runner/cpu_stat.h"

#include "runner/proc_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 4096, CPUINFO_MAX = 1 << 20 };

/* The columns of a "cpu" line (proc(5)). */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, COLUMNS };

bool cpu_stat_parse(const char *text, double ticks, struct cpu_sample *sample)
{
	double column[COLUMNS], total = 0;
	char *end = NULL;
	if (strncmp(text, "cpu ", 4) != 0)
		return false;
	const char *at = text + 4;
	for (size_t i = 0; i < COLUMNS; i++, at = end) {
		column[i] = (double)strtoull(at, &end, 10) / ticks;
		if (end == at)
			return false;
		total += column[i];
	}
	*sample = (struct cpu_sample){.busy_s = column[USER] + column[NICE] + column[SYSTEM],
				      .steal_s = column[STEAL],
				      .total_s = total};
	if (column[IRQ] <= 0)
		sample->busy_s += column[SOFTIRQ];
	return true;
}

bool cpu_stat_sample(struct cpu_sample *sample)
{
	char text[TEXT_MAX];
	return proc_file_read("/proc/stat", text, sizeof(text)) &&
	       cpu_stat_parse(text, (double)sysconf(_SC_CLK_TCK), sample);
}

double cpu_stat_mhz(void)
{
	static const char key[] = "\ncpu MHz";
	char *text = malloc(CPUINFO_MAX);
	double sum = 0;
	size_t count = 0;
	if (!text)
		return 0;
	(void)proc_file_read("/proc/cpuinfo", text, CPUINFO_MAX);
	for (char *at = strstr(text, key); at; at = strstr(at, key)) {
		at += sizeof(key) - 1;
		sum += strtod(at + strspn(at, "\t :"), NULL);
		count++;
	}
	free(text);
	return count ? sum / (double)count : 0;
}
