/* Run folders made for tests: every number is chosen by the test, so that the report's can be
 * computed by hand. One folder a fixture, in a temporary place, removed with it. */
#ifndef DUET_TESTS_UNIT_RUNNER_REPORT_FIXTURE_H
#define DUET_TESTS_UNIT_RUNNER_REPORT_FIXTURE_H

#include "runner/report.h"

#include <dirent.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { FIXTURE_ARMS_MAX = 8 };

struct fixture_arm {
	const char *id, *architecture, *store;
	double capacity; /* requests/s */
	double p50;      /* us at the level; p95 is 3 times it */
};

/* What a test sets before it writes. */
struct fixture {
	char path[64];
	struct fixture_arm arms[FIXTURE_ARMS_MAX];
	int arm_count, blocks;
	long vus;
	const char *cpu;
	const char *plan_sha256, *data_sha256; /* one character, repeated 64 times */
	/* Change one file before it is written; may be NULL. */
	void (*change)(json_t *result, int arm, int block, const char *kind);
};

/* A block's factor: what makes blocks differ, equal for all arms but for their index's share. */
static inline double fixture_factor(int arm, int block)
{
	return 1 + 0.01 * block + 0.002 * arm * (block % 2);
}

static inline void fixture_open(struct fixture *f)
{
	snprintf(f->path, sizeof(f->path), "/tmp/duet-report-XXXXXX");
	if (!mkdtemp(f->path))
		abort();
}

static inline void fixture_close(struct fixture *f)
{
	DIR *dir = opendir(f->path);
	struct dirent *entry;
	char path[400];
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", f->path, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(f->path);
}

static inline void fixture_put(const struct fixture *f, const char *name, const char *text)
{
	char path[400];
	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	FILE *file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

/* The whole text of a file of the folder, to be freed. */
static inline char *fixture_read(const struct fixture *f, const char *name)
{
	char path[400];
	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 4 << 20);
	if (!file || !text)
		abort();
	if (fread(text, 1, (4 << 20) - 1, file) == 0)
		abort();
	fclose(file);
	return text;
}

static inline const char *fixture_hash(const char *c)
{
	static char out[8][65];
	static int turn;
	turn = (turn + 1) % 8;
	memset(out[turn], *c, 64);
	return out[turn];
}

static inline json_t *fixture_latency(double p50)
{
	json_t *histogram = json_array();
	for (int i = 0; i < 10; i++)
		json_array_append_new(histogram,
				      json_pack("[f i]", p50 * (0.5 + 0.3 * i), i < 9 ? 100 : 10));
	return json_pack("{sf sf sf sf sf sf sf sf sf si so}", "p50", p50, "p75", p50 * 1.5, "p90",
			 p50 * 2, "p95", p50 * 3, "p99", p50 * 4, "p99_9", p50 * 5, "max", p50 * 6,
			 "mean", p50, "stddev", p50 / 3, "count", 910, "histogram", histogram);
}

static inline json_t *fixture_process(double cpu_s)
{
	return json_pack("{sf sf sf sf si si sf sf si}", "user_s", cpu_s / 2, "system_s", cpu_s / 2,
			 "cpu_s", cpu_s, "run_queue_s", cpu_s / 10, "voluntary_switches", 100,
			 "involuntary_switches", 10, "rss_mb", 20.0, "rss_peak_mb", 25.5, "threads",
			 2);
}

static inline json_t *fixture_head(const struct fixture *f, int arm, int block, const char *kind)
{
	const struct fixture_arm *a = &f->arms[arm];
	int closed = strcmp(kind, "closed") == 0;
	return json_pack("{si s{ss ss ss si si si si si si ss} s{ss ss ss ss sI ss sn} s{sf sn}}",
			 "schema_version", 1, "run", "id", "r1", "plan", "test", "plan_sha256",
			 fixture_hash(f->plan_sha256), "block", block, "blocks", f->blocks, "order",
			 0, "pair_order", 0, "attempt", 0, "seed", 42, "started_at",
			 "2026-01-02T03:04:05Z", "scenario", "arm", a->id, "architecture",
			 a->architecture, "store", a->store, "page", "pdp", "vus",
			 (json_int_t)(closed ? f->vus : 200), "kind", kind, "label", "config",
			 "think_s", closed ? 1.0 : 0.0, "rate_rps");
}

