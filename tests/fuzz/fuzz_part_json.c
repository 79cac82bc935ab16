/* fuzz_part_json: the first byte picks the message; whatever part_json_read accepts must write to
 * a text that reads and writes the same again. With libFuzzer:
 *
 *   clang -std=c11 -g -O1 -D_GNU_SOURCE -I. -fsanitize=fuzzer,address,undefined \
 *     -fno-sanitize-recover=undefined -o build/bin/fuzz-part-json tests/fuzz/fuzz_part_json.c \
 *     common/base/arena.c common/base/strbuf.c common/base/json_reader.c common/base/json_text.c \
 *     common/base/json_writer.c common/contract/part_json.c common/contract/routes.c \
 *     common/contract/read.c
 *   build/bin/fuzz-part-json -max_total_time=60 -max_len=4096
 *
 * Without it, gcc or afl-gcc with -DFUZZ_REPLAY builds a program that replays the files it is
 * given.
 */
#include "common/contract/part_json.h"
#include "tests/fuzz/replay.h"

#include <stdio.h>
#include <stdlib.h>

static void expect(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_part_json: %s\n", what);
	abort();
}

static void round_trip(enum read_kind kind, const void *part, struct arena *arena)
{
	char error[PART_JSON_ERROR_MAX];
	struct strbuf first, second;
	strbuf_init(&first, PART_JSON_MAX);
	strbuf_init(&second, PART_JSON_MAX);
	void *again = arena_alloc(arena, read_infos[kind].out_size);
	part_json_write(&first, kind, part);
	expect(strbuf_ok(&first), "an accepted part cannot be written");
	expect(part_json_read(kind, (struct slice){first.data, first.len}, arena, again, error),
	       "what was written is refused");
	part_json_write(&second, kind, again);
	expect(strbuf_ok(&second) && first.len == second.len &&
		       memcmp(first.data, second.data, first.len) == 0,
	       "a part changes from reading to writing");
	strbuf_free(&first);
	strbuf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > PART_JSON_MAX / 8)
		return 0;
	enum read_kind kind = (enum read_kind)(data[0] % READ_PART_KINDS);
	char error[PART_JSON_ERROR_MAX] = "";
	struct arena *arena = arena_new(0);
	if (!arena)
		return 0;
	void *part = arena_alloc(arena, read_infos[kind].out_size);
	struct slice json = {(const char *)data + 1, size - 1};
	if (part_json_read(kind, json, arena, part, error))
		round_trip(kind, part, arena);
	else
		expect(error[0] != '\0', "refused without a reason");
	arena_free(arena);
	return 0;
}
