#include "runner/probes.h"

#include "common/base/clock.h"
#include "runner/stats.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	SPIN_STEPS = 400000, /* about 1 ms */
	SPIN_SETTLED = 120,  /* repeats without a better one */
	SPIN_REPEATS_MAX = 600,
	CALL_STEPS = 2000,
	CALL_REPEATS = 9,
	ROUND_TRIPS = 300
};

/* A share of the time that counts as better. */
#define SPIN_BETTER 0.002

static volatile uint64_t spin_sink;

static double spin_once_us(void)
{
	uint64_t x = 88172645463325252u;
	int64_t start = clock_now_ns();
	for (int i = 0; i < SPIN_STEPS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	int64_t end = clock_now_ns();
	spin_sink = x;
	return (double)(end - start) / 1e3;
}

/* Repeats until no better time comes, so that a neighbour's short burst does not look like another
 * CPU. */
static double spin_least_us(void)
{
	double least = spin_once_us();
	for (int i = 1, settled = 0; i < SPIN_REPEATS_MAX && settled < SPIN_SETTLED; i++) {
		double now = spin_once_us();
		settled = now < least * (1 - SPIN_BETTER) ? 0 : settled + 1;
		least = now < least ? now : least;
	}
	return least;
}

static double median(double *values, size_t count)
{
	stats_sort(values, count);
	return values[count / 2];
}

static double syscall_median_us(void)
{
	double values[CALL_REPEATS];
	for (int r = 0; r < CALL_REPEATS; r++) {
		int64_t start = clock_now_ns();
		for (int i = 0; i < CALL_STEPS; i++)
			(void)syscall(SYS_getppid);
		values[r] = (double)(clock_now_ns() - start) / 1e3 / CALL_STEPS;
	}
	return median(values, CALL_REPEATS);
}

/* The far end of a ping: sends back each byte until the other side closes. */
static void *echo_bytes(void *arg)
{
	const int *fds = arg;
	char byte;
	while (read(fds[0], &byte, 1) == 1)
		if (write(fds[1], &byte, 1) != 1)
			break;
	return NULL;
}

/* Median of round trips through `out` and back by `in`, us; -1 when it broke. */
static double round_trip_us(int out, int in)
{
	double values[ROUND_TRIPS];
	char byte = 'x';
	for (int i = 0; i < ROUND_TRIPS; i++) {
		int64_t start = clock_now_ns();
		if (write(out, &byte, 1) != 1 || read(in, &byte, 1) != 1)
			return -1;
		values[i] = (double)(clock_now_ns() - start) / 1e3;
	}
	return median(values, ROUND_TRIPS);
}

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
}

/* A wake-up is half a round trip between two threads over pipes. */
static bool probe_wake(double *us)
{
	int there[2] = {-1, -1}, back[2] = {-1, -1};
	pthread_t thread;
	bool ok = pipe2(there, O_CLOEXEC) == 0 && pipe2(back, O_CLOEXEC) == 0;
	int far[2] = {there[0], back[1]};
	ok = ok && pthread_create(&thread, NULL, echo_bytes, far) == 0;
	if (ok) {
		*us = round_trip_us(there[1], back[0]) / 2;
		(void)close(there[1]);
		there[1] = -1;
		(void)pthread_join(thread, NULL);
	}
	close_all(there, 2);
	close_all(back, 2);
	return ok && *us > 0;
}

static bool connect_loopback(int *client, int *server)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = listener >= 0 && *client >= 0 &&
		  bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		  listen(listener, 1) == 0 &&
		  getsockname(listener, (struct sockaddr *)&at, &len) == 0 &&
		  connect(*client, (struct sockaddr *)&at, sizeof(at)) == 0;
	*server = ok ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;
	if (listener >= 0)
		(void)close(listener);
	return *server >= 0 &&
	       setsockopt(*client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0 &&
	       setsockopt(*server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0;
}

static bool probe_loopback(double *us)
{
	int ends[2] = {-1, -1};
	pthread_t thread;
	bool ok = connect_loopback(&ends[0], &ends[1]);
	int far[2] = {ends[1], ends[1]};
	ok = ok && pthread_create(&thread, NULL, echo_bytes, far) == 0;
	if (ok) {
		*us = round_trip_us(ends[0], ends[0]);
		(void)shutdown(ends[0], SHUT_RDWR);
		(void)pthread_join(thread, NULL);
	}
	close_all(ends, 2);
	return ok && *us > 0;
}

bool probes_run(const cpu_set_t *cpus, struct probes *probes)
{
	cpu_set_t before, one;
	*probes = (struct probes){.cpu_count = 0};
	if (sched_getaffinity(0, sizeof(before), &before) != 0)
		return false;
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE && probes->cpu_count < PROBES_CPUS_MAX; cpu++) {
		if (!CPU_ISSET((size_t)cpu, cpus))
			continue;
		CPU_ZERO(&one);
		CPU_SET((size_t)cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) != 0)
			continue;
		probes->cpus[probes->cpu_count] = cpu;
		probes->spin_us[probes->cpu_count++] = spin_least_us();
	}
	/* Both ends of a ping share the last CPU, so that the path is the same every time. */
	probes->syscall_us = syscall_median_us();
	bool ok = probe_wake(&probes->wake_us) && probe_loopback(&probes->loopback_us);
	return sched_setaffinity(0, sizeof(before), &before) == 0 && ok;
}

double probes_drift(const struct probes *before, const struct probes *after)
{
	double worst = 0;
	for (size_t i = 0; i < before->cpu_count && i < after->cpu_count; i++) {
		double change = fabs(after->spin_us[i] / before->spin_us[i] - 1);
		worst = change > worst ? change : worst;
	}
	return worst;
}

json_t *probes_json(const struct probes *probes)
{
	json_t *spin = json_object();
	for (size_t i = 0; i < probes->cpu_count; i++) {
		char cpu[16];
		(void)snprintf(cpu, sizeof(cpu), "%d", probes->cpus[i]);
		(void)json_object_set_new(spin, cpu, json_real(probes->spin_us[i]));
	}
	return json_pack("{so sf sf sf}", "spin_us", spin, "wake_us", probes->wake_us, "syscall_us",
			 probes->syscall_us, "loopback_us", probes->loopback_us);
}
