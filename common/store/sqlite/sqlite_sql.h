/* sqlite_sql: every statement of the SQLite store, and the tables they run on.
 *
 * A database holds the tables of its parts and no others; the whole shop is all of them in one.
 *   catalog    hero; categories (number is their order); products; listing: the cards of a category
 *              clustered by position, so that a page is one range of 40
 *   inventory  stock
 *   pricing    prices; lowest: a stored row a category
 *   reviews    ratings: a stored row a product; reviews clustered newest first
 *   all four   cards: listing with its price, stock and ratings; featured and tiles: the home
 * page's and duet_marker, one row.
 */
#ifndef DUET_STORE_SQLITE_SQLITE_SQL_H
#define DUET_STORE_SQLITE_SQLITE_SQL_H

#include "common/contract/read.h"

#include <stdbool.h>

/* PRAGMA application_id of our databases: "Duet". */
enum { SQLITE_DUET_ID = 0x44756574 };

enum sqlite_statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_PING,
	SQL_HERO,
	SQL_CATEGORIES,
	SQL_FEATURED,
	SQL_CATEGORY,
	SQL_LISTING,
	SQL_PRODUCT,
	SQL_STOCK,
	SQL_PRICE,
	SQL_LOWEST,
	SQL_RATING,
	SQL_NEWEST,
	SQL_PAGE_TILES,
	SQL_PAGE_FEATURED,
	SQL_PAGE_CARDS,
	SQL_PAGE_PDP,
	SQL_STATEMENTS
};

/* Which databases a statement is prepared in. */
enum sqlite_needs { NEEDS_NOTHING = SERVICE_COUNT + 1, NEEDS_ALL = SERVICE_COUNT };

struct sqlite_statement_info {
	const char *text;
	int needs;  /* an enum service, NEEDS_ALL or NEEDS_NOTHING */
	bool scans; /* reads a whole table on purpose: one of eight rows */
};

extern const struct sqlite_statement_info sqlite_statements[SQL_STATEMENTS];

/* CREATE TABLE statements of each part, and of the marker. */
extern const char *const sqlite_schema[SERVICE_COUNT];
/* cards, featured and tiles: made last, where all four parts are held. */
extern const char *const sqlite_lists;
extern const char *const sqlite_marker_schema;

#endif
