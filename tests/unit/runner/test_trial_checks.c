/* Every rule that can rule a trial out, kept and broken once. */
#include "runner/cpu_stat.h"
#include "runner/net_stat.h"
#include "runner/trial_checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct trial {
	struct result_facts facts;
	struct run_load_spec spec;
	struct run_load_outcome outcome;
	json_t *result;
};

static const char *const cubic = "cubic";

/* A load in which nothing is wrong: 1,000 requests in 10 s at a fixed rate. */
static struct trial good_trial(void)
{
	struct trial t = {.facts = {.before = {.cpu_count = 1, .spin_us = {100}},
				    .after = {.cpu_count = 1, .spin_us = {101}}},
			  .spec = {.shape = RUN_LOAD_OPEN},
			  .outcome = {.sampled = true,
				      .server_count = 1000,
				      .sockets = 100,
				      .cpus_sampled = true,
				      .cpus_s = 20,
				      .steal_s = 0.1,
				      .foreign_s = 3.5, /* 3 of it the generator's */
				      .mhz_before = 2000,
				      .mhz_after = 2010}};
	t.facts.environment = json_pack("{ss}", "congestion_control", cubic);
	t.result = json_pack("{s{sf} s{s{so} s{so}} s{si si si si s{}} sf s{s{sf}} s[] s[] sb}",
			     "config", "duration_s", 10.0, "latency_us", "send_lag", "histogram",
			     json_pack("[[fi][fi]]", 50.0, 985, 900.0, 15), "response_time",
			     "histogram", json_pack("[[fi][fi]]", 300.0, 985, 41000.0, 3),
			     "requests", "sent_all", 1000, "answered_all", 1000, "total", 1000,
			     "degraded", 0, "errors", "throughput_rps", 100.0, "resources",
			     "generator", "cpu_s", 3.0, "checks", "invalid_why", "valid", 1);
	assert_non_null(t.result);
	return t;
}

/* Judges and returns the check of that name (borrowed); NULL when there is none. */
static json_t *judge(struct trial *t, const char *name)
{
	size_t i;
	json_t *check;
	trial_checks_add(&t->facts, &t->spec, &t->outcome, t->result);
	json_array_foreach(json_object_get(t->result, "checks"), i, check)
	{
		assert_non_null(json_object_get(check, "value"));
		assert_non_null(json_object_get(check, "limit"));
		if (strcmp(json_string_value(json_object_get(check, "name")), name) == 0)
			return check;
	}
	return NULL;
}

static void end(struct trial *t)
{
	json_decref(t->facts.environment);
	json_decref(t->result);
}

static void set_lag(struct trial *t)
{
	json_object_set_new(json_object_get(json_object_get(t->result, "latency_us"), "send_lag"),
			    "histogram", json_pack("[[fi][fi]]", 50.0, 989, 1100.0, 11));
}

static void set_plateau(struct trial *t)
{
	json_object_set_new(
		json_object_get(json_object_get(t->result, "latency_us"), "response_time"),
		"histogram", json_pack("[[fi][fi][fi]]", 300.0, 980, 36000.0, 1, 41000.0, 19));
}

static void set_count(struct trial *t)
{
	t->outcome.server_count = 1001;
}

static void set_overflow(struct trial *t)
{
	t->outcome.listen_overflows = 1;
}

static void set_drift(struct trial *t)
{
	t->facts.after.spin_us[0] = 103;
}

static void set_unsampled(struct trial *t)
{
	t->outcome.sampled = false;
}

static void set_rate(struct trial *t)
{
	json_object_set_new(t->result, "throughput_rps", json_real(98.9));
}

static void set_ports(struct trial *t)
{
	t->outcome.sockets = net_port_count();
}

static void set_steal(struct trial *t)
{
	t->outcome.steal_s = 1;
}

static void set_foreign(struct trial *t)
{
	t->outcome.foreign_s = 4.1;
}

static void set_clock(struct trial *t)
{
	t->outcome.mhz_after = 2100;
}

static void set_congestion(struct trial *t)
{
	json_object_set_new(t->facts.environment, "congestion_control", json_string("bbr"));
}

