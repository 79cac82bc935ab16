/* timer_heap: the VUs that wait for a due time, soonest first. A 4-ary heap of plain numbers.
 *
 * Invariant: every VU is in it at most once; so it never holds more than the capacity it was made
 * for, and nothing is allocated while a run lasts. Not thread-safe: one a worker.
 */
#ifndef DUET_LOADGEN_TIMER_HEAP_H
#define DUET_LOADGEN_TIMER_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
	int64_t due; /* ns, CLOCK_MONOTONIC */
	uint32_t vu; /* index within the worker */
};

struct timer_heap {
	struct timer *at; /* owned */
	uint32_t count, capacity;
};

/* False without memory. */
bool timer_heap_init(struct timer_heap *heap, uint32_t capacity);
void timer_heap_free(struct timer_heap *heap);

/* Adds a timer; there must be room. Equal due times come out in any order. */
void timer_heap_push(struct timer_heap *heap, struct timer timer);

/* The soonest due time, or INT64_MAX when empty. */
int64_t timer_heap_next(const struct timer_heap *heap);

/* Takes the soonest timer; the heap must not be empty. */
struct timer timer_heap_pop(struct timer_heap *heap);

#endif
