/* Reads by product id. All ids of all jobs, each once, go into one find; its documents are handed
 * out by id.
 *
 * Memory: slices must outlive the reply. A lone job keeps the whole batch by one copy; of a shared
 * batch each job copies the documents it needs.
 */
#include "common/store/mongo/mongo_store.h"

#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = STORE_COALESCE_MAX * MODEL_PAGE_SIZE };

/* What a kind finds where. The struct of `table` begins with the item wanted. */
static const struct id_kind {
	const char *collection;
	const struct mongo_table *table;
	size_t item_size, items; /* lists: the item's size and the array's offset */
} id_kinds[READ_KINDS] = {
	[READ_PRODUCT] = {"products", &mongo_product_table, 0, 0},
	[READ_STOCK] = {"stock", &mongo_stock_table, sizeof(struct stock),
			offsetof(struct part_stock, items)},
	[READ_PRICES] = {"prices", &mongo_price_table, sizeof(struct price),
			 offsetof(struct part_prices, items)},
	[READ_RATINGS] = {"ratings", &mongo_rating_table, sizeof(struct rating),
			  offsetof(struct part_ratings, items)},
	[READ_REVIEWS] = {"summaries", &mongo_summary_table, 0, 0},
	[READ_PAGE_PDP] = {"products", &mongo_whole_table, 0, 0},
};

/* Every list begins with its count, and no row is larger than `row` below. */
_Static_assert(offsetof(struct part_stock, count) == 0 &&
		       offsetof(struct part_prices, count) == 0 &&
		       offsetof(struct part_ratings, count) == 0,
	       "lists begin with their count");

union row {
	struct stock stock;
	struct mongo_price price;
	struct rating rating;
};

struct answers {
	uint32_t count; /* ids, sorted, each once */
	uint32_t ids[IDS_MAX];
	struct {
		const uint8_t *bytes; /* NULL: no such document */
		uint32_t len;
	} docs[IDS_MAX];
	bool kept; /* the documents live in the lone job's arena */
};

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

/* Returns how many ids were asked for more than once. */
static uint32_t collect_ids(struct answers *answers, struct read_job *const *jobs, size_t count)
{
	uint32_t total = 0, distinct = 0;
	for (size_t i = 0; i < count; i++) {
		const struct read_args *args = &jobs[i]->args;
		memcpy(answers->ids + total, args->ids, args->id_count * sizeof(args->ids[0]));
		total += args->id_count;
	}
	if (total > 1)
		qsort(answers->ids, total, sizeof(answers->ids[0]), compare_ids);
	for (uint32_t i = 0; i < total; i++)
		if (distinct == 0 || answers->ids[i] != answers->ids[distinct - 1])
			answers->ids[distinct++] = answers->ids[i];
	answers->count = distinct;
	memset(answers->docs, 0, distinct * sizeof(answers->docs[0]));
	return total - distinct;
}

/* The index of `id`, or answers->count. */
static uint32_t place_of(const struct answers *answers, uint32_t id)
{
	uint32_t low = 0, high = answers->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (answers->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < answers->count && answers->ids[low] == id ? low : answers->count;
}

/* Files the found documents under their ids. */
static uint32_t place_docs(struct answers *answers, struct mongo_found *found)
{
	const uint8_t *bytes;
	uint32_t len, rows = 0;
	while (mongo_found_next(found, &bytes, &len)) {
		bson_iter_t iter;
		rows++;
		if (!bson_iter_init_from_data(&iter, bytes, len) || !bson_iter_find(&iter, "_id"))
			continue;
		uint32_t at = place_of(answers, (uint32_t)bson_iter_as_int64(&iter));
		if (at == answers->count)
			continue;
		answers->docs[at].bytes = bytes;
		answers->docs[at].len = len;
	}
	return rows;
}

/* Decodes the document at `at` into `out`, its bytes being the job's from then on. */
static bool take_doc(const struct answers *answers, uint32_t at, struct read_job *job,
		     const struct mongo_table *table, void *out)
{
	const void *bytes = answers->docs[at].bytes;
	if (!answers->kept)
		bytes = arena_copy(job->arena, bytes, answers->docs[at].len);
	return bytes && mongo_decode(table, bytes, answers->docs[at].len, out);
}

static bool fill_single(const struct answers *answers, struct read_job *job,
			const struct id_kind *kind)
{
	uint32_t id = job->args.ids[0], at = place_of(answers, id);
	if (at == answers->count || !answers->docs[at].bytes) {
		mongo_job_end(job, STORE_NOT_FOUND, NULL);
		return true;
	}
	job->out = arena_zalloc(job->arena, kind->table->size);
	if (!job->out || !take_doc(answers, at, job, kind->table, job->out))
		return false;
	if (job->kind == READ_PAGE_PDP)
		mongo_whole_set_id(job->out, id);
	mongo_job_end(job, STORE_OK, NULL);
	return true;
}

static bool fill_list(const struct answers *answers, struct read_job *job,
		      const struct id_kind *kind)
{
	char *out = arena_alloc(job->arena, read_infos[job->kind].out_size);
	uint32_t filled = 0;
	if (!out)
		return false;
	for (uint32_t i = 0; i < job->args.id_count; i++) {
		union row row;
		uint32_t at = place_of(answers, job->args.ids[i]);
		if (at == answers->count || !answers->docs[at].bytes)
			continue;
		if (!take_doc(answers, at, job, kind->table, &row))
			return false;
		memcpy(out + kind->items + filled++ * kind->item_size, &row, kind->item_size);
	}
	memcpy(out, &filled, sizeof(filled));
	job->out = out;
	mongo_job_end(job, STORE_OK, NULL);
	return true;
}

static void fill(const struct answers *answers, struct read_job *job)
{
	const struct id_kind *kind = &id_kinds[job->kind];
	bool ok = kind->item_size ? fill_list(answers, job, kind) : fill_single(answers, job, kind);
	if (!ok)
		mongo_job_end(job, STORE_BAD_DATA,
			      "a document does not have the schema's fields; mend: seed again");
}

void mongo_read_by_ids(struct mongo_store *store, struct read_job *const *jobs, size_t count)
{
	struct answers answers;
	struct mongo_found found;
	char error[STORE_ERROR_MAX];
	store->base.shared += collect_ids(&answers, jobs, count);
	store->base.queries++;
	enum store_status status = mongo_find_ids(&store->link, id_kinds[jobs[0]->kind].collection,
						  answers.ids, answers.count, &found, error);
	if (status != STORE_OK) {
		for (size_t i = 0; i < count; i++)
			mongo_job_end(jobs[i], status, error);
		return;
	}
	answers.kept = count == 1 && mongo_found_keep(&found, jobs[0]->arena);
	store->base.rows += place_docs(&answers, &found);
	for (size_t i = 0; i < count; i++)
		fill(&answers, jobs[i]);
	mongo_found_free(&found);
}
