/* placement: which CPUs an arm's servers, their database and the generator have, and who comes
 * first where the generator shares one.
 *
 *   1cpu      servers and database together on the site's server CPUs, the generator on the others
 *   2cpu      servers and database on every CPU; the generator where it is in 1cpu
 *   db-apart  servers where they are in 1cpu; the database on the last half of the generator's
 *             CPUs, which the generator then leaves. A generator with one CPU shares it.
 *
 * In the last two a generator that shares CPUs comes first on them, so that it sends on time: at
 * real-time priority (SCHED_RR) where the system permits that, else what it shares them with runs
 * at a lower priority (nice), which is always permitted and keeps the generator waiting longer. One
 * CPU for everything is 1cpu whatever the arm says, but for these priorities.
 */
#ifndef DUET_RUNNER_PLACEMENT_H
#define DUET_RUNNER_PLACEMENT_H

#include "runner/plan.h"
#include "runner/site.h"

enum { PLACEMENT_NICE = 10, PLACEMENT_THREADS_MAX = 64 };

struct placement {
	cpu_set_t servers, store, generator; /* store: of a database's own process */
	bool generator_realtime;
	int servers_nice, store_nice; /* added to the priority that the runner has */
};

/* Where an arm's programs run, by its `placement` (enum plan_placement). */
struct placement placement_of(const struct site *site, int placement);

/* How many event loops a program with these CPUs is given: one each, at most as many as our
 * programs take. */
size_t placement_threads(const cpu_set_t *cpus);

/* Whether nothing but the generator runs on its CPUs. Then it waits for answers without sleeping
 * (loadgen --busy-poll): whoever answers a sleeper pays for waking it, which is no part of a page.
 */
bool placement_generator_alone(const struct placement *place);
/* The same for an environment: "polling" or "asleep". */
const char *placement_generator_waits(const struct placement *place);

/* How many CPUs servers and database have between them. */
size_t placement_server_cpus(const struct placement *place);

/* Says it in an environment: placement, cpus_server, cpus_store ("none": the store is inside the
 * servers), cpus_generator, priority_generator, priority_server, priority_store, generator_waits.
 */
void placement_describe(const struct site *site, const struct plan_arm *arm, json_t *environment);

#endif
