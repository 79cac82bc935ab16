#include "runner/plan_order.h"

#include "common/base/rng.h"

#include <stdlib.h>

enum { STREAM_PAGES = 1, STREAM_ARMS = 2, STREAM_LOADS = 3, STREAM_REQUESTS = 4, STREAM_KINDS = 8 };

/* A generator of its own for each thing drawn, so that none moves another. */
static void draw_start(struct rng *rng, const struct plan *plan, int64_t block, int page, int kind)
{
	uint64_t at = (uint64_t)block * PLAN_PAGES + (uint64_t)page;
	rng_seed_stream(rng, (uint64_t)plan->seed, at * STREAM_KINDS + (uint64_t)kind);
}

/* Fisher and Yates. */
static void draw_order(struct rng *rng, size_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t k = (size_t)rng_below(rng, i);
		size_t kept = order[i - 1];
		order[i - 1] = order[k];
		order[k] = kept;
	}
}

static void order_arms(const struct plan *plan, int64_t block, int page, size_t *order)
{
	struct rng rng;
	size_t count = plan->arm_count;
	draw_start(&rng, plan, block / 2, page, STREAM_ARMS);
	draw_order(&rng, order, count);
	if (count == 2) {
		order[0] = 0;
		order[1] = 1;
	}
	if (count == 3 && plan->twin) {
		order[0] = 2;
		order[1] = 0;
		order[2] = 1;
	}
	for (size_t i = 0; block % 2 == 1 && i < count / 2; i++) {
		size_t kept = order[i];
		order[i] = order[count - 1 - i];
		order[count - 1 - i] = kept;
	}
}

static void fill_trial(const struct plan *plan, struct plan_trial *trial)
{
	struct rng rng;
	draw_start(&rng, plan, trial->block, trial->page, STREAM_LOADS);
	trial->load_count = plan->level_count + (plan->has_open ? 1 : 0);
	draw_order(&rng, trial->loads, trial->load_count);
	if (plan_arm_open_only(&plan->arms[trial->arm])) {
		trial->load_count = 1;
		trial->loads[0] = plan->level_count;
	}
	draw_start(&rng, plan, trial->block, trial->page, STREAM_REQUESTS);
	trial->seed = rng_below(&rng, UINT32_MAX);
}

struct plan_trial *plan_order(const struct plan *plan, size_t *count)
{
	size_t total = (size_t)plan->blocks * plan->page_count * plan->arm_count;
	struct plan_trial *trials = calloc(total, sizeof(*trials));
	size_t at = 0;
	*count = 0;
	if (!trials)
		return NULL;
	for (int64_t block = 0; block < plan->blocks; block++) {
		struct rng rng;
		size_t pages[PLAN_PAGES], arms[PLAN_ARMS_MAX];
		draw_start(&rng, plan, block, 0, STREAM_PAGES);
		draw_order(&rng, pages, plan->page_count);
		for (size_t p = 0; p < plan->page_count; p++) {
			int page = plan->pages[pages[p]];
			order_arms(plan, block, page, arms);
			for (size_t a = 0; a < plan->arm_count; a++, at++) {
				trials[at].block = block;
				trials[at].page = page;
				trials[at].arm = arms[a];
				trials[at].order = at;
				trials[at].pair_order = a;
				fill_trial(plan, &trials[at]);
			}
		}
	}
	*count = total;
	return trials;
}

/* What a trial takes beside its loads, s: measured on 2 cores, rounded up. */
#define START_S 0.5
#define START_MONGODB_S 2.0
#define START_SERVICES_S 0.4
#define SWEEP_S 0.6
#define LOAD_S 0.4
#define TURN_S 0.1
/* A pair of single requests; on MongoDB's lists it is more. */
#define STAMP_PAIR_S 0.004

/* Each turn warms up; between two of them lies a drain. */
static double load_s(const struct plan_load *load, int64_t turns)
{
	return (double)(load->warmup_ns * turns + load->duration_ns) / 1e9 + LOAD_S +
	       TURN_S * (double)(turns - 1);
}

double plan_search_run_s(const struct plan *plan)
{
	return load_s(&plan->saturation.load, 1);
}

double plan_stamps_expected_s(const struct plan *plan)
{
	return (double)plan->stamp_requests * STAMP_PAIR_S;
}

double plan_trial_expected_s(const struct plan *plan, const struct plan_arm *arm, bool pilot)
{
	double total = START_S + (plan->sweep ? SWEEP_S : 0);
	total += arm->store == PLAN_MONGODB ? START_MONGODB_S : 0;
	total += arm->architecture == PLAN_MICROSERVICES ? START_SERVICES_S : 0;
	if (plan_arm_open_only(arm))
		return pilot ? 0 : total + load_s(&plan->open, plan->turns);
	if (pilot)
		return total + load_s(&plan->capacity, 1);
	total += plan->has_capacity ? load_s(&plan->capacity, plan->turns) : 0;
	for (size_t i = 0; i < plan->level_count; i++)
		total += load_s(&plan->levels[i], plan->turns) * (plan->open_twin ? 2 : 1);
	if (plan->has_saturation)
		total += PLAN_SEARCH_RUNS * plan_search_run_s(plan);
	total += plan->has_near ? load_s(&plan->near, plan->turns) : 0;
	total += plan_stamps_expected_s(plan);
	return total + (plan->has_open ? load_s(&plan->open, plan->turns) : 0);
}

double plan_expected_s(const struct plan *plan)
{
	double total = 0, pages = (double)plan->page_count;
	for (size_t i = 0; i < plan->arm_count; i++) {
		total += (double)plan->blocks * pages *
			 plan_trial_expected_s(plan, &plan->arms[i], false);
		total += plan->has_open ? pages * plan_trial_expected_s(plan, &plan->arms[i], true)
					: 0;
	}
	return total;
}

size_t plan_repeats_max(const struct plan *plan)
{
	return plan->repeats > 0 ? ((size_t)plan->blocks * plan->page_count + 3) / 4 : 0;
}

double plan_repeats_expected_s(const struct plan *plan)
{
	double total = 0;
	for (size_t i = 0; i < plan->arm_count; i++)
		total += plan_trial_expected_s(plan, &plan->arms[i], false);
	return total * (double)plan_repeats_max(plan);
}
