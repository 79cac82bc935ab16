#include "common/base/rng.h"

#include <math.h>

static uint64_t splitmix64_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, unsigned k)
{
	return (x << k) | (x >> (64 - k));
}

void rng_seed(struct rng *rng, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		rng->s[i] = splitmix64_next(&seed);
}

void rng_seed_stream(struct rng *rng, uint64_t seed, uint64_t stream)
{
	uint64_t mixed = stream;
	rng_seed(rng, seed ^ splitmix64_next(&mixed));
}

uint64_t rng_next(struct rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
	if (bound == 0)
		return 0;
	uint64_t reject = -bound % bound; /* 2^64 mod bound: the low values that would bias */
	uint64_t x;
	do {
		x = rng_next(rng);
	} while (x < reject);
	return x % bound;
}

double rng_unit(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) * 0x1.0p-53;
}

double rng_exponential(struct rng *rng)
{
	return -log1p(-rng_unit(rng));
}
