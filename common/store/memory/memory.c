/* memory: the store that makes its data itself: "memory:?seed=42&products=1200", both optional. It
 * answers parts by index and pages by joining them (join.h), so it is what the manifest is computed
 * from, and a database that costs nothing beside which a real one can be measured.
 *
 * The data set of a URI is made once a process, shared read-only by all handles and kept until the
 * process ends: slices of answers may outlive a handle.
 */
#include "common/page/join.h"
#include "common/seed/seed.h"
#include "common/seed/seed_derive.h"
#include "common/store/store_backend.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shop {
	struct shop *next;
	struct arena *arena;
	struct dataset data;
	struct derived derived;
	struct store_marker marker;
};

struct memory_store {
	struct store base;
	const struct shop *shop;
};

/* Guarded by the lock; shops are only ever added. */
static struct shop *shops;
static pthread_mutex_t shops_lock = PTHREAD_MUTEX_INITIALIZER;

typedef enum store_status (*memory_reader)(const struct shop *shop, const struct read_args *args,
					   struct arena *arena, void *out);

static bool known_id(const struct shop *shop, uint32_t id)
{
	return id >= 1 && id <= shop->data.product_count;
}

static struct brief brief_of(const struct seed_product *product)
{
	return (struct brief){product->id, product->name, product->emoji};
}

static enum store_status read_catalog_home(const struct shop *shop, const struct read_args *args,
					   struct arena *arena, void *out)
{
	struct part_catalog_home *part = out;
	(void)args;
	(void)arena;
	part->hero = shop->data.hero;
	part->category_count = MODEL_CATEGORIES;
	memcpy(part->categories, shop->data.categories, sizeof(part->categories));
	part->featured_count = MODEL_FEATURED;
	for (uint32_t r = 0; r < MODEL_FEATURED; r++)
		part->featured[r] = brief_of(&shop->data.products[shop->derived.featured[r]]);
	return STORE_OK;
}

static enum store_status read_catalog_page(const struct shop *shop, const struct read_args *args,
					   struct arena *arena, void *out)
{
	struct part_catalog_page *part = out;
	struct slice wanted = slice_of(args->category);
	uint32_t c = 0, per = shop->derived.per_category;
	(void)arena;
	while (c < MODEL_CATEGORIES && !slice_equal(shop->data.categories[c].id, wanted))
		c++;
	part->page_count = (per + MODEL_PAGE_SIZE - 1) / MODEL_PAGE_SIZE;
	if (c == MODEL_CATEGORIES || args->page < 1 || args->page > part->page_count)
		return STORE_NOT_FOUND;
	part->category = shop->data.categories[c];
	part->page = args->page;
	uint32_t first = (args->page - 1) * MODEL_PAGE_SIZE;
	part->count = per - first < MODEL_PAGE_SIZE ? per - first : MODEL_PAGE_SIZE;
	const uint32_t *places = shop->derived.by_position + (size_t)c * per + first;
	for (uint32_t i = 0; i < part->count; i++)
		part->items[i] = brief_of(&shop->data.products[places[i]]);
	return STORE_OK;
}

static enum store_status read_product(const struct shop *shop, const struct read_args *args,
				      struct arena *arena, void *out)
{
	struct part_product *part = out;
	(void)arena;
	if (!known_id(shop, args->ids[0]))
		return STORE_NOT_FOUND;
	const struct seed_product *product = &shop->data.products[args->ids[0] - 1];
	const struct category *category = &shop->data.categories[product->category];
	*part = (struct part_product){product->id,         category->id,   category->name,
				      product->name,       product->emoji, product->brand,
				      product->description};
	return STORE_OK;
}

static enum store_status read_stock(const struct shop *shop, const struct read_args *args,
				    struct arena *arena, void *out)
{
	struct part_stock *part = out;
	(void)arena;
	for (uint32_t i = 0; i < args->id_count; i++)
		if (known_id(shop, args->ids[i]))
			part->items[part->count++] = shop->data.stock[args->ids[i] - 1];
	return STORE_OK;
}

static enum store_status read_prices(const struct shop *shop, const struct read_args *args,
				     struct arena *arena, void *out)
{
	struct part_prices *part = out;
	(void)arena;
	for (uint32_t i = 0; i < args->id_count; i++) {
		if (!known_id(shop, args->ids[i]))
			continue;
		const struct seed_price *price = &shop->data.prices[args->ids[i] - 1];
		part->items[part->count++] = (struct price){price->id, price->price_cents,
							    price->list_cents, price->currency};
	}
	return STORE_OK;
}

static enum store_status read_lowest(const struct shop *shop, const struct read_args *args,
				     struct arena *arena, void *out)
{
	struct part_lowest *part = out;
	(void)args;
	(void)arena;
	part->count = MODEL_CATEGORIES;
	memcpy(part->items, shop->derived.lowest, sizeof(part->items));
	return STORE_OK;
}

