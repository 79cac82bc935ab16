/* options: reading a command line. What --help prints is in options_help.c. */
#include "common/base/options.h"

#include "common/base/options_help.h"
#include "common/version.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 64, NEAR_MAX = 3, RULE_MAX = 512 };

/* ---- values ---- */

static bool uint_parse(const char *text, uint64_t *value)
{
	if (!*text)
		return false;
	uint64_t sum = 0;
	for (; *text; text++) {
		unsigned digit = (unsigned char)*text - (unsigned)'0';
		if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}

static bool number_parse(const char *text, double *value)
{
	char *end;
	if (!*text || strspn(text, "+-.0123456789eE") != strlen(text))
		return false;
	*value = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*value);
}

bool duration_parse(const char *text, int64_t *ns)
{
	size_t digits = strspn(text, "0123456789");
	char number[20];
	uint64_t value;
	if (digits == 0 || digits >= sizeof(number))
		return false;
	memcpy(number, text, digits);
	number[digits] = '\0';
	if (!uint_parse(number, &value))
		return false;
	for (size_t i = 0; i < DURATION_UNITS; i++) {
		const struct duration_unit *unit = &duration_units[i];
		if (strcmp(text + digits, unit->name) != 0)
			continue;
		if (value > (uint64_t)(INT64_MAX / unit->ns))
			return false;
		*ns = (int64_t)value * unit->ns;
		return true;
	}
	return false;
}

/* Edit distance that counts a swap of neighbours as one step; row i of the table needs two before
 * it. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX + 1];
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    above2[j - 2] + 1 < best)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_len % 3][b_len];
}

const char *nearest_word(const char *word, const char *const *candidates, size_t count)
{
	size_t len = strlen(word), best = NEAR_MAX + 1;
	const char *nearest = NULL;
	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t other = strlen(candidates[i]);
		if (other > WORD_MAX)
			continue;
		size_t distance = edit_distance(word, len, candidates[i], other);
		if (distance < best && distance < (len > other ? len : other)) {
			best = distance;
			nearest = candidates[i];
		}
	}
	return nearest;
}

/* ---- options ---- */

static enum options_result usage(const struct program *program, const char *text)
{
	fprintf(stderr, "%s: %s (see %s --help)\n", program->name, text, program->name);
	return OPTIONS_USAGE;
}

static bool in_range(const struct option *option, double value)
{
	return value >= option->min && (option->max <= 0 || value <= option->max);
}

static bool set_choice(const struct option *option, const char *text)
{
	for (const char *const *choice = option->choices; *choice; choice++) {
		if (strcmp(*choice, text) == 0) {
			*(const char **)option->target = *choice;
			return true;
		}
	}
	return false;
}

static bool set_texts(const struct option *option, const char *text)
{
	struct option_texts *texts = option->target;
	if (texts->count == OPTION_TEXTS_MAX)
		return false;
	texts->at[texts->count++] = text;
	return true;
}

/* False when the value breaks the option's rule; the target is then as it was. */
static bool set_value(const struct option *option, const char *text)
{
	uint64_t whole;
	double number;
	int64_t ns;
	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)option->target = true;
		return true;
	case OPTION_TEXT:
		*(const char **)option->target = text;
		return true;
	case OPTION_TEXTS:
		return set_texts(option, text);
	case OPTION_UINT:
		if (!uint_parse(text, &whole) || !in_range(option, (double)whole))
			return false;
		*(uint64_t *)option->target = whole;
		return true;
	case OPTION_NUMBER:
		if (!number_parse(text, &number) || !in_range(option, number))
			return false;
		*(double *)option->target = number;
		return true;
	case OPTION_DURATION:
		if (!duration_parse(text, &ns) || !in_range(option, (double)ns))
			return false;
		*(int64_t *)option->target = ns;
		return true;
	case OPTION_CHOICE:
		return set_choice(option, text);
	}
	return false;
}

static const struct option *option_by_name(const struct program *program, const char *name,
					   size_t len)
{
	for (size_t i = 0; i < program->option_count; i++) {
		const char *known = program->options[i].name;
		if (strlen(known) == len && memcmp(known, name, len) == 0)
			return &program->options[i];
	}
	return NULL;
}

static const struct option *option_by_letter(const struct program *program, char letter)
{
	for (size_t i = 0; i < program->option_count; i++)
		if (program->options[i].letter == letter && letter)
			return &program->options[i];
	return NULL;
}

