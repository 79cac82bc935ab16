/* Reads: one function a kind. A read of several statements is one transaction; a single statement
 * is one by itself. Text is copied into the job's arena, since SQLite's lives until the next step.
 *
 * A list of ids is answered by one keyed look-up each: SQLite has no round trip that a batch would
 * save. Measured for 40 ids: 14.6 us, against 14.3 with one `IN (...)`, whose rows come in the
 * order of the table and not of the question.
 */
#include "common/store/sqlite/sqlite_store.h"

#include <stdlib.h>
#include <string.h>

struct reading {
	struct sqlite_store *store;
	const struct read_args *args;
	struct arena *arena;
	int code;    /* the first SQLite error, or SQLITE_OK */
	bool broken; /* a value that the contract forbids, or a row that must be there is not */
};

typedef bool (*sqlite_reader)(struct reading *r, void *out);

/* ---- steps and columns ---- */

static sqlite3_stmt *statement_of(struct reading *r, enum sqlite_statement which)
{
	r->store->base.queries++;
	return r->store->statements[which];
}

/* True when there is a row. Otherwise the statement is reset and errors are noted. */
static bool next_row(struct reading *r, sqlite3_stmt *row)
{
	int code = sqlite3_step(row);
	if (code == SQLITE_ROW) {
		r->store->base.rows++;
		return true;
	}
	sqlite3_reset(row);
	if (code != SQLITE_DONE && r->code == SQLITE_OK)
		r->code = code;
	return false;
}

static struct slice text_of(struct reading *r, sqlite3_stmt *row, int column)
{
	const unsigned char *text = sqlite3_column_text(row, column);
	if (!text) {
		r->broken = true;
		return SLICE("");
	}
	size_t len = (size_t)sqlite3_column_bytes(row, column);
	const char *copy = arena_copy(r->arena, text, len);
	if (!copy) {
		r->code = SQLITE_NOMEM;
		return SLICE("");
	}
	return (struct slice){copy, len};
}

static int64_t int_of(struct reading *r, sqlite3_stmt *row, int column, int64_t least, int64_t most)
{
	int64_t value = sqlite3_column_int64(row, column);
	if (value >= least && value <= most &&
	    (value != 0 || sqlite3_column_type(row, column) == SQLITE_INTEGER))
		return value;
	r->broken = true;
	return least;
}

static uint32_t uint_of(struct reading *r, sqlite3_stmt *row, int column)
{
	return (uint32_t)int_of(r, row, column, 0, UINT32_MAX);
}

static struct category category_of(struct reading *r, sqlite3_stmt *row)
{
	return (struct category){text_of(r, row, 0), text_of(r, row, 1), text_of(r, row, 2),
				 uint_of(r, row, 3)};
}

static struct brief brief_of(struct reading *r, sqlite3_stmt *row)
{
	return (struct brief){uint_of(r, row, 0), text_of(r, row, 1), text_of(r, row, 2)};
}

static struct stock stock_of(struct reading *r, sqlite3_stmt *row, int column, uint32_t id)
{
	struct stock stock = {.id = id};
	for (int w = 0; w < MODEL_WAREHOUSES; w++)
		stock.quantity[w] = uint_of(r, row, column + w);
	return stock;
}

static struct price price_of(struct reading *r, sqlite3_stmt *row, int column, uint32_t id)
{
	struct price price = {.id = id};
	price.list_cents = int_of(r, row, column + 1, 1, INT64_MAX);
	price.price_cents = int_of(r, row, column, 1, price.list_cents);
	price.currency = text_of(r, row, column + 2);
	return price;
}

/* No row of ratings, a NULL after LEFT JOIN, is a product without reviews. */
static struct rating rating_of(struct reading *r, sqlite3_stmt *row, int column, uint32_t id)
{
	struct rating rating = {.id = id};
	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return rating;
	for (int s = 0; s < MODEL_STARS; s++)
		rating.stars[s] = uint_of(r, row, column + s);
	return rating;
}

