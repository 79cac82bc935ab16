/* saturate: one arm and page of a plan as a plan of its own, run like any other; so it has a
 * folder, can be resumed, and has a report. */
#include "common/base/options.h"
#include "runner/commands.h"
#include "runner/saturate_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINT_MAX = 1 << 20 };

struct request {
	const char *arm, *page, *slo, *plan, *out;
	bool quiet;
};

__attribute__((format(printf, 1, 2))) static bool refuse(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)fprintf(stderr, "duet saturate: ");
	(void)vfprintf(stderr, format, args);
	(void)fprintf(stderr, "\n");
	va_end(args);
	return false;
}

static json_t *arm_of(const struct plan *plan, const char *id)
{
	const char *ids[PLAN_ARMS_MAX];
	for (size_t i = 0; i < plan->arm_count; i++) {
		ids[i] = plan->arms[i].id;
		if (strcmp(ids[i], id) == 0)
			return plan->arms[i].json;
	}
	const char *near = nearest_word(id, ids, plan->arm_count);
	(void)refuse("the plan has no arm \"%s\"; did you mean \"%s\"?", id, near ? near : ids[0]);
	return NULL;
}

/* The search as the plan has it, else the usual one; with the SLO that was asked for. */
static json_t *saturation_of(const struct plan *plan, const char *slo)
{
	json_t *given = json_object_get(plan->json, "saturation");
	json_t *saturation = json_is_object(given)
				     ? json_deep_copy(given)
				     : json_pack("{ss si ss ss}", "slo", "", "vus", 1000, "warmup",
						 "500ms", "duration", "2s");
	if (slo)
		(void)json_object_set_new(saturation, "slo", json_string(slo));
	return saturation;
}

/* The plan of one search; NULL after a line on stderr. */
static struct plan *derive(const struct plan *plan, const struct request *request)
{
	static const char *const kept[] = {"seed",     "products", "data_seed",  "sweep",
					   "capacity", "repeats",  "keep_awake", "popularity"};
	char error[PLAN_ERROR_MAX];
	json_t *arm = arm_of(plan, request->arm);
	if (!arm)
		return NULL;
	json_t *own =
		json_pack("{ss s[] so s[O] s[s] so si}", "id", "saturate", "levels", "capacity",
			  json_pack("{si ss ss}", "vus", 200, "warmup", "500ms", "duration", "3s"),
			  "arms", arm, "pages", request->page, "saturation",
			  saturation_of(plan, request->slo), "blocks", 1);
	for (size_t i = 0; own && i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_t *value = json_object_get(plan->json, kept[i]);
		if (value && !json_is_null(value))
			(void)json_object_set(own, kept[i], value);
	}
	char *text = own ? json_dumps(own, JSON_INDENT(1)) : NULL;
	struct plan *result = text ? plan_parse(text, strlen(text), request->plan, error) : NULL;
	if (!result)
		(void)refuse("%s", text ? error : "out of memory");
	free(text);
	json_decref(own);
	return result;
}

/* The curve and the answer to stdout, of whatever was measured. */
static bool print(const char *folder)
{
	struct saturation_files files;
	struct strbuf out;
	strbuf_init(&out, PRINT_MAX);
	bool ok = saturation_files_read(&files, folder);
	for (size_t i = 0; ok && i < files.count; i++) {
		char says[SATURATION_TEXT_MAX];
		struct doc *doc = doc_new();
		if (doc) {
			saturation_curve(doc, &files.at[i]);
			doc_write_markdown(doc, &out);
		}
		ok = doc && doc_ok(doc);
		doc_free(doc);
		saturation_says(&files.at[i], says);
		strbuf_printf(&out, "\n%s\n", says);
	}
	ok = ok && strbuf_ok(&out) &&
	     (out.len == 0 || fwrite(out.data, 1, out.len, stdout) == out.len) &&
	     fflush(stdout) == 0;
	strbuf_free(&out);
	saturation_files_free(&files);
	return ok || refuse("%s: the curve could not be printed", folder);
}

static int run_request(const struct request *request)
{
	char error[PLAN_ERROR_MAX], folder[RUN_FOLDER_PATH_MAX];
	struct slo slo;
	if (request->slo && !slo_parse(request->slo, &slo, error)) {
		(void)refuse("%s", error);
		return 2;
	}
	struct plan *plan = plan_read(request->plan, error);
	if (!plan) {
		(void)refuse("%s", error);
		return 1;
	}
	if (!request->slo && !plan->has_saturation) {
		(void)refuse("%s has no \"saturation\"; name an SLO: --slo "
			     "'p95<50ms,errors<1%%'",
			     request->plan);
		plan_free(plan);
		return 2;
	}
	struct plan *search = derive(plan, request);
	plan_free(plan);
	if (!search)
		return 1;
	search->quiet = request->quiet;
	int status = run_plan(search, request->out, folder);
	if (folder[0] && !print(folder) && status == 0)
		status = 1;
	if (status == 0)
		(void)printf("%s/REPORT.md\n", folder);
	return status;
}

int saturate_command(int argc, char **argv)
{
	struct request request = {.page = "pdp", .plan = "runner/plans/headline.json"};
	size_t count = 0;
	const struct option options[] = {
		{.name = "arm",
		 .kind = OPTION_TEXT,
		 .target = &request.arm,
		 .required = true,
		 .value = "ARM",
		 .help = "id of an arm of the plan"},
		{.name = "page",
		 .kind = OPTION_CHOICE,
		 .target = &request.page,
		 .choices = plan_page_names,
		 .help = "which page to ask"},
		{.name = "slo",
		 .kind = OPTION_TEXT,
		 .target = &request.slo,
		 .value = "GOALS",
		 .help = "what must hold, \"p95<50ms,errors<1%\" (default: the plan's)"},
		{.name = "plan",
		 .kind = OPTION_TEXT,
		 .target = &request.plan,
		 .value = "PLAN",
		 .help = "where the arm, the data and the search's times stand"},
		{.name = "out",
		 .kind = OPTION_TEXT,
		 .target = &request.out,
		 .value = "DIR",
		 .help = "folder of the run (default: results/saturate-TIME)"},
		{.name = "quiet",
		 .letter = 'q',
		 .kind = OPTION_FLAG,
		 .target = &request.quiet,
		 .help = "no progress: what goes wrong, the curve and the answer"},
	};
	const struct program program = {
		.name = "duet saturate",
		.summary = "Search the highest rate at which an arm keeps an SLO on a page.",
		.positional = "",
		.notes =
			"Open model. Rates grow by 1.6 from a tenth of the arm's capacity until a "
			"majority of 3 runs breaks one,\nthen halve the gap (on a log scale) until "
			"it is 5 %; the answer is confirmed by a majority.\nAll searches of a "
			"plan: "
			"`duet run runner/plans/saturation.json`.\nExit: 0 done, 1 error, 2 usage, "
			"105 interrupted (what was measured is kept and marked).",
		.options = options,
		.option_count = sizeof(options) / sizeof(options[0])};
	enum options_result parsed = options_parse(&program, argc, argv, NULL, &count);
	if (parsed != OPTIONS_RUN)
		return parsed == OPTIONS_EXIT_OK ? 0 : 2;
	return run_request(&request);
}
