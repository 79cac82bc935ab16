/* Unloading, for seed's dump: every primary record back from a database of either schema. */
#include "common/store/mongo/mongo_store.h"

#include <stdlib.h>
#include <string.h>

struct unload {
	struct mongo_store *store;
	struct arena *arena;
	struct dataset *data;
	uint32_t next; /* rows taken of the collection being read */
	enum store_status status;
	char *error;
};

/* Takes a decoded row; false when it does not fit. */
typedef bool row_taker(struct unload *unload, const void *row);

/* The number of the category with that slug; MODEL_CATEGORIES when there is none. */
static uint32_t category_number(const struct unload *unload, struct slice slug)
{
	uint32_t c = 0;
	while (c < MODEL_CATEGORIES && !slice_equal(unload->data->categories[c].id, slug))
		c++;
	return c;
}

static bool take_site_document(struct unload *unload, const void *row)
{
	const struct page_home *page = row;
	unload->data->hero = page->hero;
	for (uint32_t c = 0; c < page->tile_count; c++)
		unload->data->categories[c] = page->tiles[c].category;
	return page->tile_count == MODEL_CATEGORIES;
}

static bool take_site_split(struct unload *unload, const void *row)
{
	const struct part_catalog_home *part = row;
	unload->data->hero = part->hero;
	memcpy(unload->data->categories, part->categories, sizeof(part->categories));
	return part->category_count == MODEL_CATEGORIES;
}

/* Pricing alone knows the categories' slugs, in the same order. */
static bool take_lowest(struct unload *unload, const void *row)
{
	const struct part_lowest *part = row;
	for (uint32_t c = 0; c < part->count; c++)
		unload->data->categories[c].id = part->items[c].category_id;
	return part->count == MODEL_CATEGORIES;
}

static bool put_product(struct unload *unload, const struct part_product *core, uint32_t position,
			uint32_t featured_rank)
{
	uint32_t category = category_number(unload, core->category_id);
	unload->data->products[unload->next] =
		(struct seed_product){core->id,   category,    position,    featured_rank,
				      core->name, core->emoji, core->brand, core->description};
	return category < MODEL_CATEGORIES;
}

static bool take_product(struct unload *unload, const void *row)
{
	const struct mongo_product *product = row;
	return put_product(unload, &product->core, product->position, product->featured_rank);
}

static bool take_stock(struct unload *unload, const void *row)
{
	unload->data->stock[unload->next] = *(const struct stock *)row;
	return true;
}

static bool put_price(struct unload *unload, const struct price *price, struct slice slug)
{
	uint32_t category = category_number(unload, slug);
	unload->data->prices[unload->next] = (struct seed_price){
		price->id, category, price->price_cents, price->list_cents, price->currency};
	return category < MODEL_CATEGORIES;
}

static bool take_price(struct unload *unload, const void *row)
{
	const struct mongo_price *price = row;
	return put_price(unload, &price->price, price->category);
}

static bool take_whole(struct unload *unload, const void *row)
{
	const struct mongo_whole *whole = row;
	struct page_pdp page = whole->page;
	mongo_whole_set_id(&page, page.product.id);
	return put_product(unload, &page.product, whole->position, whole->featured_rank) &&
	       put_price(unload, &page.price, page.product.category_id) &&
	       take_stock(unload, &page.stock);
}

static bool take_review(struct unload *unload, const void *row)
{
	const struct mongo_review *review = row;
	unload->data->reviews[unload->next] =
		(struct seed_review){.product = review->product, .review = review->review};
	return true;
}

static bool take_rows(struct unload *unload, mongoc_cursor_t *cursor,
		      const struct mongo_table *table, uint32_t want, row_taker *take)
{
	union {
		struct page_home home;
		struct part_catalog_home split;
		struct part_lowest lowest;
		struct mongo_whole whole;
		struct mongo_product product;
		struct mongo_review review;
	} row;
	const bson_t *doc;
	unload->next = 0;
	while (mongoc_cursor_next(cursor, &doc)) {
		const void *bytes = arena_copy(unload->arena, bson_get_data(doc), doc->len);
		if (unload->next == want || !bytes || !mongo_decode(table, bytes, doc->len, &row) ||
		    !take(unload, &row))
			return false;
		unload->next++;
	}
	return unload->next == want;
}

static mongoc_collection_t *collection_of(struct unload *unload, const char *name)
{
	struct mongo_link *link = &unload->store->link;
	return mongoc_client_get_collection(link->client, link->database, name);
}

