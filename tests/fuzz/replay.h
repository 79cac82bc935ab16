/* replay: main for a fuzz harness without libFuzzer: feeds it each file named on the command line.
 */
#ifndef DUET_TESTS_FUZZ_REPLAY_H
#define DUET_TESTS_FUZZ_REPLAY_H

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls with each input; returns 0, aborts on a finding. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef FUZZ_REPLAY
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAY_MAX = 1 << 20 };

int main(int argc, char **argv)
{
	uint8_t *data = malloc(REPLAY_MAX);
	if (!data)
		return 1;
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "rb");
		if (!file) {
			fprintf(stderr, "%s: cannot read %s: %s\n", argv[0], argv[i],
				strerror(errno));
			free(data);
			return 1;
		}
		size_t size = fread(data, 1, REPLAY_MAX, file);
		fclose(file);
		LLVMFuzzerTestOneInput(data, size);
	}
	free(data);
	return 0;
}
#endif

#endif
