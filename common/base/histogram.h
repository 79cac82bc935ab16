/* histogram: log-linear latency histogram with 3 significant decimal digits, from 100 ns to 120 s;
 * the idea and the bucket arithmetic follow HdrHistogram (Gil Tene, http://hdrhistogram.org/).
 * Values are in units of 100 ns inside, ns outside.
 *
 * Invariants: a value is represented by a bucket whose width is at most 0.1 % of it (or 100 ns).
 * Values below the range count as the smallest, above as the largest. Merging is exact. Not
 * thread-safe: one a thread, merged at the end.
 */
#ifndef DUET_BASE_HISTOGRAM_H
#define DUET_BASE_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_MIN_NS INT64_C(100)
#define HISTOGRAM_MAX_NS INT64_C(120000000000)

struct histogram;

/* An empty histogram, or NULL without memory. */
struct histogram *histogram_new(void);
void histogram_free(struct histogram *h);
void histogram_reset(struct histogram *h);

/* Counts one value, in ns. */
void histogram_record(struct histogram *h, int64_t ns);
void histogram_record_n(struct histogram *h, int64_t ns, uint64_t n);

/* Adds all of `from` to `into`; `from` stays as it is. */
void histogram_merge(struct histogram *into, const struct histogram *from);

uint64_t histogram_count(const struct histogram *h);
/* Highest equivalent value, in ns, of the bucket that holds the smallest value with at least
 * `percentile` % of all counts at or below it (rank ceil(p/100 * count), at least 1); 0 when empty.
 * Never above histogram_max. */
int64_t histogram_percentile(const struct histogram *h, double percentile);
/* The same for a rank: the smallest value with at least `rank` counts at or below it. Ranks past
 * the count give histogram_max; 0 when empty. */
int64_t histogram_value_at_rank(const struct histogram *h, uint64_t rank);
/* ceil(percentile/100 * count), at least 1, safe against the rounding of 99.9 and its like. */
uint64_t histogram_rank(double percentile, uint64_t count);
int64_t histogram_max(const struct histogram *h);   /* exact */
int64_t histogram_min(const struct histogram *h);   /* exact */
double histogram_mean(const struct histogram *h);   /* of the exact values, ns */
double histogram_stddev(const struct histogram *h); /* population, of the exact values, ns */

/* Calls visit(arg, highest_equivalent_ns, count) for every non-empty bucket, ascending. */
void histogram_each(const struct histogram *h,
		    void (*visit)(void *arg, int64_t highest_ns, uint64_t count), void *arg);

/* HdrHistogram's percentile distribution (".hgrm"), which its plotter reads, in ms: five lines to
 * each halving of the distance to 100 %, as HdrHistogram's outputPercentileDistribution() has them;
 * four decimals, since a unit is 0.0001 ms. Mean and deviation are the exact ones. False when
 * writing failed. */
bool histogram_write_hgrm(const struct histogram *h, FILE *out);

#endif
