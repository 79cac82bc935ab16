#include "runner/json_fields.h"

#include "common/base/options.h"
#include "common/base/strbuf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 32 };

bool json_fields_fail(char *error, const char *place, const char *format, ...)
{
	char message[JSON_FIELDS_ERROR_MAX];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	(void)snprintf(error, JSON_FIELDS_ERROR_MAX, "%.80s%s%.170s", place, *place ? ": " : "",
		       message);
	return false;
}

/* ' (did you mean "x"?)', or the list of what is known when nothing is near. */
static void suggest(const char *word, const char *const *known, size_t count, char *out,
		    size_t size)
{
	const char *near = nearest_word(word, known, count);
	if (near) {
		(void)snprintf(out, size, "; did you mean \"%s\"?", near);
		return;
	}
	struct strbuf list;
	strbuf_init(&list, size);
	for (size_t i = 0; i < count; i++)
		strbuf_printf(&list, "%s%s", i ? ", " : "", known[i]);
	(void)snprintf(out, size, "; known: %.120s", list.data ? list.data : "none");
	strbuf_free(&list);
}

static bool read_text(const struct json_field *field, json_t *value, const char *place, char *to,
		      char *error)
{
	const char *text = json_string_value(value);
	if (!text || !*text || strlen(text) >= field->size)
		return json_fields_fail(error, place, "must be a text of 1 to %zu characters",
					field->size - 1);
	if (field->kind == JSON_FIELD_NAME &&
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		return json_fields_fail(error, place,
					"\"%.40s\" may hold only a-z, 0-9 and '-' (it names files)",
					text);
	memcpy(to, text, strlen(text) + 1);
	return true;
}

static bool read_integer(const struct json_field *field, json_t *value, const char *place,
			 int64_t *to, char *error)
{
	json_int_t number = json_integer_value(value);
	if (!json_is_integer(value) || (double)number < field->min || (double)number > field->max)
		return json_fields_fail(error, place, "must be a whole number from %.0f to %.0f",
					field->min, field->max);
	*to = number;
	return true;
}

static bool read_number(const struct json_field *field, json_t *value, const char *place,
			double *to, char *error)
{
	double number = json_number_value(value);
	if (!json_is_number(value) || number < field->min || number > field->max)
		return json_fields_fail(error, place, "must be a number from %g to %g", field->min,
					field->max);
	*to = number;
	return true;
}

static bool read_duration(const struct json_field *field, json_t *value, const char *place,
			  int64_t *to, char *error)
{
	int64_t ns;
	const char *text = json_string_value(value);
	if (!text || !duration_parse(text, &ns) || (double)ns < field->min ||
	    (double)ns > field->max)
		return json_fields_fail(
			error, place,
			"must be a duration as \"10s\" or \"500ms\", from %g s to %g s",
			field->min / 1e9, field->max / 1e9);
	*to = ns;
	return true;
}

bool json_fields_choice(json_t *value, const char *place, const char *const *choices, int *into,
			char *error)
{
	size_t count = 0;
	const char *text = json_string_value(value);
	for (; choices[count]; count++) {
		if (text && strcmp(text, choices[count]) == 0) {
			*into = (int)count;
			return true;
		}
	}
	char hint[160];
	suggest(text ? text : "", choices, count, hint, sizeof(hint));
	return json_fields_fail(error, place, "unknown value \"%.40s\"%s", text ? text : "", hint);
}

static bool read_field(const struct json_field *field, json_t *value, const char *place, void *into,
		       char *error)
{
	void *to = (char *)into + field->offset;
	switch (field->kind) {
	case JSON_FIELD_TEXT:
	case JSON_FIELD_NAME:
		return read_text(field, value, place, to, error);
	case JSON_FIELD_INTEGER:
		return read_integer(field, value, place, to, error);
	case JSON_FIELD_NUMBER:
		return read_number(field, value, place, to, error);
	case JSON_FIELD_DURATION:
		return read_duration(field, value, place, to, error);
	case JSON_FIELD_CHOICE:
		return json_fields_choice(value, place, field->choices, to, error);
	case JSON_FIELD_OBJECT:
		return field->read(value, place, into, error);
	case JSON_FIELD_BOOL:
		break;
	}
	if (!json_is_boolean(value))
		return json_fields_fail(error, place, "must be true or false");
	*(bool *)to = json_is_true(value);
	return true;
}

static bool check_keys(json_t *object, const char *place, const struct json_field *fields,
		       size_t count, char *error)
{
	const char *names[WORDS_MAX];
	const char *key;
	json_t *value;
	for (size_t i = 0; i < count && i < WORDS_MAX; i++)
		names[i] = fields[i].name;
	json_object_foreach(object, key, value)
	{
		bool known = false;
		for (size_t i = 0; i < count; i++)
			known = known || strcmp(key, names[i]) == 0;
		if (known)
			continue;
		char hint[160];
		suggest(key, names, count, hint, sizeof(hint));
		return json_fields_fail(error, place, "unknown key \"%.40s\"%s", key, hint);
	}
	return true;
}

bool json_fields_read(json_t *object, const char *place, const struct json_field *fields,
		      size_t count, void *into, char *error)
{
	if (!json_is_object(object))
		return json_fields_fail(error, place, "must be an object {...}");
	if (!check_keys(object, place, fields, count, error))
		return false;
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(object, fields[i].name);
		if (!value && fields[i].required)
			return json_fields_fail(error, place, "the key \"%s\" is missing",
						fields[i].name);
		if (!value || (fields[i].nullable && json_is_null(value)))
			continue;
		char inner[JSON_FIELDS_PLACE_MAX + 48];
		(void)snprintf(inner, sizeof(inner), "%.60s%s%s", place, *place ? "." : "",
			       fields[i].name);
		if (!read_field(&fields[i], value, inner, into, error))
			return false;
	}
	return true;
}
