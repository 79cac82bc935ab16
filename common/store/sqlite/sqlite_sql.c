#include "common/store/sqlite/sqlite_sql.h"

/* What a card needs of the other parts, by the product's id in `from`. LEFT JOIN: a product without
 * stock or price must be noticed as broken data, not lost. */
#define CARD_COLUMNS                                                                               \
	"s.north, s.central, s.south, p.price_cents, p.list_cents, p.currency, "                   \
	"r.stars1, r.stars2, r.stars3, r.stars4, r.stars5 "
#define CARD_JOINS(id)                                                                             \
	"LEFT JOIN stock s ON s.id = " id " LEFT JOIN prices p ON p.id = " id                      \
	" LEFT JOIN ratings r ON r.id = " id " "

/* The same of the cards that a database of all four parts keeps ready made, and their columns. */
#define CARD_NAMES                                                                                 \
	"product, name, emoji, north, central, south, price_cents, list_cents, currency, "         \
	"stars1, stars2, stars3, stars4, stars5 "
#define CARD_TABLE                                                                                 \
	"product INTEGER NOT NULL, name TEXT NOT NULL, emoji TEXT NOT NULL, north INTEGER, "       \
	"central INTEGER, south INTEGER, price_cents INTEGER, list_cents INTEGER, "                \
	"currency TEXT, stars1 INTEGER, stars2 INTEGER, stars3 INTEGER, stars4 INTEGER, "          \
	"stars5 INTEGER, "

const struct sqlite_statement_info sqlite_statements[SQL_STATEMENTS] = {
	[SQL_BEGIN] = {"BEGIN", NEEDS_NOTHING, false},
	[SQL_COMMIT] = {"COMMIT", NEEDS_NOTHING, false},
	[SQL_PING] = {"SELECT seed FROM duet_marker WHERE id = 1", NEEDS_NOTHING, false},
	[SQL_HERO] = {"SELECT title, text, emoji FROM hero WHERE id = 1", SERVICE_CATALOG, false},
	[SQL_CATEGORIES] = {"SELECT id, name, emoji, product_count FROM categories ORDER BY number",
			    SERVICE_CATALOG, true},
	[SQL_FEATURED] = {"SELECT id, name, emoji FROM products WHERE featured_rank > 0 "
			  "ORDER BY featured_rank",
			  SERVICE_CATALOG, false},
	[SQL_CATEGORY] = {"SELECT id, name, emoji, product_count, number FROM categories "
			  "WHERE id = ?1",
			  SERVICE_CATALOG, false},
	[SQL_LISTING] = {"SELECT product, name, emoji FROM listing "
			 "WHERE category = ?1 AND position >= ?2 AND position < ?3 "
			 "ORDER BY position",
			 SERVICE_CATALOG, false},
	[SQL_PRODUCT] = {"SELECT c.id, c.name, p.name, p.emoji, p.brand, p.description "
			 "FROM products p JOIN categories c ON c.number = p.category "
			 "WHERE p.id = ?1",
			 SERVICE_CATALOG, false},
	[SQL_STOCK] = {"SELECT north, central, south FROM stock WHERE id = ?1", SERVICE_INVENTORY,
		       false},
	[SQL_PRICE] = {"SELECT price_cents, list_cents, currency FROM prices WHERE id = ?1",
		       SERVICE_PRICING, false},
	[SQL_LOWEST] = {"SELECT category, price_cents, currency FROM lowest ORDER BY number",
			SERVICE_PRICING, true},
	[SQL_RATING] = {"SELECT stars1, stars2, stars3, stars4, stars5 FROM ratings WHERE id = ?1",
			SERVICE_REVIEWS, false},
	[SQL_NEWEST] = {"SELECT number, stars, date, author, title, text FROM reviews "
			"WHERE product = ?1 ORDER BY date DESC, number LIMIT 10",
			SERVICE_REVIEWS, false},
	[SQL_PAGE_TILES] = {"SELECT id, name, emoji, product_count, price_cents, currency "
			    "FROM tiles ORDER BY number",
			    NEEDS_ALL, true},
	[SQL_PAGE_FEATURED] = {"SELECT " CARD_NAMES "FROM featured ORDER BY rank", NEEDS_ALL, true},
	[SQL_PAGE_CARDS] = {"SELECT " CARD_NAMES "FROM cards "
			    "WHERE category = ?1 AND position >= ?2 AND position < ?3 "
			    "ORDER BY position",
			    NEEDS_ALL, false},
	[SQL_PAGE_PDP] =
		{"SELECT c.id, c.name, f.name, f.emoji, f.brand, f.description, " CARD_COLUMNS
		 "FROM products f JOIN categories c ON c.number = f.category " CARD_JOINS(
			 "f.id") "WHERE f.id = ?1",
		 NEEDS_ALL, false},
};

