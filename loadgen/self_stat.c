#include "loadgen/self_stat.h"

#include "common/base/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

struct thread_stat self_stat_thread(void)
{
	struct thread_stat stat = {0};
	FILE *file = fopen("/proc/thread-self/schedstat", "re");
	const bool read =
		file && fscanf(file, "%" SCNd64 " %" SCNd64, &stat.cpu_ns, &stat.run_queue_ns) == 2;
	if (file)
		fclose(file);
	if (!read) {
		struct timespec t;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
		stat = (struct thread_stat){(int64_t)t.tv_sec * NS_PER_S + t.tv_nsec, 0};
	}
	return stat;
}

static int64_t timeval_ns(struct timeval t)
{
	return (int64_t)t.tv_sec * NS_PER_S + (int64_t)t.tv_usec * NS_PER_US;
}

struct process_stat self_stat_process(void)
{
	struct rusage usage;
	if (getrusage(RUSAGE_SELF, &usage) != 0)
		return (struct process_stat){0};
	return (struct process_stat){
		.user_ns = timeval_ns(usage.ru_utime),
		.system_ns = timeval_ns(usage.ru_stime),
		.voluntary_switches = (uint64_t)usage.ru_nvcsw,
		.involuntary_switches = (uint64_t)usage.ru_nivcsw,
	};
}

void self_stat_memory(int64_t *now, int64_t *peak)
{
	char line[128];
	FILE *file = fopen("/proc/self/status", "re");
	*now = *peak = 0;
	while (file && fgets(line, sizeof(line), file)) {
		int64_t kib;
		if (sscanf(line, "VmRSS: %" SCNd64, &kib) == 1)
			*now = kib * 1024;
		else if (sscanf(line, "VmHWM: %" SCNd64, &kib) == 1)
			*peak = kib * 1024;
	}
	if (file)
		fclose(file);
}
