/* Arms beside those that they differ from in one choice; and one that takes no capacity. */
#include "tests/unit/runner/report_fixture.h"

/* 600 pages/s are due. Of the second arm one costs 333 us of one CPU: a share of 0.20. */
static void set_rate(json_t *result, int arm, int block, const char *kind)
{
	(void)arm;
	(void)block;
	if (strcmp(kind, "open") == 0)
		json_object_set_new(json_object_get(result, "config"), "rate_rps", json_real(600));
}

/* Writes run.json with two microservices arms, the second with one key more. */
static void put_plan(const struct fixture *f, const char *key, const char *value)
{
	char text[800];
	snprintf(text, sizeof(text),
		 "{\"plan\":{\"id\":\"test\",\"blocks\":%d,\"arms\":[{\"id\":\"%s\","
		 "\"architecture\":\"microservices\",\"store\":\"sqlite\"},{\"id\":\"%s\","
		 "\"architecture\":\"microservices\",\"store\":\"sqlite\",\"%s\":\"%s\"}]}}",
		 f->blocks, f->arms[0].id, f->arms[1].id, key, value);
	fixture_put(f, "run.json", text);
}

static struct fixture two_services(const char *first, const char *second)
{
	struct fixture f = fixture_two_arms();
	f.arms[0] = (struct fixture_arm){first, "microservices", "sqlite", 30000, 400};
	f.arms[1] = (struct fixture_arm){second, "microservices", "sqlite", 3000, 1600};
	f.change = set_rate;
	fixture_open(&f);
	return f;
}

static char *report_now(const struct fixture *f)
{
	char error[256] = "";
	if (!report_write(f->path, error))
		fail_msg("%s", error);
	return fixture_read(f, "REPORT.md");
}

static void an_arm_without_capacity_is_compared_all_the_same(void **state)
{
	(void)state;
	struct fixture f = two_services("tcp", "tcp-close");
	for (int block = 0; block < f.blocks; block++) {
		fixture_result(&f, 0, block, "capacity");
		fixture_result(&f, 0, block, "open");
		fixture_result(&f, 1, block, "open");
	}
	put_plan(&f, "rung", "tcp-close");
	char *text = report_now(&f);
	has_not(text, "This run is not complete");
	has_not(text, "no capacity measured");
	has(text, "its load is the share of its CPUs that it used");
	has(text, " 0.20 |");
	has(text, "**4.00 (");
	has(text, "## One choice apart");
	free(text);
	/* the same arm by another plan would have to take the capacity */
	put_plan(&f, "rung", "procs");
	text = report_now(&f);
	has(text, "This run is not complete");
	has(text, "no capacity measured");
	has_not(text, "## One choice apart");
	free(text);
	fixture_close(&f);
}

static void set_cache(json_t *result, int arm, int block, const char *kind)
{
	(void)block;
	if (arm == 1 && strcmp(kind, "capacity") == 0)
		json_object_set_new(result, "cache",
				    json_pack("{sf si si sf sf sf}", "ttl_s", 1.0, "hits", 3,
					      "misses", 1, "hit_rate", 0.75, "age_mean_s", 0.4,
					      "age_max_s", 0.999));
}

static void caches_say_how_much_and_how_old(void **state)
{
	(void)state;
	struct fixture f = two_services("plain", "cached");
	f.change = set_cache;
	fixture_write(&f);
	put_plan(&f, "cache_ttl", "1s");
	char *text = report_now(&f);
	has(text, "## What came from caches");
	has(text, " 75.00 % |");
	has(text, " 400.0 |");
	has(text, " 999.0 |");
	has(text, ", keeps answers 1s");
	has(text, "## One choice apart");
	has(text, "Arms that keep answers give ones as old as their time allows");
	free(text);
	f.change = NULL;
	fixture_write(&f);
	put_plan(&f, "cache_ttl", "0s");
	text = report_now(&f);
	has_not(text, "What came from caches");
	has_not(text, "keeps answers");
	has_not(text, "Arms that keep answers");
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arm_without_capacity_is_compared_all_the_same),
		cmocka_unit_test(caches_say_how_much_and_how_old),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
