/* part_binary: writer and reader hold a run of bytes and move through it; the checks for room are
 * here, in line, and only their failure is a call. */
#include "common/contract/part_binary.h"

#include "common/base/bytes.h"
#include "common/contract/part_table.h"

#include <stdio.h>

/* How much room the writer asks for at once. */
enum { WRITER_STEP = 4096 };

/* ---- writing ---- */

struct writer {
	struct strbuf *out;
	char *at, *end; /* what is left of the room in `out` */
};

/* Hands what was written to the buffer. */
static void writer_settle(struct writer *w)
{
	if (!w->at)
		return;
	w->out->len = (size_t)(w->at - w->out->data);
	w->out->data[w->out->len] = '\0';
}

static bool writer_grow(struct writer *w, size_t more)
{
	struct strbuf *out = w->out;
	writer_settle(w);
	size_t left = out->max - out->len;
	size_t step = more > WRITER_STEP ? more : WRITER_STEP;
	if (step > left)
		step = more;
	w->at = strbuf_reserve(out, step);
	w->end = w->at ? w->at + step : NULL;
	return w->at != NULL;
}

/* Room for `size` bytes, or NULL once the buffer has failed. */
static inline char *take_room(struct writer *w, size_t size)
{
	if ((size_t)(w->end - w->at) < size && (!strbuf_ok(w->out) || !writer_grow(w, size)))
		return NULL;
	char *at = w->at;
	w->at += size;
	return at;
}

static void write_message(struct writer *w, const struct part_message *message, const char *from);

static void write_u32(struct writer *w, uint32_t value)
{
	char *at = take_room(w, 4);
	if (at)
		bytes_put_u32(at, value);
}

static void write_text(struct writer *w, const struct slice *text)
{
	char *at = take_room(w, 4 + text->len);
	if (!at)
		return;
	bytes_put_u32(at, (uint32_t)text->len);
	if (text->len)
		memcpy(at + 4, text->at, text->len);
}

static void write_cents(struct writer *w, int64_t cents)
{
	char *at = take_room(w, 8);
	if (at)
		bytes_put_u64(at, (uint64_t)cents);
}

static void write_numbers(struct writer *w, const struct part_field *field, const uint32_t *numbers)
{
	char *at = take_room(w, 4 * (size_t)field->bound);
	for (uint32_t i = 0; at && i < field->bound; i++)
		bytes_put_u32(at + 4 * (size_t)i, numbers[i]);
}

static void write_objects(struct writer *w, const struct part_field *field, const char *from)
{
	uint32_t count = *(const uint32_t *)(const void *)(from + field->count_offset);
	write_u32(w, count);
	for (uint32_t i = 0; i < count; i++)
		write_message(w, field->nested, from + field->offset + i * field->stride);
}

static void write_message(struct writer *w, const struct part_message *message, const char *from)
{
	for (uint32_t i = 0; i < message->count; i++) {
		const struct part_field *field = &message->fields[i];
		const void *value = from + field->offset;
		switch (field->type) {
		case FIELD_TEXT:
			write_text(w, value);
			break;
		case FIELD_PRODUCT:
		case FIELD_UINT32:
			write_u32(w, *(const uint32_t *)value);
			break;
		case FIELD_CENTS:
			write_cents(w, *(const int64_t *)value);
			break;
		case FIELD_NUMBERS:
			write_numbers(w, field, value);
			break;
		case FIELD_OBJECT:
			write_message(w, field->nested, value);
			break;
		case FIELD_OBJECTS:
			write_objects(w, field, from);
			break;
		case FIELD_TYPES:
			break;
		}
	}
}

void part_binary_write(struct strbuf *out, enum read_kind kind, const void *part)
{
	struct writer w = {.out = out};
	write_message(&w, &part_messages[kind], part);
	if (strbuf_ok(out))
		writer_settle(&w);
}

/* ---- reading ---- */

struct reader {
	const char *at, *end;
	const char *kind;
	char *error;
};

static bool refuse(struct reader *r, struct slice key, const char *rule)
{
	snprintf(r->error, PART_BINARY_ERROR_MAX, "%s: \"%.*s\" %s", r->kind, (int)key.len, key.at,
		 rule);
	return false;
}

