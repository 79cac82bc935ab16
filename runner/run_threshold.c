#include "runner/run_threshold.h"

#include "runner/commands.h"
#include "runner/report_run.h"
#include "runner/result_histogram.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { VUS_TEXT = 24, FACTS = 4 };

static const char *const kind_words[] = {"closed", "open", "capacity", NULL};

/* The tags' possible values in a plan. */
struct words {
	const char *pages[PLAN_PAGES + 1], *arms[PLAN_ARMS_MAX + 1], *vus[PLAN_LEVELS_MAX + 1];
	char vus_text[PLAN_LEVELS_MAX][VUS_TEXT];
};

static void words_fill(struct words *words, const struct plan *plan)
{
	*words = (struct words){.pages = {NULL}};
	for (size_t i = 0; i < plan->page_count; i++)
		words->pages[i] = plan_page_names[plan->pages[i]];
	for (size_t i = 0; i < plan->arm_count; i++)
		words->arms[i] = plan->arms[i].id;
	for (size_t i = 0; i < plan->level_count; i++) {
		(void)snprintf(words->vus_text[i], VUS_TEXT, "%lld",
			       (long long)plan->levels[i].vus);
		words->vus[i] = words->vus_text[i];
	}
}

bool run_thresholds_parse(struct run_thresholds *thresholds, const struct option_texts *texts,
			  const struct plan *plan, char *error)
{
	struct words words;
	bool applies;
	words_fill(&words, plan);
	const struct threshold_fact facts[FACTS] = {{"page", "", words.pages},
						    {"arm", "", words.arms},
						    {"vus", "", words.vus},
						    {"kind", "", kind_words}};
	thresholds->count = texts->count;
	for (size_t i = 0; i < texts->count; i++)
		if (!threshold_parse(texts->at[i], &thresholds->at[i], error,
				     RUN_THRESHOLD_ERROR_MAX) ||
		    !threshold_match(&thresholds->at[i], facts, FACTS, &applies, error,
				     RUN_THRESHOLD_ERROR_MAX))
			return false;
	return true;
}

static bool asks_for_kind(const struct threshold *threshold)
{
	for (size_t i = 0; i < threshold->tag_count; i++)
		if (strcmp(threshold->tags[i].name, "kind") == 0)
			return true;
	return false;
}

static bool is_for(const struct threshold *threshold, const struct run *run,
		   const struct run_result *result)
{
	static const char *const kinds[] = {[RUN_CAPACITY] = "capacity",
					    [RUN_CLOSED] = "closed",
					    [RUN_OPEN] = "open",
					    [RUN_OPEN_TWIN] = "open",
					    [RUN_NEAR] = "open"};
	const struct run_load *load = &run->loads[result->load];
	char vus[VUS_TEXT], error[RUN_THRESHOLD_ERROR_MAX];
	bool applies = false;
	(void)snprintf(vus, sizeof(vus), "%ld", load->vus);
	const struct threshold_fact facts[FACTS] = {{"page", run->pages[result->page], NULL},
						    {"arm", run->arms[result->arm].id, NULL},
						    {"vus", vus, NULL},
						    {"kind", kinds[load->kind], NULL}};
	return result->valid && !result->superseded &&
	       (load->kind != RUN_CAPACITY || asks_for_kind(threshold)) &&
	       threshold_match(threshold, facts, FACTS, &applies, error, sizeof(error)) && applies;
}

/* Lists one goal; true when it was reached. */
static bool judge(const struct threshold *threshold, const struct run *run)
{
	struct tally tally;
	size_t trials = 0;
	double value = 0;
	bool has_value = false, ok = false;
	if (tally_init(&tally, 0, 1)) {
		for (size_t i = 0; i < run->result_count; i++) {
			const struct run_result *result = &run->results[i];
			if (!is_for(threshold, run, result))
				continue;
			result_tally_add(result->root, &tally);
			trials++;
		}
		ok = threshold_holds(threshold, &tally, &value, &has_value);
	}
	tally_free(&tally);
	(void)printf("threshold   %s  %s  ", ok ? "ok    " : "MISSED", threshold->text);
	if (!has_value)
		(void)printf("(no value: too few requests in %zu valid trials)\n", trials);
	else if (isinf(value))
		(void)printf("(on a request without an answer, %zu trials)\n", trials);
	else
		(void)printf("(%.6g, %zu trials)\n", value, trials);
	return ok;
}

int run_thresholds_judge(const struct run_thresholds *thresholds, const char *folder)
{
	char error[256];
	bool ok = true;
	if (thresholds->count == 0)
		return 0;
	struct run *run = report_run_open(folder, error);
	if (!run) {
		(void)fprintf(stderr, "duet: %s\n", error);
		return 1;
	}
	for (size_t i = 0; i < thresholds->count; i++)
		ok = judge(&thresholds->at[i], run) && ok;
	report_run_close(run);
	return ok ? 0 : COMMAND_THRESHOLD;
}
