/* transport_per_item: asks another transport for one product at a time: what a page costs when
 * every list is asked item by item (1 + 3 x 40 calls for a product list). An anti-pattern that
 * nobody who believes in the architecture ships, and for that reason an arm of its own and never
 * the headline's.
 */
#ifndef DUET_BFF_TRANSPORT_PER_ITEM_H
#define DUET_BFF_TRANSPORT_PER_ITEM_H

#include "bff/transport.h"

/* A transport over `inner`, which belongs to it from now on, also when it fails: NULL without
 * memory. A call with several ids becomes as many calls with one, in parallel, whose answers are
 * one part again, in the order of the ids; every other call is passed on. */
struct transport *transport_per_item_new(struct transport *inner);

#endif
