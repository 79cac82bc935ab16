/* json_reader: jsmn cuts the text into tokens, which says nothing about the commas, colons and
 * bytes between and within them. One pass over tokens and gaps then checks all of the grammar, and
 * leaves in each token what walking needs: jsmn's `parent` becomes the token behind everything
 * within this one, its `size` the number of members or elements, or for a string whether it holds
 * escapes.
 *
 * The pass is a pushdown automaton: `grammar` says which byte or token may come in which state, and
 * an open container's frame keeps the state that follows it.
 */
#include "common/base/json_reader.h"

#include "common/base/json_text.h"

#include <inttypes.h>
#include <stdio.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>

enum { ERROR_MAX = 96, TEXT_MAX = 1 << 30, BYTES_PER_TOKEN = 4, TOKENS_LEAST = 16 };

struct json_doc {
	const char *text;
	jsmntok_t *tokens;
	uint32_t count;
};

enum state {
	REFUSED, /* what no row of the grammar names */
	TOP,
	ELEMENT_FIRST,
	ELEMENT,
	ELEMENT_AFTER,
	KEY_FIRST,
	KEY,
	COLON,
	MEMBER, /* the value of a key */
	MEMBER_AFTER,
	END,
	CLOSED, /* leave the container; its frame has the state that follows */
	STATES
};

enum event {
	ON_OTHER, /* a byte that stands nowhere between tokens */
	ON_SPACE,
	ON_COMMA,
	ON_COLON,
	ON_END_OBJECT,
	ON_END_ARRAY,
	ON_STRING,
	ON_PRIMITIVE,
	ON_OPEN,
	EVENTS
};

static const unsigned char byte_events[256] = {
	[' '] = ON_SPACE, ['\t'] = ON_SPACE, ['\n'] = ON_SPACE,     ['\r'] = ON_SPACE,
	[','] = ON_COMMA, [':'] = ON_COLON,  ['}'] = ON_END_OBJECT, [']'] = ON_END_ARRAY};

static const unsigned char token_events[] = {[JSMN_OBJECT] = ON_OPEN,
					     [JSMN_ARRAY] = ON_OPEN,
					     [JSMN_STRING] = ON_STRING,
					     [JSMN_PRIMITIVE] = ON_PRIMITIVE};

#define ON_VALUE(after) [ON_STRING] = (after), [ON_PRIMITIVE] = (after), [ON_OPEN] = (after)

static const unsigned char grammar[STATES][EVENTS] = {
	[TOP] = {[ON_SPACE] = TOP, [ON_OPEN] = END},
	[ELEMENT_FIRST] =
		{[ON_SPACE] = ELEMENT_FIRST, [ON_END_ARRAY] = CLOSED, ON_VALUE(ELEMENT_AFTER)},
	[ELEMENT] = {[ON_SPACE] = ELEMENT, ON_VALUE(ELEMENT_AFTER)},
	[ELEMENT_AFTER] =
		{[ON_SPACE] = ELEMENT_AFTER, [ON_COMMA] = ELEMENT, [ON_END_ARRAY] = CLOSED},
	[KEY_FIRST] = {[ON_SPACE] = KEY_FIRST, [ON_STRING] = COLON, [ON_END_OBJECT] = CLOSED},
	[KEY] = {[ON_SPACE] = KEY, [ON_STRING] = COLON},
	[COLON] = {[ON_SPACE] = COLON, [ON_COLON] = MEMBER},
	[MEMBER] = {[ON_SPACE] = MEMBER, ON_VALUE(MEMBER_AFTER)},
	[MEMBER_AFTER] = {[ON_SPACE] = MEMBER_AFTER, [ON_COMMA] = KEY, [ON_END_OBJECT] = CLOSED},
	[END] = {[ON_SPACE] = END},
};

struct frame {
	uint32_t token;      /* the container */
	int count;           /* its members or elements so far */
	unsigned char after; /* the state behind it */
};

struct check {
	const char *text;
	jsmntok_t *tokens;
	struct frame frames[JSON_DEPTH_MAX + 1]; /* the first is around the text, no container */
	uint32_t depth;
	unsigned char state;
	size_t cursor;      /* first byte that is not checked yet */
	const char *reason; /* of the failure at `cursor` */
};

