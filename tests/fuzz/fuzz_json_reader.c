/* fuzz_json_reader: json_reader and jansson must say the same of every text. With libFuzzer:
 *
 *   clang -std=c11 -g -O1 -D_GNU_SOURCE -I. -fsanitize=fuzzer,address,undefined \
 *     -fno-sanitize-recover=undefined -o build/bin/fuzz-json-reader tests/fuzz/fuzz_json_reader.c \
 *     common/base/arena.c common/base/json_reader.c common/base/json_text.c -ljansson
 *   build/bin/fuzz-json-reader -max_total_time=60 -max_len=4096
 *
 * Without it, gcc or afl-gcc with -DFUZZ_REPLAY builds a program that replays the files it is
 * given.
 */
#include "tests/fuzz/json_agree.h"
#include "tests/fuzz/replay.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool accepted;
	const char *verdict = json_disagreement((const char *)data, size, &accepted);
	if (verdict) {
		fprintf(stderr, "fuzz_json_reader: %s: %.*s\n", verdict, (int)size,
			(const char *)data);
		abort();
	}
	return 0;
}
