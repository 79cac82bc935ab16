/* arena: a chain of blocks, the newest first; a request that fits the first block costs one malloc.
 */
#include "common/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_ALIGN = 16, ARENA_FIRST = 4096, ARENA_LARGEST_STEP = 65536 };

struct block {
	struct block *older;
	size_t size; /* usable bytes */
	size_t used;
	alignas(ARENA_ALIGN) unsigned char bytes[];
};

struct arena {
	struct block *newest;
	size_t total;
	alignas(ARENA_ALIGN) struct block first;
};

_Static_assert(sizeof(struct block) % ARENA_ALIGN == 0, "block bytes are aligned");
_Static_assert(sizeof(struct arena) % ARENA_ALIGN == 0, "the first block's bytes are aligned");

struct arena *arena_new(size_t first_block)
{
	size_t size = first_block ? first_block : ARENA_FIRST;
	struct arena *arena = malloc(sizeof(*arena) + size);
	if (!arena)
		return NULL;
	arena->newest = &arena->first;
	arena->total = 0;
	arena->first.older = NULL;
	arena->first.size = size;
	arena->first.used = 0;
	return arena;
}

static struct block *arena_grow(struct arena *arena, size_t need)
{
	size_t size = arena->newest->size * 2;
	if (size > ARENA_LARGEST_STEP)
		size = ARENA_LARGEST_STEP;
	if (size < need)
		size = need;
	struct block *block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	block->older = arena->newest;
	block->size = size;
	block->used = 0;
	arena->newest = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 4)
		return NULL;
	size_t need = (size + (ARENA_ALIGN - 1)) & ~(size_t)(ARENA_ALIGN - 1);
	struct block *block = arena->newest;
	if (block->size - block->used < need) {
		block = arena_grow(arena, need);
		if (!block)
			return NULL;
	}
	void *at = block->bytes + block->used;
	block->used += need;
	arena->total += need;
	return at;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	void *at = arena_alloc(arena, size);
	if (at)
		memset(at, 0, size);
	return at;
}

char *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
	char *at = arena_alloc(arena, len + 1);
	if (!at)
		return NULL;
	if (len)
		memcpy(at, bytes, len);
	at[len] = '\0';
	return at;
}

size_t arena_used(const struct arena *arena)
{
	return arena->total;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	struct block *block = arena->newest;
	while (block != &arena->first) {
		struct block *older = block->older;
		free(block);
		block = older;
	}
	free(arena);
}
