/* options_help: the rules and defaults of an option table in words. */
#include "common/base/options_help.h"

#include "common/base/clock.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_MAX = 64, HELP_COLUMN = 28 };

const struct duration_unit duration_units[DURATION_UNITS] = {
	{"h", 3600 * NS_PER_S}, {"m", 60 * NS_PER_S}, {"s", NS_PER_S},
	{"ms", NS_PER_MS},      {"us", NS_PER_US},    {"ns", 1},
};

/* Seconds are the largest unit that is written: "120s" is what people type. */
static void duration_write(int64_t ns, char text[TEXT_MAX])
{
	for (size_t i = 2; i < DURATION_UNITS; i++) {
		if (ns % duration_units[i].ns != 0)
			continue;
		snprintf(text, TEXT_MAX, "%" PRId64 "%s", ns / duration_units[i].ns,
			 duration_units[i].name);
		return;
	}
}

static void number_write(const struct option *option, double value, char text[TEXT_MAX])
{
	if (option->kind == OPTION_DURATION)
		duration_write((int64_t)value, text);
	else
		snprintf(text, TEXT_MAX, "%.15g", value);
}

static void range_rule(const struct option *option, const char *what, char *text, size_t size)
{
	char min[TEXT_MAX], max[TEXT_MAX];
	number_write(option, option->min, min);
	number_write(option, option->max, max);
	if (option->max > 0)
		snprintf(text, size, "must be %s from %s to %s", what, min, max);
	else
		snprintf(text, size, "must be %s of at least %s", what, min);
}

static void choice_rule(const struct option *option, char *text, size_t size)
{
	int len = snprintf(text, size, "must be one of");
	for (const char *const *choice = option->choices; *choice; choice++) {
		if (len < 0 || (size_t)len >= size)
			return;
		len += snprintf(text + len, size - (size_t)len, "%s %s",
				choice == option->choices ? "" : ",", *choice);
	}
}

void options_rule(const struct option *option, char *text, size_t size)
{
	switch (option->kind) {
	case OPTION_FLAG:
		snprintf(text, size, "takes no value");
		return;
	case OPTION_TEXT:
		snprintf(text, size, "must be a %s", option->value ? option->value : "text");
		return;
	case OPTION_TEXTS:
		snprintf(text, size, "may be given %d times", OPTION_TEXTS_MAX);
		return;
	case OPTION_UINT:
		range_rule(option, "a whole number", text, size);
		return;
	case OPTION_NUMBER:
		range_rule(option, "a number", text, size);
		return;
	case OPTION_DURATION:
		range_rule(option, "a duration (10s, 500ms)", text, size);
		return;
	case OPTION_CHOICE:
		choice_rule(option, text, size);
		return;
	}
}

static void print_default(const struct option *option)
{
	char text[TEXT_MAX];
	if (option->kind == OPTION_TEXT || option->kind == OPTION_CHOICE) {
		const char *value = *(const char **)option->target;
		if (option->required)
			printf(" (required)");
		else if (value && *value)
			printf(" (default: %s)", value);
	} else if (option->kind == OPTION_UINT) {
		printf(" (default: %" PRIu64 ")", *(const uint64_t *)option->target);
	} else if (option->kind == OPTION_NUMBER) {
		/* One that is out of range means that there is none. */
		if (*(const double *)option->target >= option->min)
			printf(" (default: %g)", *(const double *)option->target);
	} else if (option->kind == OPTION_DURATION) {
		duration_write(*(const int64_t *)option->target, text);
		printf(" (default: %s)", text);
	}
}

static void print_option(const struct option *option)
{
	char left[TEXT_MAX * 2], letter[] = "-?, ";
	letter[1] = option->letter;
	int len = snprintf(left, sizeof(left), "  %s--%s", option->letter ? letter : "    ",
			   option->name);
	size_t room = len > 0 && (size_t)len < sizeof(left) ? sizeof(left) - (size_t)len : 0;
	if (option->kind == OPTION_CHOICE) {
		for (const char *const *choice = option->choices; *choice && len > 0; choice++) {
			if ((size_t)len >= sizeof(left))
				break;
			len += snprintf(left + len, sizeof(left) - (size_t)len, "%s%s",
					choice == option->choices ? " " : "|", *choice);
		}
	} else if (option->kind != OPTION_FLAG && room) {
		snprintf(left + len, room, " %s", option->value ? option->value : "VALUE");
	}
	printf("%-*s  %s", HELP_COLUMN, left, option->help);
	print_default(option);
	printf("\n");
}

void options_help(const struct program *program)
{
	const char *positional = program->positional ? program->positional : "";
	printf("usage: %s [options]%s%s\n%s\n\n", program->name, *positional ? " " : "", positional,
	       program->summary);
	for (size_t i = 0; i < program->option_count; i++)
		print_option(&program->options[i]);
	printf("%-*s  %s\n", HELP_COLUMN, "      --help", "show this help and exit");
	printf("%-*s  %s\n", HELP_COLUMN, "      --version", "show the version and exit");
	if (program->notes)
		printf("\n%s\n", program->notes);
}
