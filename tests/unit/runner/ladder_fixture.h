/* A run of a ladder, as its files would be: arms of a plan, and the CPU time a page of each in
 * every block, chosen by the test. */
#ifndef DUET_TESTS_UNIT_RUNNER_LADDER_FIXTURE_H
#define DUET_TESTS_UNIT_RUNNER_LADDER_FIXTURE_H

#include "tests/unit/runner/report_fixture.h"

#include "runner/ladder.h"

enum { LADDER_BLOCKS = 5 };

/* A rung: its arm in the plan, and its CPU time a request in us by block. */
struct ladder_rung {
	const char *id, *plan;
	double us[LADDER_BLOCKS];
};

struct ladder_run {
	const struct ladder_rung *rungs;
	int count;
	const char *ladder; /* the plan's keys, from "ladder" on */
};

static inline void ladder_put_result(const struct fixture *f, const struct ladder_run *run, int arm,
				     int block, const char *kind)
{
	char name[200];
	const struct ladder_rung *rung = &run->rungs[arm];
	json_t *result = fixture_head(f, arm, block, kind);
	fixture_body(f, result, arm, block, kind);
	json_object_set_new(json_object_get(result, "resources"), "cpu_us_per_request",
			    json_real(rung->us[block]));
	if (f->change)
		f->change(result, arm, block, kind);
	snprintf(name, sizeof(name), "results_arm%d_pdp_%s_b%d.json", arm, kind, block);
	char *text = json_dumps(result, 0);
	fixture_put(f, name, text);
	free(text);
	json_decref(result);
}

/* Writes the run into a new folder; `f` is filled. */
static inline void ladder_write(struct fixture *f, const struct ladder_run *run)
{
	char about[8192];
	size_t used = 0;
	*f = fixture_two_arms();
	f->arm_count = run->count;
	f->blocks = LADDER_BLOCKS;
	fixture_open(f);
	used += (size_t)snprintf(about + used, sizeof(about) - used,
				 "{\"plan\":{\"id\":\"l\",\"blocks\":5,\"arms\":[");
	for (int i = 0; i < run->count; i++) {
		f->arms[i] = (struct fixture_arm){run->rungs[i].id, "microservices", "sqlite",
						  10000, 400};
		used += (size_t)snprintf(about + used, sizeof(about) - used,
					 "%s{\"id\":\"%s\",\"store\":\"sqlite\",%s}", i ? "," : "",
					 run->rungs[i].id, run->rungs[i].plan);
	}
	snprintf(about + used, sizeof(about) - used, "],%s}}", run->ladder);
	fixture_put(f, "run.json", about);
	for (int arm = 0; arm < run->count; arm++)
		for (int block = 0; block < LADDER_BLOCKS; block++)
			ladder_put_result(f, run, arm, block, "capacity");
}

/* Five rungs and an arm beside them. With blocks' own factors 0, 1, 2, 3, 4 us on all arms:
 *   join 30, 4q 40, 4txn 40 (+0.5, -0.5, +0.5, -0.5, 0), json is left out so that 4txn -> procs
 *   has no word, procs 90, tcp 95; tcp-1db 93 */
#define LADDER_ARM(rung) "\"architecture\":\"microservices\",\"rung\":\"" rung "\""
static const struct ladder_rung ladder_rungs[] = {
	{"join", "\"architecture\":\"unified\"", {30, 31, 32, 33, 34}},
	{"4q", LADDER_ARM("4q"), {40, 41.2, 42, 42.8, 44}},
	{"4txn", LADDER_ARM("4txn"), {40.5, 40.7, 42.5, 42.3, 44}},
	{"procs", LADDER_ARM("procs"), {90, 91.4, 92, 92.6, 94}},
	{"tcp", "\"architecture\":\"microservices\"", {95, 96, 97.2, 98, 98.8}},
	{"without", LADDER_ARM("tcp-1db"), {93, 94, 95, 96, 97}},
};
static const struct ladder_run ladder_plain = {
	.rungs = ladder_rungs,
	.count = 6,
	.ladder = "\"ladder\":[\"join\",\"4q\",\"4txn\",\"procs\",\"tcp\"],"
		  "\"top_without\":{\"4txn\":\"without\"}",
};

#endif
