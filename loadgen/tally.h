/* tally: what is counted of requests, and their latencies.
 *
 * A request belongs to the measured window when it was *due* in it. Percentiles are over all of
 * them. Those without an answer have no latency and rank last, as +infinity: first what was never
 * sent or never ended ("above"), then time-outs, then errors; a percentile that falls on one of
 * them says so and has no value. Degraded answers are counted apart and take no part in response
 * and service times. The send lag (sent - due) is of every request that was sent, however it
 * ended. Not thread-safe: one a worker, merged at the end.
 */
#ifndef DUET_LOADGEN_TALLY_H
#define DUET_LOADGEN_TALLY_H

#include "common/base/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a request ended. The first ERROR_KINDS are failures by kind, as the result names them. */
enum outcome {
	OUTCOME_CONNECT_REFUSED, /* or any other failure to connect but a time-out */
	OUTCOME_CONNECT_TIMEOUT,
	OUTCOME_REQUEST_TIMEOUT,
	OUTCOME_RESET,    /* the connection ended before the answer was whole */
	OUTCOME_PROTOCOL, /* not HTTP, or a status that Duet never answers */
	OUTCOME_HTTP_4XX,
	OUTCOME_HTTP_5XX,
	OUTCOME_BAD_BODY, /* 200 with another length or hash than the manifest's */
	ERROR_KINDS,
	OUTCOME_OK = ERROR_KINDS,
	OUTCOME_DEGRADED,   /* 200 with X-Duet-Degraded */
	OUTCOME_UNFINISHED, /* no end yet when the load was interrupted */
	OUTCOME_DROPPED,    /* open: due, never sent */
	OUTCOMES
};

extern const char *const outcome_names[OUTCOMES];

/* Requests due in one slice of the window. */
struct tally_slice {
	uint64_t requests, errors, degraded; /* errors: all that is neither ok nor degraded */
	struct histogram *response;          /* of successes */
};

enum { TALLY_SLICES_MAX = 600 };

struct tally {
	uint64_t window[OUTCOMES]; /* requests due in the window */
	uint64_t all[OUTCOMES];    /* warm-up included */
	uint64_t ok_in_window;     /* successes that *ended* in the window */
	/* Warm-up included. cut: sent, and failed or interrupted before an answer was whole. */
	uint64_t sent, answered, cut, hashed, connections, bytes_in, bytes_out;
	struct histogram *response, *service; /* of successes, ns */
	struct histogram *send_lag;           /* of all that were sent, ns */
	/* Within the window, ns over all VUs: from due to end of every request; and from an end (or
	 * the start) to the next due. Of a closed load the two are VUs x window. */
	int64_t asked_ns, waited_ns;
	int64_t window_start, window_end;
	int64_t slice_ns; /* whole seconds, or a turn */
	size_t slice_count;
	struct tally_slice slices[TALLY_SLICES_MAX];
};

/* A request as it ended; times are ns of CLOCK_MONOTONIC; sent is 0 when it never was. */
struct tally_request {
	enum outcome outcome;
	int64_t due, sent, ended;
};

/* In slices of 1 s, or of as many seconds as leave TALLY_SLICES_MAX. False without memory.
 * tally_free is needed even then. */
bool tally_init(struct tally *tally, int64_t window_start, int64_t window_end);
/* The same in slices of slice_ns: at most TALLY_SLICES_MAX of them in the window. */
bool tally_init_sliced(struct tally *tally, int64_t window_start, int64_t window_end,
		       int64_t slice_ns);
void tally_free(struct tally *tally);

void tally_record(struct tally *tally, const struct tally_request *request);
/* A VU of a closed load has nothing to do between two times. */
void tally_wait(struct tally *tally, int64_t from, int64_t until);
/* Adds `from`, of the same window or of a turn of it, whose slices are those of `into` from
 * first_slice on. */
void tally_merge(struct tally *into, const struct tally *from, size_t first_slice);

uint64_t tally_total(const struct tally *tally);  /* due in the window */
uint64_t tally_failed(const struct tally *tally); /* of them, neither ok nor degraded */

enum { TALLY_SAMPLES_BEYOND = 10 };

/* What a percentile is taken over: latencies, and the requests that rank behind them. */
struct tally_latency {
	const struct histogram *values; /* borrowed */
	uint64_t above, timed_out, failed;
};
struct tally_latency tally_response(const struct tally *tally);
struct tally_latency tally_service(const struct tally *tally);
struct tally_latency tally_send_lag(const struct tally *tally);
struct tally_latency tally_slice_response(const struct tally_slice *slice);

enum tally_rank {
	TALLY_VALUE,
	TALLY_FEW, /* fewer than 10 requests lie beyond it */
	TALLY_ABOVE,
	TALLY_TIMED_OUT,
	TALLY_FAILED
};
extern const char *const tally_rank_names[]; /* as in the result's no_value */

struct tally_point {
	enum tally_rank rank;
	int64_t ns; /* of a value */
};

struct tally_percentile {
	struct tally_point point;
	struct tally_point low, high; /* its 95 % interval, see rank_interval.h; unless few */
};

struct tally_percentile tally_percentile(const struct tally_latency *latency, double percentile);

#endif
