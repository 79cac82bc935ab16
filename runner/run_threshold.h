/* run_threshold: `duet run --threshold`: goals in loadgen's words (loadgen/threshold.h), judged
 * over all valid trials of a finished run that have the goal's tags, merged: page, arm, vus, kind
 * (of load: closed, open, capacity). Capacity loads have no think time and queue by design: they
 * count only where {kind:capacity} asks for them. */
#ifndef DUET_RUNNER_RUN_THRESHOLD_H
#define DUET_RUNNER_RUN_THRESHOLD_H

#include "common/base/options.h"
#include "loadgen/threshold.h"
#include "runner/plan.h"

enum { RUN_THRESHOLD_ERROR_MAX = 256 };

struct run_thresholds {
	struct threshold at[OPTION_TEXTS_MAX]; /* texts are borrowed */
	size_t count;
};

/* Reads goals for a plan. False with one line in error[RUN_THRESHOLD_ERROR_MAX]: malformed, or a
 * tag that no load of the plan has. */
bool run_thresholds_parse(struct run_thresholds *thresholds, const struct option_texts *texts,
			  const struct plan *plan, char *error);

/* Lists every goal on stdout, reached or missed, with its value. A goal without a value is missed.
 * The exit code: 0, 99, or 1 with a line on stderr when the run cannot be read. */
int run_thresholds_judge(const struct run_thresholds *thresholds, const char *folder);

#endif
