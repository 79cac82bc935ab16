#include "runner/placement.h"

#include <stdio.h>

static bool meet(const cpu_set_t *a, const cpu_set_t *b)
{
	cpu_set_t both;
	CPU_AND(&both, a, b);
	return CPU_COUNT(&both) > 0;
}

/* Gives the last half of the generator's CPUs to the store, or shares the only one. */
static void part_store(struct placement *place)
{
	int stay = CPU_COUNT(&place->generator) - CPU_COUNT(&place->generator) / 2, seen = 0;
	place->store = place->generator;
	if (CPU_COUNT(&place->generator) < 2)
		return;
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &place->generator))
			continue;
		if (seen++ < stay)
			CPU_CLR(cpu, &place->store);
		else
			CPU_CLR(cpu, &place->generator);
	}
}

/* The generator comes first on the CPUs that it shares. */
static void set_priorities(const struct site *site, struct placement *place)
{
	bool servers = meet(&place->servers, &place->generator);
	bool store = meet(&place->store, &place->generator);
	place->generator_realtime = site->realtime && (servers || store);
	if (site->realtime)
		return;
	place->servers_nice = servers ? PLACEMENT_NICE : 0;
	place->store_nice = store ? PLACEMENT_NICE : 0;
}

struct placement placement_of(const struct site *site, int placement)
{
	struct placement place = {.servers = site->cpus_server,
				  .store = site->cpus_server,
				  .generator = site->cpus_generator};
	if (placement == PLAN_PLACEMENT_1CPU)
		return place;
	if (placement == PLAN_PLACEMENT_2CPU)
		place.servers = place.store = site->cpus_all;
	else
		part_store(&place);
	set_priorities(site, &place);
	return place;
}

size_t placement_threads(const cpu_set_t *cpus)
{
	size_t count = (size_t)CPU_COUNT(cpus);
	return count < PLACEMENT_THREADS_MAX ? count : PLACEMENT_THREADS_MAX;
}

bool placement_generator_alone(const struct placement *place)
{
	return !meet(&place->servers, &place->generator) && !meet(&place->store, &place->generator);
}

const char *placement_generator_waits(const struct placement *place)
{
	return placement_generator_alone(place) ? "polling" : "asleep";
}

size_t placement_server_cpus(const struct placement *place)
{
	cpu_set_t all;
	CPU_OR(&all, &place->servers, &place->store);
	return (size_t)CPU_COUNT(&all);
}

static void set_cpus(json_t *environment, const char *key, const cpu_set_t *cpus)
{
	char text[256];
	site_cpus_text(cpus, text, sizeof(text));
	(void)json_object_set_new(environment, key, json_string(text));
}

static void set_priority(json_t *environment, const char *key, int lower)
{
	char text[32] = "normal";
	if (lower)
		(void)snprintf(text, sizeof(text), "nice %+d", lower);
	(void)json_object_set_new(environment, key, json_string(text));
}

void placement_describe(const struct site *site, const struct plan_arm *arm, json_t *environment)
{
	const struct placement place = placement_of(site, arm->placement);
	(void)json_object_set_new(environment, "placement",
				  json_string(plan_placement_names[arm->placement]));
	set_cpus(environment, "cpus_server", &place.servers);
	set_cpus(environment, "cpus_generator", &place.generator);
	set_priority(environment, "priority_server", place.servers_nice);
	if (arm->store == PLAN_MONGODB) {
		set_cpus(environment, "cpus_store", &place.store);
		set_priority(environment, "priority_store", place.store_nice);
	} else {
		(void)json_object_set_new(environment, "cpus_store", json_string("none"));
		(void)json_object_set_new(environment, "priority_store", json_string("none"));
	}
	(void)json_object_set_new(
		environment, "priority_generator",
		json_string(place.generator_realtime ? "real-time (SCHED_RR)" : "normal"));
	(void)json_object_set_new(environment, "generator_waits",
				  json_string(placement_generator_waits(&place)));
}
