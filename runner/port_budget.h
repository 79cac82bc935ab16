/* port_budget: whether the local ports last when every call of an arm opens a connection.
 *
 * The side that closes a connection keeps its port for a minute (TIME_WAIT, fixed in Linux at 60
 * s), and the BFF's calls all come from one address, so that a rate of new connections holds 60
 * times as many ports at once, in the worst case, however long the loads of a run last.
 */
#ifndef DUET_RUNNER_PORT_BUDGET_H
#define DUET_RUNNER_PORT_BUDGET_H

#include "runner/plan.h"

enum { PORT_BUDGET_HELD_S = 60, PORT_BUDGET_ERROR_MAX = 256 };

/* True when `rate` pages a second of an arm stay under the share of the machine's `ports` (as
 * net_port_count says; -1: not known, which is let pass) at which a trial would be invalid; else
 * false with one line in error[PORT_BUDGET_ERROR_MAX] that says which rate would be. */
bool port_budget_lasts(const struct plan_arm *arm, int page, double rate, int64_t ports,
		       char *error);

#endif
