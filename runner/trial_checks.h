/* trial_checks: the rules that decide whether a load of a trial counts, each written into the
 * result's checks[] as {name, ok, value, limit} and, for those that only warn, "warning": true. The
 * generator's own checks stand there already.
 *
 * The rules know nothing of the result's latencies beside a limit: no trial is judged by how fast
 * it was.
 */
#ifndef DUET_RUNNER_TRIAL_CHECKS_H
#define DUET_RUNNER_TRIAL_CHECKS_H

#include "runner/result_fill.h"

/* Adds every check that applies to the load. A failed one that is no warning makes the result
 * invalid and says why in invalid_why. */
void trial_checks_add(const struct result_facts *facts, const struct run_load_spec *spec,
		      const struct run_load_outcome *outcome, json_t *result);

/* Which share of all CPU time something else took during a load: the hypervisor, or other programs,
 * whichever is more; NaN when it is not known. From TRIAL_CHECKS_DISTURBED on a load does not
 * count. */
#define TRIAL_CHECKS_DISTURBED 0.05
double trial_checks_disturbance(const struct run_load_outcome *outcome);

/* From this share of the local ports on, held after a load, the load does not count. */
#define TRIAL_CHECKS_PORTS_MAX 0.9

/* The nearest-rank percentile (0..1) of [value, count] pairs in ascending order; NaN without any.
 */
double trial_checks_percentile(const json_t *histogram, double share);

/* True when latencies pile up at about 40 ms, the kernel's delayed acknowledgement: more than 0.5 %
 * of all lie in 39..45 ms, and 5 times as many as in the bands of that width on its two sides
 * together. */
bool trial_checks_plateau(const json_t *histogram, double *share);

#endif
