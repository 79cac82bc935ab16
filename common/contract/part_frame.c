#include "common/contract/part_frame.h"

#include "common/base/bytes.h"
#include "common/contract/routes.h"

const char *const part_answer_names[PART_ANSWERS] = {
	[ANSWER_OK] = "ok",           [ANSWER_NOT_FOUND] = "not_found",
	[ANSWER_REFUSED] = "refused", [ANSWER_UNAVAILABLE] = "unavailable",
	[ANSWER_BROKEN] = "broken",
};

/* Of a text of stamps. */
enum { LENGTH_SIZE = 4 };

_Static_assert((int)PART_ANSWERS <= (int)FRAME_STAMPED, "an answer's code has a bit to spare");
_Static_assert((int)READ_PART_KINDS < (int)FRAME_PING, "a kind's code is no ping");
_Static_assert(MODEL_SLUG_MAX + 4 <= 4 * MODEL_PAGE_SIZE, "ids are the longest arguments");

/* ---- writing ---- */

/* Begins a frame in which `more` bytes at least follow the code; returns their place, or NULL. */
static char *frame_begin(struct strbuf *out, uint32_t id, unsigned code, size_t more)
{
	size_t head = FRAME_LENGTH_SIZE + FRAME_HEAD_SIZE;
	char *at = strbuf_reserve(out, head + more);
	if (!at)
		return NULL;
	bytes_put_u32(at + FRAME_LENGTH_SIZE, id);
	at[head - 1] = (char)code;
	out->len += head;
	return at + head;
}

/* Ends the frame that began at `mark`: its length is known. */
static void frame_end(struct strbuf *out, size_t mark)
{
	bytes_put_u32(out->data + mark, (uint32_t)(out->len - mark - FRAME_LENGTH_SIZE));
	out->data[out->len] = '\0';
}

static char *put_short(char *at, const char *bytes, size_t len)
{
	*at++ = (char)len;
	if (len)
		memcpy(at, bytes, len);
	return at + len;
}

static char *put_args(char *at, enum read_kind kind, const struct read_args *args)
{
	if (read_infos[kind].takes_category) {
		at = put_short(at, args->category, strlen(args->category));
		bytes_put_u32(at, args->page);
		at += 4;
	}
	if (read_infos[kind].takes_ids) {
		*at++ = (char)args->id_count;
		for (uint32_t i = 0; i < args->id_count; i++, at += 4)
			bytes_put_u32(at, args->ids[i]);
	}
	return at;
}

void part_frame_write_request(struct strbuf *out, uint32_t id, enum read_kind kind,
			      const struct read_args *args, struct slice trace)
{
	size_t mark = out->len;
	char *at = frame_begin(out, id, (unsigned)kind, FRAME_REQUEST_MAX - FRAME_HEAD_SIZE);
	if (!at)
		return;
	at = put_short(at, trace.at, trace.len);
	at = put_args(at, kind, args);
	out->len = (size_t)(at - out->data);
	frame_end(out, mark);
}

void part_frame_write_ping(struct strbuf *out, uint32_t id)
{
	size_t mark = out->len;
	char *at = frame_begin(out, id, FRAME_PING, 1);
	if (!at)
		return;
	*at = 0; /* no trace */
	out->len++;
	frame_end(out, mark);
}

/* The part behind the head; false when it is too long for a frame. The buffer is as before then. */
static bool write_part(struct strbuf *out, size_t mark, enum read_kind kind, const void *part)
{
	size_t begin = out->len;
	part_binary_write(out, kind, part);
	if (strbuf_ok(out) && out->len - begin <= PART_BINARY_MAX)
		return true;
	out->len = mark;
	out->failed = false;
	return false;
}

enum part_answer part_frame_write_answer(struct strbuf *out, uint32_t id, enum part_answer answer,
					 enum read_kind kind, const void *part)
{
	size_t mark = out->len;
	if (!frame_begin(out, id, (unsigned)answer, 0))
		return answer;
	if (answer == ANSWER_OK && part && !write_part(out, mark, kind, part)) {
		answer = ANSWER_BROKEN;
		frame_begin(out, id, (unsigned)answer, 0); /* fits: it did before */
	}
	frame_end(out, mark);
	return answer;
}

