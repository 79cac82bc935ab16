/* Loading, for seed alone: marks the database as started, replaces every collection of ours, and
 * marks it as complete. The marker says which schema; one that holds fewer than four parts is
 * split.
 */
#include "common/seed/seed_derive.h"
#include "common/store/mongo/mongo_store.h"

#include <string.h>

enum { BATCH_DOCS = 1000 };

struct load {
	struct mongo_link link;
	struct store_marker marker;
	const struct dataset *data;
	struct derived derived;
	mongoc_collection_t *collection;
	mongoc_bulk_operation_t *bulk; /* NULL between batches */
	uint32_t waiting;
	enum store_status status; /* the first failure; writing stops then */
	char *error;
};

/* ---- writing documents in batches ---- */

static void load_flush(struct load *load)
{
	bson_error_t why = {0};
	if (load->bulk && load->waiting && load->status == STORE_OK &&
	    !mongoc_bulk_operation_execute(load->bulk, NULL, &why))
		load->status = mongo_status_of(&load->link, &why, load->error);
	mongoc_bulk_operation_destroy(load->bulk);
	load->bulk = NULL;
	load->waiting = 0;
}

/* Writes one document of `table`; `id` gives an _id to tables without one. */
static void put(struct load *load, const struct mongo_table *table, const char *id, const void *row)
{
	if (load->status != STORE_OK)
		return;
	if (!load->bulk) {
		bson_t *unordered = BCON_NEW("ordered", BCON_BOOL(false));
		load->bulk = mongoc_collection_create_bulk_operation_with_opts(load->collection,
									       unordered);
		bson_destroy(unordered);
	}
	bson_t doc;
	bson_error_t why = {0};
	bson_init(&doc);
	if (id)
		BSON_APPEND_UTF8(&doc, "_id", id);
	if (!mongo_encode(table, row, &doc))
		load->status = mongo_refuse(&load->link, STORE_BAD_DATA,
					    "a record does not fit into a document", load->error);
	else if (!mongoc_bulk_operation_insert_with_opts(load->bulk, &doc, NULL, &why))
		load->status = mongo_status_of(&load->link, &why, load->error);
	bson_destroy(&doc);
	if (++load->waiting == BATCH_DOCS)
		load_flush(load);
}

/* ---- documents from records ---- */

static struct brief brief_of(const struct seed_product *product)
{
	return (struct brief){product->id, product->name, product->emoji};
}

static struct price price_of(const struct load *load, uint32_t i)
{
	const struct seed_price *price = &load->data->prices[i];
	return (struct price){price->id, price->price_cents, price->list_cents, price->currency};
}

static struct card card_of(const struct load *load, uint32_t i)
{
	return (struct card){.product = brief_of(&load->data->products[i]),
			     .price = price_of(load, i),
			     .in_stock = stock_total(&load->data->stock[i]) > 0,
			     .rating = load->derived.ratings[i]};
}

static struct part_product core_of(const struct load *load, uint32_t i)
{
	const struct seed_product *product = &load->data->products[i];
	const struct category *category = &load->data->categories[product->category];
	return (struct part_product){product->id,         category->id,   category->name,
				     product->name,       product->emoji, product->brand,
				     product->description};
}

static struct part_reviews reviews_of(const struct load *load, uint32_t i)
{
	const struct derived *derived = &load->derived;
	struct part_reviews part = {.rating = derived->ratings[i]};
	for (uint32_t k = derived->review_first[i];
	     k < derived->review_first[i + 1] && part.count < MODEL_NEWEST_REVIEWS; k++)
		part.newest[part.count++] = load->data->reviews[derived->newest[k]].review;
	return part;
}

/* ---- collections ---- */

static void write_site_document(struct load *load)
{
	struct page_home page = {.hero = load->data->hero,
				 .tile_count = MODEL_CATEGORIES,
				 .featured_count = MODEL_FEATURED};
	for (uint32_t c = 0; c < MODEL_CATEGORIES; c++) {
		const struct lowest_price *lowest = &load->derived.lowest[c];
		page.tiles[c] = (struct tile){load->data->categories[c], lowest->price_cents,
					      lowest->currency};
	}
	for (uint32_t r = 0; r < MODEL_FEATURED; r++)
		page.featured[r] = card_of(load, load->derived.featured[r]);
	put(load, &mongo_site_document_table, "home", &page);
}

