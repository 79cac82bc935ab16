/*
 * A run folder, read into memory: its plan, its arms, pages and loads, and every result file put
 * where it belongs.
 *
 * Reading is tolerant: run.json may be absent, keys may be more or fewer than expected, and a
 * result file that is torn, newer than this program or no JSON is remembered with the reason and
 * left out. The arms stand in the plan's order (the first is the baseline), then arms that only the
 * files know; pages in the order home, plp, pdp; loads: capacity, closed levels ascending, open,
 * the closed levels' open twins ascending. A twin (an arm that is another one once more) stands
 * behind arm_count, so that no comparison of arms sees it.
 *
 * A page of a block may have been run more than once (attempts). For each load of it the attempt
 * with the most valid arms stands, the earliest of equals: arms are compared within one attempt.
 */
#ifndef DUET_RUNNER_REPORT_RUN_H
#define DUET_RUNNER_REPORT_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	RUN_ARMS_MAX = 24,
	RUN_PAGES_MAX = 3,
	RUN_LOADS_MAX = 32,
	RUN_BLOCKS_MAX = 1000,
	RUN_ATTEMPTS_MAX = 3
};

/* RUN_NEAR: open, each arm at the same share of its own capacity. */
enum run_kind { RUN_CAPACITY, RUN_CLOSED, RUN_OPEN, RUN_OPEN_TWIN, RUN_NEAR };

struct run_arm {
	const char *id;
	const char *architecture; /* "unified", "microservices" or "" */
	const char *store;        /* "sqlite", "mongodb-document", ... or "" */
	json_t *plan;             /* the arm as the plan has it; NULL when the plan lacks it */
};

struct run_load {
	enum run_kind kind;
	long vus; /* of an open twin: those of its closed load; 0 for open loads */
};

struct run_result {
	char *file; /* name inside the folder */
	json_t *root;
	size_t arm, page, load, block;
	size_t attempt; /* below RUN_ATTEMPTS_MAX */
	bool valid;
	bool superseded; /* another file of the same scenario and block took its place */
};

/* Where the result of a scenario in a block is found; NULL when there is none. */
struct run_slot {
	struct run_result *result; /* the one that stands */
	struct run_result *first;  /* of the earliest attempt, whatever its checks said */
};

struct run_unreadable {
	char *file;
	char why[160];
};

struct run {
	char *path;
	json_t *about;       /* run.json, or an empty object */
	char about_why[160]; /* why run.json could not be read; "" when it was */
	json_t *plan;        /* the plan, or an empty object; owned through `about` or apart */
	json_t *plan_owned;
	struct run_arm arms[RUN_ARMS_MAX];
	const char *pages[RUN_PAGES_MAX];
	struct run_load loads[RUN_LOADS_MAX];
	size_t arm_count, page_count, load_count, block_count;
	size_t arm_total; /* arm_count, and one more when there is a twin: arms[arm_count] */
	size_t twin_of;   /* the arm that the twin is; arm_total without a twin */
	struct run_result *results; /* in the order of their file names */
	size_t result_count, result_size;
	struct run_unreadable *unreadable;
	size_t unreadable_count, unreadable_size;
	struct run_slot *slots; /* by arm, page, load, block */
};

/* Reads a run folder. NULL with one line in `error` when the folder cannot be read or holds no
 * readable result at all. Free with run_close. */
struct run *report_run_open(const char *path, char error[256]);
void report_run_close(struct run *run);

/* The result of a scenario in a block, invalid ones included; NULL when there is none. */
const struct run_result *report_run_at(const struct run *run, size_t arm, size_t page, size_t load,
				       size_t block);

/* The same of the earliest attempt. */
const struct run_result *report_run_first(const struct run *run, size_t arm, size_t page,
					  size_t load, size_t block);

/* The number at a dotted path ("latency_us.response_time.p50") of a JSON object; NaN when it is
 * absent, null or no number. */
double json_number_at(const json_t *root, const char *path);

/* The text at a dotted path, or `fallback`. Borrowed. */
const char *json_text_at(const json_t *root, const char *path, const char *fallback);

/* The value at a dotted path, or NULL. Borrowed. */
json_t *json_value_at(const json_t *root, const char *path);

/* Whether two objects are equal but for `count` of their own keys. False without memory. */
bool json_equal_but(const json_t *a, const json_t *b, const char *const *keys, size_t count);

#endif
