#include "runner/way.h"

#include "runner/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SOCKETS "sockets, HTTP and switches"
#define SERIALIZATION "serialization"
#define COORDINATION "coordination"
#define STORE "store"

const struct way_part_info way_part_infos[WAY_PARTS] = {
	[WAY_IN] = {"in", "from the client to the front door's handler", SOCKETS},
	[WAY_ADMISSION] = {"admission", "admission", COORDINATION},
	[WAY_COORDINATION] = {"coordination", "deciding what to ask, and asking", COORDINATION},
	[WAY_CALL] = {"call", "calls to services' handlers", SOCKETS},
	[WAY_STORE_WAIT] = {"store_wait", "waiting for a turn at the store", STORE},
	[WAY_STORE] = {"store", "reading the store", STORE},
	[WAY_HAND_BACK] = {"hand_back", "from what was read or joined to its writer", COORDINATION},
	[WAY_PART_WRITE] = {"part_write", "writing parts for the wire", SERIALIZATION},
	[WAY_TELL] = {"tell", "telling these stamps", "asking for stamps"},
	[WAY_ANSWER] = {"answer", "services' answers on their way back", SOCKETS},
	[WAY_PART_READ] = {"part_read", "reading parts off the wire", SERIALIZATION},
	[WAY_MERGE] = {"merge", "joining the parts", COORDINATION},
	[WAY_PAGE_WRITE] = {"page_write", "writing the page as JSON", SERIALIZATION},
	[WAY_OUT] = {"out", "from the front door to the client", SOCKETS},
};

/* What a station ends, on track 0 and on a call's; what cannot be there is coordination. */
static const unsigned char ends[2][STATIONS] = {
	{[STATION_QUEUED] = WAY_COORDINATION,
	 [STATION_SENT] = WAY_COORDINATION,
	 [STATION_ARRIVED] = WAY_IN,
	 [STATION_ADMITTED] = WAY_ADMISSION,
	 [STATION_STORE] = WAY_STORE_WAIT,
	 [STATION_STORED] = WAY_STORE,
	 [STATION_MERGE] = WAY_COORDINATION,
	 [STATION_MERGED] = WAY_MERGE,
	 [STATION_WRITE] = WAY_HAND_BACK,
	 [STATION_WRITTEN] = WAY_PAGE_WRITE,
	 [STATION_TOLD] = WAY_TELL,
	 [STATION_ANSWERED] = WAY_COORDINATION,
	 [STATION_READ] = WAY_COORDINATION},
	{[STATION_QUEUED] = WAY_COORDINATION,
	 [STATION_SENT] = WAY_COORDINATION,
	 [STATION_ARRIVED] = WAY_CALL,
	 [STATION_ADMITTED] = WAY_COORDINATION,
	 [STATION_STORE] = WAY_STORE_WAIT,
	 [STATION_STORED] = WAY_STORE,
	 [STATION_MERGE] = WAY_COORDINATION,
	 [STATION_MERGED] = WAY_COORDINATION,
	 [STATION_WRITE] = WAY_HAND_BACK,
	 [STATION_WRITTEN] = WAY_PART_WRITE,
	 [STATION_TOLD] = WAY_TELL,
	 [STATION_ANSWERED] = WAY_ANSWER,
	 [STATION_READ] = WAY_PART_READ},
};

/* Every track goes forwards; notes which ones reached a service. */
static bool tracks_ok(const struct stamps *stamps, bool arrived[STAMPS_TRACKS])
{
	int64_t last_ns[STAMPS_TRACKS] = {0};
	bool begun[STAMPS_TRACKS] = {false};
	for (unsigned i = 0; i < stamps->count; i++) {
		const struct stamp *stamp = &stamps->all[i];
		if (begun[stamp->track] && stamp->at_ns < last_ns[stamp->track])
			return false;
		begun[stamp->track] = true;
		last_ns[stamp->track] = stamp->at_ns;
		arrived[stamp->track] |= stamp->station == STATION_ARRIVED;
	}
	return true;
}

/* By time; of equals the one that was taken first. */
static void sort_stamps(const struct stamps *stamps, struct stamp sorted[STAMPS_MAX])
{
	for (unsigned i = 0; i < stamps->count; i++) {
		unsigned at = i;
		while (at > 0 && sorted[at - 1].at_ns > stamps->all[i].at_ns) {
			sorted[at] = sorted[at - 1];
			at--;
		}
		sorted[at] = stamps->all[i];
	}
}

