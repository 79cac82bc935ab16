/* Reads without product ids: the home page's stored document, pages of a category, lowest prices.
 */
#include "common/store/mongo/mongo_store.h"

#include <string.h>

static const char bad_document[] = "a document does not have the schema's fields; mend: seed again";

/* Finds the one document whose _id is `id` and decodes it into table->size bytes of the job's
 * arena. NULL with *status and error: NOT_FOUND when there is none. */
static void *find_one(struct mongo_store *store, struct read_job *job, const char *collection,
		      const char *id, const struct mongo_table *table, enum store_status *status)
{
	struct mongo_found found;
	const uint8_t *bytes;
	uint32_t len;
	void *out = NULL;
	store->base.queries++;
	*status = mongo_find_text(&store->link, collection, id, &found, job->error);
	if (*status != STORE_OK)
		return NULL;
	bool kept = mongo_found_keep(&found, job->arena);
	if (kept && !mongo_found_next(&found, &bytes, &len)) {
		*status = STORE_NOT_FOUND;
	} else {
		store->base.rows++;
		out = kept ? arena_zalloc(job->arena, table->size) : NULL;
		if (!out || !mongo_decode(table, bytes, len, out)) {
			mongo_job_end(job, STORE_BAD_DATA, bad_document);
			*status = STORE_BAD_DATA;
			out = NULL;
		}
	}
	mongo_found_free(&found);
	return out;
}

/* The one document of a collection that every seeded database has. */
static void *read_only_document(struct mongo_store *store, struct read_job *job,
				const char *collection, const char *id,
				const struct mongo_table *table)
{
	enum store_status status;
	job->out = find_one(store, job, collection, id, table, &status);
	if (status == STORE_NOT_FOUND)
		mongo_job_end(job, STORE_BAD_DATA,
			      "the stored document is missing; mend: seed again");
	else
		mongo_job_end(job, status, NULL);
	return job->out;
}

void mongo_read_site(struct mongo_store *store, struct read_job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		read_only_document(store, jobs[i], "site", "home", &mongo_site_split_table);
}

void mongo_read_lowest(struct mongo_store *store, struct read_job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		read_only_document(store, jobs[i], "lowest", "lowest", &mongo_lowest_table);
}

void mongo_read_home(struct mongo_store *store, struct read_job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct page_home *page = read_only_document(store, jobs[i], "site", "home",
							    &mongo_site_document_table);
		for (uint32_t f = 0; page && f < page->featured_count; f++)
			mongo_card_set_id(&page->featured[f]);
	}
}

/* A page of a category: the category, and the rows of its range. */
struct range {
	struct mongo_category *category;
	uint32_t page_count;
	struct mongo_found found; /* kept in the job's arena */
};

/* Finds both; false when the job has ended. The caller frees range->found otherwise. */
static bool find_range(struct mongo_store *store, struct read_job *job, const char *collection,
		       struct range *range)
{
	enum store_status status;
	const struct read_args *args = &job->args;
	range->category =
		find_one(store, job, "categories", args->category, &mongo_category_table, &status);
	if (!range->category) {
		mongo_job_end(job, status, NULL);
		return false;
	}
	uint32_t products = range->category->category.product_count;
	range->page_count = (products + MODEL_PAGE_SIZE - 1) / MODEL_PAGE_SIZE;
	if (args->page < 1 || args->page > range->page_count) {
		mongo_job_end(job, STORE_NOT_FOUND, NULL);
		return false;
	}
	uint32_t first =
		mongo_card_key(range->category->number, (args->page - 1) * MODEL_PAGE_SIZE);
	store->base.queries++;
	status = mongo_find_range(&store->link, collection, first, first + MODEL_PAGE_SIZE,
				  &range->found, job->error);
	if (status != STORE_OK) {
		mongo_job_end(job, status, NULL);
		return false;
	}
	if (mongo_found_keep(&range->found, job->arena))
		return true;
	mongo_found_free(&range->found);
	mongo_job_end(job, STORE_UNAVAILABLE, "no memory for a page");
	return false;
}

/* Decodes the next row; false at the end or, with *bad set, for a foreign document. */
static bool next_row(struct range *range, const struct mongo_table *table, void *row, bool *bad)
{
	const uint8_t *bytes;
	uint32_t len;
	if (!mongo_found_next(&range->found, &bytes, &len))
		return false;
	*bad = !mongo_decode(table, bytes, len, row);
	return !*bad;
}

static void end_range(struct mongo_store *store, struct read_job *job, struct range *range,
		      uint32_t rows, bool bad)
{
	store->base.rows += rows;
	mongo_found_free(&range->found);
	if (bad || rows == 0)
		mongo_job_end(job, STORE_BAD_DATA, bad_document);
	else
		mongo_job_end(job, STORE_OK, NULL);
}

static void read_listing(struct mongo_store *store, struct read_job *job)
{
	struct range range;
	struct mongo_listing row;
	bool bad = false;
	if (!find_range(store, job, "listing", &range))
		return;
	struct part_catalog_page *part = arena_zalloc(job->arena, sizeof(*part));
	job->out = part;
	if (part) {
		part->category = range.category->category;
		part->page = job->args.page;
		part->page_count = range.page_count;
		while (part->count < MODEL_PAGE_SIZE &&
		       next_row(&range, &mongo_listing_table, &row, &bad))
			part->items[part->count++] = row.brief;
	}
	end_range(store, job, &range, part ? part->count : 0, bad);
}

void mongo_read_listing(struct mongo_store *store, struct read_job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		read_listing(store, jobs[i]);
}

static void read_cards(struct mongo_store *store, struct read_job *job)
{
	struct range range;
	struct mongo_card row;
	bool bad = false;
	if (!find_range(store, job, "cards", &range))
		return;
	struct page_plp *page = arena_zalloc(job->arena, sizeof(*page));
	job->out = page;
	if (page) {
		page->category = range.category->category;
		page->page = job->args.page;
		page->page_count = range.page_count;
		while (page->count < MODEL_PAGE_SIZE &&
		       next_row(&range, &mongo_card_table, &row, &bad)) {
			mongo_card_set_id(&row.card);
			page->cards[page->count++] = row.card;
		}
	}
	end_range(store, job, &range, page ? page->count : 0, bad);
}

void mongo_read_cards(struct mongo_store *store, struct read_job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		read_cards(store, jobs[i]);
}
