/* histogram-dump: a million seeded values and what our histogram makes of them, for check.mjs to
 * compare with hdr-histogram-js. Lines "v NS" (in the order drawn), "p PERCENTILE NS", and behind a
 * line "hgrm" the percentile distribution.
 *
 * The values look like latencies: log-normal around 1 ms, an exponential tail, a few stalls.
 */
#include "common/base/histogram.h"
#include "common/base/rng.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 1000000 };

static int64_t draw(struct rng *rng)
{
	const double sum = rng_unit(rng) + rng_unit(rng) + rng_unit(rng) + rng_unit(rng) - 2;
	const double body = 1e6 * exp(1.5 * sum);
	const double tail = rng_below(rng, 20) == 0 ? 5e7 * rng_exponential(rng) : 0;
	const double stall = rng_below(rng, 5000) == 0 ? 5e10 * rng_unit(rng) : 0;
	return 100 + (int64_t)(body + tail + stall);
}

int main(int argc, char **argv)
{
	struct histogram *h = argc == 2 ? histogram_new() : NULL;
	FILE *out = h ? fopen(argv[1], "we") : NULL;
	if (!out) {
		fprintf(stderr, "usage: histogram-dump FILE (which must be writable)\n");
		histogram_free(h);
		return 2;
	}
	struct rng rng;
	rng_seed(&rng, 42);
	for (int i = 0; i < COUNT; i++) {
		const int64_t ns = draw(&rng);
		histogram_record(h, ns);
		fprintf(out, "v %" PRId64 "\n", ns);
	}
	for (int p = 1; p <= 99; p++)
		fprintf(out, "p %d %" PRId64 "\n", p, histogram_percentile(h, p));
	fprintf(out, "p 99.9 %" PRId64 "\n", histogram_percentile(h, 99.9));
	fprintf(out, "p 99.99 %" PRId64 "\n", histogram_percentile(h, 99.99));
	fprintf(out, "hgrm\n");
	const bool written = histogram_write_hgrm(h, out);
	histogram_free(h);
	return written && fclose(out) == 0 ? 0 : 1;
}