/* A call whose handler says nothing, since it runs in place, is one stretch from its sending on. */
static enum way_part part_ended_by(const struct stamp *stamp, const bool arrived[STAMPS_TRACKS])
{
	if (stamp->track > 0 && stamp->station == STATION_READ && !arrived[stamp->track])
		return WAY_CALL;
	return (enum way_part)ends[stamp->track > 0][stamp->station];
}

bool way_split(const struct stamps *stamps, int64_t sent_ns, int64_t received_ns,
	       int64_t parts[WAY_PARTS])
{
	struct stamp sorted[STAMPS_MAX];
	bool arrived[STAMPS_TRACKS] = {false};
	unsigned count = stamps->count;
	memset(parts, 0, sizeof(*parts) * WAY_PARTS);
	if (count == 0 || !tracks_ok(stamps, arrived))
		return false;
	sort_stamps(stamps, sorted);
	if (sorted[0].track > 0 || sorted[0].station != STATION_ARRIVED ||
	    sorted[count - 1].track > 0 || sorted[0].at_ns < sent_ns ||
	    sorted[count - 1].at_ns > received_ns)
		return false;
	int64_t last_ns = sent_ns;
	for (unsigned i = 0; i < count; i++) {
		parts[part_ended_by(&sorted[i], arrived)] += sorted[i].at_ns - last_ns;
		last_ns = sorted[i].at_ns;
	}
	parts[WAY_OUT] += received_ns - last_ns;
	return true;
}

static bool sum_grow(struct way_sum *sum)
{
	if (sum->count < sum->size)
		return true;
	size_t size = sum->size ? sum->size * 2 : 256;
	double *whole = realloc(sum->whole_us, size * sizeof(*whole));
	if (whole)
		sum->whole_us = whole;
	double(*part)[WAY_PARTS] = whole ? realloc(sum->part_us, size * sizeof(*part)) : NULL;
	if (!part)
		return false;
	sum->part_us = part;
	sum->size = size;
	return true;
}

bool way_sum_add(struct way_sum *sum, const struct stamps *stamps, int64_t sent_ns,
		 int64_t received_ns)
{
	int64_t parts[WAY_PARTS], left = received_ns - sent_ns;
	bool ok = way_split(stamps, sent_ns, received_ns, parts);
	if (ok && sum->stamps == 0)
		sum->stamps = stamps->count;
	if (!ok || stamps->count != sum->stamps) {
		sum->broken++;
		return true;
	}
	if (!sum_grow(sum))
		return false;
	for (size_t i = 0; i < WAY_PARTS; i++) {
		left -= parts[i];
		sum->part_us[sum->count][i] = (double)parts[i] / 1e3;
	}
	sum->whole_us[sum->count++] = (double)(received_ns - sent_ns) / 1e3;
	left = left < 0 ? -left : left;
	if (left > sum->residual_ns)
		sum->residual_ns = left;
	return true;
}

/* Of the numbers that lie `stride` apart. */
static struct way_figure figure_of(const double *first, size_t stride, size_t count)
{
	struct way_figure figure = {NAN, NAN};
	double total = 0, *sorted = count ? malloc(count * sizeof(*sorted)) : NULL;
	if (!sorted)
		return figure;
	for (size_t i = 0; i < count; i++)
		total += first[i * stride];
	for (size_t i = 0; i < count; i++)
		sorted[i] = first[i * stride];
	figure.mean_us = total / (double)count;
	figure.median_us = stats_median(sorted, count);
	free(sorted);
	return figure;
}

struct way_figure way_sum_whole(const struct way_sum *sum)
{
	return figure_of(sum->whole_us, 1, sum->count);
}

struct way_figure way_sum_part(const struct way_sum *sum, enum way_part part)
{
	return figure_of(sum->count ? &sum->part_us[0][part] : NULL, WAY_PARTS, sum->count);
}

void way_sum_free(struct way_sum *sum)
{
	free(sum->whole_us);
	free(sum->part_us);
	*sum = (struct way_sum){.count = 0};
}
