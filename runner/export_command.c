#include "runner/export.h"

#include "common/base/file_write.h"
#include "common/base/options.h"
#include "runner/commands.h"
#include "runner/result_histogram.h"
#include "runner/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	bool (*write)(const struct run *run, struct export_to *to);
} formats[] = {
	{"csv", export_csv},
	{"hgrm", export_hgrm},
	{"k6", export_k6},
	{"openmetrics", export_openmetrics},
};
static const char *const format_names[] = {"csv", "hgrm", "k6", "openmetrics", NULL};

bool export_put(struct export_to *to, const char *name, const struct strbuf *text)
{
	char path[4096];
	if (!strbuf_ok(text)) {
		(void)snprintf(to->error, sizeof(to->error), "%.120s: out of memory", name);
		return false;
	}
	if (snprintf(path, sizeof(path), "%s/%s", to->folder, name) >= (int)sizeof(path)) {
		(void)snprintf(to->error, sizeof(to->error), "%.120s: its path is too long", name);
		return false;
	}
	if (!file_write(path, text->data, text->len, to->error))
		return false;
	to->written++;
	return true;
}

void export_load_name(struct run_load load, char out[32])
{
	static const char *const formats_of[] = {[RUN_CAPACITY] = "capacity",
						 [RUN_OPEN] = "open",
						 [RUN_OPEN_TWIN] = "open",
						 [RUN_NEAR] = "near"};
	bool has_vus = load.kind == RUN_CLOSED || load.kind == RUN_OPEN_TWIN;
	const char *word = load.kind == RUN_CLOSED ? "" : formats_of[load.kind];
	if (has_vus)
		(void)snprintf(out, 32, "%ld%s", load.vus, word);
	else
		(void)snprintf(out, 32, "%s", word);
}

bool export_merge(const struct run *run, size_t arm, size_t page, size_t load, struct tally *tally,
		  size_t *trials)
{
	*trials = 0;
	if (!tally_init(tally, 0, 1))
		return false;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result = report_run_at(run, arm, page, load, block);
		if (!result || !result->valid)
			continue;
		result_tally_add(result->root, tally);
		++*trials;
	}
	return true;
}

static int export_run(const char *folder, const char *format, const char *out)
{
	char error[256], path[4096];
	struct export_to to = {.folder = out};
	if (!out && snprintf(path, sizeof(path), "%s/export", folder) < (int)sizeof(path))
		to.folder = path;
	struct run *run = report_run_open(folder, error);
	bool ok = run != NULL;
	if (ok && !site_make_folder(to.folder, to.error))
		ok = false;
	for (size_t i = 0; ok && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, format) == 0)
			ok = formats[i].write(run, &to);
	if (ok && to.written == 0) {
		(void)snprintf(to.error, sizeof(to.error),
			       "%.150s has no valid trial that %s can show", folder, format);
		ok = false;
	}
	if (ok)
		(void)printf("%s: %zu files\n", to.folder, to.written);
	else
		(void)fprintf(stderr, "duet export: %s\n", run ? to.error : error);
	report_run_close(run);
	return ok ? 0 : 1;
}

int export_command(int argc, char **argv)
{
	const char *format = "csv", *out = NULL, *folder = NULL;
	size_t count = 0;
	const struct option options[] = {
		{.name = "format",
		 .kind = OPTION_CHOICE,
		 .target = &format,
		 .choices = format_names,
		 .help = "what to write"},
		{.name = "out",
		 .kind = OPTION_TEXT,
		 .target = &out,
		 .value = "FOLDER",
		 .help = "where to (default: DIR/export)"},
	};
	const struct program program = {
		.name = "duet export",
		.summary = "Write a run's results in a format that other tools read.",
		.positional = "DIR",
		.positional_min = 1,
		.positional_max = 1,
		.notes = "csv          trials.csv (a row a trial), seconds.csv (a row a second or "
			 "turn)\n"
			 "hgrm         ARM_PAGE_LOAD.hgrm, valid trials merged: HdrHistogram's "
			 "plotter\n"
			 "k6           results_ARCH_PAGE_VUS.json, valid trials merged: k6's "
			 "summary\n"
			 "openmetrics  metrics.txt, a sample a trial\n"
			 "Exit: 0 written, 1 error, 2 usage.",
		.options = options,
		.option_count = sizeof(options) / sizeof(options[0]),
	};
	enum options_result parsed = options_parse(&program, argc, argv, &folder, &count);
	if (parsed != OPTIONS_RUN)
		return parsed == OPTIONS_EXIT_OK ? 0 : 2;
	return export_run(folder, format, out);
}
