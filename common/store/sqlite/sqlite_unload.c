/* Reads the primary records back, as they were loaded, for the canonical dump. Derived rows are not
 * looked at. */
#include "common/seed/seed.h"
#include "common/store/sqlite/sqlite_store.h"

struct unloading {
	sqlite3 *db;
	struct arena *arena;
	struct dataset *data;
	sqlite3_stmt *row;
	int code; /* the first error */
};

static void note(struct unloading *u, int code)
{
	if (u->code == SQLITE_OK && code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
		u->code = code;
}

static void select_begin(struct unloading *u, const char *sql)
{
	u->row = NULL;
	note(u, sqlite3_prepare_v2(u->db, sql, -1, &u->row, NULL));
}

static bool select_next(struct unloading *u)
{
	if (u->code != SQLITE_OK)
		return false;
	int code = sqlite3_step(u->row);
	note(u, code);
	return code == SQLITE_ROW;
}

static void select_end(struct unloading *u)
{
	sqlite3_finalize(u->row);
}

static struct slice text_at(struct unloading *u, int column)
{
	const unsigned char *text = sqlite3_column_text(u->row, column);
	size_t len = (size_t)sqlite3_column_bytes(u->row, column);
	const char *copy = text ? arena_copy(u->arena, text, len) : NULL;
	if (copy)
		return (struct slice){copy, len};
	note(u, text ? SQLITE_NOMEM : SQLITE_MISMATCH);
	return SLICE("");
}

static uint32_t uint_at(struct unloading *u, int column)
{
	return (uint32_t)sqlite3_column_int64(u->row, column);
}

/* An array of a table's rows, all zero; *count is their number. */
static void *rows_of(struct unloading *u, const char *count_sql, size_t size, uint32_t *count)
{
	select_begin(u, count_sql);
	*count = select_next(u) ? uint_at(u, 0) : 0;
	select_end(u);
	void *rows = arena_zalloc(u->arena, *count * size);
	if (!rows) {
		note(u, SQLITE_NOMEM);
		*count = 0;
	}
	return rows;
}

static void unload_catalog(struct unloading *u)
{
	struct dataset *data = u->data;
	select_begin(u, "SELECT title, text, emoji FROM hero");
	if (select_next(u))
		data->hero = (struct hero){text_at(u, 0), text_at(u, 1), text_at(u, 2)};
	select_end(u);
	select_begin(u, "SELECT id, name, emoji, product_count FROM categories ORDER BY number");
	for (int c = 0; c < MODEL_CATEGORIES && select_next(u); c++)
		data->categories[c] = (struct category){text_at(u, 0), text_at(u, 1), text_at(u, 2),
							uint_at(u, 3)};
	select_end(u);
	uint32_t count, i = 0;
	data->products =
		rows_of(u, "SELECT count(*) FROM products", sizeof(*data->products), &count);
	data->product_count = count;
	select_begin(u, "SELECT id, category, position, featured_rank, name, emoji, brand, "
			"description FROM products ORDER BY id");
	for (; i < count && select_next(u); i++)
		data->products[i] = (struct seed_product){
			uint_at(u, 0), uint_at(u, 1), uint_at(u, 2), uint_at(u, 3),
			text_at(u, 4), text_at(u, 5), text_at(u, 6), text_at(u, 7)};
	select_end(u);
}

static void unload_inventory(struct unloading *u)
{
	struct dataset *data = u->data;
	uint32_t count, i = 0;
	data->stock = rows_of(u, "SELECT count(*) FROM stock", sizeof(*data->stock), &count);
	data->product_count = count;
	select_begin(u, "SELECT id, north, central, south FROM stock ORDER BY id");
	for (; i < count && select_next(u); i++)
		data->stock[i] = (struct stock){uint_at(u, 0),
						{uint_at(u, 1), uint_at(u, 2), uint_at(u, 3)}};
	select_end(u);
}

static void unload_pricing(struct unloading *u)
{
	struct dataset *data = u->data;
	uint32_t count, i = 0;
	data->prices = rows_of(u, "SELECT count(*) FROM prices", sizeof(*data->prices), &count);
	data->product_count = count;
	select_begin(u, "SELECT id, category, price_cents, list_cents, currency FROM prices "
			"ORDER BY id");
	for (; i < count && select_next(u); i++)
		data->prices[i] = (struct seed_price){
			uint_at(u, 0), uint_at(u, 1), sqlite3_column_int64(u->row, 2),
			sqlite3_column_int64(u->row, 3), text_at(u, 4)};
	select_end(u);
}

static void unload_reviews(struct unloading *u)
{
	struct dataset *data = u->data;
	uint32_t i = 0;
	data->reviews = rows_of(u, "SELECT count(*) FROM reviews", sizeof(*data->reviews),
				&data->review_count);
	select_begin(u, "SELECT product, number, stars, date, author, title, text FROM reviews "
			"ORDER BY product, number");
	for (; i < data->review_count && select_next(u); i++)
		data->reviews[i] =
			(struct seed_review){uint_at(u, 0),
					     {uint_at(u, 1), uint_at(u, 2), text_at(u, 3),
					      text_at(u, 4), text_at(u, 5), text_at(u, 6)}};
	select_end(u);
}

static void (*const unload_part[SERVICE_COUNT])(struct unloading *) = {
	[SERVICE_CATALOG] = unload_catalog,
	[SERVICE_INVENTORY] = unload_inventory,
	[SERVICE_PRICING] = unload_pricing,
	[SERVICE_REVIEWS] = unload_reviews,
};

enum store_status sqlite_store_unload(struct store *base, struct arena *arena, struct dataset *data,
				      char error[STORE_ERROR_MAX])
{
	struct sqlite_store *store = (struct sqlite_store *)base;
	struct unloading u = {.db = store->db, .arena = arena, .data = data};
	*data = (struct dataset){.seed = base->marker.seed, .product_count = base->marker.products};
	note(&u, sqlite3_exec(u.db, "BEGIN", NULL, NULL, NULL));
	for (int p = 0; p < SERVICE_COUNT && u.code == SQLITE_OK; p++) {
		data->holds[p] = base->marker.holds[p];
		if (data->holds[p])
			unload_part[p](&u);
		if (data->product_count != base->marker.products)
			note(&u, SQLITE_CORRUPT);
	}
	if (!sqlite3_get_autocommit(u.db))
		sqlite3_exec(u.db, "COMMIT", NULL, NULL, NULL);
	if (u.code != SQLITE_OK)
		store_error(error, "sqlite '%s': cannot be read back: %s", store->path,
			    sqlite3_errstr(u.code));
	return sqlite_status_of(u.code);
}
