#include "common/seed/manifest.h"
#include "common/base/file_write.h"
#include "common/base/strbuf.h"
#include "common/contract/page_json.h"
#include "common/contract/routes.h"
#include "common/seed/seed.h"
#include "common/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line is under 128 bytes, and 120,000 products make under 130,000 of them. */
enum { MANIFEST_MAX = 32 * 1024 * 1024 };

struct writer {
	struct store *store;
	struct strbuf file, body, target;
	char *error;
};

/* Appends the line of one page; false with the writer's error when the page cannot be made. */
static bool write_page(struct writer *w, enum read_kind kind, const struct read_args *args)
{
	struct read_job job = {.kind = kind, .args = *args, .arena = arena_new(0)};
	struct read_job *jobs[] = {&job};
	char hash[65];
	bool ok = false;
	strbuf_clear(&w->body);
	strbuf_clear(&w->target);
	route_write_public(&w->target, kind, args);
	if (!job.arena || !strbuf_ok(&w->target))
		goto out;
	store_read(w->store, jobs, 1);
	if (job.status != STORE_OK)
		goto out;
	page_json_write(&w->body, kind, job.out);
	if (!strbuf_ok(&w->body))
		goto out;
	sha256_hex(w->body.data, w->body.len, hash);
	strbuf_printf(&w->file, "%s %zu %s\n", w->target.data, w->body.len, hash);
	ok = hash[0] != '\0' && strbuf_ok(&w->file);
out:
	if (!ok)
		snprintf(w->error, 256, "manifest: page %s could not be made (%s): out of memory?",
			 w->target.data ? w->target.data : "", store_status_name(job.status));
	arena_free(job.arena);
	return ok;
}

static bool write_lists(struct writer *w, uint32_t per_category)
{
	struct read_job home = {.kind = READ_CATALOG_HOME, .arena = arena_new(0)};
	struct read_job *jobs[] = {&home};
	if (!home.arena)
		return false;
	store_read(w->store, jobs, 1);
	const struct part_catalog_home *part = home.out;
	bool ok = home.status == STORE_OK;
	for (uint32_t c = 0; ok && c < part->category_count; c++) {
		struct read_args args = {.page = 1};
		snprintf(args.category, sizeof(args.category), "%.*s",
			 (int)part->categories[c].id.len, part->categories[c].id.at);
		for (; ok && (args.page - 1) * MODEL_PAGE_SIZE < per_category; args.page++)
			ok = write_page(w, READ_PAGE_PLP, &args);
	}
	arena_free(home.arena);
	return ok;
}

static bool write_pages(struct writer *w, uint32_t products)
{
	const struct store_marker *marker = store_get_marker(w->store);
	strbuf_printf(&w->file, "# duet-manifest 1\n# seed %llu\n# products %u\n# data %s\n",
		      (unsigned long long)marker->seed, marker->products, marker->sha256);
	if (!write_page(w, READ_PAGE_HOME, &(struct read_args){.page = 0}) ||
	    !write_lists(w, products / MODEL_CATEGORIES))
		return false;
	for (uint32_t id = 1; id <= products; id++)
		if (!write_page(w, READ_PAGE_PDP, &(struct read_args){.id_count = 1, .ids = {id}}))
			return false;
	return true;
}

bool manifest_write(const char *path, uint64_t seed, uint32_t products, char error[256])
{
	char uri[96];
	enum store_status status;
	snprintf(uri, sizeof(uri), "memory:?seed=%llu&products=%u", (unsigned long long)seed,
		 products);
	error[0] = '\0';
	struct writer w = {.store = store_open(uri, &status, error), .error = error};
	if (!w.store)
		return false;
	strbuf_init(&w.file, MANIFEST_MAX);
	strbuf_init(&w.body, PAGE_JSON_MAX);
	strbuf_init(&w.target, 256);
	bool ok = write_pages(&w, products);
	if (ok)
		ok = file_write(path, w.file.data, w.file.len, error);
	else if (!error[0])
		snprintf(error, 256, "manifest: out of memory");
	strbuf_free(&w.file);
	strbuf_free(&w.body);
	strbuf_free(&w.target);
	store_close(w.store);
	return ok;
}
