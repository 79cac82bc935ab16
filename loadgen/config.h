/* config: what loadgen was asked to do: the command line as one struct, checked as a whole.
 * Durations are ns.
 */
#ifndef DUET_LOADGEN_CONFIG_H
#define DUET_LOADGEN_CONFIG_H

#include "common/base/options.h"
#include "common/contract/read.h"
#include "loadgen/threshold.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONFIG_ERROR_SIZE = 256, SWEEP_CONNECTIONS = 16 };

enum load_kind { LOAD_CLOSED, LOAD_OPEN, LOAD_CAPACITY, LOAD_SWEEP };
extern const char *const load_kind_names[]; /* as in the result's scenario.kind */

struct loadgen_config {
	const char *base_url, *page, *think_jitter, *urls, *output, *format;
	uint64_t vus, threads, seed, hash_every, control_fd; /* control_fd 0: none */
	int64_t duration, warmup, think, timeout, connect_timeout;
	double rate; /* requests/s; 0: closed */
	bool stagger, no_stagger, no_reuse, no_progress, allow_remote, sweep;
	struct option_texts threshold_texts;
	/* Derived by loadgen_config_parse. */
	enum load_kind kind;
	enum read_kind page_kind;
	struct threshold thresholds[OPTION_TEXTS_MAX];
};

/* Reads the command line into *config. On OPTIONS_USAGE one line went to stderr. Texts are borrowed
 * from argv. */
enum options_result loadgen_config_parse(struct loadgen_config *config, int argc, char **argv);

#endif