/* ---- tokens ---- */

static bool tokenize(struct json_doc *doc, struct slice text, struct arena *arena, size_t *stopped,
		     const char **reason)
{
	size_t room = text.len / BYTES_PER_TOKEN + TOKENS_LEAST;
	jsmn_parser parser;
	jsmn_init(&parser);
	doc->tokens = arena_alloc(arena, room * sizeof(*doc->tokens));
	*reason = "out of memory";
	*stopped = 0;
	while (doc->tokens) {
		int count = jsmn_parse(&parser, text.at, text.len, doc->tokens, (unsigned)room);
		*stopped = parser.pos;
		if (count != JSMN_ERROR_NOMEM) {
			doc->count = parser.toknext;
			*reason = count == JSMN_ERROR_PART ? "the text ends too early"
							   : "unexpected character";
			return count >= 0;
		}
		/* The parser stands before the token that found no room and goes on from there. */
		jsmntok_t *larger = arena_alloc(arena, room * 2 * sizeof(*larger));
		*reason = "out of memory";
		if (larger)
			memcpy(larger, doc->tokens, room * sizeof(*larger));
		doc->tokens = larger;
		room *= 2;
	}
	return false;
}

/* ---- the check ---- */

static bool check_fail(struct check *check, size_t at, const char *reason)
{
	check->cursor = at;
	check->reason = reason;
	return false;
}

/* The container ends; `next` is the token behind it. Answers the state that follows. */
static unsigned char check_close(struct check *check, uint32_t next)
{
	const struct frame *frame = &check->frames[check->depth--];
	check->tokens[frame->token].parent = (int)next;
	check->tokens[frame->token].size = frame->count;
	return frame->after;
}

/* Checks the bytes from the cursor to `until`, which belong to no token; `next` is the token there.
 */
static inline bool check_gap(struct check *check, size_t until, uint32_t next)
{
	for (; check->cursor < until; check->cursor++) {
		unsigned char byte = (unsigned char)check->text[check->cursor];
		unsigned char state = grammar[check->state][byte_events[byte]];
		if (state == CLOSED)
			state = check_close(check, next);
		if (state == REFUSED)
			return check_fail(check, check->cursor, "unexpected character");
		check->state = state;
	}
	return true;
}

static bool check_string(struct check *check, jsmntok_t *token)
{
	struct slice body = {check->text + token->start, (size_t)(token->end - token->start)};
	size_t stopped;
	bool escapes;
	const char *reason = json_text_check_string(body, &escapes, &stopped);
	if (reason)
		return check_fail(check, (size_t)token->start + stopped, reason);
	token->size = escapes;
	check->cursor = (size_t)token->end + 1;
	return true;
}

static bool check_open(struct check *check, const jsmntok_t *token, uint32_t at)
{
	if (check->depth == JSON_DEPTH_MAX)
		return check_fail(check, (size_t)token->start, "nested too deep");
	check->frames[++check->depth] = (struct frame){.token = at, .after = check->state};
	check->state = token->type == JSMN_OBJECT ? KEY_FIRST : ELEMENT_FIRST;
	check->cursor = (size_t)token->start + 1;
	return true;
}

static bool check_primitive(struct check *check, const jsmntok_t *token)
{
	struct slice body = {check->text + token->start, (size_t)(token->end - token->start)};
	const char *reason = json_text_check_primitive(body);
	if (reason)
		return check_fail(check, (size_t)token->start, reason);
	check->cursor = (size_t)token->end;
	return true;
}

static bool check_token(struct check *check, uint32_t at)
{
	jsmntok_t *token = &check->tokens[at];
	size_t start = (size_t)token->start - (token->type == JSMN_STRING);
	if (!check_gap(check, start, at))
		return false;
	unsigned char state = grammar[check->state][token_events[token->type]];
	if (state == REFUSED)
		return check_fail(check, start,
				  check->state == TOP ? "must be an object or array"
						      : "unexpected value");
	check->frames[check->depth].count += check->state != MEMBER; /* its key was counted */
	check->state = state;
	token->parent = (int)at + 1;
	token->size = 0;
	if (token->type == JSMN_STRING)
		return check_string(check, token);
	if (token->type == JSMN_PRIMITIVE)
		return check_primitive(check, token);
	return check_open(check, token, at);
}

