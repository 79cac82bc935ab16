/* json_reader: one pass over the bytes checks all of the grammar and writes down the tokens, each
 * with what walking needs.
 *
 * The pass is a pushdown automaton: `grammar` says which byte may come in which state (a string,
 * number or word is one step, by its first byte), and an open container's frame keeps the state
 * that follows it.
 */
#include "common/base/json_reader.h"

#include "common/base/json_text.h"

#include <stdio.h>

enum { ERROR_MAX = 96, TEXT_MAX = 1 << 30, BYTES_PER_TOKEN = 4, TOKENS_LEAST = 16 };

struct token {
	uint32_t start, end; /* its bytes; a string's without the quotes */
	uint32_t next;       /* the token behind everything within this one */
	uint32_t count;      /* members or elements */
	unsigned char type;  /* enum json_type */
	bool escapes;        /* a string holds some */
};

struct json_doc {
	const char *text;
	struct token *tokens;
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
	ON_OTHER, /* a byte that starts nothing */
	ON_SPACE,
	ON_COMMA,
	ON_COLON,
	ON_END_OBJECT,
	ON_END_ARRAY,
	ON_STRING,
	ON_WORD, /* a number, true, false or null */
	ON_OPEN,
	EVENTS
};

#define DIGITS(what)                                                                               \
	['0'] = (what), ['1'] = (what), ['2'] = (what), ['3'] = (what), ['4'] = (what),            \
	['5'] = (what), ['6'] = (what), ['7'] = (what), ['8'] = (what), ['9'] = (what)

static const unsigned char byte_events[256] = {
	[' '] = ON_SPACE, ['\t'] = ON_SPACE, ['\n'] = ON_SPACE,     ['\r'] = ON_SPACE,
	[','] = ON_COMMA, [':'] = ON_COLON,  ['}'] = ON_END_OBJECT, [']'] = ON_END_ARRAY,
	['{'] = ON_OPEN,  ['['] = ON_OPEN,   ['"'] = ON_STRING,     ['t'] = ON_WORD,
	['f'] = ON_WORD,  ['n'] = ON_WORD,   ['-'] = ON_WORD,       DIGITS(ON_WORD)};

/* What starts with the byte. */
static const unsigned char byte_types[256] = {
	['{'] = JSON_T_OBJECT, ['['] = JSON_T_ARRAY, ['"'] = JSON_T_STRING, ['t'] = JSON_T_TRUE,
	['f'] = JSON_T_FALSE,  ['n'] = JSON_T_NULL,  ['-'] = JSON_T_NUMBER, DIGITS(JSON_T_NUMBER)};

#define ON_VALUE(after) [ON_STRING] = (after), [ON_WORD] = (after), [ON_OPEN] = (after)

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
	uint32_t count;      /* its members or elements so far */
	unsigned char after; /* the state behind it */
};

struct scan {
	struct slice text;
	struct arena *arena;
	struct token *tokens;
	uint32_t count, room;
	struct frame frames[JSON_DEPTH_MAX + 1]; /* the first is around the text, no container */
	uint32_t depth;
	unsigned char state;
	size_t at;          /* first byte that is not read yet */
	const char *reason; /* of the failure at `at` */
};

/* ---- the pass ---- */

static bool scan_fail(struct scan *scan, const char *reason)
{
	scan->reason = reason;
	return false;
}

static bool scan_grow(struct scan *scan)
{
	size_t room = scan->room ? (size_t)scan->room * 2
				 : scan->text.len / BYTES_PER_TOKEN + TOKENS_LEAST;
	struct token *tokens = arena_alloc(scan->arena, room * sizeof(*tokens));
	if (!tokens)
		return scan_fail(scan, "out of memory");
	if (scan->count)
		memcpy(tokens, scan->tokens, scan->count * sizeof(*tokens));
	scan->tokens = tokens;
	scan->room = (uint32_t)room;
	return true;
}

static bool scan_string(struct scan *scan, struct token *token)
{
	struct slice rest = {scan->text.at + scan->at + 1, scan->text.len - scan->at - 1};
	size_t len;
	const char *reason = json_text_scan_string(rest, &len, &token->escapes);
	token->start++;
	token->end = token->start + (uint32_t)len;
	scan->at = token->end;
	if (reason)
		return scan_fail(scan, reason);
	scan->at++;
	return true;
}

static bool scan_word(struct scan *scan, struct token *token)
{
	const char *from = scan->text.at + scan->at;
	size_t len = 1, left = scan->text.len - scan->at;
	while (len < left && (byte_events[(unsigned char)from[len]] == ON_WORD ||
			      byte_events[(unsigned char)from[len]] == ON_OTHER))
		len++;
	const char *reason = json_text_check_primitive((struct slice){from, len});
	if (reason)
		return scan_fail(scan, reason);
	scan->at += len;
	token->end = (uint32_t)scan->at;
	return true;
}

