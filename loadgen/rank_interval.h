/* rank_interval: how sure a percentile of a sample is, without any assumption on its distribution.
 *
 * Of n independent values, how many lie at or below the population's quantile p is binomial (n, p).
 * So the order statistics of rank `low` and `high` hold that quantile between them with probability
 * P(low <= B < high); the ranks here are the narrowest with at most 2.5 % on either side.
 * Source: W. J. Conover, Practical Nonparametric Statistics, 3rd ed., Wiley 1999, section 3.2;
 * G. J. Hahn and W. Q. Meeker, Statistical Intervals, Wiley 1991, section 5.2.
 *
 * Requests of one run are not independent (a stall hits its neighbours): the interval is the
 * sampling error alone, and blocks are what tells runs apart.
 */
#ifndef DUET_LOADGEN_RANK_INTERVAL_H
#define DUET_LOADGEN_RANK_INTERVAL_H

#include <stdint.h>

struct rank_interval {
	uint64_t low;  /* 0: below every value of the sample */
	uint64_t high; /* n + 1: above every value of the sample */
};

/* The ranks of the 95 % interval of a percentile (0 < percentile < 100) of n values. */
struct rank_interval rank_interval_95(uint64_t n, double percentile);

#endif