_Static_assert(MODEL_NEWEST_REVIEWS == 10, "the LIMIT of SQL_NEWEST");
_Static_assert(MODEL_WAREHOUSES == 3 && MODEL_STARS == 5, "the columns of stock and ratings");

const char *const sqlite_schema[SERVICE_COUNT] = {
	[SERVICE_CATALOG] =
		"CREATE TABLE hero (id INTEGER PRIMARY KEY CHECK (id = 1), title TEXT NOT NULL, "
		"text TEXT NOT NULL, emoji TEXT NOT NULL);"
		"CREATE TABLE categories (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
		"name TEXT NOT NULL, emoji TEXT NOT NULL, product_count INTEGER NOT NULL);"
		"CREATE TABLE products (id INTEGER PRIMARY KEY, category INTEGER NOT NULL, "
		"position INTEGER NOT NULL, featured_rank INTEGER NOT NULL, name TEXT NOT NULL, "
		"emoji TEXT NOT NULL, brand TEXT NOT NULL, description TEXT NOT NULL);"
		"CREATE UNIQUE INDEX products_featured ON products (featured_rank) "
		"WHERE featured_rank > 0;"
		"CREATE TABLE listing (category INTEGER, position INTEGER, "
		"product INTEGER NOT NULL, name TEXT NOT NULL, emoji TEXT NOT NULL, "
		"PRIMARY KEY (category, position)) WITHOUT ROWID;",
	[SERVICE_INVENTORY] = "CREATE TABLE stock (id INTEGER PRIMARY KEY, north INTEGER NOT NULL, "
			      "central INTEGER NOT NULL, south INTEGER NOT NULL);",
	[SERVICE_PRICING] =
		"CREATE TABLE prices (id INTEGER PRIMARY KEY, category INTEGER NOT NULL, "
		"price_cents INTEGER NOT NULL, list_cents INTEGER NOT NULL, "
		"currency TEXT NOT NULL);"
		"CREATE TABLE lowest (number INTEGER PRIMARY KEY, category TEXT NOT NULL UNIQUE, "
		"price_cents INTEGER NOT NULL, currency TEXT NOT NULL);",
	[SERVICE_REVIEWS] =
		"CREATE TABLE ratings (id INTEGER PRIMARY KEY, stars1 INTEGER NOT NULL, "
		"stars2 INTEGER NOT NULL, stars3 INTEGER NOT NULL, stars4 INTEGER NOT NULL, "
		"stars5 INTEGER NOT NULL);"
		"CREATE TABLE reviews (product INTEGER, date TEXT, number INTEGER, "
		"stars INTEGER NOT NULL, author TEXT NOT NULL, title TEXT NOT NULL, "
		"text TEXT NOT NULL, PRIMARY KEY (product, date DESC, number)) WITHOUT ROWID;",
};

/* Derived rows, like the rating summaries: a list of cards is one range of one tree, however many
 * products there are, where four tables apart would be a look-up a card and table. The document
 * schema on MongoDB keeps the same: cards by position, and the home page's tiles and cards. */
const char *const sqlite_lists =
	"CREATE TABLE cards (category INTEGER, position INTEGER, " CARD_TABLE
	"PRIMARY KEY (category, position)) WITHOUT ROWID;"
	"INSERT INTO cards SELECT l.category, l.position, l.product, l.name, "
	"l.emoji, " CARD_COLUMNS "FROM listing l " CARD_JOINS(
		"l.product") "ORDER BY l.category, l.position;"
			     "CREATE TABLE featured (rank INTEGER, " CARD_TABLE
			     "PRIMARY KEY (rank)) WITHOUT ROWID;"
			     "INSERT INTO featured SELECT f.featured_rank, f.id, f.name, "
			     "f.emoji, " CARD_COLUMNS "FROM products f " CARD_JOINS(
				     "f.id") "WHERE f.featured_rank > 0 ORDER BY f.featured_rank;"
					     "CREATE TABLE tiles (number INTEGER PRIMARY KEY, id "
					     "TEXT NOT NULL, "
					     "name TEXT NOT NULL, emoji TEXT NOT NULL, "
					     "product_count INTEGER NOT NULL, "
					     "price_cents INTEGER, currency TEXT);"
					     "INSERT INTO tiles SELECT c.number, c.id, c.name, "
					     "c.emoji, "
					     "c.product_count, l.price_cents, l.currency "
					     "FROM categories c LEFT JOIN lowest l ON l.number = "
					     "c.number;";

const char *const sqlite_marker_schema =
	"CREATE TABLE duet_marker (id INTEGER PRIMARY KEY CHECK (id = 1), seed INTEGER NOT NULL, "
	"products INTEGER NOT NULL, schema TEXT NOT NULL, sha256 TEXT NOT NULL, "
	"catalog TEXT NOT NULL, inventory TEXT NOT NULL, pricing TEXT NOT NULL, "
	"reviews TEXT NOT NULL);";
