#include "runner/keep_awake.h"

#include "runner/proc_file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Never returns. Says on `ready` that it spins as it should. */
static void spin(pid_t parent, int cpu, int ready)
{
	const struct sched_param none = {0};
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	(void)signal(SIGINT, SIG_IGN); /* the runner's to handle: it ends us */
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGTERM, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
	    sched_setaffinity(0, sizeof(one), &one) != 0 ||
	    sched_setscheduler(0, SCHED_IDLE, &none) != 0 || write(ready, "", 1) != 1)
		_exit(1);
	(void)close(ready);
	for (;;)
		for (volatile int i = 0; i < 1000000; i++)
			;
}

static bool start_one(struct keep_awake *awake, int cpu)
{
	int ready[2];
	char byte;
	pid_t parent = getpid();
	if (pipe(ready) != 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		(void)close(ready[0]);
		spin(parent, cpu, ready[1]);
	}
	(void)close(ready[1]);
	if (pid > 0)
		awake->pids[awake->count++] = pid;
	bool ok = pid > 0 && read(ready[0], &byte, 1) == 1;
	(void)close(ready[0]);
	return ok;
}

bool keep_awake_start(struct keep_awake *awake, const cpu_set_t *cpus, char *error)
{
	*awake = (struct keep_awake){.count = 0};
	for (int cpu = 0; cpu < CPU_SETSIZE && awake->count < KEEP_AWAKE_CPUS_MAX; cpu++) {
		if (!CPU_ISSET((size_t)cpu, cpus) || start_one(awake, cpu))
			continue;
		(void)snprintf(error, KEEP_AWAKE_ERROR_MAX,
			       "keep_awake: no spinner at the lowest priority on CPU %d; leave "
			       "\"keep_awake\" out of the plan",
			       cpu);
		keep_awake_stop(awake);
		return false;
	}
	return true;
}

double keep_awake_cpu_s(const struct keep_awake *awake)
{
	double sum = 0;
	for (size_t i = 0; awake && i < awake->count; i++) {
		char path[64], text[128];
		(void)snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)awake->pids[i]);
		if (proc_file_read(path, text, sizeof(text)))
			sum += (double)strtoull(text, NULL, 10) / 1e9;
	}
	return sum;
}

void keep_awake_stop(struct keep_awake *awake)
{
	for (size_t i = 0; i < awake->count; i++) {
		(void)kill(awake->pids[i], SIGKILL);
		while (waitpid(awake->pids[i], NULL, 0) < 0 && errno == EINTR)
			;
	}
	awake->count = 0;
}
