/* What a report says of arms that had different CPUs. */
#include "tests/unit/runner/report_fixture.h"

static void set_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, json_string(text));
}

/* The second arm's servers are on both CPUs, and the generator uses 0.4 of one of them. */
static void place_second(json_t *result, int arm, int block, const char *kind)
{
	json_t *environment = json_object_get(result, "environment");
	(void)block;
	(void)kind;
	set_text(environment, "placement", arm ? "2cpu" : "1cpu");
	set_text(environment, "cpus_server", arm ? "0,1" : "0");
	set_text(environment, "cpus_store", "none");
	set_text(environment, "priority_server", "normal");
	set_text(environment, "priority_store", "none");
	set_text(environment, "priority_generator", arm ? "real-time" : "normal");
	json_object_set_new(json_object_get(result, "resources"), "generator",
			    json_pack("{sf}", "cpu_s", 0.8));
	json_object_set_new(result, "window_s", json_real(2));
}

static void arms_on_different_cpus_say_so(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = place_second;
	char *text = report_of(&f, "REPORT.md");
	has(text, "## Where what ran");
	has(text, "| 1cpu ");
	has(text, "| 2cpu ");
	has(text, "| 0,1 ");
	has(text, "| real-time ");
	has(text, "In 1 of 2 arms the generator shares CPUs with servers or database");
	has(text, "servers and generator share CPUs: they slow each other");
	has(text, "Some arms share CPUs with the generator");
	has(text, "one CPU that was full beside others");
	/* the servers filled one CPU of two, and the generator 0.4 of the other */
	has(text, "**70 %** |");
	has(text, " 100 % |");
	has_not(text, "All server processes of an arm share one CPU");
	free(text);
	fixture_close(&f);
}

static void arms_on_the_usual_cpus_say_nothing(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char *text = report_of(&f, "REPORT.md");
	has_not(text, "Where what ran");
	has_not(text, "One choice apart");
	has_not(text, "share CPUs");
	has(text, "All server processes of an arm share one CPU");
	has(text, "servers on CPU 0, generator on CPU 1");
	free(text);
	fixture_close(&f);
}

/* Two architectures on two stores, all of it twice: alike, and on every CPU. */
static struct fixture eight_arms(void)
{
	static const struct fixture_arm arms[] = {
		{"us", "unified", "sqlite", 24000, 300},
		{"um", "unified", "mongodb", 12000, 500},
		{"ms", "microservices", "sqlite", 6000, 900},
		{"mm", "microservices", "mongodb", 3000, 1600},
		{"us-2", "unified", "sqlite", 48000, 300},
		{"um-2", "unified", "mongodb", 24000, 500},
		{"ms-2", "microservices", "sqlite", 12000, 900},
		{"mm-2", "microservices", "mongodb", 6000, 1600},
	};
	struct fixture f = fixture_two_arms();
	memcpy(f.arms, arms, sizeof(arms));
	f.arm_count = 8;
	return f;
}

static void effects_keep_placements_apart(void **state)
{
	(void)state;
	struct fixture f = eight_arms();
	char error[256] = "";
	json_t *arms = json_array();
	fixture_open(&f);
	fixture_write(&f);
	for (int arm = 0; arm < 8; arm++)
		json_array_append_new(arms, json_pack("{ss ss ss ss}", "id", f.arms[arm].id,
						      "architecture", f.arms[arm].architecture,
						      "store", f.arms[arm].store, "placement",
						      arm < 4 ? "1cpu" : "2cpu"));
	json_t *about =
		json_pack("{s{ss si so}}", "plan", "id", "test", "blocks", f.blocks, "arms", arms);
	char *run = json_dumps(about, 0);
	fixture_put(&f, "run.json", run);
	assert_true(report_write(f.path, error));
	char *text = fixture_read(&f, "REPORT.md");
	has(text, "Set 1: us and um against ms and mm");
	has(text, "Set 2: us-2 and um-2 against ms-2 and mm-2");
	has_not(text, "Set 3:");
	has(text, "unified on SQLite, on every CPU");
	has(text, "## One choice apart");
	free(run);
	free(text);
	json_decref(about);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arms_on_different_cpus_say_so),
		cmocka_unit_test(arms_on_the_usual_cpus_say_nothing),
		cmocka_unit_test(effects_keep_placements_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
