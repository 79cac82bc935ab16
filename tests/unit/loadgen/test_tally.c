/* What counts, where failures rank, and whether a threshold holds. */
#include "common/base/clock.h"
#include "loadgen/rank_interval.h"
#include "loadgen/tally.h"
#include "loadgen/target.h"
#include "loadgen/threshold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define START (100 * NS_PER_S)
#define END (103 * NS_PER_S)

static void add(struct tally *t, enum outcome outcome, int64_t due, int64_t took)
{
	const struct tally_request request = {outcome, due, due + took / 10, due + took};
	tally_record(t, &request);
}

static void the_due_time_decides_what_is_in_the_window(void **state)
{
	(void)state;
	struct tally t;
	assert_true(tally_init(&t, START, END));
	add(&t, OUTCOME_OK, START - 1, 10);           /* warm-up; ended in the window */
	add(&t, OUTCOME_OK, START, 10);               /* first instant */
	add(&t, OUTCOME_OK, END - 1, NS_PER_S);       /* ended in the drain */
	add(&t, OUTCOME_OK, END, 10);                 /* past it */
	add(&t, OUTCOME_RESET, START + NS_PER_S, 10); /* second slice */
	add(&t, OUTCOME_RESET, START - NS_PER_S, 10); /* warm-up */
	add(&t, OUTCOME_DEGRADED, START + NS_PER_S, 10);
	assert_int_equal(tally_total(&t), 4);
	assert_int_equal(tally_failed(&t), 1);
	assert_int_equal(t.window[OUTCOME_OK], 2);
	assert_int_equal(t.all[OUTCOME_OK], 4);
	assert_int_equal(t.all[OUTCOME_RESET], 2);
	assert_int_equal(t.ok_in_window, 2);
	assert_int_equal(histogram_count(t.response), 2);
	assert_int_equal(histogram_max(t.response), NS_PER_S);
	assert_int_equal(histogram_max(t.service), NS_PER_S - NS_PER_S / 10);
	assert_int_equal(histogram_max(t.send_lag), NS_PER_S / 10);
	assert_int_equal(histogram_count(t.send_lag), 4);
	assert_int_equal(t.slice_count, 3);
	assert_int_equal(t.slices[0].requests, 1);
	assert_int_equal(t.slices[1].requests, 2);
	assert_int_equal(t.slices[1].errors, 1);
	assert_int_equal(t.slices[1].degraded, 1);
	assert_int_equal(t.slices[2].requests, 1);
	tally_free(&t);
}

static void slices_cover_any_window(void **state)
{
	(void)state;
	static const int64_t lengths[] = {10 * NS_PER_MS, NS_PER_S,           NS_PER_S + 1,
					  600 * NS_PER_S, 600 * NS_PER_S + 1, 86400 * NS_PER_S};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct tally t;
		assert_true(tally_init(&t, 0, lengths[i]));
		assert_in_range(t.slice_count, 1, TALLY_SLICES_MAX);
		assert_true((int64_t)t.slice_count * t.slice_ns >= lengths[i]);
		add(&t, OUTCOME_OK, lengths[i] - 1, 10);
		assert_int_equal(t.slices[t.slice_count - 1].requests, 1);
		tally_free(&t);
	}
}

static void merging_adds(void **state)
{
	(void)state;
	struct tally a, b;
	assert_true(tally_init(&a, START, END));
	assert_true(tally_init(&b, START, END));
	add(&a, OUTCOME_OK, START, 1000);
	add(&b, OUTCOME_OK, START, 9000);
	add(&b, OUTCOME_HTTP_5XX, START, 9000);
	a.sent = 1, b.sent = 2, a.cut = 3, b.cut = 4;
	tally_merge(&a, &b, 0);
	assert_int_equal(tally_total(&a), 3);
	assert_int_equal(a.sent, 3);
	assert_int_equal(a.cut, 7);
	assert_int_equal(a.slices[0].requests, 3);
	assert_int_equal(a.slices[0].errors, 1);
	assert_int_equal(histogram_count(a.slices[0].response), 2);
	assert_int_equal(histogram_max(a.response), 9000);
	tally_free(&a);
	tally_free(&b);
}

