/* Goals for a whole run: which trials they are judged over, and what is refused. */
#include "runner/run_threshold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/runner/report_fixture.h"

/* The fixture's run as a plan has it: two arms, pdp, one level. */
static struct plan plan_of(const struct fixture *f)
{
	struct plan plan = {.page_count = 1, .pages = {PLAN_PDP}, .arm_count = 2, .level_count = 1};
	for (size_t i = 0; i < 2; i++)
		snprintf(plan.arms[i].id, sizeof(plan.arms[i].id), "%s", f->arms[i].id);
	plan.levels[0].vus = f->vus;
	return plan;
}

static int judge(const struct fixture *f, const char *text)
{
	char error[RUN_THRESHOLD_ERROR_MAX];
	struct plan plan = plan_of(f);
	struct run_thresholds thresholds;
	const struct option_texts texts = {.at = {text}, .count = 1};
	if (!run_thresholds_parse(&thresholds, &texts, &plan, error))
		fail_msg("%s", error);
	return run_thresholds_judge(&thresholds, f->path);
}

/* Of each fixture file 910 answers: 100 at each of nine latencies from half the p50 on, 10 at the
 * last. Unified's p50 is 400 us, the other's 1,600; a capacity load has the same latencies. */
static void goals_are_judged_over_their_trials(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{"http_req_duration{arm:unified-sqlite}:p(95)<2", 0},
		{"http_req_duration{arm:micro-mongodb}:p(95)<2", 99},
		{"http_req_duration:p(95)<2", 99}, /* both arms merged */
		{"http_req_duration{arm:unified-sqlite,vus:20,page:pdp,kind:closed}:p(95)<2", 0},
		{"http_req_duration{kind:capacity,arm:unified-sqlite}:p(95)<2", 0},
		{"http_req_duration{kind:open}:p(95)<1000", 99}, /* nothing to judge is missed */
		{"http_req_failed:rate<0.01", 0},
		{"http_req_failed:rate>0.5", 99},
	};
	struct fixture f = fixture_two_arms();
	fixture_open(&f);
	fixture_write(&f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (judge(&f, cases[i].text) != cases[i].status)
			fail_msg("%s: not %d", cases[i].text, cases[i].status);
	fixture_close(&f);
}

static void one_is_slow(json_t *result, int arm, int block, const char *kind)
{
	(void)arm;
	if (strcmp(kind, "closed") == 0 && block == 2)
		json_object_set_new(result, "valid", json_false());
	if (strcmp(kind, "capacity") == 0) {
		json_t *requests = json_object_get(result, "requests");
		json_object_set_new(requests, "ok", json_integer(0));
		json_object_set_new(json_object_get(requests, "errors"), "http_5xx",
				    json_integer(1000));
	}
}

/* Capacity loads, where here everything fails, count only when they are asked for. */
static void capacity_counts_only_when_asked_for(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = one_is_slow;
	fixture_open(&f);
	fixture_write(&f);
	assert_int_equal(judge(&f, "http_req_failed:rate<0.01"), 0);
	assert_int_equal(judge(&f, "http_req_failed{kind:capacity}:rate<0.01"), 99);
	fixture_close(&f);
}

static void what_no_load_has_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{"http_req_duration:p(95)", "is not understood"},
		{"p(95)<5", "is not understood"},
		{"http_req_duration{page:cart}:p(95)<5", "page 'cart' is none of pdp"},
		{"http_req_duration{page:home}:p(95)<5", "page 'home' is none of pdp"},
		{"http_req_duration{arm:unified}:p(95)<5", "'unified' is none of unified-sqlite"},
		{"http_req_duration{vus:21}:p(95)<5", "vus '21' is none of 20"},
		{"http_req_duration{pages:pdp}:p(95)<5", "tag 'pages' is none of page, arm, vus"},
	};
	struct fixture f = fixture_two_arms();
	struct plan plan = plan_of(&f);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char error[RUN_THRESHOLD_ERROR_MAX];
		struct run_thresholds thresholds;
		const struct option_texts texts = {.at = {"http_req_failed:rate<1", wrong[i].text},
						   .count = 2};
		assert_false(run_thresholds_parse(&thresholds, &texts, &plan, error));
		if (!strstr(error, wrong[i].says))
			fail_msg("%s\nis not in: %s", wrong[i].says, error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goals_are_judged_over_their_trials),
		cmocka_unit_test(capacity_counts_only_when_asked_for),
		cmocka_unit_test(what_no_load_has_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
