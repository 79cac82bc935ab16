/* way: the time of one request, taken apart by the stamps of every process that it passed
 * (stamps.h).
 *
 * All stamps of a request, the client's two at its ends included, are put into one order by their
 * time. The time between two neighbours, whoever took them, belongs to what the later one ends. So
 * the parts of a request add up to the whole, although calls overlap; where they do, the time goes
 * to what ended first.
 */
#ifndef DUET_RUNNER_WAY_H
#define DUET_RUNNER_WAY_H

#include "common/contract/stamps.h"

#include <stddef.h>

enum way_part {
	WAY_IN,
	WAY_ADMISSION,
	WAY_COORDINATION,
	WAY_CALL,
	WAY_STORE_WAIT,
	WAY_STORE,
	WAY_HAND_BACK,
	WAY_PART_WRITE,
	WAY_TELL,
	WAY_ANSWER,
	WAY_PART_READ,
	WAY_MERGE,
	WAY_PAGE_WRITE,
	WAY_OUT,
	WAY_PARTS
};

struct way_part_info {
	const char *name;  /* in files: "in", "part_read" */
	const char *words; /* what it is */
	const char *kind;  /* "serialization", "sockets, HTTP and switches", "coordination", ... */
};

/* Indexed by enum way_part. */
extern const struct way_part_info way_part_infos[WAY_PARTS];

/* Takes a request apart: ns of each part. False when the stamps are no way: none, one before
 * `sent_ns` or after `received_ns`, or a track that goes backwards. */
bool way_split(const struct stamps *stamps, int64_t sent_ns, int64_t received_ns,
	       int64_t parts[WAY_PARTS]);

/* Requests taken apart, one after the other. */
struct way_sum {
	size_t count, size;
	double *whole_us; /* by request; owned, as is the next */
	double (*part_us)[WAY_PARTS];
	size_t broken;       /* requests whose stamps are no way, or fewer or more than others' */
	unsigned stamps;     /* of each request, as of the first */
	int64_t residual_ns; /* the largest |whole - sum of the parts| */
};

/* Takes a request apart and adds it, or counts it as broken. False without memory. */
bool way_sum_add(struct way_sum *sum, const struct stamps *stamps, int64_t sent_ns,
		 int64_t received_ns);

struct way_figure {
	double mean_us, median_us;
};

/* Over the requests; NaN without any. Means add up, medians do not. */
struct way_figure way_sum_whole(const struct way_sum *sum);
struct way_figure way_sum_part(const struct way_sum *sum, enum way_part part);

void way_sum_free(struct way_sum *sum);

#endif
