/* spin: burns a stated amount of CPU time, as business logic of that length would: a chain of
 * dependent integer steps that touches no memory and makes no system call.
 */
#ifndef DUET_BASE_SPIN_H
#define DUET_BASE_SPIN_H

#include <stdint.h>

/* Burns `ns` of CPU time on the calling thread. The first call of a process also measures how many
 * steps a nanosecond takes (some 20 ms, the best of several tries); spin_prepare does it earlier.
 * From any thread. */
void spin_burn(int64_t ns);
void spin_prepare(void);

#endif
