/* options: command lines as tables. Long options with "--name value" or "--name=value", short ones
 * with "-u 20".
 *
 * --help and --version are added to every program. Errors are one line on stderr that names the
 * option, the value, the rule, and for an unknown option the nearest known one; the exit status is
 * then 2.
 */
#ifndef DUET_BASE_OPTIONS_H
#define DUET_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
	OPTION_FLAG,     /* bool *: set to true; takes no value */
	OPTION_TEXT,     /* const char **: borrowed from argv */
	OPTION_TEXTS,    /* struct option_texts *: may be given several times */
	OPTION_UINT,     /* uint64_t *: decimal, min <= value <= max */
	OPTION_NUMBER,   /* double *: min <= value <= max */
	OPTION_DURATION, /* int64_t * in ns: "10s", "500ms", "20us", "2m"; min..max in ns */
	OPTION_CHOICE    /* const char **: one of `choices` */
};

enum { OPTION_TEXTS_MAX = 16 };

struct option_texts {
	const char *at[OPTION_TEXTS_MAX];
	size_t count;
};

struct option {
	const char *name; /* without dashes */
	char letter;      /* 0: none */
	enum option_kind kind;
	void *target;               /* holds the default before parsing */
	double min, max;            /* UINT, NUMBER, DURATION; max 0: no upper bound */
	const char *const *choices; /* CHOICE: NULL-terminated */
	bool required;              /* TEXT: must be given */
	const char *value;          /* what help calls the value: "N", "URI" */
	const char *help;           /* one line; the default is added by --help */
};

struct program {
	const char *name;
	const char *summary;    /* one line */
	const char *positional; /* for the usage line, "BASE_URL" or "" */
	size_t positional_min, positional_max;
	const char *notes; /* printed at the end of --help; may be NULL */
	const struct option *options;
	size_t option_count;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_EXIT_OK /* help or version was printed: exit 0 */,
	OPTIONS_USAGE /* exit 2 */
};

/* Parses argv; positional arguments are moved to positional[0..*count). */
enum options_result options_parse(const struct program *program, int argc, char **argv,
				  const char **positional, size_t *count);

/* A whole number and a unit (h, m, s, ms, us, ns), "10s", into ns; false when malformed or too
 * large. Also for plan files. */
bool duration_parse(const char *text, int64_t *ns);

/* The candidate nearest to `word` by edit distance (a swap of neighbours counts one), the first of
 * equals, or NULL when none is near (distance > 3, or nothing in common). */
const char *nearest_word(const char *word, const char *const *candidates, size_t count);

#endif
