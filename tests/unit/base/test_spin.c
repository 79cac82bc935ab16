/* What is burned is CPU time, in proportion to what was asked. */
#include "common/base/clock.h"
#include "common/base/spin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static int64_t thread_cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* The least of several tries, in CPU time: other work on the machine counts little, though a
 * shared core's clock may change between two. */
static double burned_ns(int64_t asked_ns)
{
	double least = 1e18;
	for (int i = 0; i < 15; i++) {
		int64_t start_ns = thread_cpu_ns();
		spin_burn(asked_ns);
		double took = (double)(thread_cpu_ns() - start_ns);
		least = took < least ? took : least;
	}
	return least;
}

static void burns_what_it_is_asked(void **state)
{
	(void)state;
	spin_prepare();
	double short_ns = burned_ns(200 * NS_PER_US), long_ns = burned_ns(2 * NS_PER_MS);
	assert_true(long_ns / short_ns > 5 && long_ns / short_ns < 20);
	assert_true(long_ns / (double)(2 * NS_PER_MS) > 0.4);
	assert_true(long_ns / (double)(2 * NS_PER_MS) < 2.5);
}

static void nothing_burns_nothing(void **state)
{
	(void)state;
	spin_prepare();
	assert_true(burned_ns(0) < 0.1 * burned_ns(200 * NS_PER_US));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burns_what_it_is_asked),
		cmocka_unit_test(nothing_burns_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