/* Columns 0 to 13 of the card queries. */
static struct card card_of(struct reading *r, sqlite3_stmt *row)
{
	struct brief brief = brief_of(r, row);
	struct stock stock = stock_of(r, row, 3, brief.id);
	return (struct card){.product = brief,
			     .price = price_of(r, row, 6, brief.id),
			     .in_stock = stock_total(&stock) > 0,
			     .rating = rating_of(r, row, 9, brief.id)};
}

/* ---- parts ---- */

/* For statements that answer at most one row: the row is there when it returns true, and the caller
 * resets the statement. */
static sqlite3_stmt *find_by_id(struct reading *r, enum sqlite_statement which, uint32_t id)
{
	sqlite3_stmt *row = statement_of(r, which);
	sqlite3_bind_int64(row, 1, id);
	return next_row(r, row) ? row : NULL;
}

static void read_hero(struct reading *r, struct hero *hero)
{
	sqlite3_stmt *row = statement_of(r, SQL_HERO);
	if (!next_row(r, row)) {
		r->broken = true;
		return;
	}
	*hero = (struct hero){text_of(r, row, 0), text_of(r, row, 1), text_of(r, row, 2)};
	sqlite3_reset(row);
}

static bool read_catalog_home(struct reading *r, void *out)
{
	struct part_catalog_home *part = out;
	read_hero(r, &part->hero);
	sqlite3_stmt *row = statement_of(r, SQL_CATEGORIES);
	for (; part->category_count < MODEL_CATEGORIES && next_row(r, row); part->category_count++)
		part->categories[part->category_count] = category_of(r, row);
	sqlite3_reset(row);
	row = statement_of(r, SQL_FEATURED);
	for (; part->featured_count < MODEL_FEATURED && next_row(r, row); part->featured_count++)
		part->featured[part->featured_count] = brief_of(r, row);
	sqlite3_reset(row);
	r->broken = r->broken || part->category_count != MODEL_CATEGORIES ||
		    part->featured_count != MODEL_FEATURED;
	return true;
}

/* Finds the category asked for and binds a page's range of positions to `list`. */
static bool find_page(struct reading *r, sqlite3_stmt *list, struct category *category,
		      uint32_t *page_count)
{
	sqlite3_stmt *row = statement_of(r, SQL_CATEGORY);
	sqlite3_bind_text(row, 1, r->args->category, -1, SQLITE_STATIC);
	if (!next_row(r, row))
		return false;
	*category = category_of(r, row);
	int64_t number = sqlite3_column_int64(row, 4), first;
	sqlite3_reset(row);
	*page_count = (category->product_count + MODEL_PAGE_SIZE - 1) / MODEL_PAGE_SIZE;
	if (r->args->page < 1 || r->args->page > *page_count)
		return false;
	first = ((int64_t)r->args->page - 1) * MODEL_PAGE_SIZE;
	sqlite3_bind_int64(list, 1, number);
	sqlite3_bind_int64(list, 2, first);
	sqlite3_bind_int64(list, 3, first + MODEL_PAGE_SIZE);
	return true;
}

/* The number of cards that a page of a category must have. */
static uint32_t page_length(const struct category *category, uint32_t page)
{
	uint32_t rest = category->product_count - (page - 1) * MODEL_PAGE_SIZE;
	return rest < MODEL_PAGE_SIZE ? rest : MODEL_PAGE_SIZE;
}

static bool read_catalog_page(struct reading *r, void *out)
{
	struct part_catalog_page *part = out;
	sqlite3_stmt *row = statement_of(r, SQL_LISTING);
	if (!find_page(r, row, &part->category, &part->page_count))
		return false;
	part->page = r->args->page;
	for (; part->count < MODEL_PAGE_SIZE && next_row(r, row); part->count++)
		part->items[part->count] = brief_of(r, row);
	sqlite3_reset(row);
	r->broken = r->broken || part->count != page_length(&part->category, part->page);
	return true;
}

/* Columns 0 to 5 of the product queries. */
static struct part_product product_of(struct reading *r, sqlite3_stmt *row, uint32_t id)
{
	return (struct part_product){id,
				     text_of(r, row, 0),
				     text_of(r, row, 1),
				     text_of(r, row, 2),
				     text_of(r, row, 3),
				     text_of(r, row, 4),
				     text_of(r, row, 5)};
}

