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

enum { CONFIG_ERROR_SIZE = 256, SWEEP_CONNECTIONS = 16, TURNS_MAX = 100, THREADS_MAX = 64 };

enum load_kind { LOAD_CLOSED, LOAD_OPEN, LOAD_CAPACITY, LOAD_SWEEP };
extern const char *const load_kind_names[]; /* NULL-terminated; as in the result */

struct loadgen_config {
	const char *base_url, *page, *think_jitter, *arrivals, *pacing, *popularity, *urls, *output,
		*format;
	uint64_t vus, threads, seed, hash_every, turns;
	uint64_t control_fd, turn_fd; /* 0: none */
	int64_t duration, warmup, think, timeout, connect_timeout, drain;
	double rate; /* requests/s; 0: not by rate */
	double zipf; /* exponent; 0: uniform */
	bool stagger, no_stagger, no_reuse, busy_poll, no_progress, quiet, control_live,
		allow_remote, sweep;
	struct option_texts threshold_texts;
	/* Derived by loadgen_config_parse. */
	enum load_kind kind;
	bool paced; /* open, each VU by a schedule of its own */
	enum read_kind page_kind;
	struct threshold thresholds[OPTION_TEXTS_MAX];
	bool threshold_applies[OPTION_TEXTS_MAX]; /* its tags are this run's */
};

/* Reads the command line into *config. On OPTIONS_USAGE one line went to stderr. Texts are borrowed
 * from argv. */
enum options_result loadgen_config_parse(struct loadgen_config *config, int argc, char **argv);

/* The window of each turn, ns: the duration without turns. */
int64_t loadgen_config_turn(const struct loadgen_config *config);

/* The requests/s that are due on average, whatever the answers do; 0 when that depends on them. */
double loadgen_config_rate(const struct loadgen_config *config);

#endif