static enum options_result unknown_option(const struct program *program, const char *arg,
					  size_t len)
{
	char text[RULE_MAX], word[WORD_MAX + 1];
	const char *names[WORD_MAX];
	size_t count = 0;
	for (size_t i = 0; i < program->option_count && count < WORD_MAX - 2; i++)
		names[count++] = program->options[i].name;
	names[count++] = "help";
	names[count++] = "version";
	size_t dashes = len > 1 && arg[1] == '-' ? 2 : 1;
	snprintf(word, sizeof(word), "%.*s", (int)(len - dashes), arg + dashes);
	const char *near = dashes == 2 ? nearest_word(word, names, count) : NULL;
	snprintf(text, sizeof(text), "unknown option %.*s%s%s", (int)(len > 200 ? 200 : len), arg,
		 near ? "; the nearest known one is --" : "", near ? near : "");
	return usage(program, text);
}

static enum options_result bad_value(const struct program *program, const struct option *option,
				     const char *value)
{
	char rule[RULE_MAX / 2], text[RULE_MAX];
	options_rule(option, rule, sizeof(rule));
	if (value)
		snprintf(text, sizeof(text), "--%s %.200s: %s", option->name, value, rule);
	else
		snprintf(text, sizeof(text), "--%s needs a value: %s", option->name, rule);
	return usage(program, text);
}

/* Reads the option at argv[*i] and its value; *i is left at the last argument taken. */
static enum options_result read_option(const struct program *program, char **argv, int argc, int *i)
{
	const char *arg = argv[*i];
	bool is_long = arg[1] == '-';
	size_t len = is_long ? strcspn(arg, "=") : strlen(arg);
	const struct option *option = NULL;
	if (is_long)
		option = option_by_name(program, arg + 2, len - 2);
	else if (len == 2)
		option = option_by_letter(program, arg[1]);
	if (!option)
		return unknown_option(program, arg, len);
	const char *value = arg[len] == '=' ? arg + len + 1 : NULL;
	if (option->kind == OPTION_FLAG && value)
		return bad_value(program, option, value);
	if (option->kind != OPTION_FLAG && !value) {
		if (*i + 1 >= argc)
			return bad_value(program, option, NULL);
		value = argv[++*i];
	}
	return set_value(option, value) ? OPTIONS_RUN : bad_value(program, option, value);
}

static enum options_result check_complete(const struct program *program, size_t positionals)
{
	char text[RULE_MAX];
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option *option = &program->options[i];
		if (!option->required || *(const char **)option->target)
			continue;
		snprintf(text, sizeof(text), "--%s %s must be given", option->name,
			 option->value ? option->value : "");
		return usage(program, text);
	}
	if (positionals < program->positional_min) {
		snprintf(text, sizeof(text), "%s must be given", program->positional);
		return usage(program, text);
	}
	return OPTIONS_RUN;
}

/* --help and --version win over everything else on the line, so that they also answer while the
 * rest of it is wrong. */
static bool answered(const struct program *program, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		bool help = strcmp(argv[i], "--help") == 0 ||
			    (strcmp(argv[i], "-h") == 0 && !option_by_letter(program, 'h'));
		if (help)
			options_help(program);
		else if (strcmp(argv[i], "--version") == 0)
			printf("%s %s\n", program->name, DUET_VERSION);
		else
			continue;
		return true;
	}
	return false;
}

enum options_result options_parse(const struct program *program, int argc, char **argv,
				  const char **positional, size_t *count)
{
	size_t found = 0;
	bool only_positionals = false;
	if (count)
		*count = 0;
	if (answered(program, argc, argv))
		return OPTIONS_EXIT_OK;
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];
		if (!only_positionals && strcmp(arg, "--") == 0) {
			only_positionals = true;
		} else if (!only_positionals && arg[0] == '-' && arg[1]) {
			enum options_result result = read_option(program, argv, argc, &i);
			if (result != OPTIONS_RUN)
				return result;
		} else if (found == program->positional_max) {
			char text[RULE_MAX];
			snprintf(text, sizeof(text), "%.200s: one argument too many", arg);
			return usage(program, text);
		} else {
			positional[found++] = arg;
		}
	}
	if (count)
		*count = found;
	return check_complete(program, found);
}
