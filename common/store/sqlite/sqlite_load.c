/* The loader. The new database is made in full beside the old one and takes its place by a rename,
 * so that a killed or failed load leaves what was there. Rows go in by key, so that tables are laid
 * out in the order in which they are read.
 */
#include "common/seed/seed_derive.h"
#include "common/store/sqlite/sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct loading {
	sqlite3 *db;
	const struct dataset *data;
	const struct store_marker *marker;
	struct derived derived;
	sqlite3_stmt *insert;
	int column; /* the last one bound */
	int code;   /* the first error */
};

static void note(struct loading *l, int code)
{
	if (l->code == SQLITE_OK && code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
		l->code = code;
}

static void run(struct loading *l, const char *sql)
{
	if (l->code == SQLITE_OK)
		note(l, sqlite3_exec(l->db, sql, NULL, NULL, NULL));
}

static void insert_begin(struct loading *l, const char *sql)
{
	l->column = 0;
	note(l, sqlite3_prepare_v2(l->db, sql, -1, &l->insert, NULL));
}

static void insert_int(struct loading *l, int64_t value)
{
	note(l, sqlite3_bind_int64(l->insert, ++l->column, value));
}

static void insert_text(struct loading *l, struct slice text)
{
	note(l, sqlite3_bind_text(l->insert, ++l->column, text.at, (int)text.len, SQLITE_STATIC));
}

static void insert_row(struct loading *l)
{
	if (l->code == SQLITE_OK)
		note(l, sqlite3_step(l->insert));
	sqlite3_reset(l->insert);
	l->column = 0;
}

static void insert_end(struct loading *l)
{
	sqlite3_finalize(l->insert);
	l->insert = NULL;
}

static void load_products(struct loading *l)
{
	insert_begin(l, "INSERT INTO products VALUES (?,?,?,?,?,?,?,?)");
	for (uint32_t i = 0; i < l->data->product_count; i++) {
		const struct seed_product *product = &l->data->products[i];
		insert_int(l, product->id);
		insert_int(l, product->category);
		insert_int(l, product->position);
		insert_int(l, product->featured_rank);
		insert_text(l, product->name);
		insert_text(l, product->emoji);
		insert_text(l, product->brand);
		insert_text(l, product->description);
		insert_row(l);
	}
	insert_end(l);
	insert_begin(l, "INSERT INTO listing VALUES (?,?,?,?,?)");
	for (uint32_t i = 0; i < l->data->product_count; i++) {
		const struct seed_product *product = &l->data->products[l->derived.by_position[i]];
		insert_int(l, product->category);
		insert_int(l, product->position);
		insert_int(l, product->id);
		insert_text(l, product->name);
		insert_text(l, product->emoji);
		insert_row(l);
	}
	insert_end(l);
}

static void load_catalog(struct loading *l)
{
	insert_begin(l, "INSERT INTO hero VALUES (1,?,?,?)");
	insert_text(l, l->data->hero.title);
	insert_text(l, l->data->hero.text);
	insert_text(l, l->data->hero.emoji);
	insert_row(l);
	insert_end(l);
	insert_begin(l, "INSERT INTO categories VALUES (?,?,?,?,?)");
	for (uint32_t c = 0; c < MODEL_CATEGORIES; c++) {
		const struct category *category = &l->data->categories[c];
		insert_int(l, c);
		insert_text(l, category->id);
		insert_text(l, category->name);
		insert_text(l, category->emoji);
		insert_int(l, category->product_count);
		insert_row(l);
	}
	insert_end(l);
	load_products(l);
}

static void load_inventory(struct loading *l)
{
	insert_begin(l, "INSERT INTO stock VALUES (?,?,?,?)");
	for (uint32_t i = 0; i < l->data->product_count; i++) {
		insert_int(l, l->data->stock[i].id);
		for (int w = 0; w < MODEL_WAREHOUSES; w++)
			insert_int(l, l->data->stock[i].quantity[w]);
		insert_row(l);
	}
	insert_end(l);
}

static void load_pricing(struct loading *l)
{
	insert_begin(l, "INSERT INTO prices VALUES (?,?,?,?,?)");
	for (uint32_t i = 0; i < l->data->product_count; i++) {
		const struct seed_price *price = &l->data->prices[i];
		insert_int(l, price->id);
		insert_int(l, price->category);
		insert_int(l, price->price_cents);
		insert_int(l, price->list_cents);
		insert_text(l, price->currency);
		insert_row(l);
	}
	insert_end(l);
	insert_begin(l, "INSERT INTO lowest VALUES (?,?,?,?)");
	for (uint32_t c = 0; c < MODEL_CATEGORIES; c++) {
		const struct lowest_price *lowest = &l->derived.lowest[c];
		insert_int(l, c);
		insert_text(l, lowest->category_id);
		insert_int(l, lowest->price_cents);
		insert_text(l, lowest->currency);
		insert_row(l);
	}
	insert_end(l);
}

static void load_reviews(struct loading *l)
{
	insert_begin(l, "INSERT INTO ratings VALUES (?,?,?,?,?,?)");
	for (uint32_t i = 0; i < l->data->product_count; i++) {
		insert_int(l, l->derived.ratings[i].id);
		for (int s = 0; s < MODEL_STARS; s++)
			insert_int(l, l->derived.ratings[i].stars[s]);
		insert_row(l);
	}
	insert_end(l);
	insert_begin(l, "INSERT INTO reviews VALUES (?,?,?,?,?,?,?)");
	for (uint32_t i = 0; i < l->data->review_count; i++) {
		const struct seed_review *item = &l->data->reviews[l->derived.newest[i]];
		insert_int(l, item->product);
		insert_text(l, item->review.date);
		insert_int(l, item->review.number);
		insert_int(l, item->review.stars);
		insert_text(l, item->review.author);
		insert_text(l, item->review.title);
		insert_text(l, item->review.text);
		insert_row(l);
	}
	insert_end(l);
}

static void load_marker(struct loading *l)
{
	const struct store_marker *marker = l->marker;
	run(l, sqlite_marker_schema);
	insert_begin(l, "INSERT INTO duet_marker VALUES (1,?,?,?,?,?,?,?,?)");
	insert_int(l, (int64_t)marker->seed);
	insert_int(l, marker->products);
	insert_text(l, slice_of(marker->schema));
	insert_text(l, slice_of(marker->sha256));
	for (int p = 0; p < SERVICE_COUNT; p++)
		insert_text(l, slice_of(marker->holds[p] ? marker->part_sha256[p] : ""));
	insert_row(l);
	insert_end(l);
}

static void (*const load_part[SERVICE_COUNT])(struct loading *) = {
	[SERVICE_CATALOG] = load_catalog,
	[SERVICE_INVENTORY] = load_inventory,
	[SERVICE_PRICING] = load_pricing,
	[SERVICE_REVIEWS] = load_reviews,
};

/* Fills the database at `path`. The file is fsynced by the caller, hence no syncs here. */
static int fill(struct loading *l, const char *path)
{
	note(l, sqlite3_open_v2(path, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL));
	run(l, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;");
	char id[64];
	snprintf(id, sizeof(id), "PRAGMA application_id = %d", SQLITE_DUET_ID);
	run(l, id);
	run(l, "BEGIN");
	for (int p = 0; p < SERVICE_COUNT && l->code == SQLITE_OK; p++) {
		if (!l->marker->holds[p])
			continue;
		run(l, sqlite_schema[p]);
		if (l->code == SQLITE_OK)
			load_part[p](l);
	}
	if (sqlite_marker_holds(l->marker, NEEDS_ALL))
		run(l, sqlite_lists);
	if (l->code == SQLITE_OK)
		load_marker(l);
	run(l, "COMMIT");
	run(l, "PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE);");
	note(l, sqlite3_close(l->db));
	return l->code;
}

/* An absent file may be made and a database of ours replaced, nothing else. The header of a SQLite
 * file ends with the application id at byte 68. */
static bool may_replace(const char *path)
{
	unsigned char header[72] = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT;
	ssize_t n = read(fd, header, sizeof(header));
	close(fd);
	uint32_t id = (uint32_t)header[68] << 24 | (uint32_t)header[69] << 16 |
		      (uint32_t)header[70] << 8 | header[71];
	return n == (ssize_t)sizeof(header) && memcmp(header, "SQLite format 3", 16) == 0 &&
	       id == SQLITE_DUET_ID;
}

static bool sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

/* Puts the finished file in its place. Logs of the old database go first: SQLite would play them
 * into the new one. */
static bool take_place(const char *made, const char *path)
{
	static const char *const logs[] = {"-wal", "-shm"};
	char name[PATH_MAX + 8];
	if (!sync_path(made))
		return false;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, logs[i]);
		if (unlink(name) != 0 && errno != ENOENT)
			return false;
	}
	if (rename(made, path) != 0)
		return false;
	snprintf(name, sizeof(name), "%s", path);
	return sync_path(dirname(name));
}