static void write_site_split(struct load *load)
{
	struct part_catalog_home part = {.hero = load->data->hero,
					 .category_count = MODEL_CATEGORIES,
					 .featured_count = MODEL_FEATURED};
	memcpy(part.categories, load->data->categories, sizeof(part.categories));
	for (uint32_t r = 0; r < MODEL_FEATURED; r++)
		part.featured[r] = brief_of(&load->data->products[load->derived.featured[r]]);
	put(load, &mongo_site_split_table, "home", &part);
}

static void write_categories(struct load *load)
{
	for (uint32_t c = 0; c < MODEL_CATEGORIES; c++) {
		struct mongo_category row = {load->data->categories[c], c};
		put(load, &mongo_category_table, NULL, &row);
	}
}

static uint32_t place_key(const struct load *load, uint32_t i)
{
	const struct seed_product *product = &load->data->products[i];
	return mongo_card_key(product->category, product->position);
}

/* Cards and listing are written in the order of their keys, so that a page's documents are
 * neighbours. */
static void write_cards(struct load *load)
{
	for (uint32_t p = 0; p < load->data->product_count; p++) {
		uint32_t i = load->derived.by_position[p];
		struct mongo_card row = {place_key(load, i), card_of(load, i)};
		put(load, &mongo_card_table, NULL, &row);
	}
}

static void write_listing(struct load *load)
{
	for (uint32_t p = 0; p < load->data->product_count; p++) {
		uint32_t i = load->derived.by_position[p];
		struct mongo_listing row = {place_key(load, i), brief_of(&load->data->products[i])};
		put(load, &mongo_listing_table, NULL, &row);
	}
}

static void write_whole(struct load *load)
{
	for (uint32_t i = 0; i < load->data->product_count; i++) {
		const struct seed_product *product = &load->data->products[i];
		struct mongo_whole row = {.page = {.product = core_of(load, i),
						   .stock = load->data->stock[i],
						   .price = price_of(load, i),
						   .reviews = reviews_of(load, i)},
					  .position = product->position,
					  .featured_rank = product->featured_rank};
		put(load, &mongo_whole_table, NULL, &row);
	}
}

static void write_products(struct load *load)
{
	for (uint32_t i = 0; i < load->data->product_count; i++) {
		const struct seed_product *product = &load->data->products[i];
		struct mongo_product row = {core_of(load, i), product->position,
					    product->featured_rank};
		put(load, &mongo_product_table, NULL, &row);
	}
}

static void write_stock(struct load *load)
{
	for (uint32_t i = 0; i < load->data->product_count; i++)
		put(load, &mongo_stock_table, NULL, &load->data->stock[i]);
}

static void write_prices(struct load *load)
{
	for (uint32_t i = 0; i < load->data->product_count; i++) {
		uint32_t category = load->data->prices[i].category;
		struct mongo_price row = {price_of(load, i), load->data->categories[category].id};
		put(load, &mongo_price_table, NULL, &row);
	}
}

static void write_lowest(struct load *load)
{
	struct part_lowest part = {.count = MODEL_CATEGORIES};
	memcpy(part.items, load->derived.lowest, sizeof(part.items));
	put(load, &mongo_lowest_table, "lowest", &part);
}

static void write_ratings(struct load *load)
{
	for (uint32_t i = 0; i < load->data->product_count; i++)
		put(load, &mongo_rating_table, NULL, &load->derived.ratings[i]);
}

static void write_summaries(struct load *load)
{
	for (uint32_t i = 0; i < load->data->product_count; i++) {
		struct part_reviews row = reviews_of(load, i);
		put(load, &mongo_summary_table, NULL, &row);
	}
}

static void write_reviews(struct load *load)
{
	for (uint32_t i = 0; i < load->data->review_count; i++) {
		const struct seed_review *review = &load->data->reviews[i];
		struct mongo_review row = {review->review, review->product};
		put(load, &mongo_review_table, NULL, &row);
	}
}

