/*
 * The numbers of a report: one value a block, medians over blocks, and comparisons of two arms.
 *
 * A cell is an arm, a page and a load. Its value in a block is the number of that block's file; its
 * value over blocks is their median. Only valid files count, unless `with_invalid` asks for what
 * was measured first in every block, whatever its checks said. If a block that counts lacks the
 * number (a percentile with too few samples, or one that falls on failed requests) the cell has
 * none: leaving that block out would flatter it.
 *
 * A latency gap is stated only where latency means latency: both sides under KNEE_LOAD of their
 * capacity, or one user alone, who waits for nobody; and at most ERROR_SHARE failed or degraded.
 * Its ratio is the mean of the paired log-ratios over blocks, with Student's t interval.
 */
#ifndef DUET_RUNNER_REPORT_CELLS_H
#define DUET_RUNNER_REPORT_CELLS_H

#include "runner/plan.h"
#include "runner/report_run.h"
#include "runner/stats.h"

#define KNEE_LOAD PLAN_KNEE_LOAD
#define SATURATED_LOAD 1.0
#define ERROR_SHARE 0.01
#define CONFIDENCE 0.95
enum { VERDICT_BLOCKS = 5 };

struct cell {
	size_t arm, page, load;
	bool with_invalid;
};

enum metric {
	METRIC_P50, /* latencies are response times in us */
	METRIC_P75,
	METRIC_P90,
	METRIC_P95,
	METRIC_P99,
	METRIC_P99_9,
	METRIC_MAX,
	METRIC_THROUGHPUT, /* successes a second in the window; of a capacity load: X */
	METRIC_LOAD, /* load factor: the file's, else from the same block's capacity; of an arm
			without one by plan the share of its CPUs that it used */
	METRIC_CPU_REQUEST, /* CPU us of all server processes a request */
	METRIC_RATE         /* open loads: requests/s asked for */
};

/* The file of a block that counts, or NULL. */
const struct run_result *cell_result(const struct run *run, struct cell cell, size_t block);

/* False for a load that the cell's arm does not take by its plan: rung tcp-close has the open one
 * alone. */
bool cell_planned(const struct run *run, struct cell cell);

/* The value in one block, NaN when there is none. */
double cell_block(const struct run *run, struct cell cell, enum metric metric, size_t block);

/* Values of the blocks that count, in block order; returns how many. NaN stands for a block that
 * counts and lacks the number. */
size_t cell_values(const struct run *run, struct cell cell, enum metric metric,
		   double values[RUN_BLOCKS_MAX]);

/* Median over the blocks that count; NaN without any, or when one lacks the number. */
double cell_median(const struct run *run, struct cell cell, enum metric metric);

/* The ratio other/baseline over the blocks that count on both sides, with its 95 % interval; and
 * with another confidence. */
struct interval cell_ratio(const struct run *run, struct cell baseline, struct cell other,
			   enum metric metric);
struct interval cell_ratio_at(const struct run *run, struct cell baseline, struct cell other,
			      enum metric metric, double confidence);

/* The block, the ratio and whether the baseline ran first of every block that counts on both sides;
 * returns how many. */
struct cell_pair {
	double block, ratio;
	bool baseline_first;
};
size_t cell_pairs(const struct run *run, struct cell baseline, struct cell other,
		  enum metric metric, struct cell_pair pairs[RUN_BLOCKS_MAX]);

struct cell_counts {
	size_t blocks; /* that count */
	double total, failed, degraded;
};

/* Requests over the blocks that count. Failed: errors of every kind, unfinished and dropped. */
struct cell_counts cell_requests(const struct run *run, struct cell cell);

/* Failed and degraded over all; 0 without requests. */
double cell_error_share(const struct run *run, struct cell cell);

/* Ordered: the later one hides the earlier. */
enum gap_state {
	GAP_STATED,
	GAP_UNKNOWN_LOAD, /* no capacity was measured */
	GAP_KNEE,
	GAP_SATURATED,
	GAP_ERRORS,
	GAP_FEW_SAMPLES, /* a block lacks the percentile, and failures are too rare to be why */
	GAP_NO_DATA
};

enum gap_verdict { VERDICT_NONE, VERDICT_OPEN, VERDICT_BASELINE, VERDICT_OTHER };

struct gap {
	enum gap_state state;
	double us;             /* median of other less median of baseline */
	struct interval ratio; /* other/baseline; stated only in GAP_STATED */
	double p, band;        /* as in struct comparison (report_family.h) */
	enum gap_verdict verdict;
};

/* What one cell's load and errors allow to say of its latency. */
enum gap_state cell_state(const struct run *run, struct cell cell);

/* A percentile of an arm compared with the first arm's by the rules above; the verdict is
 * report_family.h's. */
struct gap cell_gap(const struct run *run, struct cell baseline, struct cell other,
		    enum metric metric);

/* What one interval of other/baseline says by itself, without family or band (two runs side by
 * side); `more_is_better` for capacity. NONE: too few blocks; OPEN: cannot be told. */
enum gap_verdict ratio_verdict(struct interval ratio, bool more_is_better);

/* In how many blocks what was measured first does not count: it is invalid, or another attempt
 * stands for it. */
size_t cell_excluded(const struct run *run, struct cell cell);

#endif
