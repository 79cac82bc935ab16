#include "runner/port_budget.h"

#include "runner/plan_page.h"
#include "runner/trial_checks.h"

#include <stdio.h>

bool port_budget_lasts(const struct plan_arm *arm, int page, double rate, int64_t ports,
		       char *error)
{
	if (arm->rung != PLAN_RUNG_TCP_CLOSE || ports < 0)
		return true;
	unsigned calls = plan_page_parts(page);
	double held = rate * calls * PORT_BUDGET_HELD_S;
	double most = TRIAL_CHECKS_PORTS_MAX * (double)ports;
	if (held < most)
		return true;
	(void)snprintf(error, PORT_BUDGET_ERROR_MAX,
		       "%.48s %s: %.0f pages/s x %u connections x %d s hold %.0f local ports of "
		       "%lld; lower open's \"of_slowest_capacity\" until it is under %.0f pages/s, "
		       "or widen net.ipv4.ip_local_port_range",
		       arm->id, plan_page_names[page], rate, calls, PORT_BUDGET_HELD_S, held,
		       (long long)ports, most / (calls * PORT_BUDGET_HELD_S));
	return false;
}