void part_frame_add_stamps(struct strbuf *out, size_t mark, struct slice text)
{
	char *at = strbuf_ok(out) ? strbuf_reserve(out, text.len + LENGTH_SIZE) : NULL;
	if (!at) {
		out->failed = false; /* the answer is still whole */
		return;
	}
	memcpy(at, text.at, text.len);
	bytes_put_u32(at + text.len, (uint32_t)text.len);
	char *code = out->data + mark + FRAME_LENGTH_SIZE + FRAME_HEAD_SIZE - 1;
	*code = (char)(*code | FRAME_STAMPED);
	out->len += text.len + LENGTH_SIZE;
	frame_end(out, mark);
}

/* ---- reading ---- */

struct cursor {
	const char *at, *end;
	bool short_of; /* something was not there */
};

static const char *take(struct cursor *c, size_t size)
{
	if ((size_t)(c->end - c->at) < size) {
		c->short_of = true;
		return NULL;
	}
	const char *at = c->at;
	c->at += size;
	return at;
}

static uint32_t take_u8(struct cursor *c)
{
	const char *at = take(c, 1);
	return at ? (unsigned char)*at : 0;
}

static uint32_t take_u32(struct cursor *c)
{
	const char *at = take(c, 4);
	return at ? bytes_get_u32(at) : 0;
}

static struct slice take_short(struct cursor *c)
{
	size_t len = take_u8(c);
	const char *at = take(c, len);
	return (struct slice){at, at ? len : 0};
}

/* False when they are outside the contract, as they would be in a target. */
static bool take_category(struct cursor *c, struct read_args *args)
{
	struct slice category = take_short(c);
	args->page = take_u32(c);
	if (!category.at || !category_id_valid(category) || args->page < 1)
		return false;
	memcpy(args->category, category.at, category.len);
	args->category[category.len] = '\0';
	return true;
}

static bool take_ids(struct cursor *c, bool single, struct read_args *args)
{
	uint32_t count = take_u8(c);
	uint32_t most = single ? 1 : MODEL_PAGE_SIZE;
	bool good = count >= 1 && count <= most;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t id = take_u32(c);
		good = good && id <= MODEL_PRODUCT_MAX;
		if (good)
			args->ids[i] = id;
	}
	args->id_count = good ? count : 0;
	return good;
}

enum frame_result part_frame_read_request(struct slice frame, enum service service,
					  struct part_request *request)
{
	struct cursor c = {frame.at, frame.at + frame.len, false};
	request->id = take_u32(&c);
	uint32_t code = take_u8(&c);
	request->trace = take_short(&c);
	request->ping = code == FRAME_PING;
	request->kind = READ_KINDS;
	request->args.category[0] = '\0';
	request->args.page = request->args.id_count = 0;
	if (c.short_of || request->trace.len > FRAME_TRACE_MAX ||
	    (!request->ping && code >= READ_PART_KINDS))
		return FRAME_MALFORMED;
	if (request->ping)
		return c.at == c.end ? FRAME_OK : FRAME_MALFORMED;
	request->kind = (enum read_kind)code;
	const struct read_info *info = &read_infos[code];
	bool good = info->service == service;
	if (info->takes_category)
		good = take_category(&c, &request->args) && good;
	if (info->takes_ids)
		good = take_ids(&c, info->single_id, &request->args) && good;
	if (c.short_of || c.at != c.end)
		return FRAME_MALFORMED;
	return good ? FRAME_OK : FRAME_REFUSED;
}

/* Takes the text of stamps off the end. */
static bool take_stamps(struct cursor *c, struct slice *stamps)
{
	size_t left = (size_t)(c->end - c->at);
	size_t len = left < LENGTH_SIZE ? 0 : bytes_get_u32(c->end - LENGTH_SIZE);
	if (len == 0 || len >= STAMPS_TEXT_MAX || len > left - LENGTH_SIZE)
		return false;
	c->end -= LENGTH_SIZE + len;
	*stamps = (struct slice){c->end, len};
	return true;
}

bool part_frame_read_answer(struct slice frame, uint32_t *id, enum part_answer *answer,
			    struct slice *rest, struct slice *stamps)
{
	struct cursor c = {frame.at, frame.at + frame.len, false};
	*id = take_u32(&c);
	uint32_t code = take_u8(&c);
	*stamps = SLICE("");
	if ((code & FRAME_STAMPED) && !take_stamps(&c, stamps))
		return false;
	code &= ~(uint32_t)FRAME_STAMPED;
	if (c.short_of || code >= PART_ANSWERS)
		return false;
	*answer = (enum part_answer)code;
	*rest = (struct slice){c.at, (size_t)(c.end - c.at)};
	return true;
}