static void a_turn_is_merged_into_its_slice(void **state)
{
	(void)state;
	enum { TURNS = 3 };
	const int64_t length = 500;
	struct tally all;
	assert_true(tally_init_sliced(&all, 0, TURNS * length, length));
	assert_int_equal(all.slice_count, TURNS);
	for (size_t turn = 0; turn < TURNS; turn++) {
		struct tally t;
		assert_true(tally_init_sliced(&t, START, START + length, length));
		assert_int_equal(t.slice_count, 1);
		for (size_t i = 0; i <= turn; i++)
			add(&t, OUTCOME_OK, START + length - 1, 1000);
		tally_merge(&all, &t, turn);
		tally_free(&t);
	}
	for (size_t turn = 0; turn < TURNS; turn++)
		assert_int_equal(all.slices[turn].requests, turn + 1);
	assert_int_equal(tally_total(&all), 6);
	tally_free(&all);
}

static struct tally_point at(const struct tally_latency *latency, double percentile)
{
	return tally_percentile(latency, percentile).point;
}

static void failures_rank_last(void **state)
{
	(void)state;
	struct histogram *h = histogram_new();
	for (int64_t i = 1; i <= 900; i++)
		histogram_record(h, i * 1000);
	/* 900 answers, then 20 without an end, 30 time-outs, 50 errors: rank 500 of 1000 is the
	 * 500th answer, p90 the last one. */
	const struct tally_latency all = {h, 20, 30, 50}, answered = {.values = h};
	assert_int_equal(at(&all, 50).rank, TALLY_VALUE);
	assert_int_equal(at(&all, 50).ns, 500399); /* steps of 400 ns */
	assert_int_equal(at(&all, 90).ns, 900000);
	assert_int_equal(at(&all, 90.1).rank, TALLY_ABOVE);
	assert_int_equal(at(&all, 92).rank, TALLY_ABOVE);
	assert_int_equal(at(&all, 92.1).rank, TALLY_TIMED_OUT);
	assert_int_equal(at(&all, 95).rank, TALLY_TIMED_OUT);
	assert_int_equal(at(&all, 95.1).rank, TALLY_FAILED);
	assert_int_equal(at(&all, 99).rank, TALLY_FAILED);
	assert_int_equal(at(&all, 99.1).rank, TALLY_FEW);
	assert_int_equal(at(&answered, 95).rank, TALLY_VALUE);
	/* The interval reaches into the failures before the percentile does: ranks 881 and 919. */
	const struct tally_percentile p90 = tally_percentile(&all, 90);
	assert_int_equal(p90.low.rank, TALLY_VALUE);
	assert_true(p90.low.ns < 900000);
	assert_int_equal(p90.high.rank, TALLY_ABOVE);
	histogram_free(h);
}

static void each_outcome_ranks_where_it_belongs(void **state)
{
	(void)state;
	struct tally t;
	assert_true(tally_init(&t, START, END));
	for (enum outcome o = 0; o < OUTCOMES; o++)
		add(&t, o, START, 1000);
	const struct tally_latency response = tally_response(&t), service = tally_service(&t);
	assert_int_equal(histogram_count(response.values), 1);
	assert_int_equal(response.above, 2);     /* unfinished, dropped */
	assert_int_equal(response.timed_out, 2); /* connect_timeout, request_timeout */
	assert_int_equal(response.failed, ERROR_KINDS - 2);
	assert_int_equal(service.above + service.timed_out + service.failed, ERROR_KINDS + 2);
	tally_free(&t);
}

static void the_send_lag_is_of_all_that_was_sent(void **state)
{
	(void)state;
	struct tally t;
	assert_true(tally_init(&t, START, END));
	const struct tally_request dropped = {OUTCOME_DROPPED, START, 0, 0};
	add(&t, OUTCOME_OK, START, 10000);
	add(&t, OUTCOME_HTTP_5XX, START, 70000);
	add(&t, OUTCOME_DEGRADED, START, 10000);
	tally_record(&t, &dropped);
	const struct tally_latency lag = tally_send_lag(&t);
	assert_int_equal(histogram_count(lag.values), 3);
	assert_int_equal(histogram_max(lag.values), 7000);
	assert_int_equal(lag.above + lag.timed_out + lag.failed, 1);
	tally_free(&t);
}

