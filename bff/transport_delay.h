/* transport_delay: another transport behind a network that adds a fixed delay to every call: what a
 * distance between the BFF and its services does, on one machine.
 *
 * A call waits for the delay before it is passed on, so that its round trip is that much longer.
 * The wait is a timer of the loop with a resolution of microseconds; nothing blocks, and calls that
 * wait at the same time wait together, as on a wire. The call's times (queued_ns and after) begin
 * when the delay is over: Server-Timing shows it as a gap before the call.
 */
#ifndef DUET_BFF_TRANSPORT_DELAY_H
#define DUET_BFF_TRANSPORT_DELAY_H

#include "bff/transport.h"

/* A transport over `inner`, which belongs to it from now on, also when it fails: NULL without
 * memory or descriptors. Every call is passed on `delay_ns` after it was sent, in order. */
struct transport *transport_delay_new(struct event_base *base, struct transport *inner,
				      int64_t delay_ns);

#endif
