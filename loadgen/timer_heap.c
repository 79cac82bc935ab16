#include "loadgen/timer_heap.h"

#include <assert.h>
#include <stdlib.h>

enum { ARITY = 4 };

bool timer_heap_init(struct timer_heap *heap, uint32_t capacity)
{
	*heap = (struct timer_heap){calloc(capacity ? capacity : 1, sizeof(*heap->at)), 0,
				    capacity};
	return heap->at != NULL;
}

void timer_heap_free(struct timer_heap *heap)
{
	free(heap->at);
	*heap = (struct timer_heap){0};
}

void timer_heap_push(struct timer_heap *heap, struct timer timer)
{
	assert(heap->count < heap->capacity);
	uint32_t hole = heap->count++;
	while (hole > 0) {
		const uint32_t parent = (hole - 1) / ARITY;
		if (heap->at[parent].due <= timer.due)
			break;
		heap->at[hole] = heap->at[parent];
		hole = parent;
	}
	heap->at[hole] = timer;
}

int64_t timer_heap_next(const struct timer_heap *heap)
{
	return heap->count ? heap->at[0].due : INT64_MAX;
}

/* The child of `parent` with the soonest due time, or `count` when it has none. */
static uint32_t soonest_child(const struct timer_heap *heap, uint32_t parent)
{
	const uint32_t first = parent * ARITY + 1;
	if (first >= heap->count)
		return heap->count;
	uint32_t best = first;
	for (uint32_t child = first + 1; child < first + ARITY && child < heap->count; child++)
		if (heap->at[child].due < heap->at[best].due)
			best = child;
	return best;
}

struct timer timer_heap_pop(struct timer_heap *heap)
{
	assert(heap->count > 0);
	const struct timer top = heap->at[0];
	const struct timer last = heap->at[--heap->count];
	uint32_t hole = 0;
	for (;;) {
		const uint32_t child = soonest_child(heap, hole);
		if (child == heap->count || heap->at[child].due >= last.due)
			break;
		heap->at[hole] = heap->at[child];
		hole = child;
	}
	heap->at[hole] = last;
	return top;
}
