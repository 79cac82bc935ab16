/*
 * The statistics of a report: Student's t, intervals for ratios over blocks, order statistics.
 *
 * Blocks are the unit of repetition: one number an arm and block, never one a request, since the
 * requests of one trial share a server, a minute and a machine state. Ratios are averaged as
 * logarithms, so that A/B and B/A give the same answer. Nothing here allocates or keeps state.
 * Checked against SciPy by tests/stats/check.py.
 */
#ifndef DUET_RUNNER_STATS_H
#define DUET_RUNNER_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* An estimate with its two-sided interval. With n < 2 there is none: low, high and p are NaN. With
 * n == 0 the estimate is NaN too. */
struct interval {
	double estimate;
	double low, high;
	double df; /* degrees of freedom of the t distribution behind it */
	size_t n;  /* observations (pairs; for Welch the smaller side) */
	double p;  /* two-sided p of no difference: a mean or slope of 0, a ratio of 1 */
};

/* Nothing at all, over n observations. */
struct interval stats_no_interval(size_t n);

/* P(T <= t) of Student's t with df > 0 degrees of freedom (need not be whole). */
double stats_t_cdf(double t, double df);

/* The t with P(T <= t) = p, for 0 < p < 1 and df > 0; NaN outside. Relative error under 1e-9 for
 * df 1..10,000. */
double stats_t_quantile(double p, double df);

/* Mean, and its t interval at `confidence` (0.95), of n values. */
struct interval stats_mean_interval(const double *values, size_t n, double confidence);

/* exp of the interval of `log_scale`: a ratio from a difference of logarithms. */
struct interval stats_exp(struct interval log_scale);

/* The ratio b/a over n pairs: exp of the mean of ln(b[i]/a[i]) and of its t interval. All values
 * must be > 0; otherwise NaN. */
struct interval stats_paired_ratio(const double *a, const double *b, size_t n, double confidence);

/* The ratio b/a of two independent samples: geometric means, Welch's interval on logarithms. All
 * values must be > 0; otherwise NaN. Without 2 values on each side there is no interval. */
struct interval stats_welch_ratio(const double *a, size_t na, const double *b, size_t nb,
				  double confidence);

/* The factor by which `ratios` (> 0, else NaN) change from one x to the next: exp of the slope of
 * their logarithms on x, with its t interval on n - 2 degrees of freedom. Needs n >= 3 and two
 * different x; else no interval. */
struct interval stats_log_trend(const double *x, const double *ratios, size_t n, double confidence);

/* The pooled standard deviation within blocks of `rows` x `blocks` values (values[row * blocks +
 * block]): of what is left of each value when the mean of its row and that of its block are taken
 * away, with (rows - 1)(blocks - 1) degrees of freedom. NaN with fewer than 2 of either, or when a
 * value is not finite. */
double stats_residual_sd(const double *values, size_t rows, size_t blocks);

/* Holm's step-down adjustment (1979) of n p-values; NaN stays NaN and is not counted. */
void stats_holm(const double *p, double *adjusted, size_t n);

/* Into ascending order. */
void stats_sort(double *values, size_t n);

/* Median of n values (mean of the middle two when n is even); NaN when n == 0. Sorts `values`. */
double stats_median(double *values, size_t n);

/* Geometric mean of n values > 0; NaN when n == 0 or a value is not above 0. */
double stats_geometric_mean(const double *values, size_t n);

/* Smallest and largest; NaN when n == 0. */
double stats_min(const double *values, size_t n);
double stats_max(const double *values, size_t n);

/* True when there is an interval and it does not hold `value`. */
bool stats_excludes(struct interval interval, double value);

#endif
