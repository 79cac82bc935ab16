/* SLOs: what is understood, what is refused, and what a result's numbers make of them. */
#include "runner/result_histogram.h"
#include "runner/slo.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void goals_are_read(void **state)
{
	(void)state;
	char error[SLO_ERROR_MAX];
	struct slo slo;
	assert_true(slo_parse("p95<50ms, errors<1%,p99.9 <= 1.5s,mean<800us,max<2s", &slo, error));
	assert_int_equal(slo.count, 5);
	assert_int_equal(slo.goals[0].value, SLO_PERCENTILE);
	assert_float_equal(slo.goals[0].percentile, 95, 0);
	assert_float_equal(slo.goals[0].limit, 50000, 0);
	assert_false(slo.goals[0].or_equal);
	assert_int_equal(slo.goals[1].value, SLO_ERRORS);
	assert_float_equal(slo.goals[1].limit, 0.01, 1e-12);
	assert_float_equal(slo.goals[2].percentile, 99.9, 1e-12);
	assert_true(slo.goals[2].or_equal);
	assert_string_equal(slo.goals[2].text, "p99.9<=1.5s");
	assert_float_equal(slo.goals[2].limit, 1.5e6, 1e-6);
	assert_int_equal(slo.goals[3].value, SLO_MEAN);
	assert_int_equal(slo.goals[4].value, SLO_MAX);
	assert_float_equal(slo_requests_needed(&slo), 20000, 1e-3);
}

static void others_are_refused_by_name(void **state)
{
	(void)state;
	static const char *const wrong[] = {"",
					    "p95",
					    "p95<",
					    "p95<50",
					    "p95<0ms",
					    "p95<-5ms",
					    "p95>50ms",
					    "p0<5ms",
					    "p100<5ms",
					    "p9x<5ms",
					    "errors<1",
					    "errors<0%",
					    "errors<1ms",
					    "p95<50ms,",
					    "p95<50ms,,max<1s",
					    "p95<1%",
					    "latency<5ms",
					    "p95<5.5.5s",
					    "p95<5ms;max<1s",
					    "p95<nanms",
					    "p95<5ms p99<6ms"};
	char error[SLO_ERROR_MAX];
	struct slo slo;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (slo_parse(wrong[i], &slo, error))
			fail_msg("was understood: %s", wrong[i]);
		assert_non_null(strstr(error, "is not understood"));
		assert_null(strchr(error, '\n'));
	}
	assert_false(slo_parse("p95<5ms,p95<6ms", &slo, error));
	assert_non_null(strstr(error, "'p95<6ms' stands there twice"));
	assert_true(slo_parse("p95<5ms,p99<6ms", &slo, error));
}

/* A result with `count` successes at each of two latencies and some failures. */
static json_t *result(json_int_t fast, json_int_t slow, json_int_t failed, json_int_t degraded)
{
	return json_pack("{s{sI sI sI} s{s{sf s[[f I] [f I]]}}}", "requests", "total",
			 fast + slow + failed + degraded, "ok", fast + slow, "degraded", degraded,
			 "latency_us", "response_time", "max", 80000.0, "histogram",
			 10000.0 - 0.001, fast, 80000.0, slow);
}

static enum slo_verdict judge(const char *text, json_t *taken, const char **missed)
{
	char error[SLO_ERROR_MAX];
	struct slo slo;
	const struct slo_goal *goal;
	static char shown[32];
	assert_true(slo_parse(text, &slo, error));
	enum slo_verdict verdict = slo_judge(&slo, taken, &goal);
	snprintf(shown, sizeof(shown), "%s", goal ? goal->text : "");
	*missed = shown;
	json_decref(taken);
	return verdict;
}

static void results_are_judged(void **state)
{
	(void)state;
	static const struct {
		const char *slo;
		json_int_t fast, slow, failed, degraded;
		enum slo_verdict verdict;
		const char *missed;
	} cases[] = {
		{"p95<50ms,errors<1%", 990, 10, 0, 0, SLO_HELD, ""},
		{"p95<50ms,errors<1%", 940, 60, 0, 0, SLO_BROKEN, "p95<50ms"},
		/* failures rank last: the percentile falls on one */
		{"p95<50ms", 940, 0, 60, 0, SLO_BROKEN, "p95<50ms"},
		{"p95<50ms,errors<1%", 985, 0, 15, 0, SLO_BROKEN, "errors<1%"},
		{"p95<50ms,errors<1%", 985, 0, 0, 15, SLO_BROKEN, "errors<1%"},
		{"errors<=1.5%", 985, 0, 15, 0, SLO_HELD, ""},
		/* 100 requests: only 5 beyond the 95th */
		{"p95<50ms", 100, 0, 0, 0, SLO_UNTOLD, "p95<50ms"},
		{"p95<50ms,errors<1%", 90, 0, 10, 0, SLO_BROKEN, "p95<50ms"},
		{"p95<50ms,errors<1%", 98, 0, 2, 0, SLO_BROKEN, "errors<1%"},
		{"p95<50ms", 90, 0, 10, 0, SLO_BROKEN, "p95<50ms"},
		{"max<80ms", 990, 10, 0, 0, SLO_BROKEN, "max<80ms"},
		{"max<=80ms", 990, 10, 0, 0, SLO_HELD, ""},
		{"mean<11ms", 990, 10, 0, 0, SLO_HELD, ""},
		{"mean<10ms", 990, 10, 0, 0, SLO_BROKEN, "mean<10ms"},
		{"mean<10ms,errors<1%", 0, 0, 0, 0, SLO_BROKEN, "mean<10ms"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *missed;
		enum slo_verdict verdict = judge(
			cases[i].slo,
			result(cases[i].fast, cases[i].slow, cases[i].failed, cases[i].degraded),
			&missed);
		if (verdict != cases[i].verdict || strcmp(missed, cases[i].missed) != 0)
			fail_msg("case %zu: %s, missed %s", i, slo_verdict_names[verdict], missed);
	}
}

static void a_histogram_comes_back_as_it_was(void **state)
{
	(void)state;
	json_t *taken = result(700, 300, 0, 0);
	struct histogram *h = histogram_new();
	assert_non_null(h);
	result_histogram_add(taken, "response_time", h);
	result_histogram_add(taken, "response_time", h);
	assert_int_equal(histogram_count(h), 2000);
	/* a bucket is at most 0.1 % wide */
	assert_in_range(histogram_percentile(h, 50), 9999999, 10009999);
	assert_int_equal(histogram_max(h), 80000000);
	assert_int_equal(result_counts(taken).ok, 1000);
	histogram_free(h);
	json_decref(taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goals_are_read),
		cmocka_unit_test(others_are_refused_by_name),
		cmocka_unit_test(results_are_judged),
		cmocka_unit_test(a_histogram_comes_back_as_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
