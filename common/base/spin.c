#include "common/base/spin.h"

#include "common/base/clock.h"

#include <pthread.h>
#include <time.h>

enum { TRIES = 20, TRY_STEPS = 400000 };

static double steps_per_ns;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void step(uint64_t count)
{
	uint64_t x = 88172645463325252u;
	for (uint64_t i = 0; i < count; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		/* Keeps the chain: without it the compiler may drop what nobody reads. */
		__asm__ volatile("" : "+r"(x));
	}
}

static int64_t thread_cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* The fastest try is the one that was disturbed least. */
static void prepare(void)
{
	for (int i = 0; i < TRIES; i++) {
		int64_t start_ns = thread_cpu_ns();
		step(TRY_STEPS);
		double rate = TRY_STEPS / (double)(thread_cpu_ns() - start_ns);
		if (rate > steps_per_ns)
			steps_per_ns = rate;
	}
}

void spin_prepare(void)
{
	pthread_once(&prepared, prepare);
}

void spin_burn(int64_t ns)
{
	spin_prepare();
	step((uint64_t)((double)ns * steps_per_ns));
}
