/* args: a command line that is put together piece by piece; owns its texts. */
#ifndef DUET_RUNNER_ARGS_H
#define DUET_RUNNER_ARGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { ARGS_MAX = 48 };

struct args {
	const char *argv[ARGS_MAX + 1]; /* NULL-terminated, owned */
	size_t count;
	bool failed; /* no memory, or more than ARGS_MAX: do not use */
};

void args_add(struct args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds each line of `text` as one argument. */
void args_add_lines(struct args *args, const char *text);

/* A list of the texts, passwords in mongodb:// URIs replaced by "***" and the project's folder (the
 * working directory) left out of paths; a new reference. */
json_t *args_json(const struct args *args);

void args_free(struct args *args);

#endif
