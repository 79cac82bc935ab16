/* popularity: which of a page's addresses a request asks for: all alike, or a few much more often.
 *
 * "uniform", or "zipf:S": the address of rank r is asked for in proportion to r^-S (S from 0, which
 * is uniform, to 10), exactly, by a table of cumulative weights over all addresses. Which address
 * has which rank is a permutation drawn from the seed: neighbours in the manifest are neighbours in
 * a store, and the popular ones of a shop are not. Read-only once made: shared by the workers.
 */
#ifndef DUET_LOADGEN_POPULARITY_H
#define DUET_LOADGEN_POPULARITY_H

#include "common/base/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct popularity {
	size_t count;
	double *cumulative; /* owned; up to each rank, of 1; NULL: uniform */
	uint32_t *by_rank;  /* owned; the address of each rank */
};

/* Reads the text into *exponent (0: uniform); false when it is malformed. */
bool popularity_parse(const char *text, double *exponent);

/* For `count` > 0 addresses. False without memory; popularity_free is needed even then. */
bool popularity_init(struct popularity *popularity, double exponent, size_t count, uint64_t seed);
void popularity_free(struct popularity *popularity);

/* An address, 0 to count - 1; one number is taken from the stream. */
size_t popularity_draw(const struct popularity *popularity, struct rng *rng);

#endif
