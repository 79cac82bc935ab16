/* Which of several attempts stands, and where a twin goes. */
#include "runner/report_cells.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/runner/report_fixture.h"

static struct run *open_run(const struct fixture *f)
{
	char error[256];
	struct run *run = report_run_open(f->path, error);
	if (!run)
		fail_msg("%s", error);
	return run;
}

/* Writes one more attempt at a closed load, with another p50. */
static void put_attempt(const struct fixture *f, int arm, int block, int attempt, bool valid,
			double p50)
{
	char name[80];
	json_t *result = fixture_head(f, arm, block, "closed");
	fixture_body(f, result, arm, block, "closed");
	json_object_set_new(json_object_get(result, "run"), "attempt", json_integer(attempt));
	json_object_set_new(result, "valid", json_boolean(valid));
	json_object_set_new(json_object_get(result, "latency_us"), "response_time",
			    fixture_latency(p50));
	snprintf(name, sizeof(name), "results_arm%d_pdp_20_b%d_a%d.json", arm, block, attempt);
	char *text = json_dumps(result, 0);
	fixture_put(f, name, text);
	free(text);
	json_decref(result);
}

static void is_close(double found, double wanted)
{
	if (fabs(found - wanted) > 1e-9)
		fail_msg("%g, not %g", found, wanted);
}

static void spoil_second_arm(json_t *result, int arm, int block, const char *kind)
{
	if (arm == 1 && block == 2 && strcmp(kind, "closed") == 0)
		json_object_set_new(result, "valid", json_false());
}

static double p50_of(const struct run *run, size_t arm, size_t block, bool with_invalid)
{
	struct cell cell = {arm, 0, 1, with_invalid};
	return cell_block(run, cell, METRIC_P50, block);
}

/* Both arms come from the attempt in which both are valid, though the first arm's first was valid,
 * too; what was measured first stays at hand. */
static void an_attempt_stands_whole(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = spoil_second_arm;
	fixture_open(&f);
	fixture_write(&f);
	put_attempt(&f, 0, 2, 1, false, 1000);
	put_attempt(&f, 1, 2, 1, false, 2000);
	put_attempt(&f, 0, 2, 2, true, 3000);
	put_attempt(&f, 1, 2, 2, true, 4000);
	struct run *run = open_run(&f);
	is_close(p50_of(run, 0, 2, false), 3000);
	is_close(p50_of(run, 1, 2, false), 4000);
	is_close(p50_of(run, 0, 2, true), 400 * fixture_factor(0, 2));
	is_close(p50_of(run, 1, 2, true), 1600 * fixture_factor(1, 2));
	is_close(p50_of(run, 0, 1, false), 400 * fixture_factor(0, 1));
	assert_int_equal(cell_excluded(run, (struct cell){0, 0, 1, false}), 1);
	report_run_close(run);
	fixture_close(&f);
}

/* Of two whole attempts the earlier stands: never the better. */
static void the_earlier_of_equals_stands(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	fixture_open(&f);
	fixture_write(&f);
	put_attempt(&f, 0, 2, 1, true, 1);
	put_attempt(&f, 1, 2, 1, true, 1);
	struct run *run = open_run(&f);
	is_close(p50_of(run, 0, 2, false), 400 * fixture_factor(0, 2));
	assert_int_equal(cell_excluded(run, (struct cell){0, 0, 1, false}), 0);
	report_run_close(run);
	fixture_close(&f);
}

/* The first of three arms in file order is the twin of the third. */
static void name_twin(json_t *result, int arm, int block, const char *kind)
{
	(void)block;
	(void)kind;
	if (arm == 0)
		json_object_set_new(json_object_get(result, "config"), "arm",
				    json_pack("{ss}", "twin_of", "unified-sqlite"));
}

static void a_twin_is_behind_the_arms(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.arms[2] = f.arms[0];
	f.arms[0].id = "unified-sqlite-twin";
	f.arms[0].p50 = 410;
	f.arm_count = 3;
	f.change = name_twin;
	fixture_open(&f);
	fixture_write(&f);
	char path[100];
	snprintf(path, sizeof(path), "%s/run.json", f.path);
	assert_int_equal(unlink(path), 0); /* the files alone say it */
	struct run *run = open_run(&f);
	assert_int_equal(run->arm_count, 2);
	assert_int_equal(run->arm_total, 3);
	assert_string_equal(run->arms[0].id, "micro-mongodb");
	assert_string_equal(run->arms[1].id, "unified-sqlite");
	assert_string_equal(run->arms[2].id, "unified-sqlite-twin");
	assert_int_equal(run->twin_of, 1);
	is_close(p50_of(run, 2, 0, false), 410);
	is_close(p50_of(run, 0, 0, false), 1600);
	report_run_close(run);
	fixture_close(&f);
}

static void an_open_twin_is_a_load_of_its_own(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	fixture_open(&f);
	fixture_write(&f);
	json_t *result = fixture_head(&f, 0, 0, "open");
	fixture_body(&f, result, 0, 0, "open");
	json_object_set_new(json_object_get(result, "scenario"), "twin_of_vus", json_integer(20));
	char *text = json_dumps(result, 0);
	fixture_put(&f, "results_arm0_pdp_20open_b0.json", text);
	struct run *run = open_run(&f);
	assert_int_equal(run->load_count, 3);
	assert_int_equal(run->loads[2].kind, RUN_OPEN_TWIN);
	assert_int_equal(run->loads[2].vus, 20);
	report_run_close(run);
	free(text);
	json_decref(result);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attempt_stands_whole),
		cmocka_unit_test(the_earlier_of_equals_stands),
		cmocka_unit_test(a_twin_is_behind_the_arms),
		cmocka_unit_test(an_open_twin_is_a_load_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
