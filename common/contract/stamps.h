/* stamps: when a request passed each station of its way, on the one monotonic clock (clock.h), so
 * that what several processes saw can be put into one order.
 *
 * Taken only for a request that asks for them: X-Duet-Timing: 1 at the front door, and from there
 * on a traceparent. They travel back in a header, in the order of their taking, ns after the first:
 *
 *   X-Duet-Stamps: 81234567890123 0.arrived+0 0.admitted+1210 1.queued+2400 ...
 *
 * Track 0 is the process that answers; the others are the calls that it made, from 1 in the order
 * of their asking, each with what its service said of itself.
 */
#ifndef DUET_CONTRACT_STAMPS_H
#define DUET_CONTRACT_STAMPS_H

#include "common/base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* Ordered as one track passes them. */
enum station {
	STATION_QUEUED,   /* a call: its part is asked for */
	STATION_SENT,     /* it is given to the wire */
	STATION_ARRIVED,  /* the request is read, parsed and with its handler */
	STATION_ADMITTED, /* its turn has come */
	STATION_STORE,    /* its read begins */
	STATION_STORED,   /* the read has ended */
	STATION_MERGE,    /* the join of the parts begins */
	STATION_MERGED,
	STATION_WRITE, /* the writing of the answer begins */
	STATION_WRITTEN,
	STATION_TOLD,     /* these stamps are written: what asking for them costs */
	STATION_ANSWERED, /* a call: its answer has come whole */
	STATION_READ,     /* what came is a part */
	STATIONS
};

/* Indexed by enum station: "queued", "sent", ... */
extern const char *const station_names[STATIONS];

extern const char stamps_header[]; /* "X-Duet-Stamps" */

struct stamp {
	unsigned char track, station;
	int64_t at_ns;
};

/* Room for a page of five calls, and for its text; track numbers are below STAMPS_TRACKS. */
enum { STAMPS_MAX = 64, STAMPS_TRACKS = 100, STAMPS_TEXT_MAX = 2048 };

struct stamps {
	unsigned count;
	struct stamp all[STAMPS_MAX];
};

/* None yet, in the arena; NULL without memory. */
struct stamps *stamps_new(struct arena *arena);

/* Notes a stamp; drops it when `stamps` is NULL (nobody asked) or full. */
void stamps_add(struct stamps *stamps, unsigned track, enum station station, int64_t at_ns);

/* Appends the stamps from number `from` on to the header's value, which has those before; from 0 it
 * begins one ("" without any stamp). What does not fit is left out. */
void stamps_write(const struct stamps *stamps, unsigned from, char out[STAMPS_TEXT_MAX]);

/* The value with all stamps, and behind them, on track 0, that they are told. */
void stamps_tell(struct stamps *stamps, char out[STAMPS_TEXT_MAX]);

/* Adds the stamps of a header's value, their tracks counted from `track`. False when it is
 * malformed or does not fit: then `stamps` is as it was. */
bool stamps_read(struct stamps *stamps, unsigned track, const char *text);

#endif
