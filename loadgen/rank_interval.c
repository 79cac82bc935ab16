#include "loadgen/rank_interval.h"

#include <math.h>

/* On either side of the interval; and the weight, of the mode's, below which a tail is nothing. */
static const double tail = 0.025, nothing = 1e-18;

/* P(B = k + 1) / P(B = k) */
static double step_up(uint64_t n, double odds, uint64_t k)
{
	return (double)(n - k) / (double)(k + 1) * odds;
}

/* The weights are relative to the mode's: only ratios are needed, so nothing can overflow, and n
 * may be as large as a run makes it. */
struct rank_interval rank_interval_95(uint64_t n, double percentile)
{
	const double p = percentile / 100, odds = p / (1 - p);
	const uint64_t mode = (uint64_t)floor((double)n * p);
	struct rank_interval ranks = {0, n + 1};
	uint64_t first = mode;
	double weight = 1, sum = 1;
	for (; first > 0 && weight > nothing; first--) {
		weight /= step_up(n, odds, first - 1);
		sum += weight;
	}
	const double first_weight = weight;
	weight = 1;
	for (uint64_t k = mode; k < n && weight > nothing; k++) {
		weight *= step_up(n, odds, k);
		sum += weight;
	}
	/* cdf is P(B <= k). low: the largest with P(B <= low - 1) <= tail; high: the smallest with
	 * P(B <= high - 1) >= 1 - tail. */
	double cdf = 0;
	weight = first_weight;
	for (uint64_t k = first; k <= n && ranks.high > n; k++) {
		cdf += weight / sum;
		if (cdf <= tail)
			ranks.low = k + 1;
		if (cdf >= 1 - tail)
			ranks.high = k + 1;
		weight *= step_up(n, odds, k);
	}
	return ranks;
}
