/* clock: the one monotonic clock of Duet (CLOCK_MONOTONIC), in nanoseconds. All durations are ns.
 */
#ifndef DUET_BASE_CLOCK_H
#define DUET_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* ns since an arbitrary fixed point; the same for every process of this boot. */
static inline int64_t clock_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Writes the wall-clock time as "2026-01-31T12:34:56Z" (UTC) into out (>= 21 bytes). */
void clock_utc_text(char out[21]);

#endif