static inline void fixture_body(const struct fixture *f, json_t *result, int arm, int block,
				const char *kind)
{
	const struct fixture_arm *a = &f->arms[arm];
	double factor = fixture_factor(arm, block);
	int closed = strcmp(kind, "closed") == 0;
	double capacity = a->capacity / factor;
	json_t *rest = json_pack(
		"{s{ss ss ss sb ss} s{si si ss ss} s{ss si sb} s{si si si si si s{si si}} sf "
		"so so s{so} sb s[] s{sf s{so so}}}",
		"environment", "cpu", f->cpu, "cpus_server", "0", "cpus_generator", "1", "clean", 1,
		"commit", "abc123", "data", "seed", 42, "products", 1200, "sha256",
		fixture_hash(f->data_sha256), "manifest_sha256", fixture_hash("e"), "parity",
		"sha256", fixture_hash("9"), "answers", 1200, "equal_to_manifest", 1, "requests",
		"total", 1000, "ok", 1000, "degraded", 0, "unfinished", 0, "dropped", 0, "errors",
		"http_5xx", 0, "reset", 0, "throughput_rps", closed ? (double)f->vus : capacity,
		"capacity_rps", closed ? json_null() : json_real(capacity), "load_factor",
		closed ? json_real((double)f->vus / capacity) : json_null(), "latency_us",
		"response_time", fixture_latency(a->p50 * factor), "valid", 1, "invalid_why",
		"resources", "cpu_us_per_request", 1e6 / capacity, "server", "front",
		fixture_process(3), "mongod", fixture_process(1));
	json_object_update(result, rest);
	json_decref(rest);
}

static inline void fixture_result(const struct fixture *f, int arm, int block, const char *kind)
{
	char name[200], level[32];
	json_t *result = fixture_head(f, arm, block, kind);
	fixture_body(f, result, arm, block, kind);
	if (f->change)
		f->change(result, arm, block, kind);
	snprintf(level, sizeof(level), "%ld", f->vus);
	snprintf(name, sizeof(name), "results_arm%d_pdp_%s_b%d.json", arm,
		 strcmp(kind, "closed") == 0 ? level : kind, block);
	char *text = json_dumps(result, JSON_INDENT(1));
	fixture_put(f, name, text);
	free(text);
	json_decref(result);
}

/* Writes run.json and all result files. */
static inline void fixture_write(const struct fixture *f)
{
	json_t *arms = json_array();
	for (int arm = 0; arm < f->arm_count; arm++)
		json_array_append_new(arms, json_pack("{ss ss ss}", "id", f->arms[arm].id,
						      "architecture", f->arms[arm].architecture,
						      "store", f->arms[arm].store));
	json_t *about = json_pack("{s{ss ss si so} ss ss sb ss ss}", "plan", "id", "test", "title",
				  "A test of reports", "blocks", f->blocks, "arms", arms,
				  "plan_sha256", fixture_hash(f->plan_sha256), "commit", "abc123",
				  "clean", 1, "started_at", "2026-01-02T03:04:05Z", "finished_at",
				  "2026-01-02T03:24:05Z");
	char *text = json_dumps(about, JSON_INDENT(1));
	fixture_put(f, "run.json", text);
	free(text);
	json_decref(about);
	for (int arm = 0; arm < f->arm_count; arm++)
		for (int block = 0; block < f->blocks; block++) {
			fixture_result(f, arm, block, "capacity");
			fixture_result(f, arm, block, "closed");
		}
}

/* Two arms far below their knee: 20 VUs against 30,000 and 3,000 requests/s; p50 400 and 1,600. */
static inline struct fixture fixture_two_arms(void)
{
	return (struct fixture){
		.arms = {{"unified-sqlite", "unified", "sqlite", 30000, 400},
			 {"micro-mongodb", "microservices", "mongodb", 3000, 1600}},
		.arm_count = 2,
		.blocks = 5,
		.vus = 20,
		.cpu = "Test CPU",
		.plan_sha256 = "a",
		.data_sha256 = "d",
	};
}

/* Writes the fixture and its report; returns one of its files, such as REPORT.md, to be freed. */
static inline char *report_of(struct fixture *f, const char *name)
{
	char error[256] = "";
	fixture_open(f);
	fixture_write(f);
	if (!report_write(f->path, error))
		fail_msg("%s", error);
	return fixture_read(f, name);
}

static inline void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not in the text: %s", part);
}

static inline void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("in the text: %s", part);
}

#endif
