#include "loadgen/popularity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double exponent_max = 10;
/* VUs and workers count their streams from 0; the last one of all is the arrivals'. */
static const uint64_t stream = UINT64_MAX - 1;

bool popularity_parse(const char *text, double *exponent)
{
	static const char zipf[] = "zipf:";
	const char *digits = text + sizeof(zipf) - 1;
	char *end;
	*exponent = 0;
	if (strcmp(text, "uniform") == 0)
		return true;
	if (strncmp(text, zipf, sizeof(zipf) - 1) != 0 || !*digits ||
	    strspn(digits, "0123456789.") != strlen(digits))
		return false;
	*exponent = strtod(digits, &end);
	return end != digits && !*end && *exponent <= exponent_max;
}

/* Fisher and Yates, as R. Durstenfeld's Algorithm 235 (Communications of the ACM 7, 1964). */
static void shuffle(uint32_t *at, size_t count, uint64_t seed)
{
	struct rng rng;
	rng_seed_stream(&rng, seed, stream);
	for (size_t i = 0; i < count; i++)
		at[i] = (uint32_t)i;
	for (size_t i = count - 1; i > 0; i--) {
		const size_t other = (size_t)rng_below(&rng, i + 1);
		const uint32_t kept = at[i];
		at[i] = at[other];
		at[other] = kept;
	}
}

bool popularity_init(struct popularity *p, double exponent, size_t count, uint64_t seed)
{
	double sum = 0;
	*p = (struct popularity){.count = count};
	if (exponent <= 0)
		return true;
	p->cumulative = calloc(count, sizeof(*p->cumulative));
	p->by_rank = calloc(count, sizeof(*p->by_rank));
	if (!p->cumulative || !p->by_rank)
		return false;
	for (size_t i = 0; i < count; i++)
		p->cumulative[i] = sum += pow((double)(i + 1), -exponent);
	for (size_t i = 0; i < count; i++)
		p->cumulative[i] /= sum;
	shuffle(p->by_rank, count, seed);
	return true;
}

void popularity_free(struct popularity *p)
{
	free(p->cumulative);
	free(p->by_rank);
	*p = (struct popularity){0};
}

size_t popularity_draw(const struct popularity *p, struct rng *rng)
{
	if (!p->cumulative)
		return (size_t)rng_below(rng, p->count);
	const double at = rng_unit(rng);
	size_t first = 0, last = p->count - 1; /* the rank is among these */
	while (first < last) {
		const size_t middle = first + (last - first) / 2;
		if (p->cumulative[middle] > at)
			last = middle;
		else
			first = middle + 1;
	}
	return p->by_rank[first];
}
