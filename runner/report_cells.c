#include "runner/report_family.h"
#include "runner/report_placement.h"

#include <math.h>
#include <string.h>

static const char *const metric_paths[] = {
	[METRIC_P50] = "latency_us.response_time.p50",
	[METRIC_P75] = "latency_us.response_time.p75",
	[METRIC_P90] = "latency_us.response_time.p90",
	[METRIC_P95] = "latency_us.response_time.p95",
	[METRIC_P99] = "latency_us.response_time.p99",
	[METRIC_P99_9] = "latency_us.response_time.p99_9",
	[METRIC_MAX] = "latency_us.response_time.max",
	[METRIC_THROUGHPUT] = "throughput_rps",
	[METRIC_LOAD] = "load_factor",
	[METRIC_CPU_REQUEST] = "resources.cpu_us_per_request",
	[METRIC_RATE] = "config.rate_rps",
};

const struct run_result *cell_result(const struct run *run, struct cell cell, size_t block)
{
	const struct run_result *result = report_run_at(run, cell.arm, cell.page, cell.load, block);
	if (cell.with_invalid)
		return report_run_first(run, cell.arm, cell.page, cell.load, block);
	return result && result->valid ? result : NULL;
}

static bool takes_capacity(const struct run *run, size_t arm)
{
	return strcmp(json_text_at(run->arms[arm].plan, "rung", ""), "tcp-close") != 0;
}

bool cell_planned(const struct run *run, struct cell cell)
{
	return takes_capacity(run, cell.arm) || run->loads[cell.load].kind == RUN_OPEN;
}

/* A request costs the more CPU the lighter the load is, since less is done in one go, so that this
 * is no less than rate / capacity would be. */
static double cpu_share(const struct run *run, struct cell cell, const struct run_result *result)
{
	return json_number_at(result->root, metric_paths[METRIC_RATE]) *
	       json_number_at(result->root, metric_paths[METRIC_CPU_REQUEST]) / 1e6 /
	       report_arm_cpus(run, cell.arm);
}

/* X of the cell's arm and page in a block. */
static double block_capacity(const struct run *run, struct cell cell, size_t block)
{
	if (run->load_count == 0 || run->loads[0].kind != RUN_CAPACITY)
		return NAN;
	cell.load = 0;
	return cell_block(run, cell, METRIC_THROUGHPUT, block);
}

static double load_factor(const struct run *run, struct cell cell, size_t block,
			  const struct run_result *result)
{
	double stated = json_number_at(result->root, metric_paths[METRIC_LOAD]);
	if (!isnan(stated))
		return stated;
	if (!takes_capacity(run, cell.arm))
		return cpu_share(run, cell, result);
	double capacity = block_capacity(run, cell, block);
	if (!(capacity > 0))
		return NAN;
	enum run_kind kind = run->loads[cell.load].kind;
	if (kind == RUN_OPEN || kind == RUN_OPEN_TWIN || kind == RUN_NEAR)
		return json_number_at(result->root, metric_paths[METRIC_RATE]) / capacity;
	double think = json_number_at(result->root, "config.think_s");
	return think > 0 ? (double)run->loads[cell.load].vus / (think * capacity) : NAN;
}

double cell_block(const struct run *run, struct cell cell, enum metric metric, size_t block)
{
	const struct run_result *result = cell_result(run, cell, block);
	if (!result)
		return NAN;
	if (metric == METRIC_LOAD)
		return load_factor(run, cell, block, result);
	if (metric == METRIC_THROUGHPUT && run->loads[cell.load].kind == RUN_CAPACITY) {
		double capacity = json_number_at(result->root, "capacity_rps");
		if (!isnan(capacity))
			return capacity;
	}
	return json_number_at(result->root, metric_paths[metric]);
}

size_t cell_values(const struct run *run, struct cell cell, enum metric metric,
		   double values[RUN_BLOCKS_MAX])
{
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++)
		if (cell_result(run, cell, block))
			values[count++] = cell_block(run, cell, metric, block);
	return count;
}

double cell_median(const struct run *run, struct cell cell, enum metric metric)
{
	double values[RUN_BLOCKS_MAX];
	size_t count = cell_values(run, cell, metric, values);
	for (size_t i = 0; i < count; i++)
		if (isnan(values[i]))
			return NAN;
	return stats_median(values, count);
}

