/* duet: runs plans and shows what came of them. */
#include "common/base/options.h"
#include "common/version.h"
#include "runner/commands.h"
#include "runner/compare.h"
#include "runner/report.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"run", run_command, "run a plan (runner/plans/*.json) into a folder, then report it"},
	{"saturate", saturate_command, "search the highest rate at which an arm keeps an SLO"},
	{"plan", plan_command, "show a plan's order and expected time; starts nothing"},
	{"report", report_command,
	 "write a run folder's REPORT.md, report.html and report.json again"},
	{"compare", compare_command, "compare two runs"},
	{"export", export_command,
	 "write a run's results as CSV, .hgrm, k6's summary, OpenMetrics"},
	{"k6", k6_command, "show k6's summaries of the same scenarios beside a run's figures"},
	{"data", data_command, "seed every store when it is missing"},
	{"up", up_command, "start both architectures, to look at"},
	{"down", down_command, "stop what `up` started"},
	{"status", status_command, "show what `up` started"},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *to)
{
	(void)fprintf(to, "usage: duet COMMAND ...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].help);
	(void)fprintf(to, "\n`duet COMMAND --help` tells more.\n");
}

int main(int argc, char **argv)
{
	const char *names[COMMANDS];
	if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
		print_help(stdout);
		return 0;
	}
	if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
		(void)printf("duet %s\n", DUET_VERSION);
		return 0;
	}
	if (argc < 2) {
		print_help(stderr);
		return 2;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		names[i] = commands[i].name;
		if (strcmp(argv[1], names[i]) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	const char *near = nearest_word(argv[1], names, COMMANDS);
	(void)fprintf(stderr, "duet: unknown command \"%s\"; %s%s%s\n", argv[1],
		      near ? "did you mean \"" : "see `duet --help`", near ? near : "",
		      near ? "\"?" : "");
	return 2;
}
