/* options_help: what options.c and its help share; for them alone. */
#ifndef DUET_BASE_OPTIONS_HELP_H
#define DUET_BASE_OPTIONS_HELP_H

#include "common/base/options.h"

enum { DURATION_UNITS = 6 };

/* Largest unit first. */
extern const struct duration_unit {
	const char *name;
	int64_t ns;
} duration_units[DURATION_UNITS];

/* Writes what a value of `option` must be into text[size], cut when too long: "must be a whole
 * number from 1 to 64". */
void options_rule(const struct option *option, char *text, size_t size);

/* Prints usage line, summary, options and notes on stdout. */
void options_help(const struct program *program);

#endif