/* Every collection of ours; `document` or the service's share of `split` writes it. */
static const struct {
	const char *name;
	enum service service;
	void (*split)(struct load *load);
	void (*document)(struct load *load);
} collections[] = {
	{"site", SERVICE_CATALOG, write_site_split, write_site_document},
	{"categories", SERVICE_CATALOG, write_categories, write_categories},
	{"products", SERVICE_CATALOG, write_products, write_whole},
	{"listing", SERVICE_CATALOG, write_listing, NULL},
	{"cards", SERVICE_CATALOG, NULL, write_cards},
	{"stock", SERVICE_INVENTORY, write_stock, NULL},
	{"prices", SERVICE_PRICING, write_prices, NULL},
	{"lowest", SERVICE_PRICING, write_lowest, NULL},
	{"ratings", SERVICE_REVIEWS, write_ratings, NULL},
	{"summaries", SERVICE_REVIEWS, write_summaries, NULL},
	{"reviews", SERVICE_REVIEWS, write_reviews, write_reviews},
};

/* ---- the whole ---- */

/* Refuses a database that holds anything but does not carry our marker. */
static enum store_status check_ours(struct load *load)
{
	bool started;
	struct store_marker before;
	enum store_status status = mongo_marker_read(&load->link, &before, &started, load->error);
	if (started)
		return STORE_OK;
	if (status != STORE_NOT_FOUND)
		return status;
	bson_error_t why = {0};
	mongoc_database_t *database =
		mongoc_client_get_database(load->link.client, load->link.database);
	char **names = mongoc_database_get_collection_names_with_opts(database, NULL, &why);
	mongoc_database_destroy(database);
	if (!names)
		return mongo_status_of(&load->link, &why, load->error);
	bool empty = !names[0];
	bson_strfreev(names);
	if (empty)
		return STORE_OK;
	return mongo_refuse(&load->link, STORE_CONFLICT,
			    "it holds data that Duet did not write; mend: name an empty database",
			    load->error);
}

static void replace_collection(struct load *load, const char *name, void (*write)(struct load *))
{
	bson_error_t why = {0};
	if (load->status != STORE_OK)
		return;
	load->collection =
		mongoc_client_get_collection(load->link.client, load->link.database, name);
	if (!mongoc_collection_drop(load->collection, &why) &&
	    why.code != MONGOC_ERROR_COLLECTION_DOES_NOT_EXIST)
		load->status = mongo_status_of(&load->link, &why, load->error);
	if (write && load->status == STORE_OK)
		write(load);
	load_flush(load);
	mongoc_collection_destroy(load->collection);
}

static void load_all(struct load *load, bool document)
{
	for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++) {
		void (*write)(struct load *) =
			document ? collections[i].document : collections[i].split;
		bool held = load->marker.holds[collections[i].service];
		replace_collection(load, collections[i].name, held ? write : NULL);
	}
}

/* Decides the schema; true for document. */
static bool choose_schema(struct load *load)
{
	bool document = strcmp(load->marker.schema, "split") != 0;
	for (int i = 0; i < SERVICE_COUNT; i++)
		document = document && load->marker.holds[i];
	memset(load->marker.schema, 0, sizeof(load->marker.schema));
	memcpy(load->marker.schema, document ? "document" : "split", document ? 8 : 5);
	return document;
}

enum store_status mongo_load(const char *uri, const struct dataset *data,
			     const struct store_marker *marker, char error[STORE_ERROR_MAX])
{
	struct load load = {.data = data, .marker = *marker, .error = error};
	struct arena *arena = arena_new(0);
	load.status = mongo_link_open_loader(&load.link, uri, error);
	if (load.status == STORE_OK && (!arena || !seed_derive(data, arena, &load.derived)))
		load.status = mongo_refuse(&load.link, STORE_UNAVAILABLE,
					   "no memory for derived rows", error);
	if (load.status == STORE_OK)
		load.status = check_ours(&load);
	if (load.status == STORE_OK) {
		bool document = choose_schema(&load);
		load.status = mongo_marker_write(&load.link, &load.marker, false, error);
		load_all(&load, document);
		if (load.status == STORE_OK)
			load.status = mongo_marker_write(&load.link, &load.marker, true, error);
	}
	if (load.status == STORE_OK)
		error[0] = '\0';
	mongo_link_close(&load.link);
	arena_free(arena);
	return load.status;
}
