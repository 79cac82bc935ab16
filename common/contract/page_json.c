#include "common/contract/page_json.h"

#include "common/base/json_writer.h"
#include "common/contract/routes.h"

enum { REVIEW_ID_DIGITS = 7, UINT32_DIGITS = 10 };

static void write_text(struct json_writer *w, struct slice key, struct slice text)
{
	json_key_slice(w, key);
	json_put_string(w, text);
}

static void write_uint(struct json_writer *w, struct slice key, uint64_t value)
{
	json_key_slice(w, key);
	json_uint(w, value);
}

static void write_product_id(struct json_writer *w, uint32_t number)
{
	char id[8];
	product_id_write(id, number);
	write_text(w, SLICE("id"), (struct slice){id, 7});
}

/* "r0000001": at least 7 digits. */
static void write_review_id(struct json_writer *w, uint32_t number)
{
	char id[1 + UINT32_DIGITS];
	size_t at = sizeof(id);
	for (int digits = 0; number || digits < REVIEW_ID_DIGITS; digits++) {
		id[--at] = (char)('0' + number % 10);
		number /= 10;
	}
	id[--at] = 'r';
	write_text(w, SLICE("id"), (struct slice){id + at, sizeof(id) - at});
}

static void write_category(struct json_writer *w, const struct category *category)
{
	write_text(w, SLICE("id"), category->id);
	write_text(w, SLICE("name"), category->name);
	write_text(w, SLICE("emoji"), category->emoji);
	write_uint(w, SLICE("product_count"), category->product_count);
}

static void write_price(struct json_writer *w, const struct price *price)
{
	json_key(w, "price");
	json_object_begin(w);
	json_key(w, "cents");
	json_int(w, price->price_cents);
	json_key(w, "list_cents");
	json_int(w, price->list_cents);
	write_text(w, SLICE("currency"), price->currency);
	write_uint(w, SLICE("discount_percent"), price_discount_percent(price));
	json_object_end(w);
}

/* Leaves the object open. */
static void write_rating_begin(struct json_writer *w, const struct rating *rating)
{
	uint32_t count = rating_count(rating);
	json_object_begin(w);
	json_key(w, "average");
	if (count)
		json_tenths(w, rating_average_tenths(rating));
	else
		json_put_null(w);
	write_uint(w, SLICE("count"), count);
}

static void write_card(struct json_writer *w, const struct card *card, bool ratings_missing)
{
	json_object_begin(w);
	write_product_id(w, card->product.id);
	write_text(w, SLICE("name"), card->product.name);
	write_text(w, SLICE("emoji"), card->product.emoji);
	write_price(w, &card->price);
	json_key(w, "in_stock");
	json_bool(w, card->in_stock);
	json_key(w, "rating");
	if (ratings_missing) {
		json_put_null(w);
	} else {
		write_rating_begin(w, &card->rating);
		json_object_end(w);
	}
	json_object_end(w);
}

static void write_cards(struct json_writer *w, const struct card *cards, uint32_t count,
			bool ratings_missing)
{
	json_array_begin(w);
	for (uint32_t i = 0; i < count; i++)
		write_card(w, &cards[i], ratings_missing);
	json_array_end(w);
}

static void write_tile(struct json_writer *w, const struct tile *tile)
{
	json_object_begin(w);
	write_category(w, &tile->category);
	json_key(w, "lowest_price");
	json_object_begin(w);
	json_key(w, "cents");
	json_int(w, tile->lowest_cents);
	write_text(w, SLICE("currency"), tile->currency);
	json_object_end(w);
	json_object_end(w);
}

