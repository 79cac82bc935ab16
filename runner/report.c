/* Puts the sections together and writes the three files. */
#include "runner/report.h"

#include "common/base/file_write.h"
#include "common/base/options.h"
#include "runner/report_json.h"
#include "runner/report_sections.h"

#include <stdio.h>

enum { REPORT_BYTES_MAX = 16 << 20 };

/* In the order in which they stand. */
static void (*const sections[])(const struct run *run, struct doc *doc) = {
	report_intro,   report_key,       report_placement, report_capacity,    report_slo,
	report_latency, report_published, report_tail,      report_throughput,  report_saturation,
	report_errors,  report_resources, report_cost,      report_counts,      report_open,
	report_way,     report_queue,     report_variants,  report_cache,       report_twins,
	report_equal,   report_order,     report_effects,   report_ladder,      report_waterfall,
	report_map,     report_plots,     report_seconds,   report_environment, report_validity,
	report_parity,  report_reproduce, report_limits,
};

enum { MARKDOWN, JSON, HTML, FILES };

static const char *const names[FILES] = {
	[MARKDOWN] = "REPORT.md", [JSON] = "report.json", [HTML] = "report.html"};

static bool file_put(const char *run_dir, const char *name, const struct strbuf *text,
		     char error[256])
{
	char path[4096];
	if (snprintf(path, sizeof(path), "%s/%s", run_dir, name) >= (int)sizeof(path)) {
		snprintf(error, 256, "%.120s: its path is too long for writing %s", run_dir, name);
		return false;
	}
	return file_write(path, text->data, text->len, error);
}

/* All three texts first, so that a report too large for memory replaces none of them. */
static bool files_write(const char *run_dir, const struct run *run, const struct doc *doc,
			char error[256])
{
	struct strbuf texts[FILES];
	bool ok = doc_ok(doc);
	for (size_t i = 0; i < FILES; i++)
		strbuf_init(&texts[i], REPORT_BYTES_MAX);
	doc_write_markdown(doc, &texts[MARKDOWN]);
	report_json_write(run, doc, &texts[JSON]);
	if (strbuf_ok(&texts[JSON]))
		doc_write_html(doc, texts[JSON].data, &texts[HTML]);
	for (size_t i = 0; i < FILES; i++)
		ok = ok && strbuf_ok(&texts[i]);
	if (!ok)
		snprintf(error, 256, "%.120s: no memory left for its report", run_dir);
	for (size_t i = 0; i < FILES; i++) {
		ok = ok && file_put(run_dir, names[i], &texts[i], error);
		strbuf_free(&texts[i]);
	}
	return ok;
}

bool report_write(const char *run_dir, char error[256])
{
	struct run *run = report_run_open(run_dir, error);
	if (!run)
		return false;
	bool ok = false;
	struct doc *doc = doc_new();
	if (doc) {
		for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
			sections[i](run, doc);
		ok = files_write(run_dir, run, doc, error);
	} else {
		snprintf(error, 256, "%.120s: no memory left for its report", run_dir);
	}
	doc_free(doc);
	report_run_close(run);
	return ok;
}

int report_command(int argc, char **argv)
{
	static const struct program program = {
		.name = "duet report",
		.summary =
			"Rebuild REPORT.md, report.html and report.json from a run folder's files.",
		.positional = "DIR",
		.positional_min = 1,
		.positional_max = 1,
	};
	const char *positional[1];
	size_t count;
	char error[256];
	switch (options_parse(&program, argc, argv, positional, &count)) {
	case OPTIONS_EXIT_OK:
		return 0;
	case OPTIONS_USAGE:
		return 2;
	case OPTIONS_RUN:
		break;
	}
	if (!report_write(positional[0], error)) {
		fprintf(stderr, "duet report: %s\n", error);
		return 1;
	}
	for (size_t i = 0; i < FILES; i++)
		printf("%s/%s\n", positional[0], names[i]);
	return 0;
}