static bool scan_open(struct scan *scan, struct token *token)
{
	if (scan->depth == JSON_DEPTH_MAX)
		return scan_fail(scan, "nested too deep");
	uint32_t place = (uint32_t)(token - scan->tokens);
	scan->frames[++scan->depth] = (struct frame){.token = place, .after = scan->state};
	scan->state = token->type == JSON_T_OBJECT ? KEY_FIRST : ELEMENT_FIRST;
	scan->at++;
	return true;
}

static void scan_close(struct scan *scan)
{
	const struct frame *frame = &scan->frames[scan->depth--];
	struct token *token = &scan->tokens[frame->token];
	token->end = (uint32_t)scan->at + 1;
	token->next = scan->count;
	token->count = frame->count;
	scan->state = frame->after;
}

static bool scan_token(struct scan *scan, enum event event)
{
	if (scan->count == scan->room && !scan_grow(scan))
		return false;
	struct token *token = &scan->tokens[scan->count++];
	*token = (struct token){.start = (uint32_t)scan->at,
				.next = scan->count,
				.type = byte_types[(unsigned char)scan->text.at[scan->at]]};
	if (event == ON_STRING)
		return scan_string(scan, token);
	if (event == ON_WORD)
		return scan_word(scan, token);
	return scan_open(scan, token);
}

static bool scan_all(struct scan *scan)
{
	while (scan->at < scan->text.len) {
		enum event event = byte_events[(unsigned char)scan->text.at[scan->at]];
		bool counts = scan->state != MEMBER; /* its key was counted */
		scan->state = grammar[scan->state][event];
		if (scan->state == REFUSED)
			return scan_fail(scan, "unexpected character");
		if (event >= ON_STRING) {
			scan->frames[scan->depth].count += counts;
			if (!scan_token(scan, event))
				return false;
			continue;
		}
		if (scan->state == CLOSED)
			scan_close(scan);
		scan->at++;
	}
	return scan->state == END || scan_fail(scan, "the text ends too early");
}

struct json_doc *json_parse(struct slice text, struct arena *arena, char error[96])
{
	struct scan scan;
	scan.text = text;
	scan.arena = arena;
	scan.tokens = NULL;
	scan.count = scan.room = scan.depth = 0;
	scan.frames[0] = (struct frame){0};
	scan.state = TOP;
	scan.at = 0;
	scan.reason = text.len > TEXT_MAX ? "the text is too long" : "out of memory";
	struct json_doc *doc = text.len > TEXT_MAX ? NULL : arena_alloc(arena, sizeof(*doc));
	if (doc && scan_grow(&scan) && scan_all(&scan)) {
		*doc = (struct json_doc){text.at, scan.tokens};
		return doc;
	}
	snprintf(error, ERROR_MAX, "malformed JSON at byte %zu: %s", scan.at, scan.reason);
	return NULL;
}

/* ---- walking ---- */

enum json_type json_type_of(const struct json_doc *doc, json_at at)
{
	return (enum json_type)doc->tokens[at].type;
}

uint32_t json_count(const struct json_doc *doc, json_at at)
{
	return doc->tokens[at].count;
}

json_at json_first(const struct json_doc *doc, json_at at)
{
	return json_count(doc, at) ? at + 1 : JSON_NONE;
}

json_at json_next(const struct json_doc *doc, json_at at)
{
	return doc->tokens[at].next;
}

struct slice json_raw(const struct json_doc *doc, json_at at)
{
	const struct token *token = &doc->tokens[at];
	return (struct slice){doc->text + token->start, token->end - token->start};
}

bool json_key_is(const struct json_doc *doc, json_at at, struct slice key)
{
	struct slice raw = json_raw(doc, at);
	if (!doc->tokens[at].escapes)
		return slice_equal(raw, key);
	return json_text_equal(raw, key);
}

json_at json_member(const struct json_doc *doc, json_at object, struct slice key)
{
	if (doc->tokens[object].type != JSON_T_OBJECT)
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
	const struct token *token = &doc->tokens[at];
	if (token->type != JSON_T_STRING)
		return false;
	struct slice raw = json_raw(doc, at);
	if (!token->escapes) {
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
	return doc->tokens[at].type == JSON_T_NUMBER && json_text_int(json_raw(doc, at), out);
}

bool json_read_uint32(const struct json_doc *doc, json_at at, uint32_t *out)
{
	int64_t value;
	if (!json_read_int(doc, at, &value) || value < 0 || value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}
