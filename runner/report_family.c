#include "runner/report_family.h"

#include <math.h>

enum { FAMILY_MAX = RUN_ARMS_MAX * RUN_PAGES_MAX * RUN_LOADS_MAX };

static struct cell baseline_of(struct cell cell)
{
	cell.arm = 0;
	return cell;
}

static bool is_stated(const struct run *run, struct cell cell)
{
	if (run->loads[cell.load].kind == RUN_CAPACITY)
		return cell_error_share(run, cell) <= ERROR_SHARE;
	return cell_state(run, cell) == GAP_STATED;
}

/* The unadjusted p of a comparison that may have a verdict; else NaN. */
static double own_p(const struct run *run, struct cell other, enum metric metric)
{
	struct cell baseline = baseline_of(other);
	if (!is_stated(run, baseline) || !is_stated(run, other))
		return NAN;
	struct interval ratio = cell_ratio(run, baseline, other, metric);
	return ratio.n < VERDICT_BLOCKS ? NAN : ratio.p;
}

static double adjusted_p(const struct run *run, struct cell other, enum metric metric)
{
	double p[FAMILY_MAX], adjusted[FAMILY_MAX];
	size_t count = 0, mine = FAMILY_MAX;
	enum run_kind kind = run->loads[other.load].kind;
	struct cell at = other;
	for (at.page = 0; at.page < run->page_count; at.page++)
		for (at.load = 0; at.load < run->load_count; at.load++)
			for (at.arm = 1; at.arm < run->arm_count; at.arm++) {
				if (run->loads[at.load].kind != kind)
					continue;
				if (at.page == other.page && at.load == other.load &&
				    at.arm == other.arm)
					mine = count;
				p[count++] = own_p(run, at, metric);
			}
	if (mine == FAMILY_MAX || isnan(p[mine]))
		return NAN;
	stats_holm(p, adjusted, count);
	return adjusted[mine];
}

double family_band(const struct run *run, struct cell cell, enum metric metric)
{
	if (run->twin_of == run->arm_total)
		return BAND_MIN;
	struct cell original = cell, twin = cell;
	original.arm = run->twin_of;
	twin.arm = run->arm_count;
	struct interval ratio = cell_ratio(run, original, twin, metric);
	double reach = fmax(ratio.high, 1 / ratio.low) - 1;
	return isfinite(reach) ? fmax(reach, BAND_MIN) : BAND_MIN;
}

struct comparison family_compare(const struct run *run, struct cell other, enum metric metric)
{
	bool more_is_better = metric == METRIC_THROUGHPUT;
	struct comparison out = {.ratio = cell_ratio(run, baseline_of(other), other, metric),
				 .p = adjusted_p(run, other, metric),
				 .band = family_band(run, other, metric)};
	double edge = 1 + out.band;
	if (out.ratio.n < VERDICT_BLOCKS || isnan(out.p))
		out.verdict = VERDICT_NONE;
	else if (out.p >= 1 - CONFIDENCE || !(out.ratio.low > edge || out.ratio.high < 1 / edge))
		out.verdict = VERDICT_OPEN;
	else
		out.verdict = (out.ratio.estimate > 1) == more_is_better ? VERDICT_OTHER
									 : VERDICT_BASELINE;
	return out;
}

bool family_equivalent(struct interval ratio_90)
{
	return ratio_90.low >= 1 / (1 + EQUIVALENCE) && ratio_90.high <= 1 + EQUIVALENCE;
}