struct interval cell_ratio_at(const struct run *run, struct cell baseline, struct cell other,
			      enum metric metric, double confidence)
{
	double a[RUN_BLOCKS_MAX], b[RUN_BLOCKS_MAX];
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		if (!cell_result(run, baseline, block) || !cell_result(run, other, block))
			continue;
		a[count] = cell_block(run, baseline, metric, block);
		b[count++] = cell_block(run, other, metric, block);
	}
	return stats_paired_ratio(a, b, count, confidence);
}

struct interval cell_ratio(const struct run *run, struct cell baseline, struct cell other,
			   enum metric metric)
{
	return cell_ratio_at(run, baseline, other, metric, CONFIDENCE);
}

size_t cell_pairs(const struct run *run, struct cell baseline, struct cell other,
		  enum metric metric, struct cell_pair pairs[RUN_BLOCKS_MAX])
{
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *left = cell_result(run, baseline, block);
		const struct run_result *right = cell_result(run, other, block);
		if (!left || !right)
			continue;
		pairs[count++] = (struct cell_pair){
			.block = (double)block,
			.ratio = cell_block(run, other, metric, block) /
				 cell_block(run, baseline, metric, block),
			.baseline_first = json_number_at(left->root, "run.pair_order") <
					  json_number_at(right->root, "run.pair_order")};
	}
	return count;
}

struct cell_counts cell_requests(const struct run *run, struct cell cell)
{
	struct cell_counts counts = {0};
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result = cell_result(run, cell, block);
		if (!result)
			continue;
		const json_t *requests = json_value_at(result->root, "requests");
		counts.blocks++;
		counts.total += fmax(0, json_number_at(requests, "total"));
		counts.degraded += fmax(0, json_number_at(requests, "degraded"));
		counts.failed += fmax(0, json_number_at(requests, "unfinished")) +
				 fmax(0, json_number_at(requests, "dropped"));
		const char *kind;
		json_t *number;
		json_object_foreach(json_value_at(requests, "errors"), kind, number)
			counts.failed += json_number_value(number);
	}
	return counts;
}

double cell_error_share(const struct run *run, struct cell cell)
{
	struct cell_counts counts = cell_requests(run, cell);
	return counts.total > 0 ? (counts.failed + counts.degraded) / counts.total : 0;
}

enum gap_state cell_state(const struct run *run, struct cell cell)
{
	if (cell_requests(run, cell).blocks == 0)
		return GAP_NO_DATA;
	if (cell_error_share(run, cell) > ERROR_SHARE)
		return GAP_ERRORS;
	if (run->loads[cell.load].kind == RUN_CLOSED && run->loads[cell.load].vus == 1)
		return GAP_STATED;
	double load = cell_median(run, cell, METRIC_LOAD);
	if (isnan(load))
		return GAP_UNKNOWN_LOAD;
	return load >= SATURATED_LOAD ? GAP_SATURATED : load >= KNEE_LOAD ? GAP_KNEE : GAP_STATED;
}

enum gap_verdict ratio_verdict(struct interval ratio, bool more_is_better)
{
	if (ratio.n < VERDICT_BLOCKS || isnan(ratio.low))
		return VERDICT_NONE;
	if (!stats_excludes(ratio, 1))
		return VERDICT_OPEN;
	return (ratio.estimate > 1) == more_is_better ? VERDICT_OTHER : VERDICT_BASELINE;
}

struct gap cell_gap(const struct run *run, struct cell baseline, struct cell other,
		    enum metric metric)
{
	enum gap_state left = cell_state(run, baseline);
	enum gap_state right = cell_state(run, other);
	struct gap gap = {.state = left > right ? left : right,
			  .us = NAN,
			  .ratio = stats_no_interval(0),
			  .p = NAN,
			  .band = NAN,
			  .verdict = VERDICT_NONE};
	if (gap.state != GAP_STATED)
		return gap;
	struct comparison found = family_compare(run, other, metric);
	gap.ratio = found.ratio;
	gap.p = found.p;
	gap.band = found.band;
	gap.verdict = found.verdict;
	/* Whole us, as the medians are shown, so that subtracting them gives the same. */
	gap.us = round(cell_median(run, other, metric)) - round(cell_median(run, baseline, metric));
	if (gap.ratio.n == 0)
		gap.state = GAP_NO_DATA; /* no block has both */
	else if (isnan(gap.ratio.estimate) || isnan(gap.us))
		gap.state = GAP_FEW_SAMPLES;
	return gap;
}

size_t cell_excluded(const struct run *run, struct cell cell)
{
	size_t count = 0;
	struct cell all = cell;
	all.with_invalid = true;
	cell.with_invalid = false;
	for (size_t block = 0; block < run->block_count; block++)
		count += cell_result(run, all, block) != cell_result(run, cell, block);
	return count;
}
