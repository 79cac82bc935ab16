/* Every allocation of the request path fails once: failure is reported, nothing crashes or leaks.
 * The sanitizers bring their own malloc, so that there the counting one stands aside.
 */
#include "common/base/json_reader.h"
#include "common/contract/page_json.h"
#include "common/contract/part_binary.h"
#include "common/contract/part_json.h"
#include "tests/unit/contract/part_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INTERPOSED 0
#else
#define INTERPOSED 1
#endif

static long allocations_left = -1; /* negative: never fail */
static long live;                  /* blocks not freed since the count began */
static int failed;

#if INTERPOSED
void *__libc_malloc(size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *at);

static int allocation_fails(void)
{
	if (allocations_left < 0)
		return 0;
	failed |= allocations_left == 0;
	return allocations_left == 0 || (allocations_left--, 0);
}

void *malloc(size_t size)
{
	void *at = allocation_fails() ? NULL : __libc_malloc(size);
	live += at != NULL;
	return at;
}

void *realloc(void *old, size_t size)
{
	void *at = allocation_fails() ? NULL : __libc_realloc(old, size);
	live += at && !old;
	return at;
}

void free(void *at)
{
	live -= at != NULL;
	__libc_free(at);
}
#endif

enum { MOST_ALLOCATIONS = 1000 };

static void skip_unless_counting(void)
{
	if (!INTERPOSED)
		skip();
}

/* Runs `work` with the first, second, ... allocation failing, until all of them succeed. */
static void fail_each(bool (*work)(void *arg), void *arg)
{
	for (long n = 0; n < MOST_ALLOCATIONS; n++) {
		long before = live;
		failed = 0;
		allocations_left = n;
		bool good = work(arg);
		allocations_left = -1;
		assert_int_equal(live, before);
		assert_int_equal(good, !failed);
		if (!failed) {
			assert_true(n > 0);
			return;
		}
	}
	fail_msg("never succeeded");
}

static bool grow_strbuf(void *arg)
{
	(void)arg;
	struct strbuf buf;
	strbuf_init(&buf, 1 << 20);
	for (int i = 0; i < 20000; i++)
		strbuf_add_text(&buf, "text ");
	bool good = strbuf_ok(&buf);
	strbuf_free(&buf);
	return good;
}

static bool grow_arena(void *arg)
{
	(void)arg;
	struct arena *arena = arena_new(64);
	bool good = arena != NULL;
	for (int i = 0; arena && i < 100; i++)
		good = arena_zalloc(arena, 1000) && arena_copy(arena, "text", 4) && good;
	arena_free(arena);
	return good;
}

static bool parse_text(void *arg)
{
	const struct strbuf *text = arg;
	char error[96] = "";
	struct arena *arena = arena_new(64);
	if (!arena)
		return false;
	bool good = json_parse((struct slice){text->data, text->len}, arena, error) != NULL;
	bool said = good || strstr(error, "out of memory");
	arena_free(arena);
	return good || !said;
}

static int sample_kind;

static bool read_sample(void *arg)
{
	const struct strbuf *text = arg;
	char error[PART_JSON_ERROR_MAX] = "";
	static union {
		struct part_catalog_home home;
		struct part_catalog_page page;
		struct part_reviews reviews;
		struct part_prices prices;
	} part;
	struct arena *arena = arena_new(16);
	if (!arena)
		return false;
	bool good = part_json_read((enum read_kind)sample_kind,
				   (struct slice){text->data, text->len}, arena, &part, error);
	bool said = good || error[0];
	arena_free(arena);
	return good || !said;
}

static bool write_sample(void *arg)
{
	(void)arg;
	struct strbuf out;
	strbuf_init(&out, PART_JSON_MAX);
	part_json_write(&out, (enum read_kind)sample_kind, part_samples[sample_kind]);
	bool good = strbuf_ok(&out);
	strbuf_free(&out);
	return good;
}

static bool write_binary(void *arg)
{
	(void)arg;
	struct strbuf out;
	strbuf_init(&out, PART_BINARY_MAX);
	part_binary_write(&out, (enum read_kind)sample_kind, part_samples[sample_kind]);
	bool good = strbuf_ok(&out);
	strbuf_free(&out);
	return good;
}

static bool write_page(void *arg)
{
	struct strbuf out;
	strbuf_init(&out, PAGE_JSON_MAX);
	page_json_write(&out, READ_PAGE_PLP, arg);
	bool good = strbuf_ok(&out);
	strbuf_free(&out);
	return good;
}

static void strbuf_survives(void **state)
{
	(void)state;
	skip_unless_counting();
	fail_each(grow_strbuf, NULL);
}

static void arena_survives(void **state)
{
	(void)state;
	skip_unless_counting();
	fail_each(grow_arena, NULL);
}

static void json_reader_survives(void **state)
{
	(void)state;
	skip_unless_counting();
	struct strbuf text;
	strbuf_init(&text, 1 << 20);
	strbuf_add_text(&text, "[0");
	for (int i = 0; i < 3000; i++)
		strbuf_add_text(&text, ",1");
	strbuf_add_text(&text, "]");
	fail_each(parse_text, &text);
	strbuf_free(&text);
}

static void part_json_survives(void **state)
{
	(void)state;
	skip_unless_counting();
	for (sample_kind = 0; sample_kind < READ_PART_KINDS; sample_kind++) {
		struct strbuf text;
		strbuf_init(&text, PART_JSON_MAX);
		part_json_write(&text, (enum read_kind)sample_kind, part_samples[sample_kind]);
		fail_each(read_sample, &text);
		fail_each(write_sample, NULL);
		fail_each(write_binary, NULL);
		strbuf_free(&text);
	}
}

static void page_json_survives(void **state)
{
	(void)state;
	skip_unless_counting();
	static struct page_plp page = {.count = MODEL_PAGE_SIZE};
	fail_each(write_page, &page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strbuf_survives),      cmocka_unit_test(arena_survives),
		cmocka_unit_test(json_reader_survives), cmocka_unit_test(part_json_survives),
		cmocka_unit_test(page_json_survives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
