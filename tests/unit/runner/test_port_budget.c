#include "runner/port_budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char error[PORT_BUDGET_ERROR_MAX];

/* 0.9 of 24,000 ports held for 60 s bear 360 connections a second. */
static void a_rate_fits_the_ports_or_not(void **state)
{
	(void)state;
	const struct plan_arm arm = {.id = "tcp-close", .rung = PLAN_RUNG_TCP_CLOSE};
	static const struct {
		int page;
		double rate;
		bool lasts;
	} cases[] = {
		{PLAN_HOME, 71, true}, {PLAN_HOME, 73, false}, /* 5 calls */
		{PLAN_PLP, 89, true},  {PLAN_PLP, 91, false},  /* 4 */
		{PLAN_PDP, 89, true},  {PLAN_PDP, 91, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (port_budget_lasts(&arm, cases[i].page, cases[i].rate, 24000, error) !=
		    cases[i].lasts)
			fail_msg("page %d at %g/s", cases[i].page, cases[i].rate);
}

static void what_does_not_fit_says_what_would(void **state)
{
	(void)state;
	const struct plan_arm arm = {.id = "tcp-close", .rung = PLAN_RUNG_TCP_CLOSE};
	assert_false(port_budget_lasts(&arm, PLAN_PDP, 1000, 24000, error));
	assert_non_null(strstr(error, "tcp-close pdp: 1000 pages/s x 4 connections x 60 s hold "
				      "240000 local ports of 24000"));
	assert_non_null(strstr(error, "until it is under 90 pages/s"));
	assert_non_null(strstr(error, "ip_local_port_range"));
	assert_null(strchr(error, '\n'));
}

static void others_keep_their_connections(void **state)
{
	(void)state;
	const struct plan_arm arm = {.id = "tcp", .rung = PLAN_RUNG_TCP};
	const struct plan_arm closing = {.id = "tcp-close", .rung = PLAN_RUNG_TCP_CLOSE};
	assert_true(port_budget_lasts(&arm, PLAN_PDP, 1e6, 24000, error));
	assert_true(port_budget_lasts(&closing, PLAN_PDP, 1e6, -1, error)); /* not known */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_fits_the_ports_or_not),
		cmocka_unit_test(what_does_not_fit_says_what_would),
		cmocka_unit_test(others_keep_their_connections),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
