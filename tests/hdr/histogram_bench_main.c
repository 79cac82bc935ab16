/* histogram-bench: what recording a latency costs: prints ns of this thread's CPU time a record.
 * The values are a fixed set like a page's latencies, drawn before the clock starts.
 */
#include "common/base/histogram.h"
#include "common/base/rng.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

enum { VALUES = 4096, ROUNDS = 4096 };

static double cpu_ns(void)
{
	struct timespec now = {0};
	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(void)
{
	static int64_t values[VALUES];
	struct rng rng;
	struct histogram *h = histogram_new();
	rng_seed(&rng, 42);
	for (size_t i = 0; i < VALUES; i++)
		values[i] = (int64_t)(2e5 * exp(rng_exponential(&rng) - 1));
	if (!h)
		return 1;
	const double before = cpu_ns();
	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < VALUES; i++)
			histogram_record(h, values[i]);
	const double took = cpu_ns() - before;
	printf("%.2f\n", took / (double)histogram_count(h));
	histogram_free(h);
	return 0;
}
