/* Layout: bucket k covers the units whose highest bits lie in its octave, in 1024 equal steps of
 * 2^k units; bucket 0 holds the 2048 smallest units one by one. So the index of a value is its
 * octave (one clz) and its top 11 bits. Sums are kept in 128 bits, so that merging in any order
 * gives the same mean and deviation. */
#include "common/base/histogram.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 sum128;

enum {
	SUB_BITS = 11, /* 2^11 steps: 3 decimal digits, as 2 * 10^3 needs */
	SUB_COUNT = 1 << SUB_BITS,
	HALF_COUNT = SUB_COUNT / 2,
	BUCKETS = 21,
	CELLS = (BUCKETS + 1) * HALF_COUNT
};

#define UNIT_NS HISTOGRAM_MIN_NS

static_assert(HISTOGRAM_MAX_NS / HISTOGRAM_MIN_NS < (INT64_C(1) << (SUB_BITS + BUCKETS - 1)),
	      "the cells must cover the whole range");

struct histogram {
	uint64_t count;
	int64_t min, max; /* ns, exact; meaningless while count is 0 */
	sum128 sum, sum_squares;
	uint64_t cells[CELLS];
};

static int64_t clamp(int64_t ns)
{
	if (ns < HISTOGRAM_MIN_NS)
		return HISTOGRAM_MIN_NS;
	return ns > HISTOGRAM_MAX_NS ? HISTOGRAM_MAX_NS : ns;
}

static unsigned cell_of(int64_t ns)
{
	const uint64_t unit = (uint64_t)ns / (uint64_t)UNIT_NS;
	const unsigned bits = 64 - (unsigned)__builtin_clzll(unit | (SUB_COUNT - 1));
	const unsigned bucket = bits - SUB_BITS;
	/* unit >> bucket is in the upper half for every bucket but the first, hence the overlap. */
	return bucket * HALF_COUNT + (unsigned)(unit >> bucket);
}

static int64_t highest_of(unsigned cell)
{
	const unsigned bucket = cell < SUB_COUNT ? 0 : cell / HALF_COUNT - 1;
	const int64_t step = cell - bucket * HALF_COUNT;
	return ((step + 1) << bucket) * UNIT_NS - 1;
}

struct histogram *histogram_new(void)
{
	return calloc(1, sizeof(struct histogram));
}

void histogram_free(struct histogram *h)
{
	free(h);
}

void histogram_reset(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
}

void histogram_record_n(struct histogram *h, int64_t ns, uint64_t n)
{
	if (n == 0)
		return;
	const int64_t value = clamp(ns);
	if (h->count == 0 || value < h->min)
		h->min = value;
	if (h->count == 0 || value > h->max)
		h->max = value;
	const sum128 total = (sum128)(uint64_t)value * n;
	h->count += n;
	h->sum += total;
	h->sum_squares += total * (uint64_t)value;
	h->cells[cell_of(value)] += n;
}

void histogram_record(struct histogram *h, int64_t ns)
{
	histogram_record_n(h, ns, 1);
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	if (from->count == 0)
		return;
	if (into->count == 0 || from->min < into->min)
		into->min = from->min;
	if (into->count == 0 || from->max > into->max)
		into->max = from->max;
	into->count += from->count;
	into->sum += from->sum;
	into->sum_squares += from->sum_squares;
	/* Not all cells: writing to those that nobody uses would make them resident. */
	for (unsigned i = cell_of(from->min); i <= cell_of(from->max); i++)
		into->cells[i] += from->cells[i];
}

uint64_t histogram_count(const struct histogram *h)
{
	return h->count;
}

uint64_t histogram_rank(double percentile, uint64_t count)
{
	const double exact = percentile / 100.0 * (double)count;
	const double rank = ceil(exact * (1 - 4 * DBL_EPSILON));
	return rank < 1 ? 1 : (uint64_t)rank;
}

int64_t histogram_value_at_rank(const struct histogram *h, uint64_t rank)
{
	if (h->count == 0)
		return 0;
	uint64_t seen = 0;
	for (unsigned i = cell_of(h->min); i < CELLS; i++) {
		seen += h->cells[i];
		if (seen >= rank) {
			const int64_t highest = highest_of(i);
			return highest < h->max ? highest : h->max;
		}
	}
	return h->max;
}

int64_t histogram_percentile(const struct histogram *h, double percentile)
{
	return histogram_value_at_rank(h, histogram_rank(percentile, h->count));
}

int64_t histogram_max(const struct histogram *h)
{
	return h->count ? h->max : 0;
}

int64_t histogram_min(const struct histogram *h)
{
	return h->count ? h->min : 0;
}

double histogram_mean(const struct histogram *h)
{
	return h->count ? (double)((long double)h->sum / (long double)h->count) : 0;
}

double histogram_stddev(const struct histogram *h)
{
	if (h->count == 0)
		return 0;
	/* Around the whole part of the mean, in whole numbers: sum_squares / n - mean^2 would
	 * cancel all digits of a small deviation of large values. What wraps around comes back. */
	const sum128 around = h->sum / h->count;
	const sum128 squares = h->sum_squares - 2 * around * h->sum + around * around * h->count;
	const long double rest = (long double)(h->sum % h->count) / (long double)h->count;
	const long double variance = (long double)squares / (long double)h->count - rest * rest;
	return variance > 0 ? (double)sqrtl(variance) : 0;
}

void histogram_each(const struct histogram *h,
		    void (*visit)(void *arg, int64_t highest_ns, uint64_t count), void *arg)
{
	for (unsigned i = 0; i < CELLS; i++)
		if (h->cells[i])
			visit(arg, highest_of(i), h->cells[i]);
}
