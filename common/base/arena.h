/* arena: memory with one lifetime, for one request, part call or store job.
 *
 * Invariants: allocations are 16-byte aligned and never move; nothing is freed alone.
 * Ownership: one owner at a time; an arena may be handed from one thread to another together with
 * the object it belongs to, and is never used by two threads at once.
 */
#ifndef DUET_BASE_ARENA_H
#define DUET_BASE_ARENA_H

#include <stddef.h>

struct arena;

/* A new arena whose first block holds `first_block` usable bytes (0: 4 KiB), or NULL without
 * memory. */
struct arena *arena_new(size_t first_block);

/* `size` bytes, uninitialised, or NULL without memory. A size of 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);

/* Like arena_alloc, set to zero. */
void *arena_zalloc(struct arena *arena, size_t size);

/* A copy of `len` bytes with a NUL behind them, or NULL without memory. */
char *arena_copy(struct arena *arena, const void *bytes, size_t len);

/* Bytes handed out since arena_new, for metrics and tests. */
size_t arena_used(const struct arena *arena);

/* Frees the arena and everything in it. NULL is allowed. */
void arena_free(struct arena *arena);

#endif