static bool check_all(struct check *check, size_t len, uint32_t count)
{
	for (uint32_t at = 0; at < count; at++)
		if (!check_token(check, at))
			return false;
	if (!check_gap(check, len, count))
		return false;
	if (check->state != END)
		return check_fail(check, len, "the text ends too early");
	return true;
}

struct json_doc *json_parse(struct slice text, struct arena *arena, char error[96])
{
	struct check check = {.text = text.at, .state = TOP, .reason = "out of memory"};
	struct json_doc *doc = NULL;
	if (text.len > TEXT_MAX)
		check.reason = "the text is too long";
	else
		doc = arena_alloc(arena, sizeof(*doc));
	if (doc) {
		doc->text = text.at;
		bool cut = tokenize(doc, text, arena, &check.cursor, &check.reason);
		check.tokens = doc->tokens;
		if (cut)
			check.cursor = 0;
		if (cut && check_all(&check, text.len, doc->count))
			return doc;
	}
	snprintf(error, ERROR_MAX, "malformed JSON at byte %zu: %s", check.cursor, check.reason);
	return NULL;
}

/* ---- walking ---- */

enum json_type json_type_of(const struct json_doc *doc, json_at at)
{
	const jsmntok_t *token = &doc->tokens[at];
	if (token->type == JSMN_OBJECT)
		return JSON_T_OBJECT;
	if (token->type == JSMN_ARRAY)
		return JSON_T_ARRAY;
	if (token->type == JSMN_STRING)
		return JSON_T_STRING;
	switch (doc->text[token->start]) {
	case 't':
		return JSON_T_TRUE;
	case 'f':
		return JSON_T_FALSE;
	case 'n':
		return JSON_T_NULL;
	default:
		return JSON_T_NUMBER;
	}
}

static bool is_container(const jsmntok_t *token)
{
	return token->type == JSMN_OBJECT || token->type == JSMN_ARRAY;
}

uint32_t json_count(const struct json_doc *doc, json_at at)
{
	const jsmntok_t *token = &doc->tokens[at];
	return is_container(token) ? (uint32_t)token->size : 0;
}

json_at json_first(const struct json_doc *doc, json_at at)
{
	return json_count(doc, at) ? at + 1 : JSON_NONE;
}

json_at json_next(const struct json_doc *doc, json_at at)
{
	return (json_at)doc->tokens[at].parent;
}

struct slice json_raw(const struct json_doc *doc, json_at at)
{
	const jsmntok_t *token = &doc->tokens[at];
	return (struct slice){doc->text + token->start, (size_t)(token->end - token->start)};
}

bool json_key_is(const struct json_doc *doc, json_at at, struct slice key)
{
	struct slice raw = json_raw(doc, at);
	if (!doc->tokens[at].size)
		return slice_equal(raw, key);
	return json_text_equal(raw, key);
}

json_at json_member(const struct json_doc *doc, json_at object, struct slice key)
{
	if (doc->tokens[object].type != JSMN_OBJECT)
		return JSON_NONE;
	json_at at = object + 1;
	for (uint32_t left = json_count(doc, object); left; left--) {
		if (json_key_is(doc, at, key))
			return at + 1;
		at = json_next(doc, at + 1);
	}
	return JSON_NONE;
}

bool json_read_string(const struct json_doc *doc, json_at at, struct arena *arena,
		      struct slice *out)
{
	const jsmntok_t *token = &doc->tokens[at];
	if (token->type != JSMN_STRING)
		return false;
	struct slice raw = json_raw(doc, at);
	if (!token->size) {
		*out = raw;
		return true;
	}
	char *decoded = arena_alloc(arena, raw.len); /* decoding never makes it longer */
	if (!decoded)
		return false;
	*out = (struct slice){decoded, json_text_decode(raw, decoded)};
	return true;
}

bool json_read_int(const struct json_doc *doc, json_at at, int64_t *out)
{
	return doc->tokens[at].type == JSMN_PRIMITIVE && json_text_int(json_raw(doc, at), out);
}

bool json_read_uint32(const struct json_doc *doc, json_at at, uint32_t *out)
{
	int64_t value;
	if (!json_read_int(doc, at, &value) || value < 0 || value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}
