/*
 * A ladder of arms: which they are, what each step costs in CPU time a page, and what the run could
 * have seen.
 *
 * A step is the mean over blocks of the difference within a block (us, with Student's t interval)
 * and of the difference of logarithms (a ratio). A word of the tax (tax_words.h) is the sum of its
 * steps, taken block by block before averaging, so that its interval is its own and the words add
 * up to the whole.
 *
 * The smallest visible difference does not look at the step it is for: with s the standard
 * deviation, within a block, of ln(CPU of one arm / CPU of another equal one), n blocks can show a
 * ratio of exp(t(0.975, n - 1) s / sqrt(n)) and more. s comes from the run's twin, or else from the
 * residuals of all rungs once their means and the blocks' are taken away, times sqrt(2) for two
 * arms.
 */
#ifndef DUET_RUNNER_LADDER_H
#define DUET_RUNNER_LADDER_H

#include "runner/report_cells.h"
#include "runner/tax_words.h"

enum { LADDER_TERMS_MAX = 2 * RUN_ARMS_MAX };

struct ladder {
	size_t count;                        /* rungs; 0: the run has no ladder */
	size_t arms[RUN_ARMS_MAX];           /* the run's, lowest first */
	struct tax_step steps[RUN_ARMS_MAX]; /* up to that rung; of the first: nothing */
	size_t without[RUN_ARMS_MAX]; /* the arm that is the top without that step; RUN_ARMS_MAX: no
					 such arm */
	size_t base, top; /* rungs: the first that makes a page, the last that keeps connections */
};

/* The ladder that the run's plan names, of the arms that have files. */
struct ladder ladder_of(const struct run *run);

/* weight x CPU time a request of an arm. */
struct ladder_term {
	size_t arm;
	double weight;
};

/* The sum of the terms in each block that counts for all of them, its mean and its interval: in us,
 * or of the logarithms as a ratio. Without blocks, or where an arm has more than ERROR_SHARE
 * failures, there is nothing. */
struct interval ladder_sum(const struct run *run, size_t page, size_t load,
			   const struct ladder_term *terms, size_t count, bool as_ratio);

/* The same of one arm less another. */
struct interval ladder_difference(const struct run *run, size_t page, size_t load, size_t lower,
				  size_t upper, bool as_ratio);

/* Adds the steps of a word from base to top to `terms`; returns how many terms there are. */
size_t ladder_word_terms(const struct ladder *ladder, enum tax_word word,
			 struct ladder_term terms[LADDER_TERMS_MAX]);

struct ladder_noise {
	double share; /* the smallest visible ratio, less 1; NaN: unknown */
	size_t blocks;
	bool twin; /* from the twin, not from residuals */
};

struct ladder_noise ladder_noise(const struct run *run, const struct ladder *ladder, size_t page,
				 size_t load);

/* The p of a difference that has blocks enough for a verdict, else NaN: what Holm's adjustment is
 * made over. */
double ladder_p(struct interval us);

enum ladder_says {
	LADDER_NOTHING, /* no numbers, or too few blocks for a verdict */
	LADDER_BELOW,   /* below resolution */
	LADDER_RESOLVED
};

/* What a difference (us) with its adjusted p says: resolved when its interval excludes 0 and p is
 * under 1 - CONFIDENCE. */
enum ladder_says ladder_judge(struct interval us, double p);

#endif
