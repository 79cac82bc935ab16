#include "common/store/mongo/mongo_docs.h"

#define FIELD(key, kind_, type, member)                                                            \
	{                                                                                          \
		.name = (key), .kind = (kind_), .offset = offsetof(type, member)                   \
	}
#define ARRAY(key, type, member, max_)                                                             \
	{                                                                                          \
		.name = (key), .kind = MONGO_U32S, .offset = offsetof(type, member), .max = (max_) \
	}
#define CHILD(key, type, member, table_)                                                           \
	{                                                                                          \
		.name = (key), .kind = MONGO_DOC, .offset = offsetof(type, member),                \
		.table = (table_)                                                                  \
	}
#define CHILDREN(key, type, member, count_, max_, table_)                                          \
	{                                                                                          \
		.name = (key), .kind = MONGO_DOCS, .offset = offsetof(type, member),               \
		.max = (max_), .count_offset = offsetof(type, count_), .table = (table_)           \
	}
#define TABLE(fields_, type)                                                                       \
	{                                                                                          \
		.fields = (fields_), .count = sizeof(fields_) / sizeof((fields_)[0]),              \
		.size = sizeof(type)                                                               \
	}

static const struct mongo_field hero_fields[] = {
	FIELD("title", MONGO_TEXT, struct hero, title),
	FIELD("text", MONGO_TEXT, struct hero, text),
	FIELD("emoji", MONGO_TEXT, struct hero, emoji),
};
static const struct mongo_table hero_table = TABLE(hero_fields, struct hero);

static const struct mongo_field brief_fields[] = {
	FIELD("product", MONGO_U32, struct brief, id),
	FIELD("name", MONGO_TEXT, struct brief, name),
	FIELD("emoji", MONGO_TEXT, struct brief, emoji),
};
static const struct mongo_table brief_table = TABLE(brief_fields, struct brief);

static const struct mongo_field site_category_fields[] = {
	FIELD("id", MONGO_TEXT, struct category, id),
	FIELD("name", MONGO_TEXT, struct category, name),
	FIELD("emoji", MONGO_TEXT, struct category, emoji),
	FIELD("products", MONGO_U32, struct category, product_count),
};
static const struct mongo_table site_category_table = TABLE(site_category_fields, struct category);

static const struct mongo_field site_split_fields[] = {
	CHILD("hero", struct part_catalog_home, hero, &hero_table),
	CHILDREN("categories", struct part_catalog_home, categories, category_count,
		 MODEL_CATEGORIES, &site_category_table),
	CHILDREN("featured", struct part_catalog_home, featured, featured_count, MODEL_FEATURED,
		 &brief_table),
};
const struct mongo_table mongo_site_split_table =
	TABLE(site_split_fields, struct part_catalog_home);

static const struct mongo_field tile_fields[] = {
	FIELD("id", MONGO_TEXT, struct tile, category.id),
	FIELD("name", MONGO_TEXT, struct tile, category.name),
	FIELD("emoji", MONGO_TEXT, struct tile, category.emoji),
	FIELD("products", MONGO_U32, struct tile, category.product_count),
	FIELD("lowest", MONGO_I64, struct tile, lowest_cents),
	FIELD("currency", MONGO_TEXT, struct tile, currency),
};
static const struct mongo_table tile_table = TABLE(tile_fields, struct tile);

static const struct mongo_field featured_fields[] = {
	FIELD("product", MONGO_U32, struct card, product.id),
	FIELD("name", MONGO_TEXT, struct card, product.name),
	FIELD("emoji", MONGO_TEXT, struct card, product.emoji),
	FIELD("price", MONGO_I64, struct card, price.price_cents),
	FIELD("list", MONGO_I64, struct card, price.list_cents),
	FIELD("currency", MONGO_TEXT, struct card, price.currency),
	FIELD("in_stock", MONGO_BOOL, struct card, in_stock),
	ARRAY("stars", struct card, rating.stars, MODEL_STARS),
};
static const struct mongo_table featured_table = TABLE(featured_fields, struct card);

