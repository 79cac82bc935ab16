/* json_fields: JSON objects of files that people write, read by a table of fields. Every error is
 * one line that names the place, the value and the rule, and the nearest known word for a wrong
 * one.
 */
#ifndef DUET_RUNNER_JSON_FIELDS_H
#define DUET_RUNNER_JSON_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { JSON_FIELDS_ERROR_MAX = 256, JSON_FIELDS_PLACE_MAX = 64 };

enum json_field_kind {
	JSON_FIELD_TEXT,    /* char[size]: a non-empty string that fits */
	JSON_FIELD_NAME,    /* char[size]: the same, of [a-z0-9-] only (it becomes a file's name) */
	JSON_FIELD_INTEGER, /* int64_t: min <= value <= max, both exact as double */
	JSON_FIELD_NUMBER,  /* double: min <= value <= max */
	JSON_FIELD_DURATION, /* int64_t in ns: a text as "10s"; min <= value <= max in ns */
	JSON_FIELD_BOOL,     /* bool */
	JSON_FIELD_CHOICE,   /* int: the index of the text in `choices` */
	JSON_FIELD_OBJECT    /* whatever `read` makes of it */
};

struct json_field {
	const char *name;
	enum json_field_kind kind;
	bool required;
	bool nullable; /* null leaves the default, as if the key were absent */
	size_t offset; /* of the target in the struct that is read */
	size_t size;   /* TEXT, NAME: bytes of the target */
	double min, max;
	const char *const *choices; /* CHOICE: NULL-terminated */
	/* OBJECT: reads `value`, which stands at `place`, into the whole struct `into`. */
	bool (*read)(json_t *value, const char *place, void *into, char *error);
};

/* Reads `object` (at `place`: "arms[1]", or "" for the file itself) into `into` by `count` fields.
 * Absent fields keep what `into` holds. False with one line in error[JSON_FIELDS_ERROR_MAX]. */
bool json_fields_read(json_t *object, const char *place, const struct json_field *fields,
		      size_t count, void *into, char *error);

/* Reads a text that is one of `choices` (NULL-terminated) into its index; as above. */
bool json_fields_choice(json_t *value, const char *place, const char *const *choices, int *into,
			char *error);

/* Writes "place: message" (the message alone for place "") to error; returns false. */
bool json_fields_fail(char *error, const char *place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
