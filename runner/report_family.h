/*
 * Verdicts. All comparisons of one table (one statistic of one kind of load: every arm with the
 * first one, over pages and levels) are one family: their p-values are adjusted together by Holm's
 * method, so that a table with many cells does not find a difference by its size alone.
 *
 * A verdict names an arm only when three things hold: VERDICT_BLOCKS blocks count on both sides;
 * the adjusted p is under 1 - CONFIDENCE; and the 95 % interval lies wholly outside a band around
 * 1, of BAND_MIN or of what the run's twin shows two equal arms to differ by in that very cell,
 * whichever is wider. Else it cannot be told.
 */
#ifndef DUET_RUNNER_REPORT_FAMILY_H
#define DUET_RUNNER_REPORT_FAMILY_H

#include "runner/report_cells.h"

#define BAND_MIN 0.03
#define EQUIVALENCE 0.05
#define EQUIVALENCE_CONFIDENCE 0.90

struct comparison {
	struct interval ratio; /* other/baseline */
	double p;              /* adjusted; NaN without a verdict */
	double band;           /* 0.03: from 1/1.03 to 1.03 */
	enum gap_verdict verdict;
};

/* Compares an arm with the first one. `metric` is of the cell's kind of load. */
struct comparison family_compare(const struct run *run, struct cell other, enum metric metric);

/* The band of a cell. */
double family_band(const struct run *run, struct cell cell, enum metric metric);

/* True when a ratio's two-sided 90 % interval lies within 1/1.05 to 1.05: two one-sided tests at 5
 * % both reject that the arms differ by as much (equivalence, not a failure to find a difference).
 */
bool family_equivalent(struct interval ratio_90);

#endif