static bool read_product(struct reading *r, void *out)
{
	sqlite3_stmt *row = find_by_id(r, SQL_PRODUCT, r->args->ids[0]);
	if (!row)
		return false;
	*(struct part_product *)out = product_of(r, row, r->args->ids[0]);
	sqlite3_reset(row);
	return true;
}

static bool read_stock(struct reading *r, void *out)
{
	struct part_stock *part = out;
	for (uint32_t i = 0; i < r->args->id_count; i++) {
		sqlite3_stmt *row = find_by_id(r, SQL_STOCK, r->args->ids[i]);
		if (!row)
			continue;
		part->items[part->count++] = stock_of(r, row, 0, r->args->ids[i]);
		sqlite3_reset(row);
	}
	return true;
}

static bool read_prices(struct reading *r, void *out)
{
	struct part_prices *part = out;
	for (uint32_t i = 0; i < r->args->id_count; i++) {
		sqlite3_stmt *row = find_by_id(r, SQL_PRICE, r->args->ids[i]);
		if (!row)
			continue;
		part->items[part->count++] = price_of(r, row, 0, r->args->ids[i]);
		sqlite3_reset(row);
	}
	return true;
}

static bool read_lowest(struct reading *r, void *out)
{
	struct part_lowest *part = out;
	sqlite3_stmt *row = statement_of(r, SQL_LOWEST);
	for (; part->count < MODEL_CATEGORIES && next_row(r, row); part->count++)
		part->items[part->count] = (struct lowest_price){
			text_of(r, row, 0), int_of(r, row, 1, 1, INT64_MAX), text_of(r, row, 2)};
	sqlite3_reset(row);
	return true;
}

static bool read_ratings(struct reading *r, void *out)
{
	struct part_ratings *part = out;
	for (uint32_t i = 0; i < r->args->id_count; i++) {
		sqlite3_stmt *row = find_by_id(r, SQL_RATING, r->args->ids[i]);
		if (!row)
			continue;
		part->items[part->count++] = rating_of(r, row, 0, r->args->ids[i]);
		sqlite3_reset(row);
	}
	return true;
}

static void read_newest(struct reading *r, struct part_reviews *part)
{
	sqlite3_stmt *row = statement_of(r, SQL_NEWEST);
	sqlite3_bind_int64(row, 1, r->args->ids[0]);
	for (; part->count < MODEL_NEWEST_REVIEWS && next_row(r, row); part->count++)
		part->newest[part->count] = (struct review){
			uint_of(r, row, 0), (uint32_t)int_of(r, row, 1, 1, MODEL_STARS),
			text_of(r, row, 2), text_of(r, row, 3),
			text_of(r, row, 4), text_of(r, row, 5)};
	sqlite3_reset(row);
}

static bool read_reviews(struct reading *r, void *out)
{
	struct part_reviews *part = out;
	sqlite3_stmt *row = find_by_id(r, SQL_RATING, r->args->ids[0]);
	if (!row)
		return false;
	part->rating = rating_of(r, row, 0, r->args->ids[0]);
	sqlite3_reset(row);
	read_newest(r, part);
	return true;
}

/* ---- pages ---- */

static bool read_page_home(struct reading *r, void *out)
{
	struct page_home *page = out;
	read_hero(r, &page->hero);
	sqlite3_stmt *row = statement_of(r, SQL_PAGE_TILES);
	for (; page->tile_count < MODEL_CATEGORIES && next_row(r, row); page->tile_count++)
		page->tiles[page->tile_count] = (struct tile){
			category_of(r, row), int_of(r, row, 4, 1, INT64_MAX), text_of(r, row, 5)};
	sqlite3_reset(row);
	row = statement_of(r, SQL_PAGE_FEATURED);
	for (; page->featured_count < MODEL_FEATURED && next_row(r, row); page->featured_count++)
		page->featured[page->featured_count] = card_of(r, row);
	sqlite3_reset(row);
	r->broken = r->broken || page->tile_count != MODEL_CATEGORIES ||
		    page->featured_count != MODEL_FEATURED;
	return true;
}

