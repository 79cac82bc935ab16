/* rng: xoshiro256** 1.0 seeded by splitmix64 (Blackman and Vigna, "Scrambled linear pseudorandom
 * number generators", 2018; https://prng.di.unimi.it/). The same seed gives the same stream on
 * every machine.
 */
#ifndef DUET_BASE_RNG_H
#define DUET_BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

/* Fills the state with four splitmix64 outputs that start from `seed`. */
void rng_seed(struct rng *rng, uint64_t seed);

/* A stream of its own for (seed, stream): equal inputs, equal stream. */
void rng_seed_stream(struct rng *rng, uint64_t seed, uint64_t stream);

/* The next 64 uniform bits. */
uint64_t rng_next(struct rng *rng);

/* Uniform in [0, bound), without modulo bias; bound 0 gives 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* Uniform in [0, 1), 53 bits. */
double rng_unit(struct rng *rng);

/* Exponential with mean 1. */
double rng_exponential(struct rng *rng);

#endif