/* SciPy 1.10: low = binom.ppf(0.025, n, p), high = binom.ppf(0.975, n, p) + 1. */
static void intervals_are_the_binomial_ones(void **state)
{
	(void)state;
	static const struct {
		uint64_t n;
		double percentile;
		uint64_t low, high;
	} cases[] = {
		{20, 50, 6, 15},
		{99, 50, 40, 60},
		{100, 90, 84, 96},
		{101, 95, 91, 101},
		{200, 95, 184, 197},
		{1000, 50, 469, 532},
		{1000, 95, 936, 964},
		{1000, 99, 983, 997},
		{1001, 99, 984, 998},
		{12345, 95, 11680, 11776},
		{10000, 99.9, 9983, 9997},
		{250000, 99, 247402, 247598},
		{2000000, 50, 998614, 1001387},
		{20000000, 99.9, 19979722, 19980278},
		{3, 50, 0, 4},
		{40, 99, 38, 41},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rank_interval found =
			rank_interval_95(cases[i].n, cases[i].percentile);
		assert_int_equal(found.low, cases[i].low);
		assert_int_equal(found.high, cases[i].high);
	}
}

static void a_percentile_needs_ten_samples_beyond_it(void **state)
{
	(void)state;
	struct histogram *h = histogram_new();
	const struct tally_latency latency = {.values = h};
	assert_int_equal(at(&latency, 50).rank, TALLY_FEW);
	histogram_record_n(h, 1000, 19);
	assert_int_equal(at(&latency, 50).rank, TALLY_FEW);
	histogram_record_n(h, 1000, 1);
	assert_int_equal(at(&latency, 50).rank, TALLY_VALUE);
	histogram_record_n(h, 1000, 979);
	assert_int_equal(at(&latency, 99).rank, TALLY_FEW);
	histogram_record_n(h, 1000, 1);
	assert_int_equal(at(&latency, 99).rank, TALLY_VALUE);
	assert_int_equal(at(&latency, 99.9).rank, TALLY_FEW);
	histogram_free(h);
}

static bool holds(const char *text, const struct tally *t)
{
	struct threshold threshold;
	char error[256];
	double value;
	bool has_value;
	assert_true(threshold_parse(text, &threshold, error, sizeof(error)));
	return threshold_holds(&threshold, t, &value, &has_value);
}

static void thresholds_are_in_milliseconds(void **state)
{
	(void)state;
	struct tally t;
	assert_true(tally_init(&t, START, END));
	assert_false(holds("http_req_duration:p(50)<1000", &t)); /* no value: missed */
	assert_false(holds("http_req_failed:rate<1", &t));
	for (int64_t i = 1; i <= 1000; i++)
		add(&t, OUTCOME_OK, START, i * NS_PER_MS);
	assert_true(holds("http_req_duration:p(95)<951", &t));
	assert_false(holds("http_req_duration:p(95)<950", &t));
	assert_true(holds("http_req_duration:p(95)>=949.5", &t));
	assert_true(holds("http_req_duration:med<=500.5", &t));
	assert_true(holds("http_req_duration:avg>500", &t));
	assert_false(holds("http_req_duration:avg>501", &t));
	assert_true(holds("http_req_duration:max<=1000", &t));
	assert_true(holds("http_req_duration:min<1.001", &t));
	assert_false(holds("http_req_duration:p(99.9)<5000", &t)); /* one sample beyond */
	assert_true(holds("http_req_failed:rate<0.001", &t));
	add(&t, OUTCOME_RESET, START, 1);
	add(&t, OUTCOME_DEGRADED, START, 1);
	assert_false(holds("http_req_failed:rate<0.001", &t));
	assert_true(holds("http_req_failed:rate<0.002", &t));
	for (int i = 0; i < 100; i++)
		add(&t, OUTCOME_RESET, START, 1);
	assert_false(holds("http_req_duration:p(95)<1e9", &t)); /* falls on a failure */
	assert_true(holds("http_req_duration:p(95)>1e9", &t));
	tally_free(&t);
}

static void bad_thresholds_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"p(95)<5",
		"http_req_duration",
		"http_req_duration:p(95)",
		"http_req_duration:p95<5",
		"http_req_duration:p(101)<5",
		"http_req_duration:p(-1)<5",
		"http_req_duration:p()<5",
		"http_req_duration:p(95<5",
		"http_req_duration:p(95)=5",
		"http_req_duration:p(95)<",
		"http_req_duration:p(95)<5ms",
		"http_req_duration:p(95)<nan",
		"http_req_duration:p(100)<5",
		"http_req_duration:p(0)<5",
		"http_req_duration{page:pdp}",
		"http_req_duration{page:pdp:p(95)<5",
		"http_req_duration{page}:p(95)<5",
		"http_req_duration{:pdp}:p(95)<5",
		"http_req_duration{page:}:p(95)<5",
		"http_req_duration{}:p(95)<5",
		"http_req_duration{page:pdp,}:p(95)<5",
		"http_req_duration{page:p dp}:p(95)<5",
		"http_req_durationx:p(95)<5",
		"http_req_failed:p(95)<5",
		"http_req_duration:rate<5",
		"http_req_duration{a:b,a:b,a:b,a:b,a:b}:p(95)<5",
		"http_reqs:rate<5",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct threshold threshold;
		char error[256] = "";
		if (threshold_parse(bad[i], &threshold, error, sizeof(error)))
			fail_msg("'%s' was accepted", bad[i]);
		assert_non_null(strstr(error, "http_req_duration:p(95)<500"));
	}
}