/* Reads the `want` documents of a collection in the order of _id. */
static void each(struct unload *unload, const char *name, const struct mongo_table *table,
		 uint32_t want, row_taker *take)
{
	struct mongo_link *link = &unload->store->link;
	bson_error_t why = {0};
	if (unload->status != STORE_OK)
		return;
	mongoc_collection_t *collection = collection_of(unload, name);
	bson_t *all = bson_new();
	bson_t *sorted =
		BCON_NEW("sort", "{", "_id", BCON_INT32(1), "}", "batchSize", BCON_INT64(1000));
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, all, sorted, NULL);
	bool fits = take_rows(unload, cursor, table, want, take);
	if (mongoc_cursor_error(cursor, &why))
		unload->status = mongo_status_of(link, &why, unload->error);
	else if (!fits)
		unload->status = mongo_refuse(link, STORE_BAD_DATA,
					      "its records are not what the marker says; mend: "
					      "seed again",
					      unload->error);
	mongoc_cursor_destroy(cursor);
	bson_destroy(sorted);
	bson_destroy(all);
	mongoc_collection_destroy(collection);
}

static int compare_reviews(const void *a, const void *b)
{
	const struct seed_review *x = a, *y = b;
	if (x->product != y->product)
		return x->product < y->product ? -1 : 1;
	return (x->review.number > y->review.number) - (x->review.number < y->review.number);
}

static void unload_reviews(struct unload *unload)
{
	bson_error_t why = {0};
	bson_t *all = bson_new();
	mongoc_collection_t *collection = collection_of(unload, "reviews");
	int64_t count = mongoc_collection_count_documents(collection, all, NULL, NULL, NULL, &why);
	mongoc_collection_destroy(collection);
	bson_destroy(all);
	if (count < 0 || count > UINT32_MAX) {
		unload->status = mongo_status_of(&unload->store->link, &why, unload->error);
		return;
	}
	struct dataset *data = unload->data;
	data->review_count = (uint32_t)count;
	data->reviews = arena_alloc(unload->arena, (size_t)count * sizeof(data->reviews[0]));
	if (!data->reviews) {
		unload->status = mongo_refuse(&unload->store->link, STORE_UNAVAILABLE,
					      "no memory for the reviews", unload->error);
		return;
	}
	each(unload, "reviews", &mongo_review_table, data->review_count, take_review);
	if (unload->status == STORE_OK)
		qsort(data->reviews, data->review_count, sizeof(data->reviews[0]), compare_reviews);
}

static void unload_parts(struct unload *unload)
{
	const bool *holds = unload->data->holds;
	uint32_t products = unload->data->product_count;
	if (unload->store->document) {
		each(unload, "site", &mongo_site_document_table, 1, take_site_document);
		each(unload, "products", &mongo_whole_table, products, take_whole);
	} else {
		if (holds[SERVICE_PRICING])
			each(unload, "lowest", &mongo_lowest_table, 1, take_lowest);
		if (holds[SERVICE_CATALOG]) {
			each(unload, "site", &mongo_site_split_table, 1, take_site_split);
			each(unload, "products", &mongo_product_table, products, take_product);
		}
		if (holds[SERVICE_INVENTORY])
			each(unload, "stock", &mongo_stock_table, products, take_stock);
		if (holds[SERVICE_PRICING])
			each(unload, "prices", &mongo_price_table, products, take_price);
	}
	if (holds[SERVICE_REVIEWS] && unload->status == STORE_OK)
		unload_reviews(unload);
}

enum store_status mongo_unload(struct store *base, struct arena *arena, struct dataset *data,
			       char error[STORE_ERROR_MAX])
{
	struct unload unload = {
		.store = (struct mongo_store *)base, .arena = arena, .data = data, .error = error};
	size_t n = base->marker.products;
	*data = (struct dataset){
		.seed = base->marker.seed,
		.product_count = base->marker.products,
		.products = arena_zalloc(arena, n * sizeof(*data->products)),
		.stock = arena_zalloc(arena, n * sizeof(*data->stock)),
		.prices = arena_zalloc(arena, n * sizeof(*data->prices)),
	};
	memcpy(data->holds, base->marker.holds, sizeof(data->holds));
	if (!data->products || !data->stock || !data->prices)
		return mongo_refuse(&unload.store->link, STORE_UNAVAILABLE,
				    "no memory for the records", error);
	unload_parts(&unload);
	return unload.status;
}