void page_json_home(struct strbuf *out, const struct page_home *page)
{
	struct json_writer writer, *w = &writer;
	json_writer_init(w, out);
	json_object_begin(w);
	json_key(w, "hero");
	json_object_begin(w);
	write_text(w, SLICE("title"), page->hero.title);
	write_text(w, SLICE("text"), page->hero.text);
	write_text(w, SLICE("emoji"), page->hero.emoji);
	json_object_end(w);
	json_key(w, "categories");
	json_array_begin(w);
	for (uint32_t i = 0; i < page->tile_count; i++)
		write_tile(w, &page->tiles[i]);
	json_array_end(w);
	json_key(w, "featured");
	write_cards(w, page->featured, page->featured_count, page->ratings_missing);
	json_object_end(w);
}

void page_json_plp(struct strbuf *out, const struct page_plp *page)
{
	struct json_writer writer, *w = &writer;
	json_writer_init(w, out);
	json_object_begin(w);
	json_key(w, "category");
	json_object_begin(w);
	write_category(w, &page->category);
	json_object_end(w);
	write_uint(w, SLICE("page"), page->page);
	write_uint(w, SLICE("page_count"), page->page_count);
	json_key(w, "products");
	write_cards(w, page->cards, page->count, page->ratings_missing);
	json_object_end(w);
}

static void write_product(struct json_writer *w, const struct part_product *product)
{
	json_key(w, "product");
	json_object_begin(w);
	write_product_id(w, product->id);
	write_text(w, SLICE("name"), product->name);
	write_text(w, SLICE("emoji"), product->emoji);
	write_text(w, SLICE("brand"), product->brand);
	json_key(w, "category");
	json_object_begin(w);
	write_text(w, SLICE("id"), product->category_id);
	write_text(w, SLICE("name"), product->category_name);
	json_object_end(w);
	write_text(w, SLICE("description"), product->description);
	json_object_end(w);
}

static void write_stock(struct json_writer *w, const struct stock *stock)
{
	json_key(w, "stock");
	json_object_begin(w);
	write_uint(w, SLICE("total"), stock_total(stock));
	json_key(w, "warehouses");
	json_array_begin(w);
	for (size_t i = 0; i < MODEL_WAREHOUSES; i++) {
		json_object_begin(w);
		write_text(w, SLICE("id"), slice_of(model_warehouses[i]));
		write_uint(w, SLICE("quantity"), stock->quantity[i]);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static void write_review(struct json_writer *w, const struct review *review)
{
	json_object_begin(w);
	write_review_id(w, review->number);
	write_text(w, SLICE("date"), review->date);
	write_text(w, SLICE("author"), review->author);
	write_uint(w, SLICE("stars"), review->stars);
	write_text(w, SLICE("title"), review->title);
	write_text(w, SLICE("text"), review->text);
	json_object_end(w);
}

static void write_reviews(struct json_writer *w, const struct part_reviews *reviews)
{
	json_key(w, "rating");
	write_rating_begin(w, &reviews->rating);
	json_key(w, "stars");
	json_array_begin(w);
	for (size_t i = 0; i < MODEL_STARS; i++)
		json_uint(w, reviews->rating.stars[i]);
	json_array_end(w);
	json_object_end(w);
	json_key(w, "reviews");
	json_array_begin(w);
	for (uint32_t i = 0; i < reviews->count; i++)
		write_review(w, &reviews->newest[i]);
	json_array_end(w);
}

void page_json_pdp(struct strbuf *out, const struct page_pdp *page)
{
	struct json_writer writer, *w = &writer;
	json_writer_init(w, out);
	json_object_begin(w);
	write_product(w, &page->product);
	write_stock(w, &page->stock);
	write_price(w, &page->price);
	if (page->reviews_missing) {
		json_key(w, "rating");
		json_put_null(w);
		json_key(w, "reviews");
		json_put_null(w);
	} else {
		write_reviews(w, &page->reviews);
	}
	json_object_end(w);
}

void page_json_write(struct strbuf *out, enum read_kind kind, const void *page)
{
	if (kind == READ_PAGE_HOME)
		page_json_home(out, page);
	else if (kind == READ_PAGE_PLP)
		page_json_plp(out, page);
	else
		page_json_pdp(out, page);
}
