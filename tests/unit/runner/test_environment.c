/* What an environment says, what it warns of, and the spinners that keep CPUs awake. */
#include "runner/build_info.h"
#include "runner/environment.h"
#include "runner/keep_awake.h"
#include "runner/proc_stat.h"

#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static size_t warned(json_t *environment)
{
	json_t *list = environment_warnings(environment);
	size_t count = json_array_size(list);
	json_decref(list);
	return count;
}

static json_t *quiet_environment(void)
{
	return json_pack("{ss ss ss ss s{ss ss} ss ss sb ss ss ss sf s{ss ss}}", "virtualization",
			 "none seen", "governor", "performance", "turbo", "off", "thp",
			 "always [madvise] never", "cgroup", "cpu", "none", "memory", "none",
			 "congestion_control", "cubic", "clocksource", "tsc", "clean", 1, "flags",
			 "-std=c11 -O2 -g", "cpus_server", "0", "cpus_generator", "1",
			 "load_average", 0.2, "thread_siblings", "0", "0", "1", "1");
}

static void each_disturbance_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value; /* as JSON */
	} changes[] = {
		{"virtualization", "\"virtual machine\""},
		{"governor", "\"powersave\""},
		{"turbo", "\"on\""},
		{"thp", "\"[always] madvise never\""},
		{"cgroup", "{\"cpu\": \"50000 100000\"}"},
		{"congestion_control", "\"bbr\""},
		{"clocksource", "\"hpet\""},
		{"clean", "false"},
		{"flags", "\"-O2 -fsanitize=address\""},
		{"flags", "\"-g\""},
		{"cpus_generator", "\"0\""},
		{"cpus_server", "\"0,1\""},
		{"cpus_store", "\"1\""},
		{"load_average", "1.5"},
		{"thread_siblings", "{\"0\": \"0-1\", \"1\": \"0-1\"}"},
		{"thread_siblings", "{\"0\": \"0,1\", \"1\": \"0,1\"}"},
	};
	json_t *quiet = quiet_environment(), *nothing = json_object();
	assert_int_equal(warned(quiet), 0);
	assert_int_equal(warned(nothing), 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		json_t *changed = json_copy(quiet);
		json_object_set_new(changed, changes[i].key,
				    json_loads(changes[i].value, JSON_DECODE_ANY, NULL));
		if (warned(changed) != 1)
			fail_msg("%s %s: %zu warnings", changes[i].key, changes[i].value,
				 warned(changed));
		json_decref(changed);
	}
	json_decref(quiet);
	json_decref(nothing);
}

static void a_generator_that_waits_is_named(void **state)
{
	(void)state;
	json_t *shared = quiet_environment();
	(void)json_object_set_new(shared, "cpus_server", json_string("0,1"));
	(void)json_object_set_new(shared, "cpus_store", json_string("0,1"));
	(void)json_object_set_new(shared, "placement", json_string("2cpu"));
	(void)json_object_set_new(shared, "priority_generator",
				  json_string("real-time (SCHED_RR)"));
	assert_int_equal(warned(shared), 1);
	(void)json_object_set_new(shared, "priority_generator", json_string("normal"));
	assert_int_equal(warned(shared), 2);
	(void)json_object_set_new(shared, "placement", json_string("1cpu"));
	assert_int_equal(warned(shared), 1);
	json_decref(shared);
}

static void everything_is_read(void **state)
{
	(void)state;
	static const char *const keys[] = {"cpu",
					   "cpus_server",
					   "cpus_generator",
					   "smt",
					   "governor",
					   "turbo",
					   "mitigations",
					   "virtualization",
					   "kernel",
					   "cgroup",
					   "memory_mb",
					   "thp",
					   "congestion_control",
					   "fd_limit",
					   "compiler",
					   "flags",
					   "commit",
					   "clean",
					   "libraries",
					   "linked",
					   "load_average",
					   "warnings",
					   "thread_siblings"};
	struct site site = {.products = 80};
	CPU_SET(0, &site.cpus_all);
	json_t *environment = environment_read(&site);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!json_object_get(environment, keys[i]))
			fail_msg("no %s", keys[i]);
	json_t *cgroup = json_object_get(environment, "cgroup");
	assert_int_equal(json_object_size(cgroup), 3);
	size_t i, curl = 0;
	json_t *name;
	json_array_foreach(json_object_get(environment, "linked"), i, name) curl +=
		strncmp(json_string_value(name), "libcurl.so.", 11) == 0;
	assert_int_equal(curl, 1);
	json_decref(environment);
}

static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 500 && proc_stat_started(pid) != 0; i++)
		(void)poll(NULL, 0, 10);
	return proc_stat_started(pid) == 0;
}

static void spinners_are_idle_and_end(void **state)
{
	(void)state;
	struct keep_awake awake;
	char error[KEEP_AWAKE_ERROR_MAX];
	cpu_set_t cpus, at;
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (!keep_awake_start(&awake, &cpus, error))
		fail_msg("%s", error);
	assert_int_equal(awake.count, 1);
	pid_t pid = awake.pids[0];
	assert_int_equal(sched_getscheduler(pid), SCHED_IDLE);
	assert_int_equal(sched_getaffinity(pid, sizeof(at), &at), 0);
	assert_true(CPU_EQUAL(&at, &cpus));
	for (int i = 0; i < 1000 && keep_awake_cpu_s(&awake) <= 0; i++)
		(void)poll(NULL, 0, 10); /* a busy machine leaves it little */
	assert_true(keep_awake_cpu_s(&awake) > 0);
	assert_true(keep_awake_cpu_s(NULL) <= 0);
	keep_awake_stop(&awake);
	assert_true(is_gone(pid));
	assert_int_equal(awake.count, 0);
	keep_awake_stop(&awake);
}

/* Killed without a chance to clean up, a runner takes its spinners along. */
static void spinners_die_with_their_runner(void **state)
{
	(void)state;
	int told[2];
	pid_t spinner = 0;
	assert_int_equal(pipe(told), 0);
	pid_t runner = fork();
	if (runner == 0) {
		struct keep_awake awake;
		char error[KEEP_AWAKE_ERROR_MAX];
		cpu_set_t cpus;
		CPU_ZERO(&cpus);
		CPU_SET(0, &cpus);
		if (keep_awake_start(&awake, &cpus, error))
			(void)!write(told[1], &awake.pids[0], sizeof(awake.pids[0]));
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(told[0], &spinner, sizeof(spinner)), sizeof(spinner));
	assert_int_equal(kill(spinner, 0), 0);
	assert_int_equal(kill(runner, SIGKILL), 0);
	assert_int_equal(waitpid(runner, NULL, 0), runner);
	assert_true(is_gone(spinner));
	(void)close(told[0]);
	(void)close(told[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_disturbance_is_named),
		cmocka_unit_test(a_generator_that_waits_is_named),
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(spinners_are_idle_and_end),
		cmocka_unit_test(spinners_die_with_their_runner),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