/* The next `size` bytes, or NULL when there are not so many. */
static inline const char *take(struct reader *r, size_t size)
{
	if ((size_t)(r->end - r->at) < size)
		return NULL;
	const char *at = r->at;
	r->at += size;
	return at;
}

static bool read_message(struct reader *r, const struct part_message *message, char *into);

static bool read_text(struct reader *r, struct slice *text)
{
	const char *at = take(r, 4);
	if (!at)
		return false;
	size_t len = bytes_get_u32(at);
	*text = (struct slice){take(r, len), len};
	return text->at != NULL;
}

static bool read_u32(struct reader *r, uint32_t least, uint32_t most, uint32_t *value)
{
	const char *at = take(r, 4);
	if (!at)
		return false;
	*value = bytes_get_u32(at);
	return *value >= least && *value <= most;
}

static bool read_cents(struct reader *r, const struct part_field *field, int64_t *cents)
{
	const char *at = take(r, 8);
	if (!at)
		return false;
	*cents = (int64_t)bytes_get_u64(at);
	return *cents >= (int64_t)field->least;
}

static bool read_numbers(struct reader *r, const struct part_field *field, uint32_t *numbers)
{
	const char *at = take(r, 4 * (size_t)field->bound);
	for (uint32_t i = 0; at && i < field->bound; i++)
		numbers[i] = bytes_get_u32(at + 4 * (size_t)i);
	return at != NULL;
}

static bool read_objects(struct reader *r, const struct part_field *field, char *into)
{
	uint32_t *count = (void *)(into + field->count_offset);
	if (!read_u32(r, 0, field->bound, count))
		return refuse(r, field->key,
			      "must have a count of no more elements than the model has");
	for (uint32_t i = 0; i < *count; i++)
		if (!read_message(r, field->nested, into + field->offset + i * field->stride))
			return false;
	return true;
}

static bool read_field(struct reader *r, const struct part_field *field, char *into)
{
	static const char *const rules[FIELD_TYPES] = {
		[FIELD_TEXT] = "must be a text within the message",
		[FIELD_PRODUCT] = "must be a product number of at most 999999",
		[FIELD_UINT32] = "must be a number in range",
		[FIELD_CENTS] = "must be a positive number of cents",
		[FIELD_NUMBERS] = "must be as many numbers as the model has",
	};
	void *value = into + field->offset;
	bool good = false;
	switch (field->type) {
	case FIELD_TEXT:
		good = read_text(r, value);
		break;
	case FIELD_PRODUCT:
		good = read_u32(r, 0, MODEL_PRODUCT_MAX, value);
		break;
	case FIELD_UINT32:
		good = read_u32(r, field->least, field->most ? field->most : UINT32_MAX, value);
		break;
	case FIELD_CENTS:
		good = read_cents(r, field, value);
		break;
	case FIELD_NUMBERS:
		good = read_numbers(r, field, value);
		break;
	case FIELD_OBJECT:
		return read_message(r, field->nested, value);
	case FIELD_OBJECTS:
		return read_objects(r, field, into);
	case FIELD_TYPES:
		return refuse(r, field->key, "has a type that no reader knows");
	}
	return good || refuse(r, field->key, rules[field->type]);
}

static bool read_message(struct reader *r, const struct part_message *message, char *into)
{
	for (uint32_t i = 0; i < message->count; i++)
		if (!read_field(r, &message->fields[i], into))
			return false;
	return true;
}

bool part_binary_read(enum read_kind kind, struct slice bytes, void *part,
		      char error[PART_BINARY_ERROR_MAX])
{
	struct reader r = {.at = bytes.at,
			   .end = bytes.at + bytes.len,
			   .kind = read_infos[kind].name,
			   .error = error};
	memset(part, 0, read_infos[kind].out_size);
	if (!read_message(&r, &part_messages[kind], part))
		return false;
	if (r.at == r.end)
		return true;
	snprintf(error, PART_BINARY_ERROR_MAX, "%s: %zu bytes follow its last field", r.kind,
		 (size_t)(r.end - r.at));
	return false;
}
