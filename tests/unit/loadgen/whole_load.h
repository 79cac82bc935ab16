/* whole_load: runs whole loads against the misbehaving server of this process. */
#ifndef DUET_TEST_WHOLE_LOAD_H
#define DUET_TEST_WHOLE_LOAD_H

#include "common/base/clock.h"
#include "loadgen/load.h"
#include "tests/unit/loadgen/misbehaving_server.h"

#include <stdio.h>

enum { VUS = 8 };

static inline struct loadgen_config closed_config(void)
{
	return (struct loadgen_config){
		.base_url = "http://127.0.0.1",
		.think_jitter = "none",
		.arrivals = "uniform",
		.page = "pdp",
		.page_kind = READ_PAGE_PDP,
		.kind = LOAD_CLOSED,
		.vus = VUS,
		.threads = 1,
		.turns = 1,
		.seed = 1,
		.hash_every = 1,
		.duration = 300 * NS_PER_MS,
		.warmup = 100 * NS_PER_MS,
		.think = 10 * NS_PER_MS,
		.timeout = 5 * NS_PER_S,
		.connect_timeout = 5 * NS_PER_S,
		.stagger = true,
		.no_progress = true,
	};
}

/* Loads the paths of behaviours[first, first + count) at `port`. */
static inline struct load_result load_paths(const struct loadgen_config *config,
					    unsigned short port, size_t first, size_t count)
{
	struct manifest_page pages[BEHAVIOURS];
	struct manifest manifest = {.count = count, .pages = pages, .counts = {0, 0, count}};
	struct target_set targets;
	struct load_result result;
	struct http_address address;
	char error[256], url[64];
	for (size_t i = 0; i < count; i++)
		pages[i] = (struct manifest_page){READ_PAGE_PDP, behaviours[first + i].path, 5,
						  SHA256_OF_BODY};
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", (unsigned)port);
	assert_true(target_address(url, false, &address, error));
	assert_true(
		target_set_init(&targets, &manifest, READ_PAGE_PDP, url, !config->no_reuse, error));
	for (size_t i = 0; i < BEHAVIOURS; i++)
		atomic_store(&server.served[i], 0);
	assert_true(load_run(config, &address, &targets, &result, error));
	target_set_free(&targets);
	return result;
}

static inline uint64_t served_now(void)
{
	uint64_t all = 0;
	for (size_t i = 0; i < BEHAVIOURS; i++)
		all += atomic_load(&server.served[i]);
	return all;
}

/* What the server got; it may still have to read what timed out, so it gets some time for that. */
static inline void check_served(uint64_t sent)
{
	for (int i = 0; i < 500 && served_now() < sent; i++)
		usleep(10000);
	assert_int_equal(served_now(), sent);
}

static inline uint64_t ended_all(const struct tally *t)
{
	uint64_t all = 0;
	for (size_t i = 0; i < OUTCOMES; i++)
		all += t->all[i];
	return all;
}

#endif
