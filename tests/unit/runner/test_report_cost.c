/* Cores and memory for a mix, by hand. */
#include "runner/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/runner/report_fixture.h"

/* CPU us a request of unified; the microservices take 8 times that. */
static const struct {
	const char *page;
	double cpu_us, per_core_rps;
} pages[] = {{"home", 100, 5000}, {"plp", 200, 2500}, {"pdp", 50, 10000}};

static void put_json(const struct fixture *f, const char *name, json_t *root)
{
	char *text = json_dumps(root, 0);
	fixture_put(f, name, text);
	free(text);
	json_decref(root);
}

/* A capacity of each of the first `count` pages and two arms. */
static void put_capacities(const struct fixture *f, size_t count)
{
	for (int arm = 0; arm < 2; arm++)
		for (size_t page = 0; page < count; page++) {
			char name[64];
			json_t *result = fixture_head(f, arm, 0, "capacity");
			fixture_body(f, result, arm, 0, "capacity");
			json_object_set_new(json_object_get(result, "scenario"), "page",
					    json_string(pages[page].page));
			json_object_set_new(json_object_get(result, "resources"),
					    "cpu_us_per_request",
					    json_real(pages[page].cpu_us * (arm ? 8 : 1)));
			snprintf(name, sizeof(name), "results_arm%d_%s_capacity_b0.json", arm,
				 pages[page].page);
			put_json(f, name, result);
		}
}

/* Complete searches of the first arm. */
static void put_searches(const struct fixture *f)
{
	for (size_t page = 0; page < sizeof(pages) / sizeof(pages[0]); page++) {
		char name[64];
		snprintf(name, sizeof(name), "saturation_arm0_%s_b0.json", pages[page].page);
		put_json(f, name,
			 json_pack("{s{ss ss} s{si} s{ss sf} s{ss} sb}", "scenario", "arm",
				   f->arms[0].id, "page", pages[page].page, "run", "block", 0,
				   "outcome", "state", "complete", "per_core_rps",
				   pages[page].per_core_rps, "config", "slo", "p95<50ms", "valid",
				   1));
	}
}

static char *cost_report(struct fixture *f, size_t page_count, bool searches)
{
	char error[256];
	*f = fixture_two_arms();
	f->blocks = 1;
	fixture_open(f);
	fixture_put(f, "run.json", "{}");
	put_capacities(f, page_count);
	if (searches)
		put_searches(f);
	if (!report_write(f->path, error))
		fail_msg("%s", error);
	return fixture_read(f, "REPORT.md");
}

/* 0.3 x 100 + 0.4 x 200 + 0.3 x 50 = 125 us: 1.25 cores, 1.79 of them at 70 %, so 2 copies of 51
 * MB; the microservices 1,000 us: 14.29 cores, 15 copies. */
static void capacity_gives_cores_and_memory(void **state)
{
	(void)state;
	struct fixture f;
	char *text = cost_report(&f, 3, false);
	has(text, "What 10,000 requests/s would need");
	has(text, "no SLO was searched");
	has(text, "**1.8** |");
	has(text, "**102** |");
	has(text, "**14.3** |");
	has(text, "**765** |");
	has_not(text, "cores within");
	free(text);
	fixture_close(&f);
}

/* 10,000 x (0.3 / 5,000 + 0.4 / 2,500 + 0.3 / 10,000) = 0.6 + 1.6 + 0.3 cores. */
static void searches_stand_before_capacity(void **state)
{
	(void)state;
	struct fixture f;
	char *text = cost_report(&f, 3, true);
	has(text, "cores within p95\\<50ms");
	has(text, "**2.5** |");
	has(text, "**153** |");
	has(text, "**765** |"); /* no search of it: by its CPU time */
	has_not(text, "no SLO was searched");
	free(text);
	fixture_close(&f);
}

static void two_pages_are_no_mix(void **state)
{
	(void)state;
	struct fixture f;
	char *text = cost_report(&f, 2, false);
	has_not(text, "What 10,000 requests/s would need");
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capacity_gives_cores_and_memory),
		cmocka_unit_test(searches_stand_before_capacity),
		cmocka_unit_test(two_pages_are_no_mix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
