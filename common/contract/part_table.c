#include "common/contract/part_table.h"

#define HEAD(type_, member_, key_)                                                                 \
	.key = {key_, sizeof(key_) - 1}, .offset = offsetof(type_, member_)
#define TEXT(type_, member_, key_)                                                                 \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_TEXT                                     \
	}
#define PRODUCT(type_, member_, key_)                                                              \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_PRODUCT                                  \
	}
#define UINT(type_, member_, key_, ...)                                                            \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_UINT32, __VA_ARGS__                      \
	}
#define CENTS(type_, member_, key_, ...)                                                           \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_CENTS, __VA_ARGS__                       \
	}
#define NUMBERS(type_, member_, key_, bound_)                                                      \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_NUMBERS, .bound = (bound_)               \
	}
#define OBJECT(type_, member_, key_, nested_)                                                      \
	{                                                                                          \
		HEAD(type_, member_, key_), .type = FIELD_OBJECT, .nested = &(nested_)             \
	}
#define OBJECTS(type_, member_, count_, key_, nested_)                                             \
	{                                                                                          \
		HEAD(type_, member_, key_),                                                        \
			.type = FIELD_OBJECTS,                                                     \
			.bound = sizeof(((type_ *)0)->member_) / sizeof(((type_ *)0)->member_[0]), \
			.count_offset = offsetof(type_, count_),                                   \
			.stride = sizeof(((type_ *)0)->member_[0]), .nested = &(nested_)           \
	}
#define MESSAGE(fields_)                                                                           \
	{                                                                                          \
		(fields_), sizeof(fields_) / sizeof((fields_)[0])                                  \
	}

static const struct part_field hero_fields[] = {
	TEXT(struct hero, title, "title"),
	TEXT(struct hero, text, "text"),
	TEXT(struct hero, emoji, "emoji"),
};
static const struct part_message hero_message = MESSAGE(hero_fields);

static const struct part_field category_fields[] = {
	TEXT(struct category, id, "id"),
	TEXT(struct category, name, "name"),
	TEXT(struct category, emoji, "emoji"),
	UINT(struct category, product_count, "product_count", .least = 0),
};
static const struct part_message category_message = MESSAGE(category_fields);

static const struct part_field brief_fields[] = {
	PRODUCT(struct brief, id, "id"),
	TEXT(struct brief, name, "name"),
	TEXT(struct brief, emoji, "emoji"),
};
static const struct part_message brief_message = MESSAGE(brief_fields);

static const struct part_field catalog_home_fields[] = {
	OBJECT(struct part_catalog_home, hero, "hero", hero_message),
	OBJECTS(struct part_catalog_home, categories, category_count, "categories",
		category_message),
	OBJECTS(struct part_catalog_home, featured, featured_count, "featured", brief_message),
};

static const struct part_field catalog_page_fields[] = {
	OBJECT(struct part_catalog_page, category, "category", category_message),
	UINT(struct part_catalog_page, page, "page", .least = 1),
	UINT(struct part_catalog_page, page_count, "page_count", .least = 1),
	OBJECTS(struct part_catalog_page, items, count, "products", brief_message),
};

static const struct part_field product_fields[] = {
	PRODUCT(struct part_product, id, "id"),
	TEXT(struct part_product, category_id, "category_id"),
	TEXT(struct part_product, category_name, "category_name"),
	TEXT(struct part_product, name, "name"),
	TEXT(struct part_product, emoji, "emoji"),
	TEXT(struct part_product, brand, "brand"),
	TEXT(struct part_product, description, "description"),
};

static const struct part_field stock_fields[] = {
	PRODUCT(struct stock, id, "id"),
	NUMBERS(struct stock, quantity, "quantity", MODEL_WAREHOUSES),
};
static const struct part_message stock_message = MESSAGE(stock_fields);
static const struct part_field part_stock_fields[] = {
	OBJECTS(struct part_stock, items, count, "items", stock_message),
};

static const struct part_field price_fields[] = {
	PRODUCT(struct price, id, "id"),
	CENTS(struct price, price_cents, "price_cents", .least = 1),
	CENTS(struct price, list_cents, "list_cents", .least = 1),
	TEXT(struct price, currency, "currency"),
};
static const struct part_message price_message = MESSAGE(price_fields);
static const struct part_field part_prices_fields[] = {
	OBJECTS(struct part_prices, items, count, "items", price_message),
};

static const struct part_field lowest_fields[] = {
	TEXT(struct lowest_price, category_id, "category_id"),
	CENTS(struct lowest_price, price_cents, "price_cents", .least = 1),
	TEXT(struct lowest_price, currency, "currency"),
};
static const struct part_message lowest_message = MESSAGE(lowest_fields);
static const struct part_field part_lowest_fields[] = {
	OBJECTS(struct part_lowest, items, count, "items", lowest_message),
};

static const struct part_field rating_fields[] = {
	PRODUCT(struct rating, id, "id"),
	NUMBERS(struct rating, stars, "stars", MODEL_STARS),
};
static const struct part_message rating_message = MESSAGE(rating_fields);
static const struct part_field part_ratings_fields[] = {
	OBJECTS(struct part_ratings, items, count, "items", rating_message),
};

static const struct part_field review_fields[] = {
	UINT(struct review, number, "number", .least = 0),
	TEXT(struct review, date, "date"),
	TEXT(struct review, author, "author"),
	UINT(struct review, stars, "stars", .least = 1, .most = MODEL_STARS),
	TEXT(struct review, title, "title"),
	TEXT(struct review, text, "text"),
};
static const struct part_message review_message = MESSAGE(review_fields);
static const struct part_field part_reviews_fields[] = {
	OBJECT(struct part_reviews, rating, "rating", rating_message),
	OBJECTS(struct part_reviews, newest, count, "reviews", review_message),
};

const struct part_message part_messages[READ_PART_KINDS] = {
	[READ_CATALOG_HOME] = MESSAGE(catalog_home_fields),
	[READ_CATALOG_PAGE] = MESSAGE(catalog_page_fields),
	[READ_PRODUCT] = MESSAGE(product_fields),
	[READ_STOCK] = MESSAGE(part_stock_fields),
	[READ_PRICES] = MESSAGE(part_prices_fields),
	[READ_LOWEST] = MESSAGE(part_lowest_fields),
	[READ_RATINGS] = MESSAGE(part_ratings_fields),
	[READ_REVIEWS] = MESSAGE(part_reviews_fields),
};
