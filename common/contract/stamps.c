#include "common/contract/stamps.h"

#include "common/base/clock.h"

#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const station_names[STATIONS] = {
	[STATION_QUEUED] = "queued",   [STATION_SENT] = "sent",
	[STATION_ARRIVED] = "arrived", [STATION_ADMITTED] = "admitted",
	[STATION_STORE] = "store",     [STATION_STORED] = "stored",
	[STATION_MERGE] = "merge",     [STATION_MERGED] = "merged",
	[STATION_WRITE] = "write",     [STATION_WRITTEN] = "written",
	[STATION_TOLD] = "told",       [STATION_ANSWERED] = "answered",
	[STATION_READ] = "read",
};

const char stamps_header[] = "X-Duet-Stamps";

struct stamps *stamps_new(struct arena *arena)
{
	struct stamps *stamps = arena_alloc(arena, sizeof(*stamps));
	if (stamps)
		stamps->count = 0;
	return stamps;
}

void stamps_add(struct stamps *stamps, unsigned track, enum station station, int64_t at_ns)
{
	if (stamps && stamps->count < STAMPS_MAX && track < STAMPS_TRACKS)
		stamps->all[stamps->count++] =
			(struct stamp){(unsigned char)track, (unsigned char)station, at_ns};
}

void stamps_write(const struct stamps *stamps, unsigned from, char out[STAMPS_TEXT_MAX])
{
	size_t used = from ? strlen(out) : 0;
	out[used] = '\0';
	for (unsigned i = from; i < stamps->count; i++) {
		const struct stamp *stamp = &stamps->all[i];
		char text[64], first[24] = "";
		if (i == 0)
			snprintf(first, sizeof(first), "%" PRId64, stamp->at_ns);
		int len = snprintf(text, sizeof(text), "%s %u.%s%+" PRId64, first, stamp->track,
				   station_names[stamp->station],
				   stamp->at_ns - stamps->all[0].at_ns);
		if (len < 0 || (size_t)len >= sizeof(text) || used + (size_t)len >= STAMPS_TEXT_MAX)
			return;
		memcpy(out + used, text, (size_t)len + 1);
		used += (size_t)len;
	}
}

void stamps_tell(struct stamps *stamps, char out[STAMPS_TEXT_MAX])
{
	unsigned told = stamps->count;
	stamps_write(stamps, 0, out);
	stamps_add(stamps, 0, STATION_TOLD, clock_now_ns());
	stamps_write(stamps, told, out);
}

/* A whole number at *at, which moves behind it; a sign only where it must have one. */
static bool read_number(const char **at, bool is_signed, int64_t *value)
{
	char *end;
	const char *digits = *at + is_signed;
	if ((is_signed && **at != '+' && **at != '-') || !isdigit((unsigned char)*digits))
		return false;
	*value = strtoll(*at, &end, 10);
	*at = end;
	return true;
}

static bool read_station(const char **at, enum station *station)
{
	size_t len = strspn(*at, "abcdefghijklmnopqrstuvwxyz");
	for (int i = 0; i < STATIONS; i++) {
		if (strlen(station_names[i]) != len || memcmp(station_names[i], *at, len) != 0)
			continue;
		*station = (enum station)i;
		*at += len;
		return true;
	}
	return false;
}

/* " 1.queued+2400" */
static bool read_stamp(const char **at, unsigned first_track, int64_t first_ns, struct stamps *into)
{
	int64_t track, after_ns;
	enum station station;
	if (*(*at)++ != ' ' || !read_number(at, false, &track) || *(*at)++ != '.' ||
	    !read_station(at, &station) || !read_number(at, true, &after_ns) ||
	    track >= STAMPS_TRACKS - (int64_t)first_track || into->count == STAMPS_MAX ||
	    after_ns > INT64_MAX / 2 || after_ns < INT64_MIN / 2)
		return false;
	stamps_add(into, first_track + (unsigned)track, station, first_ns + after_ns);
	return true;
}

bool stamps_read(struct stamps *stamps, unsigned track, const char *text)
{
	int64_t first_ns;
	unsigned before = stamps->count;
	bool ok = track < STAMPS_TRACKS && read_number(&text, false, &first_ns) &&
		  first_ns <= INT64_MAX / 2;
	while (ok && *text)
		ok = read_stamp(&text, track, first_ns, stamps);
	if (!ok)
		stamps->count = before;
	return ok;
}
