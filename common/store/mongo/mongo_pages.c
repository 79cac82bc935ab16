/* Pages of the split schema: what the four services would answer, asked by one process of one
 * database, and joined by the same join. Product pages stay batched: four finds for all jobs.
 */
#include "common/page/join.h"
#include "common/store/mongo/mongo_store.h"

#include <string.h>

enum { PDP_PARTS = 4 };

/* A part read on behalf of a page, in the page's arena; NULL without memory. */
static struct read_job *part_new(struct read_job *page, enum read_kind kind)
{
	struct read_job *part = arena_zalloc(page->arena, sizeof(*part));
	if (!part)
		return NULL;
	part->kind = kind;
	part->args = page->args;
	part->arena = page->arena;
	return part;
}

/* Reads one part of a page with `reader`. NULL when the page has ended. */
static struct read_job *part_read(struct mongo_store *store, struct read_job *page,
				  enum read_kind kind, mongo_reader *reader, const uint32_t *ids,
				  uint32_t id_count)
{
	struct read_job *part = part_new(page, kind);
	if (!part) {
		mongo_job_end(page, STORE_UNAVAILABLE, "no memory for a page");
		return NULL;
	}
	if (id_count) {
		part->args.id_count = id_count;
		memcpy(part->args.ids, ids, id_count * sizeof(ids[0]));
	}
	reader(store, &part, 1);
	if (part->status == STORE_OK)
		return part;
	mongo_job_end(page, part->status, part->error);
	return NULL;
}

static void end_join(struct read_job *page, void *out, bool joined)
{
	page->out = out;
	if (joined)
		mongo_job_end(page, STORE_OK, NULL);
	else
		mongo_job_end(page, STORE_BAD_DATA, "the parts do not fit; mend: seed again");
}

/* What cards add to briefs. */
struct card_parts {
	struct read_job *stock, *prices, *ratings;
};

static bool read_card_parts(struct mongo_store *store, struct read_job *page,
			    const struct brief *briefs, uint32_t count, struct card_parts *parts)
{
	uint32_t ids[MODEL_PAGE_SIZE];
	for (uint32_t i = 0; i < count; i++)
		ids[i] = briefs[i].id;
	return (parts->stock = part_read(store, page, READ_STOCK, mongo_read_by_ids, ids, count)) &&
	       (parts->prices =
			part_read(store, page, READ_PRICES, mongo_read_by_ids, ids, count)) &&
	       (parts->ratings =
			part_read(store, page, READ_RATINGS, mongo_read_by_ids, ids, count));
}

static void join_one_home(struct mongo_store *store, struct read_job *job)
{
	struct card_parts cards;
	struct read_job *site = part_read(store, job, READ_CATALOG_HOME, mongo_read_site, NULL, 0);
	struct read_job *lowest =
		site ? part_read(store, job, READ_LOWEST, mongo_read_lowest, NULL, 0) : NULL;
	if (!lowest)
		return;
	const struct part_catalog_home *home = site->out;
	if (!read_card_parts(store, job, home->featured, home->featured_count, &cards))
		return;
	struct page_home *page = arena_zalloc(job->arena, sizeof(*page));
	end_join(job, page,
		 page && join_home(home, lowest->out, cards.stock->out, cards.prices->out,
				   cards.ratings->out, page));
}

void mongo_join_home(struct mongo_store *store, struct read_job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		join_one_home(store, jobs[i]);
}

static void join_one_plp(struct mongo_store *store, struct read_job *job)
{
	struct card_parts cards;
	struct read_job *listing =
		part_read(store, job, READ_CATALOG_PAGE, mongo_read_listing, NULL, 0);
	const struct part_catalog_page *list = listing ? listing->out : NULL;
	if (!list || !read_card_parts(store, job, list->items, list->count, &cards))
		return;
	struct page_plp *page = arena_zalloc(job->arena, sizeof(*page));
	end_join(job, page,
		 page && join_plp(list, cards.stock->out, cards.prices->out, cards.ratings->out,
				  page));
}

void mongo_join_plp(struct mongo_store *store, struct read_job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		join_one_plp(store, jobs[i]);
}

static void join_one_pdp(struct read_job *job, struct read_job *const *parts)
{
	for (int p = 0; p < PDP_PARTS; p++) {
		if (parts[p]->status == STORE_OK)
			continue;
		mongo_job_end(job, parts[p]->status, parts[p]->error);
		return;
	}
	struct page_pdp *page = arena_zalloc(job->arena, sizeof(*page));
	end_join(
		job, page,
		page && join_pdp(parts[0]->out, parts[1]->out, parts[2]->out, parts[3]->out, page));
}

void mongo_join_pdp(struct mongo_store *store, struct read_job *const *jobs, size_t count)
{
	static const enum read_kind kinds[PDP_PARTS] = {READ_PRODUCT, READ_STOCK, READ_PRICES,
							READ_REVIEWS};
	struct read_job *parts[PDP_PARTS][STORE_COALESCE_MAX];
	const char *failed = NULL;
	for (int p = 0; p < PDP_PARTS; p++)
		for (size_t i = 0; i < count; i++)
			if (!(parts[p][i] = part_new(jobs[i], kinds[p])))
				failed = "no memory for a page";
	for (int p = 0; !failed && p < PDP_PARTS; p++) {
		mongo_read_by_ids(store, parts[p], count);
		/* Unreachable for one part is unreachable for the rest: do not wait again. */
		if (parts[p][0]->status == STORE_UNAVAILABLE)
			failed = parts[p][0]->error;
	}
	for (size_t i = 0; i < count; i++) {
		struct read_job *mine[PDP_PARTS] = {parts[0][i], parts[1][i], parts[2][i],
						    parts[3][i]};
		if (failed)
			mongo_job_end(jobs[i], STORE_UNAVAILABLE, failed);
		else
			join_one_pdp(jobs[i], mine);
	}
}