static void each_rule_can_fail(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		void (*spoil)(struct trial *t);
		bool warning;
	} rules[] = {
		{"server_count", set_count, false},
		{"listen_overflows", set_overflow, false},
		{"spin_drift", set_drift, false},
		{"servers_sampled", set_unsampled, false},
		{"send_lag_p99_us", set_lag, false},
		{"achieved_rate", set_rate, false},
		{"port_share", set_ports, false},
		{"steal_share", set_steal, false},
		{"other_load_share", set_foreign, false},
		{"plateau_40ms_share", set_plateau, true},
		{"clock_change", set_clock, true},
		{"congestion_control", set_congestion, true},
	};
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct trial t = good_trial();
		json_t *check = judge(&t, rules[i].name);
		if (!json_is_true(json_object_get(check, "ok")))
			fail_msg("%s fails on a good trial", rules[i].name);
		assert_true(json_is_true(json_object_get(t.result, "valid")));
		end(&t);

		t = good_trial();
		rules[i].spoil(&t);
		check = judge(&t, rules[i].name);
		if (!json_is_false(json_object_get(check, "ok")))
			fail_msg("%s holds on a spoiled trial", rules[i].name);
		assert_int_equal(json_is_true(json_object_get(check, "warning")), rules[i].warning);
		assert_int_equal(json_is_true(json_object_get(t.result, "valid")),
				 rules[i].warning);
		assert_int_equal(json_array_size(json_object_get(t.result, "invalid_why")),
				 rules[i].warning ? 0 : 1);
		end(&t);
	}
}

/* A closed load has no rate to keep; two requests are never a shortfall. */
static void the_rate_is_for_open_loads(void **state)
{
	(void)state;
	struct trial t = good_trial();
	t.spec.shape = RUN_LOAD_LEVEL;
	assert_null(judge(&t, "achieved_rate"));
	end(&t);
	t = good_trial();
	json_object_set_new(json_object_get(t.result, "requests"), "total", json_integer(20));
	json_object_set_new(t.result, "throughput_rps", json_real(1.8));
	assert_true(json_is_true(json_object_get(judge(&t, "achieved_rate"), "ok")));
	end(&t);
}

static void percentiles_are_nearest_rank(void **state)
{
	(void)state;
	json_t *histogram = json_pack("[[fi][fi][fi]]", 1.0, 98, 2.0, 1, 3.0, 1);
	assert_float_equal(trial_checks_percentile(histogram, 0.98), 1, 0);
	assert_float_equal(trial_checks_percentile(histogram, 0.99), 2, 0);
	assert_float_equal(trial_checks_percentile(histogram, 1), 3, 0);
	json_decref(histogram);
}

static void cpu_lines_are_read(void **state)
{
	(void)state;
	struct cpu_sample sample;
	/* user nice system idle iowait irq softirq steal guest guest_nice */
	assert_true(cpu_stat_parse("cpu  100 10 50 800 5 0 20 15 0 0\n", 100, &sample));
	assert_float_equal(sample.busy_s, 1.8, 1e-9);
	assert_float_equal(sample.steal_s, 0.15, 1e-9);
	assert_float_equal(sample.total_s, 10, 1e-9);
	/* interrupts are kept apart, from the processes' times too */
	assert_true(cpu_stat_parse("cpu  100 10 50 795 5 5 20 15 0 0\n", 100, &sample));
	assert_float_equal(sample.busy_s, 1.6, 1e-9);
	assert_false(cpu_stat_parse("intr 5\n", 100, &sample));
	assert_false(cpu_stat_parse("cpu  1 2 3\n", 100, &sample));
	assert_true(cpu_stat_sample(&sample));
	assert_true(sample.total_s > sample.busy_s && sample.busy_s > 0);
	assert_true(net_sockets() >= 0);
	assert_true(net_port_count() > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_can_fail),
		cmocka_unit_test(the_rate_is_for_open_loads),
		cmocka_unit_test(percentiles_are_nearest_rank),
		cmocka_unit_test(cpu_lines_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