static bool read_page_plp(struct reading *r, void *out)
{
	struct page_plp *page = out;
	sqlite3_stmt *row = statement_of(r, SQL_PAGE_CARDS);
	if (!find_page(r, row, &page->category, &page->page_count))
		return false;
	page->page = r->args->page;
	for (; page->count < MODEL_PAGE_SIZE && next_row(r, row); page->count++)
		page->cards[page->count] = card_of(r, row);
	sqlite3_reset(row);
	r->broken = r->broken || page->count != page_length(&page->category, page->page);
	return true;
}

static bool read_page_pdp(struct reading *r, void *out)
{
	struct page_pdp *page = out;
	uint32_t id = r->args->ids[0];
	sqlite3_stmt *row = find_by_id(r, SQL_PAGE_PDP, id);
	if (!row)
		return false;
	page->product = product_of(r, row, id);
	page->stock = stock_of(r, row, 6, id);
	page->price = price_of(r, row, 9, id);
	page->reviews.rating = rating_of(r, row, 12, id);
	sqlite3_reset(row);
	read_newest(r, &page->reviews);
	return true;
}

/* `several`: more than one statement is run, so that a transaction must hold them together. */
static const struct {
	sqlite_reader read;
	bool several;
} readers[READ_KINDS] = {
	[READ_CATALOG_HOME] = {read_catalog_home, true},
	[READ_CATALOG_PAGE] = {read_catalog_page, true},
	[READ_PRODUCT] = {read_product, false},
	[READ_STOCK] = {read_stock, true},
	[READ_PRICES] = {read_prices, true},
	[READ_LOWEST] = {read_lowest, false},
	[READ_RATINGS] = {read_ratings, true},
	[READ_REVIEWS] = {read_reviews, true},
	[READ_PAGE_HOME] = {read_page_home, true},
	[READ_PAGE_PLP] = {read_page_plp, true},
	[READ_PAGE_PDP] = {read_page_pdp, true},
};

static void run_alone(struct reading *r, enum sqlite_statement which)
{
	sqlite3_stmt *statement = r->store->statements[which];
	int code = sqlite3_step(statement);
	sqlite3_reset(statement);
	if (code != SQLITE_DONE && r->code == SQLITE_OK)
		r->code = code;
}

static void read_one(struct sqlite_store *store, struct read_job *job)
{
	struct reading r = {.store = store, .args = &job->args, .arena = job->arena};
	bool single = read_infos[job->kind].takes_ids && job->args.id_count == 1;
	bool transaction =
		readers[job->kind].several && (!single || read_infos[job->kind].single_id);
	bool found = false;
	job->out = arena_zalloc(job->arena, read_infos[job->kind].out_size);
	if (!job->out)
		r.code = SQLITE_NOMEM;
	if (transaction && !store->snapshot && r.code == SQLITE_OK)
		run_alone(&r, SQL_BEGIN);
	if (r.code == SQLITE_OK)
		found = readers[job->kind].read(&r, job->out);
	if (transaction && !store->snapshot && !sqlite3_get_autocommit(store->db))
		run_alone(&r, SQL_COMMIT);
	job->status = r.code != SQLITE_OK ? sqlite_status_of(r.code)
		      : r.broken          ? STORE_BAD_DATA
		      : found             ? STORE_OK
					  : STORE_NOT_FOUND;
	if (job->status == STORE_UNAVAILABLE || job->status == STORE_BAD_DATA)
		store_error(job->error, "sqlite '%s': %s: %s", store->path,
			    read_infos[job->kind].name,
			    r.code != SQLITE_OK ? sqlite3_errstr(r.code)
						: "stored rows break the contract");
}

void sqlite_store_read(struct store *store, struct read_job *const *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		read_one((struct sqlite_store *)store, jobs[i]);
}

/* A transaction that could not begin is none: each read then is one by itself, and says what is
 * wrong. */
void sqlite_store_snapshot(struct store *base, bool open)
{
	struct sqlite_store *store = (struct sqlite_store *)base;
	if (open || store->snapshot) {
		sqlite3_stmt *statement = store->statements[open ? SQL_BEGIN : SQL_COMMIT];
		sqlite3_step(statement);
		sqlite3_reset(statement);
	}
	store->snapshot = open && !sqlite3_get_autocommit(store->db);
}