static const struct mongo_field site_document_fields[] = {
	CHILD("hero", struct page_home, hero, &hero_table),
	CHILDREN("categories", struct page_home, tiles, tile_count, MODEL_CATEGORIES, &tile_table),
	CHILDREN("featured", struct page_home, featured, featured_count, MODEL_FEATURED,
		 &featured_table),
};
const struct mongo_table mongo_site_document_table = TABLE(site_document_fields, struct page_home);

static const struct mongo_field card_fields[] = {
	FIELD("_id", MONGO_U32, struct mongo_card, key),
	FIELD("product", MONGO_U32, struct mongo_card, card.product.id),
	FIELD("name", MONGO_TEXT, struct mongo_card, card.product.name),
	FIELD("emoji", MONGO_TEXT, struct mongo_card, card.product.emoji),
	FIELD("price", MONGO_I64, struct mongo_card, card.price.price_cents),
	FIELD("list", MONGO_I64, struct mongo_card, card.price.list_cents),
	FIELD("currency", MONGO_TEXT, struct mongo_card, card.price.currency),
	FIELD("in_stock", MONGO_BOOL, struct mongo_card, card.in_stock),
	ARRAY("stars", struct mongo_card, card.rating.stars, MODEL_STARS),
};
const struct mongo_table mongo_card_table = TABLE(card_fields, struct mongo_card);

static const struct mongo_field listing_fields[] = {
	FIELD("_id", MONGO_U32, struct mongo_listing, key),
	FIELD("product", MONGO_U32, struct mongo_listing, brief.id),
	FIELD("name", MONGO_TEXT, struct mongo_listing, brief.name),
	FIELD("emoji", MONGO_TEXT, struct mongo_listing, brief.emoji),
};
const struct mongo_table mongo_listing_table = TABLE(listing_fields, struct mongo_listing);

static const struct mongo_field category_fields[] = {
	FIELD("_id", MONGO_TEXT, struct mongo_category, category.id),
	FIELD("number", MONGO_U32, struct mongo_category, number),
	FIELD("name", MONGO_TEXT, struct mongo_category, category.name),
	FIELD("emoji", MONGO_TEXT, struct mongo_category, category.emoji),
	FIELD("products", MONGO_U32, struct mongo_category, category.product_count),
};
const struct mongo_table mongo_category_table = TABLE(category_fields, struct mongo_category);

static const struct mongo_field product_fields[] = {
	FIELD("_id", MONGO_U32, struct mongo_product, core.id),
	FIELD("category", MONGO_TEXT, struct mongo_product, core.category_id),
	FIELD("category_name", MONGO_TEXT, struct mongo_product, core.category_name),
	FIELD("name", MONGO_TEXT, struct mongo_product, core.name),
	FIELD("emoji", MONGO_TEXT, struct mongo_product, core.emoji),
	FIELD("brand", MONGO_TEXT, struct mongo_product, core.brand),
	FIELD("description", MONGO_TEXT, struct mongo_product, core.description),
	FIELD("position", MONGO_U32, struct mongo_product, position),
	FIELD("featured", MONGO_U32, struct mongo_product, featured_rank),
};
const struct mongo_table mongo_product_table = TABLE(product_fields, struct mongo_product);

static const struct mongo_field newest_fields[] = {
	FIELD("number", MONGO_U32, struct review, number),
	FIELD("stars", MONGO_U32, struct review, stars),
	FIELD("date", MONGO_TEXT, struct review, date),
	FIELD("author", MONGO_TEXT, struct review, author),
	FIELD("title", MONGO_TEXT, struct review, title),
	FIELD("text", MONGO_TEXT, struct review, text),
};
static const struct mongo_table newest_table = TABLE(newest_fields, struct review);

