/* Answers that are kept, by a clock that the test sets. */
#include "common/page/page_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NS(seconds) ((int64_t)(seconds)*1000000000)

enum { TTL = 1000, PLENTY = 1 << 20 };

static struct read_args product(uint32_t id)
{
	return (struct read_args){.id_count = 1, .ids = {id}};
}

static struct read_args list(const char *category, uint32_t page)
{
	struct read_args args = {.page = page};
	snprintf(args.category, sizeof(args.category), "%s", category);
	return args;
}

static void keep(struct page_cache *cache, uint32_t id, int64_t now, const char *text)
{
	const struct read_args args = product(id);
	page_cache_keep(cache, READ_PAGE_PDP, &args, now, slice_of(text));
}

/* The body of a product's page, to be freed; NULL: a miss. */
static char *find(struct page_cache *cache, uint32_t id, int64_t now)
{
	const struct read_args args = product(id);
	struct slice body;
	if (!page_cache_find(cache, READ_PAGE_PDP, &args, now, &body))
		return NULL;
	return strndup(body.at, body.len);
}

static void is_kept(struct page_cache *cache, uint32_t id, int64_t now, const char *wanted)
{
	char *found = find(cache, id, now);
	if (!wanted)
		assert_null(found);
	else
		assert_string_equal(found ? found : "a miss", wanted);
	free(found);
}

/* The value of a line of the metrics. */
static double metric(const struct page_cache *cache, const char *name)
{
	struct strbuf text;
	strbuf_init(&text, 65536);
	page_cache_metrics(cache, 3, &text);
	assert_true(strbuf_ok(&text));
	const char *line = text.data;
	while (line && (strncmp(line, name, strlen(name)) != 0 || line[strlen(name)] != ' ')) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line) {
		fail_msg("no %s in %s", name, text.data);
		abort(); /* for the linter: it has failed */
	}
	double value = strtod(line + strlen(name), NULL);
	strbuf_free(&text);
	return value;
}

static void an_answer_lives_its_time(void **state)
{
	(void)state;
	struct page_cache *cache = page_cache_new(TTL, PLENTY);
	is_kept(cache, 7, 0, NULL);
	keep(cache, 7, 100, "seven");
	is_kept(cache, 7, 100, "seven");
	is_kept(cache, 7, 1099, "seven");
	is_kept(cache, 7, 1100, NULL);
	is_kept(cache, 8, 100, NULL);
	/* made anew, it lives its time from then on */
	keep(cache, 7, 1100, "again");
	is_kept(cache, 7, 2099, "again");
	keep(cache, 7, 2050, "younger");
	is_kept(cache, 7, 3000, "younger");
	is_kept(cache, 7, 3050, NULL);
	page_cache_free(cache);
	page_cache_free(NULL);
}

static void pages_have_their_own_names(void **state)
{
	(void)state;
	static const char longest[] = "abcdefghijklmnopqrstuvwxyz012345";
	struct page_cache *cache = page_cache_new(TTL, PLENTY);
	struct slice body;
	const struct read_args home = {.page = 9, .id_count = 1, .ids = {9}}, nothing = {.page = 0};
	const struct read_args tea1 = list("tea", 1), tea2 = list("tea", 2), te1 = list("te", 1);
	const struct read_args far = list(longest, 1);
	page_cache_keep(cache, READ_PAGE_PLP, &tea1, 0, SLICE("tea 1"));
	page_cache_keep(cache, READ_PAGE_HOME, &home, 0, SLICE("home"));
	page_cache_keep(cache, READ_PAGE_PLP, &far, 0, SLICE("far"));
	assert_true(page_cache_find(cache, READ_PAGE_PLP, &tea1, 0, &body));
	assert_true(slice_equal(body, SLICE("tea 1")));
	assert_true(page_cache_find(cache, READ_PAGE_PLP, &far, 0, &body));
	assert_true(slice_equal(body, SLICE("far")));
	assert_false(page_cache_find(cache, READ_PAGE_PLP, &tea2, 0, &body));
	assert_false(page_cache_find(cache, READ_PAGE_PLP, &te1, 0, &body));
	assert_false(page_cache_find(cache, READ_PAGE_PDP, &nothing, 0, &body));
	/* home has no arguments, whatever stands where they would */
	assert_true(page_cache_find(cache, READ_PAGE_HOME, &nothing, 0, &body));
	assert_true(slice_equal(body, SLICE("home")));
	page_cache_free(cache);
}

