#include "runner/proc_stat.h"

#include "common/base/clock.h"
#include "runner/proc_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 4096, STAT_FIELD_UTIME = 14, STAT_FIELD_START = 22 };

/* The text before a field of stat; the name in field 2 may hold anything, so count from its last
 * ')'. NULL when the process is gone. */
static char *stat_field(pid_t pid, int wanted, char text[TEXT_MAX])
{
	char path[64];
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!proc_file_read(path, text, TEXT_MAX))
		return NULL;
	char *at = strrchr(text, ')');
	for (int field = 2; at && field < wanted; field++)
		at = strchr(at + 1, ' ');
	return at;
}

uint64_t proc_stat_started(pid_t pid)
{
	char text[TEXT_MAX];
	const char *at = stat_field(pid, STAT_FIELD_START, text);
	bool gone = !at || strrchr(text, ')')[2] == 'Z'; /* field 3, the state */
	return gone ? 0 : strtoull(at, NULL, 10);
}

static bool read_ticks(pid_t pid, struct proc_sample *sample)
{
	char text[TEXT_MAX];
	char *at = stat_field(pid, STAT_FIELD_UTIME, text);
	if (!at)
		return false;
	sample->user_ticks = strtoull(at, &at, 10);
	sample->system_ticks = strtoull(at, &at, 10);
	return true;
}

static bool read_thread(pid_t pid, pid_t tid, struct proc_thread *thread)
{
	char path[96], text[TEXT_MAX], *at;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", (int)pid, (int)tid);
	if (!proc_file_read(path, text, sizeof(text)))
		return false;
	*thread = (struct proc_thread){.tid = tid};
	thread->cpu_ns = strtoull(text, &at, 10);
	thread->run_queue_ns = strtoull(at, &at, 10);
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/status", (int)pid, (int)tid);
	if (!proc_file_read(path, text, sizeof(text)))
		return false;
	thread->voluntary = (uint64_t)proc_file_number(text, "voluntary_ctxt_switches", 0);
	thread->involuntary = (uint64_t)proc_file_number(text, "nonvoluntary_ctxt_switches", 0);
	return true;
}

static bool read_memory(pid_t pid, struct proc_sample *sample)
{
	char path[64], text[TEXT_MAX];
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (!proc_file_read(path, text, sizeof(text)))
		return false;
	sample->rss_kb = (uint64_t)proc_file_number(text, "VmRSS", 0);
	sample->rss_peak_kb = (uint64_t)proc_file_number(text, "VmHWM", 0);
	return true;
}

bool proc_stat_sample(pid_t pid, struct proc_sample *sample)
{
	char path[64];
	struct dirent *entry;
	sample->thread_count = 0;
	sample->at_ns = clock_now_ns();
	if (!read_ticks(pid, sample) || !read_memory(pid, sample))
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	if (!tasks)
		return false;
	while (sample->thread_count < PROC_STAT_THREADS_MAX && (entry = readdir(tasks))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
		/* A thread may end between the listing and the reading. */
		if (tid > 0 && read_thread(pid, tid, &sample->threads[sample->thread_count]))
			sample->thread_count++;
	}
	(void)closedir(tasks);
	return sample->thread_count > 0;
}

static const struct proc_thread *find_thread(const struct proc_sample *sample, pid_t tid)
{
	static const struct proc_thread fresh;
	for (size_t i = 0; i < sample->thread_count; i++)
		if (sample->threads[i].tid == tid)
			return &sample->threads[i];
	return &fresh;
}

void proc_stat_usage(const struct proc_sample *before, const struct proc_sample *after,
		     struct proc_usage *usage)
{
	uint64_t cpu_ns = 0, run_queue_ns = 0;
	double tick_s = 1.0 / (double)sysconf(_SC_CLK_TCK);
	*usage = (struct proc_usage){.threads = after->thread_count};
	for (size_t i = 0; i < after->thread_count; i++) {
		const struct proc_thread *now = &after->threads[i];
		const struct proc_thread *then = find_thread(before, now->tid);
		cpu_ns += now->cpu_ns - then->cpu_ns;
		run_queue_ns += now->run_queue_ns - then->run_queue_ns;
		usage->voluntary_switches += now->voluntary - then->voluntary;
		usage->involuntary_switches += now->involuntary - then->involuntary;
	}
	usage->cpu_s = (double)cpu_ns / 1e9;
	usage->run_queue_s = (double)run_queue_ns / 1e9;
	usage->user_s = (double)(after->user_ticks - before->user_ticks) * tick_s;
	usage->system_s = (double)(after->system_ticks - before->system_ticks) * tick_s;
	usage->rss_mb = (double)after->rss_kb * 1024 / 1e6;
	usage->rss_peak_mb = (double)after->rss_peak_kb * 1024 / 1e6;
}

void proc_stat_add(struct proc_usage *sum, const struct proc_usage *later)
{
	sum->user_s += later->user_s;
	sum->system_s += later->system_s;
	sum->cpu_s += later->cpu_s;
	sum->run_queue_s += later->run_queue_s;
	sum->voluntary_switches += later->voluntary_switches;
	sum->involuntary_switches += later->involuntary_switches;
	sum->rss_mb = later->rss_mb;
	sum->rss_peak_mb = later->rss_peak_mb;
	sum->threads = later->threads;
}
