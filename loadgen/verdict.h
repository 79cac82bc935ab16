/* verdict: what a finished run says: the result file's JSON, the summaries for stdout, and the
 * checks behind "valid".
 */
#ifndef DUET_LOADGEN_VERDICT_H
#define DUET_LOADGEN_VERDICT_H

#include "common/seed/manifest.h"
#include "loadgen/config.h"
#include "loadgen/load.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* By how much the VUs' time may differ from VUs x window. */
#define VERDICT_BALANCE_LIMIT 0.001

enum { VERDICT_CHECKS = 4, VERDICT_WHYS_MAX = VERDICT_CHECKS + 3 };

/* The measured share of a CPU above which the busiest thread may have delayed requests. */
#define VERDICT_CPU_SHARE_LIMIT 0.8

struct verdict_check {
	const char *name;
	bool ok;
	double value, limit;
};

struct verdict_threshold {
	const struct threshold *threshold;
	bool applies, ok, has_value;
	double value; /* infinite when it falls on a failure */
};

/* All is borrowed. */
struct verdict {
	const struct loadgen_config *config;
	const struct manifest *manifest;
	const struct load_result *result;
	struct verdict_check checks[VERDICT_CHECKS];
	size_t check_count; /* that apply to the kind of load */
	struct verdict_threshold thresholds[OPTION_TEXTS_MAX];
	const char *whys[VERDICT_WHYS_MAX]; /* why the run is invalid; none when it is valid */
	size_t why_count;
};

void verdict_init(struct verdict *verdict, const struct loadgen_config *config,
		  const struct manifest *manifest, const struct load_result *result);

/* The program's exit code for this run: 0, 1, 99 or 105. */
int verdict_exit_code(const struct verdict *verdict);

/* The JSON of results/schema.json: as an object (json_decref it), and as malloc'd text (free it),
 * or NULL without memory. */
json_t *verdict_result(const struct verdict *verdict);
char *verdict_json(const struct verdict *verdict);

/* All thresholds, a line each: held, missed, or not for this run. */
void verdict_thresholds(const struct verdict *verdict, FILE *out);

/* The summaries; false when writing failed. */
bool verdict_text(const struct verdict *verdict, FILE *out);
bool verdict_csv(const struct verdict *verdict, FILE *out);
/* HdrHistogram's percentile format, response time in ms, successes only. */
bool verdict_hgrm(const struct verdict *verdict, FILE *out);

/* For result_*.c: one row a latency and one a percentile, so that all formats agree. */
struct verdict_latency {
	const char *name; /* as in the JSON */
	struct tally_latency latency;
};
enum { VERDICT_LATENCIES = 3, VERDICT_PERCENTILES = 6 };
struct verdict_percentile {
	const char *name; /* as in the JSON */
	double percentile;
};
extern const struct verdict_percentile verdict_percentiles[VERDICT_PERCENTILES];
void verdict_latencies(const struct verdict *verdict,
		       struct verdict_latency rows[VERDICT_LATENCIES]);
/* Seconds of the window as it was. */
double verdict_window_s(const struct verdict *verdict);
double verdict_throughput(const struct verdict *verdict);

#endif
