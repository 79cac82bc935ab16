/* The lines of a .hgrm file. A line's percentile is a fixed step, and its value the first bucket at
 * which the counts reach that step: one bucket may give many lines. */
#include "common/base/histogram.h"

#include <inttypes.h>
#include <math.h>

enum { STEPS_IN_A_HALF = 5, BUCKETS = 21, SUB_BUCKETS = 2048 };

static const double ns_in_ms = 1e6;

struct hgrm {
	FILE *out;
	uint64_t seen, total;
	double step; /* % of the next line */
};

static void write_line(const struct hgrm *hgrm, double value_ms, double step)
{
	fprintf(hgrm->out, "%12.4f %2.12f %10" PRIu64, value_ms, step / 100, hgrm->seen);
	if (hgrm->seen < hgrm->total || step < 100)
		fprintf(hgrm->out, " %14.2f\n", 1 / (1 - step / 100));
	else
		fputc('\n', hgrm->out);
}

static void take_bucket(void *arg, int64_t highest_ns, uint64_t count)
{
	struct hgrm *hgrm = arg;
	const double value = (double)highest_ns / ns_in_ms;
	const bool last = hgrm->seen + count == hgrm->total;
	hgrm->seen += count;
	while (100 * (double)hgrm->seen / (double)hgrm->total >= hgrm->step) {
		write_line(hgrm, value, hgrm->step);
		const double halvings = floor(log2(100 / (100 - hgrm->step))) + 1;
		hgrm->step += 100 / (STEPS_IN_A_HALF * exp2(halvings));
		if (last)
			break;
	}
	if (last)
		write_line(hgrm, value, 100);
}

bool histogram_write_hgrm(const struct histogram *h, FILE *out)
{
	struct hgrm hgrm = {out, 0, histogram_count(h), 0};
	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	histogram_each(h, take_bucket, &hgrm);
	fprintf(out, "#[Mean    = %12.4f, StdDeviation   = %12.4f]\n", histogram_mean(h) / ns_in_ms,
		histogram_stddev(h) / ns_in_ms);
	fprintf(out, "#[Max     = %12.4f, Total count    = %12" PRIu64 "]\n",
		(double)histogram_max(h) / ns_in_ms, histogram_count(h));
	fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", BUCKETS, SUB_BUCKETS);
	return !ferror(out);
}
