/* Who has which CPUs, for machines of any size. */
#include "runner/placement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* As site_init splits that many CPUs. */
static struct site make_site(size_t cpus, bool realtime)
{
	struct site site = {.realtime = realtime};
	for (size_t cpu = 0; cpu < cpus; cpu++) {
		CPU_SET(cpu, &site.cpus_all);
		if (cpu < cpus - cpus / 2)
			CPU_SET(cpu, &site.cpus_server);
		if (cpu >= cpus - cpus / 2 || cpus == 1)
			CPU_SET(cpu, &site.cpus_generator);
	}
	return site;
}

static void is_on(const cpu_set_t *cpus, const char *wanted)
{
	char text[64];
	site_cpus_text(cpus, text, sizeof(text));
	assert_string_equal(text, wanted);
}

static void every_machine_has_its_places(void **state)
{
	(void)state;
	static const struct {
		size_t cpus;
		int placement;
		const char *servers, *store, *generator;
		size_t server_cpus;
		bool servers_share, store_shares;
	} cases[] = {
		{1, PLAN_PLACEMENT_1CPU, "0", "0", "0", 1, false, false},
		{1, PLAN_PLACEMENT_2CPU, "0", "0", "0", 1, true, true},
		{1, PLAN_PLACEMENT_DB_APART, "0", "0", "0", 1, true, true},
		{2, PLAN_PLACEMENT_1CPU, "0", "0", "1", 1, false, false},
		{2, PLAN_PLACEMENT_2CPU, "0,1", "0,1", "1", 2, true, true},
		{2, PLAN_PLACEMENT_DB_APART, "0", "1", "1", 2, false, true},
		{3, PLAN_PLACEMENT_1CPU, "0,1", "0,1", "2", 2, false, false},
		{3, PLAN_PLACEMENT_DB_APART, "0,1", "2", "2", 3, false, true},
		{4, PLAN_PLACEMENT_2CPU, "0,1,2,3", "0,1,2,3", "2,3", 4, true, true},
		{4, PLAN_PLACEMENT_DB_APART, "0,1", "3", "2", 3, false, false},
		{7, PLAN_PLACEMENT_DB_APART, "0,1,2,3", "6", "4,5", 5, false, false},
		{8, PLAN_PLACEMENT_DB_APART, "0,1,2,3", "6,7", "4,5", 6, false, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int realtime = 0; realtime < 2; realtime++) {
			struct site site = make_site(cases[i].cpus, realtime);
			struct placement place = placement_of(&site, cases[i].placement);
			bool shares = cases[i].servers_share || cases[i].store_shares;
			is_on(&place.servers, cases[i].servers);
			is_on(&place.store, cases[i].store);
			is_on(&place.generator, cases[i].generator);
			assert_int_equal(placement_server_cpus(&place), cases[i].server_cpus);
			assert_int_equal(place.generator_realtime, realtime && shares);
			assert_int_equal(placement_generator_alone(&place),
					 cases[i].cpus > 1 && !shares);
			assert_int_equal(place.servers_nice,
					 !realtime && cases[i].servers_share ? PLACEMENT_NICE : 0);
			assert_int_equal(place.store_nice,
					 !realtime && cases[i].store_shares ? PLACEMENT_NICE : 0);
		}
}

static void a_cpu_is_a_loop_up_to_what_programs_take(void **state)
{
	(void)state;
	struct site few = make_site(3, false), many = make_site(200, false);
	assert_int_equal(placement_threads(&few.cpus_all), 3);
	assert_int_equal(placement_threads(&many.cpus_all), PLACEMENT_THREADS_MAX);
}

static const char *said(const json_t *environment, const char *key)
{
	return json_string_value(json_object_get(environment, key));
}

static void an_environment_says_it(void **state)
{
	(void)state;
	const struct site two = make_site(2, false), permitted = make_site(2, true);
	const struct plan_arm apart = {.store = PLAN_MONGODB, .placement = PLAN_PLACEMENT_DB_APART};
	const struct plan_arm whole = {.store = PLAN_SQLITE, .placement = PLAN_PLACEMENT_2CPU};
	json_t *environment = json_pack("{ss ss}", "cpus_server", "7", "cpu", "x");
	placement_describe(&two, &apart, environment);
	assert_string_equal(said(environment, "placement"), "db-apart");
	assert_string_equal(said(environment, "cpus_server"), "0");
	assert_string_equal(said(environment, "cpus_store"), "1");
	assert_string_equal(said(environment, "cpus_generator"), "1");
	assert_string_equal(said(environment, "priority_server"), "normal");
	assert_string_equal(said(environment, "priority_store"), "nice +10");
	assert_string_equal(said(environment, "priority_generator"), "normal");
	assert_string_equal(said(environment, "generator_waits"), "asleep");
	placement_describe(&permitted, &whole, environment);
	assert_string_equal(said(environment, "placement"), "2cpu");
	assert_string_equal(said(environment, "cpus_server"), "0,1");
	assert_string_equal(said(environment, "cpus_store"), "none");
	assert_string_equal(said(environment, "priority_server"), "normal");
	assert_string_equal(said(environment, "priority_store"), "none");
	assert_string_equal(said(environment, "priority_generator"), "real-time (SCHED_RR)");
	assert_string_equal(said(environment, "cpu"), "x");
	json_decref(environment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_machine_has_its_places),
		cmocka_unit_test(a_cpu_is_a_loop_up_to_what_programs_take),
		cmocka_unit_test(an_environment_says_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
