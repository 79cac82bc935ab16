/* `duet compare` on made-up runs: ratios, refusals, warnings. Its two streams are caught in files.
 */
#include "runner/compare.h"
#include "runner/stats.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/runner/report_fixture.h"

struct outcome {
	int status;
	char *out, *err;
};

static int redirect(int stream, const char *path)
{
	fflush(NULL);
	int saved = dup(stream);
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(saved >= 0 && file >= 0 && dup2(file, stream) >= 0);
	close(file);
	return saved;
}

static void restore(int stream, int saved)
{
	fflush(NULL);
	dup2(saved, stream);
	close(saved);
}

static char *whole_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);
	assert_true(file && text);
	size_t len = fread(text, 1, (1 << 20) - 1, file);
	text[len] = '\0';
	fclose(file);
	unlink(path);
	return text;
}

/* With an option when `value` is given. */
static struct outcome compare_with(const char *a, const char *b, const char *option,
				   const char *value)
{
	char name[] = "compare";
	char *argv[6] = {name, (char *)a, (char *)b};
	int argc = b ? 3 : 2;
	struct outcome outcome;
	if (value) {
		argv[argc++] = (char *)option;
		argv[argc++] = (char *)value;
	}
	char out[64], err[64];
	snprintf(out, sizeof(out), "/tmp/duet-compare-%d.out", (int)getpid());
	snprintf(err, sizeof(err), "/tmp/duet-compare-%d.err", (int)getpid());
	int saved_out = redirect(1, out);
	int saved_err = redirect(2, err);
	outcome.status = compare_command(argc, argv);
	restore(2, saved_err);
	restore(1, saved_out);
	outcome.out = whole_file(out);
	outcome.err = whole_file(err);
	return outcome;
}

static struct outcome compare_gated(const char *a, const char *b, const char *share)
{
	return compare_with(a, b, "--fail-on-regression", share);
}

static struct outcome compare(const char *a, const char *b)
{
	return compare_gated(a, b, NULL);
}

static void outcome_free(struct outcome *outcome)
{
	free(outcome->out);
	free(outcome->err);
}

static void ratios_are_welchs(void **state)
{
	(void)state;
	struct fixture a = fixture_two_arms();
	struct fixture b = fixture_two_arms();
	b.arms[1].p50 = 800; /* twice as fast as before */
	double before[5], after[5];
	char ratio[64];
	for (int block = 0; block < 5; block++) {
		before[block] = 1600 * fixture_factor(1, block);
		after[block] = 800 * fixture_factor(1, block);
	}
	struct interval expected = stats_welch_ratio(before, 5, after, 5, 0.95);
	fixture_open(&a);
	fixture_open(&b);
	fixture_write(&a);
	fixture_write(&b);
	struct outcome outcome = compare(a.path, b.path);
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.err, "");
	snprintf(ratio, sizeof(ratio), "%.3f (%.3f to %.3f)", expected.estimate, expected.low,
		 expected.high);
	has(outcome.out, ratio);
	has(outcome.out, "| better ");
	has(outcome.out, "| cannot be told |");
	has(outcome.out, "requests/s");
	outcome_free(&outcome);
	fixture_close(&a);
	fixture_close(&b);
}

static void other_work_is_refused(void **state)
{
	(void)state;
	struct fixture a = fixture_two_arms();
	struct fixture plan = fixture_two_arms();
	struct fixture data = fixture_two_arms();
	plan.plan_sha256 = "b";
	data.data_sha256 = "c";
	fixture_open(&a);
	fixture_open(&plan);
	fixture_open(&data);
	fixture_write(&a);
	fixture_write(&plan);
	fixture_write(&data);
	struct outcome outcome = compare(a.path, plan.path);
	assert_int_equal(outcome.status, 1);
	assert_string_equal(outcome.out, "");
	has(outcome.err, "different plans (sha256 aaaaaaaaaaaa and bbbbbbbbbbbb)");
	outcome_free(&outcome);
	outcome = compare(a.path, data.path);
	assert_int_equal(outcome.status, 1);
	has(outcome.err, "different data (sha256 dddddddddddd and cccccccccccc)");
	outcome_free(&outcome);
	outcome = compare(a.path, "/nonexistent/run");
	assert_int_equal(outcome.status, 1);
	has(outcome.err, "/nonexistent/run");
	outcome_free(&outcome);
	outcome = compare(a.path, NULL);
	assert_int_equal(outcome.status, 2);
	outcome_free(&outcome);
	fixture_close(&a);
	fixture_close(&plan);
	fixture_close(&data);
}

/* Gives the run's plan another id, and a key of it a value. */
static void change_plan(const struct fixture *f, const char *key, json_t *value)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/run.json", f->path);
	json_t *about = json_load_file(path, 0, NULL);
	json_t *plan = json_object_get(about, "plan");
	json_object_set_new(plan, "id", json_string("another"));
	json_object_set_new(plan, key, value);
	assert_int_equal(json_dump_file(about, path, 0), 0);
	json_decref(about);
}

static void one_named_key_may_differ(void **state)
{
	(void)state;
	struct fixture a = fixture_two_arms();
	struct fixture b = fixture_two_arms();
	b.plan_sha256 = "b";
	fixture_open(&a);
	fixture_open(&b);
	fixture_write(&a);
	fixture_write(&b);
	change_plan(&b, "keep_awake", json_true());
	struct outcome outcome = compare(a.path, b.path);
	assert_int_equal(outcome.status, 1);
	has(outcome.err, "(--except)");
	outcome_free(&outcome);
	outcome = compare_with(a.path, b.path, "--except", "keep_awake");
	assert_int_equal(outcome.status, 0);
	has(outcome.out, "The plans may differ in \"keep_awake\": A has none, B has true.");
	has(outcome.out, "| cannot be told |");
	outcome_free(&outcome);
	change_plan(&b, "think", json_string("2s"));
	outcome = compare_with(a.path, b.path, "--except", "keep_awake");
	assert_int_equal(outcome.status, 1);
	has(outcome.err, "different plans");
	assert_string_equal(outcome.out, "");
	outcome_free(&outcome);
	fixture_close(&a);
	fixture_close(&b);
}

