/* part_frame: what BFF and services say to each other on the binary wire. Pure bytes: no sockets.
 *
 * A frame is the length of what follows (4 bytes, little-endian, as all numbers here), an id (4)
 * and a code (1). A connection carries many requests at once; an answer has its request's id, and
 * answers come in any order.
 *
 *   request: code = a part kind, or FRAME_PING; then a traceparent, length (1) and bytes, none as
 * 0; then as the kind takes: category, length (1) and bytes, and page (4); or ids, count (1) and 4
 * bytes each answer:  code = enum part_answer; with ANSWER_OK the part (part_binary), nothing after
 * a ping. Of a request with a traceparent, and with ANSWER_OK, the code has FRAME_STAMPED added,
 * and behind the part stands what the service says of the request's way (stamps.h): text, length
 * (4)
 */
#ifndef DUET_CONTRACT_PART_FRAME_H
#define DUET_CONTRACT_PART_FRAME_H

#include "common/base/strbuf.h"
#include "common/contract/part_binary.h"
#include "common/contract/read.h"
#include "common/contract/stamps.h"

enum {
	FRAME_LENGTH_SIZE = 4,
	FRAME_HEAD_SIZE = 5, /* id and code */
	FRAME_TRACE_MAX = 63,
	FRAME_PING = 255,
	FRAME_STAMPED = 128,
	/* Longest frames without their length: an answer; a request with all that it can have. */
	FRAME_ANSWER_MAX = FRAME_HEAD_SIZE + PART_BINARY_MAX + STAMPS_TEXT_MAX + 4,
	FRAME_REQUEST_MAX = FRAME_HEAD_SIZE + 1 + FRAME_TRACE_MAX + 1 + 4 * MODEL_PAGE_SIZE
};

/* What a service says of a request; the same that its HTTP statuses say. */
enum part_answer {
	ANSWER_OK,
	ANSWER_NOT_FOUND,
	ANSWER_REFUSED, /* no such request: arguments outside the contract, another service's part
			 */
	ANSWER_UNAVAILABLE, /* the store is away, or too much waits for it */
	ANSWER_BROKEN,      /* the store holds what must not be */
	PART_ANSWERS
};

/* Indexed by enum part_answer: "ok", "not_found", ... */
extern const char *const part_answer_names[PART_ANSWERS];

struct part_request {
	uint32_t id;
	bool ping;
	enum read_kind kind; /* without ping */
	struct read_args args;
	struct slice trace; /* in the frame's bytes */
};

enum frame_result {
	FRAME_OK,
	FRAME_REFUSED,  /* a whole frame that asks for what the service does not answer: its id is
			   set */
	FRAME_MALFORMED /* not a frame of this protocol */
};

/* Appends a request's frame; `trace` has at most FRAME_TRACE_MAX bytes. Check strbuf_ok(out). */
void part_frame_write_request(struct strbuf *out, uint32_t id, enum read_kind kind,
			      const struct read_args *args, struct slice trace);

/* Appends a ping: is the service ready? */
void part_frame_write_ping(struct strbuf *out, uint32_t id);

/* Reads a request to `service` from a frame without its length. */
enum frame_result part_frame_read_request(struct slice frame, enum service service,
					  struct part_request *request);

/* Appends an answer's frame; with ANSWER_OK `part` answers `kind`, or is NULL for a ping. A part
 * longer than PART_BINARY_MAX becomes ANSWER_BROKEN. Returns what was sent. Check strbuf_ok(out).
 */
enum part_answer part_frame_write_answer(struct strbuf *out, uint32_t id, enum part_answer answer,
					 enum read_kind kind, const void *part);

/* Adds a text of stamps to the answer whose frame began at `mark` and ends the buffer; without
 * memory or room the answer stays without. */
void part_frame_add_stamps(struct strbuf *out, size_t mark, struct slice text);

/* Reads an answer's id and code from a frame without its length; *rest gets the part, *stamps the
 * text behind it, empty without. False when it is no answer. */
bool part_frame_read_answer(struct slice frame, uint32_t *id, enum part_answer *answer,
			    struct slice *rest, struct slice *stamps);

#endif
