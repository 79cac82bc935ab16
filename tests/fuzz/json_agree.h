/* json_agree: whether json_reader and jansson say the same of a text; for the unit test and the
 * fuzzer. */
#ifndef DUET_TESTS_FUZZ_JSON_AGREE_H
#define DUET_TESTS_FUZZ_JSON_AGREE_H

#include "common/base/json_reader.h"

#include <jansson.h>
#include <string.h>

static bool agree_value(const struct json_doc *doc, json_at at, struct arena *arena, json_t *value);

static unsigned agree_depth(json_t *value)
{
	unsigned deepest = 0, depth;
	const char *key;
	json_t *child;
	size_t i;
	json_object_foreach(value, key, child)
	{
		depth = agree_depth(child);
		deepest = depth > deepest ? depth : deepest;
	}
	json_array_foreach(value, i, child)
	{
		depth = agree_depth(child);
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + (json_is_object(value) || json_is_array(value));
}

/* Of equal keys jansson keeps the last value. */
static bool agree_is_last(const struct json_doc *doc, json_at key, uint32_t after,
			  struct slice decoded)
{
	for (; after; after--) {
		key = json_next(doc, json_next(doc, key));
		if (json_key_is(doc, key, decoded))
			return false;
	}
	return true;
}

static bool agree_object(const struct json_doc *doc, json_at at, struct arena *arena, json_t *value)
{
	size_t distinct = 0;
	uint32_t count = json_count(doc, at);
	json_at key = json_first(doc, at);
	for (uint32_t i = 0; i < count; i++) {
		struct slice decoded;
		if (!json_read_string(doc, key, arena, &decoded))
			return false;
		if (json_member(doc, at, decoded) == JSON_NONE)
			return false;
		if (agree_is_last(doc, key, count - i - 1, decoded)) {
			const char *name = arena_copy(arena, decoded.at, decoded.len);
			json_t *member = json_object_get(value, name);
			if (!member || !agree_value(doc, json_next(doc, key), arena, member))
				return false;
			distinct++;
		}
		if (i + 1 < count)
			key = json_next(doc, json_next(doc, key));
	}
	return distinct == json_object_size(value);
}

static bool agree_array(const struct json_doc *doc, json_at at, struct arena *arena, json_t *value)
{
	uint32_t count = json_count(doc, at);
	if (count != json_array_size(value))
		return false;
	json_at element = json_first(doc, at);
	for (uint32_t i = 0; i < count; i++) {
		if (!agree_value(doc, element, arena, json_array_get(value, i)))
			return false;
		if (i + 1 < count)
			element = json_next(doc, element);
	}
	return true;
}

static bool agree_value(const struct json_doc *doc, json_at at, struct arena *arena, json_t *value)
{
	struct slice text;
	int64_t number;
	switch (json_type_of(doc, at)) {
	case JSON_T_OBJECT:
		return json_is_object(value) && agree_object(doc, at, arena, value);
	case JSON_T_ARRAY:
		return json_is_array(value) && agree_array(doc, at, arena, value);
	case JSON_T_STRING:
		return json_is_string(value) && json_read_string(doc, at, arena, &text) &&
		       text.len == json_string_length(value) &&
		       (!text.len || memcmp(text.at, json_string_value(value), text.len) == 0);
	case JSON_T_NUMBER:
		if (json_read_int(doc, at, &number))
			return json_is_integer(value) && json_integer_value(value) == number;
		return json_is_real(value);
	case JSON_T_TRUE:
		return json_is_true(value);
	case JSON_T_FALSE:
		return json_is_false(value);
	case JSON_T_NULL:
		return json_is_null(value);
	}
	return false;
}

/* NULL when both say the same, but for the differences that json_reader.h states; else what they
 * differ in. *accepted says what json_reader did. */
static const char *json_disagreement(const char *bytes, size_t len, bool *accepted)
{
	char reason[96] = "";
	json_error_t error;
	const char *verdict = NULL;
	struct arena *arena = arena_new(0);
	struct json_doc *doc = json_parse((struct slice){bytes, len}, arena, reason);
	json_t *root = json_loadb(bytes, len, 0, &error);
	*accepted = doc != NULL;
	if (doc && root)
		verdict = agree_value(doc, 0, arena, root) ? NULL : "values differ";
	else if (doc)
		verdict = strstr(error.text, "real number overflow") ? NULL : "jansson refuses";
	else if (root)
		verdict = agree_depth(root) > JSON_DEPTH_MAX || memchr(bytes, 0, len)
				  ? NULL
				  : "json_reader refuses";
	if (!doc && !reason[0])
		verdict = "refused without a reason";
	json_decref(root);
	arena_free(arena);
	return verdict;
}

#endif