static void a_full_cache_drops_the_oldest(void **state)
{
	(void)state;
	enum { COUNT = 200 };
	char text[1001];
	memset(text, 'x', 1000);
	text[1000] = '\0';
	struct page_cache *cache = page_cache_new(TTL, 50000);
	for (uint32_t id = 1; id <= COUNT; id++) {
		keep(cache, id, id, text);
		assert_true(metric(cache, "page_cache_bytes") <= 50000);
	}
	double entries = metric(cache, "page_cache_entries");
	assert_true(entries >= 30 && entries < 50); /* what keeps them together counts, too */
	assert_true(metric(cache, "page_cache_evicted_total") + entries >= COUNT);
	assert_true(metric(cache, "page_cache_evicted_total") + entries <= COUNT);
	uint32_t oldest = COUNT - (uint32_t)entries + 1;
	is_kept(cache, oldest, COUNT, text);
	is_kept(cache, oldest - 1, COUNT, NULL);
	is_kept(cache, COUNT, COUNT, text);
	/* one that was kept anew is no longer the oldest */
	keep(cache, oldest, COUNT, text);
	keep(cache, 999, COUNT, text);
	is_kept(cache, oldest, COUNT, text);
	is_kept(cache, oldest + 1, COUNT, NULL);
	page_cache_free(cache);
}

/* What is too old makes room first, and is no eviction. */
static void what_expired_takes_no_room(void **state)
{
	(void)state;
	struct page_cache *cache = page_cache_new(TTL, PLENTY);
	for (uint32_t id = 1; id <= 100; id++)
		keep(cache, id, 0, "old");
	keep(cache, 101, TTL - 1, "young");
	assert_float_equal(metric(cache, "page_cache_entries"), 101, 1e-9);
	keep(cache, 102, TTL, "new");
	assert_float_equal(metric(cache, "page_cache_entries"), 2, 1e-9);
	assert_float_equal(metric(cache, "page_cache_evicted_total"), 0, 1e-9);
	page_cache_free(cache);
}

static void what_never_fits_is_not_kept(void **state)
{
	(void)state;
	struct page_cache *cache = page_cache_new(TTL, 1000);
	char text[2001];
	memset(text, 'x', 2000);
	text[2000] = '\0';
	keep(cache, 1, 0, "small");
	keep(cache, 2, 0, text);
	is_kept(cache, 2, 0, NULL);
	is_kept(cache, 1, 0, "small"); /* and takes nobody's place */
	keep(cache, 1, 0, text);       /* nor does an older one stay for it */
	is_kept(cache, 1, 0, NULL);
	assert_float_equal(metric(cache, "page_cache_bytes"), 0, 1e-9);
	page_cache_free(cache);
}

static void hits_and_their_age_are_counted(void **state)
{
	(void)state;
	struct page_cache *cache = page_cache_new(NS(4), PLENTY);
	is_kept(cache, 1, 0, NULL);
	keep(cache, 1, 0, "one");
	is_kept(cache, 1, NS(1), "one");
	is_kept(cache, 1, NS(3), "one");
	is_kept(cache, 1, NS(2), "one");
	is_kept(cache, 1, NS(5), NULL);
	assert_float_equal(metric(cache, "page_cache_hits_total"), 3, 1e-9);
	assert_float_equal(metric(cache, "page_cache_misses_total"), 2, 1e-9);
	assert_float_equal(metric(cache, "page_cache_hit_age_seconds_count"), 3, 1e-9);
	assert_float_equal(metric(cache, "page_cache_hit_age_seconds_sum"), 6, 1e-6);
	assert_float_equal(metric(cache, "page_cache_hit_age_max_seconds{loop=\"3\"}"), 3, 1e-6);
	page_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_lives_its_time),
		cmocka_unit_test(pages_have_their_own_names),
		cmocka_unit_test(a_full_cache_drops_the_oldest),
		cmocka_unit_test(what_expired_takes_no_room),
		cmocka_unit_test(what_never_fits_is_not_kept),
		cmocka_unit_test(hits_and_their_age_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
