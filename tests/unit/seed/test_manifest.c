#include "common/base/arena.h"
#include "common/contract/page_json.h"
#include "common/seed/manifest.h"
#include "common/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/duet-manifest-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/manifest", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void test_round_trip(void **state)
{
	(void)state;
	char error[256];
	assert_true(manifest_write(path, 42, 1200, error));
	struct manifest *m = manifest_read(path, error);
	assert_non_null(m);
	assert_int_equal(m->seed, 42);
	assert_int_equal(m->products, 1200);
	assert_string_equal(m->data_sha256,
			    "2cde0fba0fcf19298381309e7af429d25abdd4b910ab6ef0024b0da51febcd4a");
	assert_int_equal(m->count, 1 + 8 * 4 + 1200);
	const size_t counts[] = {1, 32, 1200}, firsts[] = {0, 1, 33};
	for (int range = 0; range < 3; range++) {
		assert_int_equal(m->counts[range], counts[range]);
		assert_int_equal(m->first[range], firsts[range]);
		for (size_t i = 0; i < counts[range]; i++)
			assert_int_equal(m->pages[firsts[range] + i].kind, READ_PAGE_HOME + range);
	}
	assert_string_equal(m->pages[0].target, "/api/home");
	assert_string_equal(m->pages[4].target, "/api/categories/tea?page=4");
	assert_string_equal(m->pages[1232].target, "/api/products/p001200");
	assert_int_equal(strlen(m->sha256), 64);
	manifest_free(m);
}

static void test_a_page_is_its_body(void **state)
{
	(void)state;
	char error[256], store_text[STORE_ERROR_MAX], hash[65];
	enum store_status status;
	struct store *store = store_open("memory:?seed=7&products=8", &status, store_text);
	struct read_job job = {
		.kind = READ_PAGE_PDP, .args = {.id_count = 1, .ids = {3}}, .arena = arena_new(0)};
	struct read_job *jobs[] = {&job};
	struct strbuf body;
	assert_non_null(store);
	store_read(store, jobs, 1);
	assert_int_equal(job.status, STORE_OK);
	strbuf_init(&body, PAGE_JSON_MAX);
	page_json_write(&body, READ_PAGE_PDP, job.out);
	sha256_hex(body.data, body.len, hash);
	assert_true(manifest_write(path, 7, 8, error));
	struct manifest *m = manifest_read(path, error);
	assert_non_null(m);
	const struct manifest_page *page = &m->pages[m->first[2] + 2];
	assert_string_equal(page->target, "/api/products/p000003");
	assert_int_equal(page->length, body.len);
	assert_string_equal(page->sha256, hash);
	manifest_free(m);
	strbuf_free(&body);
	arena_free(job.arena);
	store_close(store);
}

static void test_a_missing_file_names_the_mend(void **state)
{
	(void)state;
	char error[256];
	assert_null(manifest_read("/nowhere/manifest", error));
	assert_non_null(strstr(error, "/nowhere/manifest"));
	assert_non_null(strstr(error, "make data"));
	assert_false(manifest_write("/nowhere/manifest", 42, 8, error));
	assert_non_null(strstr(error, "/nowhere/manifest"));
	assert_false(manifest_write(path, 42, 9, error));
	assert_non_null(strstr(error, "multiple"));
}

#define H1 "# duet-manifest 1\n"
#define H2 "# seed 42\n"
#define H3 "# products 8\n"
#define SHA "2cde0fba0fcf19298381309e7af429d25abdd4b910ab6ef0024b0da51febcd4a"
#define H4 "# data " SHA "\n"
#define HOME "/api/home 10 " SHA "\n"
#define LIST "/api/categories/tea?page=1 10 " SHA "\n"
#define PRODUCT "/api/products/p000001 10 " SHA "\n"

/* Each is one step away from the good file; `line` is the one that the error must name. */
static const struct {
	const char *text;
	unsigned line;
} malformed[] = {
	{"", 1},
	{H1 H2 H3 H4 HOME LIST "/api/products/p000001 10", 1},
	{"# duet-manifest 2\n" H2 H3 H4 HOME LIST PRODUCT, 1},
	{H2 H1 H3 H4 HOME LIST PRODUCT, 1},
	{H1 "# seed -1\n" H3 H4 HOME LIST PRODUCT, 2},
	{H1 H2 "# products many\n" H4 HOME LIST PRODUCT, 3},
	{H1 H2 "# products 99999999999999999999\n" H4 HOME LIST PRODUCT, 3},
	{H1 H2 H3 "# data abc\n" HOME LIST PRODUCT, 4},
	{H1 H2 H3 H4 "/api/home 10\n" LIST PRODUCT, 5},
	{H1 H2 H3 H4 "/api/home ten " SHA "\n" LIST PRODUCT, 5},
	{H1 H2 H3 H4 "/api/home 10 " SHA " x\n" LIST PRODUCT, 5},
	{H1 H2 H3 H4 "/api/nothing 10 " SHA "\n" LIST PRODUCT, 5},
	{H1 H2 H3 H4 "/api/home 4294967296 " SHA "\n" LIST PRODUCT, 5},
	{H1 H2 H3 H4 HOME PRODUCT LIST, 7},
	{H1 H2 H3 H4 HOME "\n" LIST PRODUCT, 6},
	{H1 H2 H3 H4 HOME LIST, 6},
	{H1 H2 H3, 3},
};

static void write_text(const char *text)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_malformed_lines_are_named(void **state)
{
	(void)state;
	char error[256], line[32];
	write_text(H1 H2 H3 H4 HOME LIST PRODUCT);
	struct manifest *good = manifest_read(path, error);
	assert_non_null(good);
	assert_int_equal(good->count, 3);
	manifest_free(good);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		write_text(malformed[i].text);
		assert_null(manifest_read(path, error));
		snprintf(line, sizeof(line), "line %u:", malformed[i].line);
		if (!strstr(error, line))
			fail_msg("case %zu: no '%s' in: %s", i, line, error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_a_page_is_its_body),
		cmocka_unit_test(test_a_missing_file_names_the_mend),
		cmocka_unit_test(test_malformed_lines_are_named),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