static const struct mongo_field whole_fields[] = {
	FIELD("_id", MONGO_U32, struct mongo_whole, page.product.id),
	FIELD("category", MONGO_TEXT, struct mongo_whole, page.product.category_id),
	FIELD("category_name", MONGO_TEXT, struct mongo_whole, page.product.category_name),
	FIELD("name", MONGO_TEXT, struct mongo_whole, page.product.name),
	FIELD("emoji", MONGO_TEXT, struct mongo_whole, page.product.emoji),
	FIELD("brand", MONGO_TEXT, struct mongo_whole, page.product.brand),
	FIELD("description", MONGO_TEXT, struct mongo_whole, page.product.description),
	FIELD("position", MONGO_U32, struct mongo_whole, position),
	FIELD("featured", MONGO_U32, struct mongo_whole, featured_rank),
	ARRAY("stock", struct mongo_whole, page.stock.quantity, MODEL_WAREHOUSES),
	FIELD("price", MONGO_I64, struct mongo_whole, page.price.price_cents),
	FIELD("list", MONGO_I64, struct mongo_whole, page.price.list_cents),
	FIELD("currency", MONGO_TEXT, struct mongo_whole, page.price.currency),
	ARRAY("stars", struct mongo_whole, page.reviews.rating.stars, MODEL_STARS),
	CHILDREN("newest", struct mongo_whole, page.reviews.newest, page.reviews.count,
		 MODEL_NEWEST_REVIEWS, &newest_table),
};
const struct mongo_table mongo_whole_table = TABLE(whole_fields, struct mongo_whole);

static const struct mongo_field stock_fields[] = {
	FIELD("_id", MONGO_U32, struct stock, id),
	ARRAY("stock", struct stock, quantity, MODEL_WAREHOUSES),
};
const struct mongo_table mongo_stock_table = TABLE(stock_fields, struct stock);

static const struct mongo_field price_fields[] = {
	FIELD("_id", MONGO_U32, struct mongo_price, price.id),
	FIELD("category", MONGO_TEXT, struct mongo_price, category),
	FIELD("price", MONGO_I64, struct mongo_price, price.price_cents),
	FIELD("list", MONGO_I64, struct mongo_price, price.list_cents),
	FIELD("currency", MONGO_TEXT, struct mongo_price, price.currency),
};
const struct mongo_table mongo_price_table = TABLE(price_fields, struct mongo_price);

static const struct mongo_field lowest_row_fields[] = {
	FIELD("category", MONGO_TEXT, struct lowest_price, category_id),
	FIELD("price", MONGO_I64, struct lowest_price, price_cents),
	FIELD("currency", MONGO_TEXT, struct lowest_price, currency),
};
static const struct mongo_table lowest_row_table = TABLE(lowest_row_fields, struct lowest_price);

static const struct mongo_field lowest_fields[] = {
	CHILDREN("categories", struct part_lowest, items, count, MODEL_CATEGORIES,
		 &lowest_row_table),
};
const struct mongo_table mongo_lowest_table = TABLE(lowest_fields, struct part_lowest);

static const struct mongo_field rating_fields[] = {
	FIELD("_id", MONGO_U32, struct rating, id),
	ARRAY("stars", struct rating, stars, MODEL_STARS),
};
const struct mongo_table mongo_rating_table = TABLE(rating_fields, struct rating);

static const struct mongo_field summary_fields[] = {
	FIELD("_id", MONGO_U32, struct part_reviews, rating.id),
	ARRAY("stars", struct part_reviews, rating.stars, MODEL_STARS),
	CHILDREN("newest", struct part_reviews, newest, count, MODEL_NEWEST_REVIEWS, &newest_table),
};
const struct mongo_table mongo_summary_table = TABLE(summary_fields, struct part_reviews);

static const struct mongo_field review_fields[] = {
	FIELD("_id", MONGO_U32, struct mongo_review, review.number),
	FIELD("product", MONGO_U32, struct mongo_review, product),
	FIELD("stars", MONGO_U32, struct mongo_review, review.stars),
	FIELD("date", MONGO_TEXT, struct mongo_review, review.date),
	FIELD("author", MONGO_TEXT, struct mongo_review, review.author),
	FIELD("title", MONGO_TEXT, struct mongo_review, review.title),
	FIELD("text", MONGO_TEXT, struct mongo_review, review.text),
};
const struct mongo_table mongo_review_table = TABLE(review_fields, struct mongo_review);