enum store_status sqlite_store_load(const char *uri, const struct dataset *data,
				    const struct store_marker *marker, char error[STORE_ERROR_MAX])
{
	const char *path = sqlite_path_of(uri);
	char made[PATH_MAX];
	struct loading l = {.data = data, .marker = marker};
	struct arena *arena = NULL;
	enum store_status status = STORE_UNAVAILABLE;
	int len = snprintf(made, sizeof(made), "%s.tmp-%ld", path, (long)getpid());
	if (*path == '\0' || len < 0 || (size_t)len >= sizeof(made)) {
		store_error(error, "store '%s': the path is empty or too long", uri);
		return STORE_CONFLICT;
	}
	if (!may_replace(path)) {
		store_error(error,
			    "store '%s': the file is no Duet database and is left alone: name "
			    "another one or remove it",
			    uri);
		return STORE_CONFLICT;
	}
	arena = arena_new(0);
	if (!arena || !seed_derive(data, arena, &l.derived)) {
		store_error(error, "store '%s': out of memory", uri);
		goto out;
	}
	unlink(made);
	if (fill(&l, made) != SQLITE_OK) {
		store_error(error,
			    "store '%s': loading failed: %s; is the folder there and writable, "
			    "and the disk not full?",
			    uri, sqlite3_errstr(l.code));
		goto out;
	}
	if (!take_place(made, path)) {
		store_error(error, "store '%s': loading failed: %s", uri, strerror(errno));
		goto out;
	}
	status = STORE_OK;
out:
	if (status != STORE_OK)
		unlink(made);
	arena_free(arena);
	return status;
}