static void another_machine_is_a_warning(void **state)
{
	(void)state;
	struct fixture a = fixture_two_arms();
	struct fixture b = fixture_two_arms();
	b.cpu = "Other CPU";
	b.blocks = 3;
	fixture_open(&a);
	fixture_open(&b);
	fixture_write(&a);
	fixture_write(&b);
	struct outcome outcome = compare(a.path, b.path);
	assert_int_equal(outcome.status, 0);
	has(outcome.err, "warning: cpu differs (Test CPU and Other CPU)");
	has(outcome.out, "no verdict"); /* three blocks on one side */
	outcome_free(&outcome);
	fixture_close(&a);
	fixture_close(&b);
}

static void overload_has_no_latency_ratio(void **state)
{
	(void)state;
	struct fixture a = fixture_two_arms();
	a.vus = 2500;
	fixture_open(&a);
	fixture_write(&a);
	struct outcome outcome = compare(a.path, a.path);
	assert_int_equal(outcome.status, 0);
	has(outcome.out, "| knee ");
	outcome_free(&outcome);
	fixture_close(&a);
}

static void other_bytes(json_t *result, int arm, int block, const char *kind)
{
	(void)arm;
	(void)block;
	(void)kind;
	json_object_set_new(json_object_get(result, "parity"), "sha256",
			    json_string(fixture_hash("8")));
}

static void another_manifest(json_t *result, int arm, int block, const char *kind)
{
	(void)arm;
	(void)block;
	(void)kind;
	json_object_set_new(json_object_get(result, "data"), "manifest_sha256",
			    json_string(fixture_hash("7")));
}

static void other_bytes_are_refused(void **state)
{
	(void)state;
	static const struct {
		void (*change)(json_t *result, int arm, int block, const char *kind);
		const char *says;
	} cases[] = {
		{other_bytes, "answered pdp with different bytes (sha256 999999999999 and "
			      "888888888888)"},
		{another_manifest, "different pages' bytes (sha256 eeeeeeeeeeee and 777777777777)"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture a = fixture_two_arms();
		struct fixture b = fixture_two_arms();
		b.change = cases[i].change;
		fixture_open(&a);
		fixture_open(&b);
		fixture_write(&a);
		fixture_write(&b);
		struct outcome outcome = compare(a.path, b.path);
		assert_int_equal(outcome.status, 1);
		assert_string_equal(outcome.out, "");
		has(outcome.err, cases[i].says);
		outcome_free(&outcome);
		fixture_close(&a);
		fixture_close(&b);
	}
}

/* What the gate says of a run whose second arm has `p50` instead of 1,600 us. */
static void gate(double p50, int blocks, const char *share, int status, const char *says)
{
	struct fixture a = fixture_two_arms();
	struct fixture b = fixture_two_arms();
	b.arms[1].p50 = p50;
	b.blocks = blocks;
	fixture_open(&a);
	fixture_open(&b);
	fixture_write(&a);
	fixture_write(&b);
	struct outcome outcome = compare_gated(a.path, b.path, share);
	assert_int_equal(outcome.status, status);
	has(outcome.err, says);
	outcome_free(&outcome);
	fixture_close(&a);
	fixture_close(&b);
}

/* Blocks differ by 4 %, so that the interval of a ratio is about 2.5 % wide to each side. */
static void only_a_whole_interval_is_a_regression(void **state)
{
	(void)state;
	gate(1600, 5, "5%", 0, "no regression over 5 %");
	gate(1600 * 1.2, 5, "5%", 99, "regression: pdp, 20 VUs, micro-mongodb, p50, ms: B / A 1.2");
	gate(1600 * 1.06, 5, "5%", 0, "no regression over 5 %"); /* beyond, its interval is not */
	gate(1600 * 1.2, 5, "50%", 0, "no regression over 50 %");
	gate(800, 5, "5%", 0, "no regression over 5 %"); /* twice as fast */
}

static void what_cannot_be_judged_does_not_pass(void **state)
{
	(void)state;
	gate(1600 * 2, 4, "5%", 1, "none of 6 rows can be judged");
}

static void a_malformed_share_is_usage(void **state)
{
	(void)state;
	static const char *const wrong[] = {"5", "0%", "-5%", "x%", "101%", "", "5 % more"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct outcome outcome =
			compare_gated("/nonexistent/a", "/nonexistent/b", wrong[i]);
		assert_int_equal(outcome.status, 2);
		has(outcome.err, "is no share; write 5%");
		outcome_free(&outcome);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ratios_are_welchs),
		cmocka_unit_test(other_work_is_refused),
		cmocka_unit_test(one_named_key_may_differ),
		cmocka_unit_test(another_machine_is_a_warning),
		cmocka_unit_test(overload_has_no_latency_ratio),
		cmocka_unit_test(other_bytes_are_refused),
		cmocka_unit_test(only_a_whole_interval_is_a_regression),
		cmocka_unit_test(what_cannot_be_judged_does_not_pass),
		cmocka_unit_test(a_malformed_share_is_usage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
