#include "runner/queue_model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void near(double value, double expected, double share)
{
	if (!(fabs(value - expected) <= share * fabs(expected)))
		fail_msg("%.12g is not %.12g", value, expected);
}

/* Exponential service: the response time is exponential with mean S / (1 - r), exactly. */
static void exponential_service_is_an_mm1_queue(void **state)
{
	(void)state;
	enum { LONE = 2000 };
	static double lone[LONE];
	const double busy = 0.6;
	for (int i = 0; i < LONE; i++)
		lone[i] = -100 * log(1 - (i + 0.5) / LONE);
	const struct queue_server server = {
		.service_us = 100, .variation = 1, .alone_us = lone, .alone_count = LONE};
	struct queue_forecast f = queue_forecast(&server, 1e9, 1e9 * 100 / busy / 1e6);
	near(f.utilisation, busy, 1e-5);
	near(f.rate_rps, 6000, 1e-5);
	near(f.wait_us, busy * 100 / (1 - busy), 1e-4);
	near(f.p50_us, 100 / (1 - busy) * log(2), 0.005);
	near(f.p95_us, 100 / (1 - busy) * log(20), 0.005);
}

/* Equal work waits half as long as exponential work. */
static void equal_work_waits_half_as_long(void **state)
{
	(void)state;
	const double lone = 150;
	struct queue_server server = {
		.service_us = 100, .variation = 0, .alone_us = &lone, .alone_count = 1};
	struct queue_forecast equal = queue_forecast(&server, 1e9, 2e5);
	server.variation = 1;
	struct queue_forecast varied = queue_forecast(&server, 1e9, 2e5);
	near(equal.utilisation, 0.5, 1e-5);
	near(varied.wait_us / equal.wait_us, 2, 1e-4);
	/* half of the requests do not wait at all */
	near(equal.p50_us, 150, 1e-4);
	near(equal.p95_us, 150 + equal.wait_us / 0.5 * log(0.5 / 0.05), 1e-4);
}

/* A closed population slows itself down: it never asks for more than there is. */
static void a_population_stays_under_capacity(void **state)
{
	(void)state;
	const double lone = 200;
	const struct queue_server server = {
		.service_us = 100, .variation = 0.5, .alone_us = &lone, .alone_count = 1};
	const double users[] = {1, 20, 2000, 20000};
	double last = 0;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct queue_forecast f = queue_forecast(&server, users[i], 1);
		assert_true(f.utilisation < 1 && f.utilisation > last);
		near(f.rate_rps * (1 + (200 + f.wait_us) / 1e6), users[i], 1e-6);
		last = f.utilisation;
	}
	near(queue_forecast(&server, 1, 1).p50_us, 200, 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exponential_service_is_an_mm1_queue),
		cmocka_unit_test(equal_work_waits_half_as_long),
		cmocka_unit_test(a_population_stays_under_capacity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