static void tags_say_for_which_runs(void **state)
{
	(void)state;
	static const char *const pages[] = {"home", "plp", "pdp", NULL};
	static const struct threshold_fact facts[] = {{"page", "pdp", pages}, {"arm", "b-1", NULL}};
	static const struct {
		const char *text;
		bool known, applies;
	} cases[] = {
		{"http_req_duration:p(95)<5", true, true},
		{"http_req_duration{page:pdp}:p(95)<5", true, true},
		{"http_req_duration{page:plp}:p(95)<5", true, false},
		{"http_req_failed{arm:b-1}:rate<0.1", true, true},
		{"http_req_failed{page:pdp,arm:other}:rate<0.1", true, false},
		{"http_req_failed{arm:other,page:pdp}:rate<0.1", true, false},
		{"http_req_duration{page:cart}:p(95)<5", false, false},
		{"http_req_duration{pgae:pdp}:p(95)<5", false, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct threshold t;
		char error[256] = "";
		bool applies;
		assert_true(threshold_parse(cases[i].text, &t, error, sizeof(error)));
		assert_int_equal(t.metric_len,
				 strcspn(cases[i].text, "{:") +
					 (t.tag_count ? strcspn(cases[i].text, "}") -
								strcspn(cases[i].text, "{") + 1
						      : 0));
		assert_int_equal(threshold_match(&t, facts, 2, &applies, error, sizeof(error)),
				 cases[i].known);
		assert_int_equal(error[0] == '\0', cases[i].known);
		if (cases[i].known)
			assert_int_equal(applies, cases[i].applies);
	}
}

static void only_loopback_is_loaded_unasked(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		bool allow, ok;
	} cases[] = {
		{"http://127.0.0.1:8080", false, true}, {"http://127.0.0.1:8080/", false, true},
		{"http://127.9.9.9", false, true},      {"http://[::1]:8080", false, true},
		{"http://localhost:8080", false, true}, {"http://192.0.2.1:80", false, false},
		{"http://192.0.2.1:80", true, true},    {"http://0.0.0.0:80", false, false},
		{"http://[2001:db8::1]", false, false}, {"https://127.0.0.1", false, false},
		{"127.0.0.1:8080", false, false},       {"http://", false, false},
		{"http://127.0.0.1:0", false, false},   {"http://127.0.0.1:65536", false, false},
		{"http://127.0.0.1:80x", false, false}, {"http://127.0.0.1:", false, false},
		{"http://127.0.0.1/api", false, false}, {"http://u@127.0.0.1", false, false},
		{"http://[::1", false, false},          {"http://[::1]x", false, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_address address;
		char error[TARGET_ERROR_SIZE] = "";
		const bool ok = target_address(cases[i].url, cases[i].allow, &address, error);
		if (ok != cases[i].ok)
			fail_msg("%s: %s", cases[i].url, ok ? "accepted" : error);
		assert_int_equal(error[0] == '\0', ok);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_due_time_decides_what_is_in_the_window),
		cmocka_unit_test(slices_cover_any_window),
		cmocka_unit_test(merging_adds),
		cmocka_unit_test(a_turn_is_merged_into_its_slice),
		cmocka_unit_test(failures_rank_last),
		cmocka_unit_test(each_outcome_ranks_where_it_belongs),
		cmocka_unit_test(the_send_lag_is_of_all_that_was_sent),
		cmocka_unit_test(intervals_are_the_binomial_ones),
		cmocka_unit_test(a_percentile_needs_ten_samples_beyond_it),
		cmocka_unit_test(thresholds_are_in_milliseconds),
		cmocka_unit_test(bad_thresholds_are_refused),
		cmocka_unit_test(tags_say_for_which_runs),
		cmocka_unit_test(only_loopback_is_loaded_unasked),
	};
	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
