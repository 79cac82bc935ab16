#include "runner/probes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void all_probes_measure(void **state)
{
	(void)state;
	cpu_set_t before, after;
	struct probes probes;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_true(probes_run(&before, &probes));
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
	assert_int_equal(probes.cpu_count, CPU_COUNT(&before));
	for (size_t i = 0; i < probes.cpu_count; i++)
		assert_true(probes.spin_us[i] > 1);
	assert_true(probes.wake_us > 0 && probes.syscall_us > 0 && probes.loopback_us > 0);
	/* a switch between threads is dearer than the cheapest call */
	assert_true(probes.wake_us > probes.syscall_us);
	json_t *json = probes_json(&probes);
	assert_int_equal(json_object_size(json_object_get(json, "spin_us")), probes.cpu_count);
	assert_true(json_is_real(json_object_get(json, "wake_us")));
	assert_true(json_is_real(json_object_get(json, "syscall_us")));
	assert_true(json_is_real(json_object_get(json, "loopback_us")));
	json_decref(json);
}

static void drift_is_the_worst_cpu(void **state)
{
	(void)state;
	struct probes before = {.cpu_count = 2, .spin_us = {100, 200}};
	struct probes after = before;
	assert_float_equal(probes_drift(&before, &after), 0, 1e-12);
	after.spin_us[1] = 194;
	after.spin_us[0] = 101;
	assert_float_equal(probes_drift(&before, &after), 0.03, 1e-9);
	after.spin_us[0] = 106;
	assert_float_equal(probes_drift(&before, &after), 0.06, 1e-9);
	after.wake_us = 1000;
	assert_float_equal(probes_drift(&before, &after), 0.06, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_probes_measure),
		cmocka_unit_test(drift_is_the_worst_cpu),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
