#include "common/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void allocations_are_aligned_and_apart(void **state)
{
	(void)state;
	struct arena *arena = arena_new(64);
	assert_non_null(arena);
	unsigned char *at[200];
	for (size_t i = 0; i < 200; i++) {
		at[i] = arena_alloc(arena, i);
		assert_non_null(at[i]);
		assert_int_equal((uintptr_t)at[i] % 16, 0);
		if (i)
			memset(at[i], (int)i, i);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_equal(at[i][j], i);
	arena_free(arena);
}

static void zalloc_is_zero_even_where_memory_was_used(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		struct arena *arena = arena_new(4096);
		unsigned char *at = arena_zalloc(arena, 2000);
		for (size_t i = 0; i < 2000; i++)
			assert_int_equal(at[i], 0);
		memset(at, 0xff, 2000);
		arena_free(arena);
	}
}

static void copies_end_in_nul(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	char *copy = arena_copy(arena, "tea\0pot", 7);
	assert_memory_equal(copy, "tea\0pot", 8);
	assert_string_equal(arena_copy(arena, NULL, 0), "");
	arena_free(arena);
}

static void counts_what_it_hands_out(void **state)
{
	(void)state;
	struct arena *arena = arena_new(32);
	assert_int_equal(arena_used(arena), 0);
	arena_alloc(arena, 1);
	assert_int_equal(arena_used(arena), 16);
	arena_alloc(arena, 1000000);
	assert_int_equal(arena_used(arena), 1000016);
	arena_free(arena);
}

static void absurd_sizes_and_null_are_harmless(void **state)
{
	(void)state;
	struct arena *arena = arena_new(16);
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_alloc(arena, SIZE_MAX - 8));
	assert_null(arena_zalloc(arena, SIZE_MAX / 2));
	assert_non_null(arena_alloc(arena, 8));
	arena_free(arena);
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_are_aligned_and_apart),
		cmocka_unit_test(zalloc_is_zero_even_where_memory_was_used),
		cmocka_unit_test(copies_end_in_nul),
		cmocka_unit_test(counts_what_it_hands_out),
		cmocka_unit_test(absurd_sizes_and_null_are_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