static enum store_status read_ratings(const struct shop *shop, const struct read_args *args,
				      struct arena *arena, void *out)
{
	struct part_ratings *part = out;
	(void)arena;
	for (uint32_t i = 0; i < args->id_count; i++)
		if (known_id(shop, args->ids[i]))
			part->items[part->count++] = shop->derived.ratings[args->ids[i] - 1];
	return STORE_OK;
}

static enum store_status read_reviews(const struct shop *shop, const struct read_args *args,
				      struct arena *arena, void *out)
{
	struct part_reviews *part = out;
	(void)arena;
	if (!known_id(shop, args->ids[0]))
		return STORE_NOT_FOUND;
	uint32_t at = args->ids[0] - 1;
	uint32_t first = shop->derived.review_first[at], end = shop->derived.review_first[at + 1];
	part->rating = shop->derived.ratings[at];
	part->count = end - first < MODEL_NEWEST_REVIEWS ? end - first : MODEL_NEWEST_REVIEWS;
	for (uint32_t i = 0; i < part->count; i++)
		part->newest[i] = shop->data.reviews[shop->derived.newest[first + i]].review;
	return STORE_OK;
}

/* The batched parts of a list of products. */
struct list_parts {
	struct part_stock stock;
	struct part_prices prices;
	struct part_ratings ratings;
};

static struct list_parts *read_list(const struct shop *shop, struct arena *arena,
				    const struct brief *items, uint32_t count)
{
	struct list_parts *list = arena_zalloc(arena, sizeof(*list));
	struct read_args args = {.id_count = count};
	if (!list)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		args.ids[i] = items[i].id;
	read_stock(shop, &args, arena, &list->stock);
	read_prices(shop, &args, arena, &list->prices);
	read_ratings(shop, &args, arena, &list->ratings);
	return list;
}

static enum store_status read_page_home(const struct shop *shop, const struct read_args *args,
					struct arena *arena, void *out)
{
	struct part_catalog_home *catalog = arena_zalloc(arena, sizeof(*catalog));
	struct part_lowest lowest;
	if (!catalog)
		return STORE_UNAVAILABLE;
	read_catalog_home(shop, args, arena, catalog);
	read_lowest(shop, args, arena, &lowest);
	struct list_parts *list =
		read_list(shop, arena, catalog->featured, catalog->featured_count);
	if (!list)
		return STORE_UNAVAILABLE;
	bool fits = join_home(catalog, &lowest, &list->stock, &list->prices, &list->ratings, out);
	return fits ? STORE_OK : STORE_BAD_DATA;
}

static enum store_status read_page_plp(const struct shop *shop, const struct read_args *args,
				       struct arena *arena, void *out)
{
	struct part_catalog_page *catalog = arena_zalloc(arena, sizeof(*catalog));
	if (!catalog)
		return STORE_UNAVAILABLE;
	enum store_status status = read_catalog_page(shop, args, arena, catalog);
	if (status != STORE_OK)
		return status;
	struct list_parts *list = read_list(shop, arena, catalog->items, catalog->count);
	if (!list)
		return STORE_UNAVAILABLE;
	bool fits = join_plp(catalog, &list->stock, &list->prices, &list->ratings, out);
	return fits ? STORE_OK : STORE_BAD_DATA;
}

static enum store_status read_page_pdp(const struct shop *shop, const struct read_args *args,
				       struct arena *arena, void *out)
{
	struct part_product product;
	struct part_reviews *reviews = arena_zalloc(arena, sizeof(*reviews));
	if (!reviews)
		return STORE_UNAVAILABLE;
	enum store_status status = read_product(shop, args, arena, &product);
	if (status != STORE_OK)
		return status;
	struct brief brief = {.id = product.id};
	struct list_parts *list = read_list(shop, arena, &brief, 1);
	if (!list)
		return STORE_UNAVAILABLE;
	read_reviews(shop, args, arena, reviews);
	bool fits = join_pdp(&product, &list->stock, &list->prices, reviews, out);
	return fits ? STORE_OK : STORE_BAD_DATA;
}

static const memory_reader readers[READ_KINDS] = {
	[READ_CATALOG_HOME] = read_catalog_home,
	[READ_CATALOG_PAGE] = read_catalog_page,
	[READ_PRODUCT] = read_product,
	[READ_STOCK] = read_stock,
	[READ_PRICES] = read_prices,
	[READ_LOWEST] = read_lowest,
	[READ_RATINGS] = read_ratings,
	[READ_REVIEWS] = read_reviews,
	[READ_PAGE_HOME] = read_page_home,
	[READ_PAGE_PLP] = read_page_plp,
	[READ_PAGE_PDP] = read_page_pdp,
};

