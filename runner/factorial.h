/*
 * Two by two: what the architecture and what the store does to a measure, and what only both
 * together do, all as ratios with t intervals over blocks.
 *
 * With y = ln of the measure in one block, u/m for the architecture and 1/2 for the store:
 *   architecture = ((ym1 - yu1) + (ym2 - yu2)) / 2     store = ((yu2 - yu1) + (ym2 - ym1)) / 2
 *   interaction  = (ym2 - yu2) - (ym1 - yu1)
 * and the gap between the corners that differ in both is, exactly,
 *   ym2 - yu1 = (ym1 - yu1) + (yu2 - yu1) + interaction
 * the architecture alone, the store alone (each added first), and what is left for both together.
 * The contrasts are taken within a block. Checked against NumPy by tests/stats/check.py.
 */
#ifndef DUET_RUNNER_FACTORIAL_H
#define DUET_RUNNER_FACTORIAL_H

#include "runner/stats.h"

enum factorial_corner { FACTORIAL_U1, FACTORIAL_U2, FACTORIAL_M1, FACTORIAL_M2, FACTORIAL_CORNERS };

enum factorial_effect {
	EFFECT_ARCHITECTURE,
	EFFECT_STORE,
	EFFECT_INTERACTION,
	EFFECT_GAP, /* m2 / u1 */
	EFFECT_ARCHITECTURE_ALONE,
	EFFECT_STORE_ALONE,
	FACTORIAL_EFFECTS
};

enum { FACTORIAL_BLOCKS_MAX = 1000 };

/* The effects of n <= FACTORIAL_BLOCKS_MAX blocks, values[corner][block] > 0; no intervals (NaN)
 * when a value is not above 0. */
void factorial_effects(const double *const values[FACTORIAL_CORNERS], size_t n, double confidence,
		       struct interval effects[FACTORIAL_EFFECTS]);

#endif
