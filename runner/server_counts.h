/* server_counts: what our servers count of a load, by their own /metrics: calls between services,
 * connections, reads of the store and what became of them. They are asked before the load and after
 * it, never inside a measured window, so that warm-up and drain are in the difference.
 */
#ifndef DUET_RUNNER_SERVER_COUNTS_H
#define DUET_RUNNER_SERVER_COUNTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum server_count {
	COUNT_CALLS,                /* parts that the BFF asked for, wherever a service is */
	COUNT_CONNECTIONS_OPENED,   /* by the BFF to its services */
	COUNT_CONNECTIONS_ACCEPTED, /* by a server, without the one that asked for its metrics */
	COUNT_ANSWERS,              /* by a server, without the one to who asked for its metrics */
	COUNT_ANSWER_TURNS,         /* turns of its event loops that gave them */
	COUNT_STORE_JOBS,           /* reads that were asked of the store */
	COUNT_STORE_BATCHES,        /* in how many turns a pool read them */
	COUNT_STORE_SHARED,         /* reads whose id another of the same batch had asked for */
	COUNT_STORE_QUERIES,
	COUNT_STORE_ROWS, /* that the queries gave */
	SERVER_COUNTS
};

/* Their names in a result file (resources.server.PROCESS.counts). */
extern const char *const server_count_names[SERVER_COUNTS];

/* Zeroes: nothing is counted. */
struct server_counts {
	bool has[SERVER_COUNTS];
	uint64_t values[SERVER_COUNTS];
};

/* The counters in a /metrics body, each the sum of its samples; what it lacks is not counted. */
void server_counts_parse(const char *metrics, struct server_counts *counts);

/* What was counted between two looks; a counter that either look lacks is not counted. */
struct server_counts server_counts_between(const struct server_counts *before,
					   const struct server_counts *after);

/* {name: number} of what is counted. NULL when that is nothing, or without memory. */
json_t *server_counts_json(const struct server_counts *counts);

#endif