static void memory_read(struct store *store, struct read_job *const *jobs, size_t count)
{
	const struct shop *shop = ((struct memory_store *)store)->shop;
	for (size_t i = 0; i < count; i++) {
		struct read_job *job = jobs[i];
		job->out = arena_zalloc(job->arena, read_infos[job->kind].out_size);
		job->status = job->out ? readers[job->kind](shop, &job->args, job->arena, job->out)
				       : STORE_UNAVAILABLE;
		if (job->status == STORE_UNAVAILABLE)
			store_error(job->error, "no memory for %s", read_infos[job->kind].name);
		store->queries++;
	}
}

/* Reads "name=NUMBER" at *at, up to '&' or the end, and moves *at behind it. */
static bool parse_number(const char **at, const char *name, uint64_t *value)
{
	size_t len = strlen(name);
	if (strncmp(*at, name, len) != 0 || (*at)[len] != '=')
		return false;
	const char *digits = *at + len + 1;
	char *end;
	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	unsigned long long number = strtoull(digits, &end, 10);
	if (errno || (*end != '\0' && *end != '&'))
		return false;
	*value = number;
	*at = *end ? end + 1 : end;
	return true;
}

/* Shows the rule when the URI breaks it. */
static bool parse_uri(const char *uri, uint64_t *seed, uint64_t *products,
		      char error[STORE_ERROR_MAX])
{
	const char *at = uri + strlen("memory:");
	*seed = 42;
	*products = SEED_PRODUCTS_DEFAULT;
	bool ok = *at == '\0' || *at == '?';
	if (*at == '?')
		at++;
	while (ok && *at)
		ok = parse_number(&at, "seed", seed) || parse_number(&at, "products", products);
	ok = ok && *products >= SEED_PRODUCTS_MIN && *products <= SEED_PRODUCTS_MAX &&
	     *products % MODEL_CATEGORIES == 0;
	if (!ok)
		store_error(error,
			    "store '%s': not memory:?seed=N&products=N with a product count that "
			    "is a multiple of %d from %d to %d",
			    uri, MODEL_CATEGORIES, SEED_PRODUCTS_MIN, SEED_PRODUCTS_MAX);
	return ok;
}

static struct shop *make_shop(uint64_t seed, uint32_t products)
{
	struct shop *shop = calloc(1, sizeof(*shop));
	if (!shop)
		return NULL;
	shop->arena = arena_new(0);
	shop->marker = (struct store_marker){.seed = seed,
					     .products = products,
					     .schema = "memory",
					     .holds = {true, true, true, true}};
	if (!shop->arena || !seed_generate(seed, products, shop->arena, &shop->data) ||
	    !seed_derive(&shop->data, shop->arena, &shop->derived) ||
	    !seed_dump(&shop->data, NULL, &shop->marker)) {
		arena_free(shop->arena);
		free(shop);
		return NULL;
	}
	return shop;
}

static const struct shop *find_shop(uint64_t seed, uint32_t products)
{
	pthread_mutex_lock(&shops_lock);
	struct shop *shop = shops;
	while (shop && (shop->marker.seed != seed || shop->marker.products != products))
		shop = shop->next;
	if (!shop) {
		shop = make_shop(seed, products);
		if (shop) {
			shop->next = shops;
			shops = shop;
		}
	}
	pthread_mutex_unlock(&shops_lock);
	return shop;
}

static struct store *memory_open(const char *uri, enum store_status *status,
				 char error[STORE_ERROR_MAX])
{
	uint64_t seed, products;
	*status = STORE_BAD_DATA;
	if (!parse_uri(uri, &seed, &products, error))
		return NULL;
	*status = STORE_UNAVAILABLE;
	const struct shop *shop = find_shop(seed, (uint32_t)products);
	struct memory_store *store = shop ? calloc(1, sizeof(*store)) : NULL;
	if (!store) {
		store_error(error, "store '%s': no memory for its data set", uri);
		return NULL;
	}
	store->base.backend = &store_memory;
	store->base.marker = shop->marker;
	snprintf(store->base.version, sizeof(store->base.version), "1");
	store->shop = shop;
	*status = STORE_OK;
	return &store->base;
}

static enum store_status memory_ping(struct store *store, char error[STORE_ERROR_MAX])
{
	(void)store;
	(void)error;
	return STORE_OK;
}

static void memory_close(struct store *store)
{
	free(store);
}

static enum store_status memory_unload(struct store *store, struct arena *arena,
				       struct dataset *data, char error[STORE_ERROR_MAX])
{
	(void)arena;
	(void)error;
	*data = ((struct memory_store *)store)->shop->data;
	return STORE_OK;
}

const struct store_backend store_memory = {
	.name = "memory",
	.scheme = "memory:",
	.blocks = false,
	.open = memory_open,
	.read = memory_read,
	.ping = memory_ping,
	.close = memory_close,
	.load = NULL,
	.unload = memory_unload,
};
