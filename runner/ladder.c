#include "runner/ladder.h"

#include <math.h>
#include <string.h>

/* The arm with an id, the twin left out; RUN_ARMS_MAX when there is none with files. */
static size_t arm_named(const struct run *run, const json_t *id)
{
	const char *name = json_string_value(id);
	for (size_t arm = 0; name && arm < run->arm_count; arm++) {
		if (strcmp(run->arms[arm].id, name) != 0)
			continue;
		for (size_t i = 0; i < run->result_count; i++)
			if (run->results[i].arm == arm)
				return arm;
	}
	return RUN_ARMS_MAX;
}

/* The ends of the tax: what only answers stored bytes is below it, closing connections above. */
static void ends_find(const struct run *run, struct ladder *ladder)
{
	ladder->base = 0;
	ladder->top = ladder->count - 1;
	while (ladder->base < ladder->top &&
	       strcmp(tax_rung_of(run->arms[ladder->arms[ladder->base]].plan), "floor") == 0)
		ladder->base++;
	while (ladder->top > ladder->base && ladder->steps[ladder->top].word == TAX_CONNECTIONS)
		ladder->top--;
}

/* An arm that is the top without a step must lack the same word of the tax, or it says nothing of
 * that step. */
static void without_check(const struct run *run, struct ladder *ladder)
{
	const json_t *top = run->arms[ladder->arms[ladder->top]].plan;
	for (size_t rung = 0; rung < ladder->count; rung++) {
		size_t arm = ladder->without[rung];
		enum tax_word word = ladder->steps[rung].word;
		if (arm < RUN_ARMS_MAX &&
		    (word == TAX_WORDS || tax_step_of(run->arms[arm].plan, top).word != word))
			ladder->without[rung] = RUN_ARMS_MAX;
	}
}

struct ladder ladder_of(const struct run *run)
{
	struct ladder ladder = {.count = 0};
	const json_t *without = json_object_get(run->plan, "top_without");
	size_t i;
	json_t *id;
	json_array_foreach(json_object_get(run->plan, "ladder"), i, id)
	{
		size_t arm = arm_named(run, id), at = ladder.count;
		if (arm == RUN_ARMS_MAX || at == RUN_ARMS_MAX)
			continue;
		ladder.arms[at] = arm;
		ladder.without[at] = arm_named(run, json_object_get(without, run->arms[arm].id));
		ladder.steps[at] =
			at ? tax_step_of(run->arms[ladder.arms[at - 1]].plan, run->arms[arm].plan)
			   : (struct tax_step){TAX_WORDS, ""};
		ladder.count++;
	}
	if (ladder.count < 2)
		return (struct ladder){.count = 0};
	ends_find(run, &ladder);
	without_check(run, &ladder);
	return ladder;
}

struct interval ladder_sum(const struct run *run, size_t page, size_t load,
			   const struct ladder_term *terms, size_t count, bool as_ratio)
{
	double sums[RUN_BLOCKS_MAX];
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (cell_error_share(run, (struct cell){terms[i].arm, page, load, false}) >
		    ERROR_SHARE)
			return stats_no_interval(0);
	for (size_t block = 0; block < run->block_count && count > 0; block++) {
		double sum = 0;
		for (size_t i = 0; i < count; i++) {
			double value =
				cell_block(run, (struct cell){terms[i].arm, page, load, false},
					   METRIC_CPU_REQUEST, block);
			sum += terms[i].weight * (as_ratio ? log(value) : value);
		}
		if (isfinite(sum))
			sums[n++] = sum;
	}
	struct interval out = stats_mean_interval(sums, n, CONFIDENCE);
	return as_ratio ? stats_exp(out) : out;
}

struct interval ladder_difference(const struct run *run, size_t page, size_t load, size_t lower,
				  size_t upper, bool as_ratio)
{
	const struct ladder_term terms[] = {{upper, 1}, {lower, -1}};
	return ladder_sum(run, page, load, terms, 2, as_ratio);
}

size_t ladder_word_terms(const struct ladder *ladder, enum tax_word word,
			 struct ladder_term terms[LADDER_TERMS_MAX])
{
	size_t count = 0;
	for (size_t rung = ladder->base + 1; rung <= ladder->top; rung++) {
		if (ladder->steps[rung].word != word)
			continue;
		terms[count++] = (struct ladder_term){ladder->arms[rung], 1};
		terms[count++] = (struct ladder_term){ladder->arms[rung - 1], -1};
	}
	return count;
}

/* From the twin: half of the interval of ln(twin / original) is t s / sqrt(n) itself. */
static struct ladder_noise noise_of_twin(const struct run *run, size_t page, size_t load)
{
	struct interval ratio =
		ladder_difference(run, page, load, run->twin_of, run->arm_count, true);
	return (struct ladder_noise){sqrt(ratio.high / ratio.low) - 1, ratio.n, true};
}

static struct ladder_noise noise_of_rungs(const struct run *run, const struct ladder *ladder,
					  size_t page, size_t load)
{
	static double values[RUN_ARMS_MAX * RUN_BLOCKS_MAX];
	size_t blocks = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		bool whole = true;
		for (size_t rung = 0; rung < ladder->count; rung++) {
			struct cell cell = {ladder->arms[rung], page, load, false};
			double value = log(cell_block(run, cell, METRIC_CPU_REQUEST, block));
			values[rung * run->block_count + blocks] = value;
			whole = whole && isfinite(value);
		}
		blocks += whole;
	}
	/* Close the rows up to the blocks that are whole. */
	for (size_t rung = 1; rung < ladder->count; rung++)
		memmove(values + rung * blocks, values + rung * run->block_count,
			blocks * sizeof(*values));
	double sd = sqrt(2) * stats_residual_sd(values, ladder->count, blocks);
	double t = stats_t_quantile(0.5 + CONFIDENCE / 2, (double)blocks - 1);
	return (struct ladder_noise){exp(t * sd / sqrt((double)blocks)) - 1, blocks, false};
}

struct ladder_noise ladder_noise(const struct run *run, const struct ladder *ladder, size_t page,
				 size_t load)
{
	bool twin = run->twin_of < run->arm_total;
	return twin ? noise_of_twin(run, page, load) : noise_of_rungs(run, ladder, page, load);
}

double ladder_p(struct interval us)
{
	return us.n < VERDICT_BLOCKS ? NAN : us.p;
}

enum ladder_says ladder_judge(struct interval us, double p)
{
	if (us.n < VERDICT_BLOCKS || isnan(us.low) || isnan(p))
		return LADDER_NOTHING;
	return stats_excludes(us, 0) && p < 1 - CONFIDENCE ? LADDER_RESOLVED : LADDER_BELOW;
}
