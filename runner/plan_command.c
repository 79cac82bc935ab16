/* plan, data: what a run would do; and the data it would do it on. */
#include "common/base/options.h"
#include "common/seed/seed.h"
#include "runner/commands.h"
#include "runner/data.h"
#include "runner/plan_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_load(const char *name, const struct plan_load *load)
{
	(void)printf("  %-9s %6lld connections, %g s after %g s of warm-up\n", name,
		     (long long)load->vus, (double)load->duration_ns / 1e9,
		     (double)load->warmup_ns / 1e9);
}

static void print_plan(const struct plan *plan)
{
	(void)printf("%s: %s\n%lld blocks, %lld products of seed %lld, order by seed %lld\n",
		     plan->id, plan->title, (long long)plan->blocks, (long long)plan->products,
		     (long long)plan->data_seed, (long long)plan->seed);
	(void)printf("think time %g s, %s, %s\nloads:\n", (double)plan->think_ns / 1e9,
		     plan->jitter == 0 ? "exactly" : plan_jitter_names[plan->jitter],
		     plan->stagger ? "staggered start" : "all at once");
	if (strcmp(plan->popularity, "uniform") != 0)
		(void)printf("  addresses by popularity %s\n", plan->popularity);
	if (plan->has_capacity)
		print_load("capacity", &plan->capacity);
	for (size_t i = 0; i < plan->level_count; i++)
		print_load("closed", &plan->levels[i]);
	if (plan->has_open)
		print_load("open", &plan->open);
	if (plan->has_near) {
		print_load("near", &plan->near);
		(void)printf(
			"            at %g of the capacity that each trial has just measured\n",
			plan->near.of_own_capacity);
	}
	if (plan->turns > 1)
		(void)printf("  each in %lld turns, which all arms of a page, up together, take by "
			     "turns\n",
			     (long long)plan->turns);
	if (plan->keep_awake)
		(void)printf("  every CPU is kept awake by a spinner at the lowest priority\n");
	if (plan->open_twin)
		(void)printf(
			"  open twin of every closed level under a load factor of %.1f, at its "
			"throughput\n",
			PLAN_KNEE_LOAD);
	if (plan->has_open)
		(void)printf(
			"            at %g of the slowest arm's capacity of the page, by a pilot "
			"pass over all arms\n",
			plan->open.of_slowest_capacity);
	if (plan->stamp_requests)
		(void)printf("  single    %6lld requests with stamps and as many without, one at a "
			     "time\n",
			     (long long)plan->stamp_requests);
	if (plan->has_saturation) {
		print_load("search", &plan->saturation.load);
		(void)printf(
			"            a run, at most %lld, for the highest rate that keeps %s\n",
			(long long)plan->saturation.runs_max, plan->saturation.slo.text);
	}
	if (plan->has_map)
		(void)printf("  the report maps where the tax stops mattering, with %s as SLO\n",
			     plan->map_slo.text);
}

static bool print_order(const struct plan *plan)
{
	size_t count;
	struct plan_trial *trials = plan_order(plan, &count);
	for (size_t i = 0; i < count; i++) {
		const struct plan_trial *trial = &trials[i];
		(void)printf("%4zu  block %lld  %-4s  %-28s", trial->order, (long long)trial->block,
			     plan_page_names[trial->page], plan->arms[trial->arm].id);
		for (size_t k = 0; k < trial->load_count; k++) {
			bool open = trial->loads[k] == plan->level_count;
			if (open)
				(void)printf(" open");
			else
				(void)printf(" %lld", (long long)plan->levels[trial->loads[k]].vus);
		}
		(void)printf("\n");
	}
	free(trials);
	return count > 0;
}

int plan_command(int argc, char **argv)
{
	const char *path = NULL;
	char error[PLAN_ERROR_MAX];
	size_t count = 0;
	const struct program program = {
		.name = "duet plan",
		.summary = "Show a plan's order and expected time; starts nothing",
		.positional = "PLAN",
		.positional_min = 1,
		.positional_max = 1};
	enum options_result parsed = options_parse(&program, argc, argv, &path, &count);
	if (parsed != OPTIONS_RUN)
		return parsed == OPTIONS_EXIT_OK ? 0 : 2;
	struct plan *plan = plan_read(path, error);
	if (!plan) {
		(void)fprintf(stderr, "duet: %s\n", error);
		return 1;
	}
	print_plan(plan);
	bool ok = print_order(plan);
	(void)printf("expected time: %.1f minutes\n", plan_expected_s(plan) / 60);
	if (plan_repeats_max(plan))
		(void)printf("at most %.1f minutes more: up to %zu of %zu pages of a block are run "
			     "again when a check fails\n",
			     plan_repeats_expected_s(plan) / 60, plan_repeats_max(plan),
			     (size_t)plan->blocks * plan->page_count);
	plan_free(plan);
	return ok ? 0 : 1;
}

int data_command(int argc, char **argv)
{
	uint64_t seed = 42, products = SEED_PRODUCTS_DEFAULT;
	char error[SITE_ERROR_MAX];
	size_t count = 0;
	struct site site;
	const struct option options[] = {
		{.name = "seed",
		 .kind = OPTION_UINT,
		 .target = &seed,
		 .max = UINT32_MAX,
		 .value = "N",
		 .help = "seed of the data"},
		{.name = "products",
		 .kind = OPTION_UINT,
		 .target = &products,
		 .min = SEED_PRODUCTS_MIN,
		 .max = SEED_PRODUCTS_MAX,
		 .value = "N",
		 .help = "a multiple of 8"},
	};
	const struct program program = {.name = "duet data",
					.summary = "Seed every store when it is missing",
					.positional = "",
					.options = options,
					.option_count = 2};
	enum options_result parsed = options_parse(&program, argc, argv, NULL, &count);
	if (parsed != OPTIONS_RUN)
		return parsed == OPTIONS_EXIT_OK ? 0 : 2;
	command_catch_signals();
	struct manifest *manifest = NULL;
	if (site_init(&site, (uint32_t)products, seed, error))
		manifest = data_prepare(&site, true, &command_interrupted, error);
	if (manifest)
		(void)printf("%s: seed %llu, %u products, sha256 %s\n", site.data,
			     (unsigned long long)manifest->seed, manifest->products,
			     manifest->data_sha256);
	else
		(void)fprintf(stderr, "duet: %s\n", error);
	bool ok = manifest != NULL;
	manifest_free(manifest);
	return ok ? 0 : command_interrupted ? COMMAND_INTERRUPTED : 1;
}
