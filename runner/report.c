/* Puts the sections together and writes the two files. */
#include "runner/report.h"

#include "common/base/file_write.h"
#include "common/base/options.h"
#include "runner/report_sections.h"

#include <stdio.h>

enum { REPORT_BYTES_MAX = 16 << 20 };

/* In the order in which they stand. */
static void (*const sections[])(const struct run *run, struct doc *doc) = {
	report_intro,  report_key,        report_capacity,   report_latency,     report_published,
	report_tail,   report_throughput, report_saturation, report_errors,      report_resources,
	report_open,   report_effects,    report_plots,      report_environment, report_validity,
	report_parity, report_reproduce,  report_limits,
};

static bool file_put(const char *run_dir, const char *name, const struct doc *doc,
		     void (*write)(const struct doc *doc, struct strbuf *out), char error[256])
{
	char path[4096];
	struct strbuf out;
	strbuf_init(&out, REPORT_BYTES_MAX);
	bool ok = snprintf(path, sizeof(path), "%s/%s", run_dir, name) < (int)sizeof(path);
	write(doc, &out);
	if (!ok || !strbuf_ok(&out)) {
		ok = false;
		snprintf(error, 256,
			 "%.120s: no memory left for writing %s, or its path is too long", run_dir,
			 name);
	}
	ok = ok && file_write(path, out.data, out.len, error);
	strbuf_free(&out);
	return ok;
}

bool report_write(const char *run_dir, char error[256])
{
	struct run *run = report_run_open(run_dir, error);
	if (!run)
		return false;
	bool ok = false;
	struct doc *doc = doc_new();
	if (doc)
		for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
			sections[i](run, doc);
	if (!doc || !doc_ok(doc))
		snprintf(error, 256, "%.120s: no memory left for its report", run_dir);
	else
		ok = file_put(run_dir, "REPORT.md", doc, doc_write_markdown, error) &&
		     file_put(run_dir, "report.html", doc, doc_write_html, error);
	doc_free(doc);
	report_run_close(run);
	return ok;
}

int report_command(int argc, char **argv)
{
	static const struct program program = {
		.name = "duet report",
		.summary = "Rebuild REPORT.md and report.html from a run folder's files.",
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
	printf("%s/REPORT.md\n%s/report.html\n", positional[0], positional[0]);
	return 0;
}
