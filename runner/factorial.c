#include "runner/factorial.h"

#include <math.h>

/* By corner: u1, u2, m1, m2. */
static const double weights[FACTORIAL_EFFECTS][FACTORIAL_CORNERS] = {
	[EFFECT_ARCHITECTURE] = {-0.5, -0.5, 0.5, 0.5}, [EFFECT_STORE] = {-0.5, 0.5, -0.5, 0.5},
	[EFFECT_INTERACTION] = {1, -1, -1, 1},          [EFFECT_GAP] = {-1, 0, 0, 1},
	[EFFECT_ARCHITECTURE_ALONE] = {-1, 0, 1, 0},    [EFFECT_STORE_ALONE] = {-1, 1, 0, 0},
};

void factorial_effects(const double *const values[FACTORIAL_CORNERS], size_t n, double confidence,
		       struct interval effects[FACTORIAL_EFFECTS])
{
	for (size_t effect = 0; effect < FACTORIAL_EFFECTS; effect++) {
		double contrast[FACTORIAL_BLOCKS_MAX];
		bool positive = n <= FACTORIAL_BLOCKS_MAX;
		for (size_t block = 0; block < n && positive; block++) {
			contrast[block] = 0;
			for (size_t corner = 0; corner < FACTORIAL_CORNERS; corner++) {
				positive = positive && values[corner][block] > 0;
				contrast[block] +=
					weights[effect][corner] * log(values[corner][block]);
			}
		}
		effects[effect] = positive ? stats_exp(stats_mean_interval(contrast, n, confidence))
					   : stats_no_interval(n);
	}
}
