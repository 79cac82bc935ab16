/* fuzz_part_frame: frames of the binary wire. The first byte picks a part kind; what follows it is
 * read as a request to that kind's service, as an answer, and as the kind's message; whatever is
 * accepted must write to the same bytes again. With libFuzzer, or with -DFUZZ_REPLAY, as
 * fuzz_part_json.c says.
 */
#include "common/contract/part_binary.h"
#include "common/contract/part_frame.h"
#include "tests/fuzz/replay.h"

#include <stdio.h>
#include <stdlib.h>

static void expect(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_part_frame: %s\n", what);
	abort();
}

static void expect_same(const struct strbuf *out, size_t skip, struct slice bytes, const char *what)
{
	expect(strbuf_ok(out) && out->len - skip == bytes.len &&
		       (!bytes.len || memcmp(out->data + skip, bytes.at, bytes.len) == 0),
	       what);
}

static void try_request(enum read_kind kind, struct slice bytes)
{
	struct part_request request;
	struct strbuf out;
	if (part_frame_read_request(bytes, read_infos[kind].service, &request) != FRAME_OK)
		return;
	strbuf_init(&out, 4096);
	if (request.ping && request.trace.len == 0)
		part_frame_write_ping(&out, request.id);
	else if (!request.ping)
		part_frame_write_request(&out, request.id, request.kind, &request.args,
					 request.trace);
	if (out.len)
		expect_same(&out, FRAME_LENGTH_SIZE, bytes, "a request changes");
	strbuf_free(&out);
}

static void try_message(enum read_kind kind, struct slice bytes)
{
	char error[PART_BINARY_ERROR_MAX] = "";
	void *part = malloc(read_infos[kind].out_size);
	struct strbuf out;
	if (!part)
		return;
	strbuf_init(&out, PART_BINARY_MAX);
	if (part_binary_read(kind, bytes, part, error)) {
		part_binary_write(&out, kind, part);
		expect_same(&out, 0, bytes, "a part changes");
	} else {
		expect(error[0] != '\0', "refused without a reason");
	}
	strbuf_free(&out);
	free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > PART_BINARY_MAX)
		return 0;
	enum read_kind kind = (enum read_kind)(data[0] % READ_PART_KINDS);
	struct slice bytes = {(const char *)data + 1, size - 1}, rest, stamps;
	enum part_answer answer;
	uint32_t id;
	try_request(kind, bytes);
	try_message(kind, bytes);
	if (part_frame_read_answer(bytes, &id, &answer, &rest, &stamps)) {
		size_t behind = stamps.len ? stamps.len + FRAME_LENGTH_SIZE : 0;
		expect(rest.at + rest.len + behind == bytes.at + bytes.len,
		       "an answer loses its end");
	}
	return 0;
}
