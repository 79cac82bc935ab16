/* The canonical dump: lines of compact JSON, hashed as they are made. Numbers, not slugs, name
 * categories, so that each part can be dumped without the others.
 */
#include "common/base/json_writer.h"
#include "common/seed/digest.h"
#include "common/seed/seed.h"

#include <string.h>

enum { LINE_MAX = 65536 };

struct dump {
	const struct dataset *data;
	FILE *out; /* NULL: hash only */
	struct digest *digest;
	struct strbuf line;
	struct json_writer json;
	bool failed;
};

static void line_begin(struct dump *dump)
{
	strbuf_clear(&dump->line);
	json_writer_init(&dump->json, &dump->line);
	json_object_begin(&dump->json);
}

static void line_end(struct dump *dump)
{
	json_object_end(&dump->json);
	strbuf_add_char(&dump->line, '\n');
	if (!strbuf_ok(&dump->line)) {
		dump->failed = true;
		return;
	}
	digest_add(dump->digest, dump->line.data, dump->line.len);
	if (dump->out && fwrite(dump->line.data, 1, dump->line.len, dump->out) != dump->line.len)
		dump->failed = true;
}

static void add_text(struct dump *dump, struct slice key, struct slice value)
{
	json_key_slice(&dump->json, key);
	json_put_string(&dump->json, value);
}

static void add_number(struct dump *dump, struct slice key, uint64_t value)
{
	json_key_slice(&dump->json, key);
	json_uint(&dump->json, value);
}

static void dump_catalog(struct dump *dump)
{
	const struct dataset *data = dump->data;
	line_begin(dump);
	add_text(dump, SLICE("hero"), data->hero.title);
	add_text(dump, SLICE("text"), data->hero.text);
	add_text(dump, SLICE("emoji"), data->hero.emoji);
	line_end(dump);
	for (uint32_t c = 0; c < MODEL_CATEGORIES; c++) {
		line_begin(dump);
		add_number(dump, SLICE("category"), c);
		add_text(dump, SLICE("id"), data->categories[c].id);
		add_text(dump, SLICE("name"), data->categories[c].name);
		add_text(dump, SLICE("emoji"), data->categories[c].emoji);
		line_end(dump);
	}
	for (uint32_t i = 0; i < data->product_count; i++) {
		const struct seed_product *product = &data->products[i];
		line_begin(dump);
		add_number(dump, SLICE("product"), product->id);
		add_number(dump, SLICE("category"), product->category);
		add_number(dump, SLICE("position"), product->position);
		add_number(dump, SLICE("featured_rank"), product->featured_rank);
		add_text(dump, SLICE("name"), product->name);
		add_text(dump, SLICE("emoji"), product->emoji);
		add_text(dump, SLICE("brand"), product->brand);
		add_text(dump, SLICE("description"), product->description);
		line_end(dump);
	}
}

static void dump_inventory(struct dump *dump)
{
	for (uint32_t i = 0; i < dump->data->product_count; i++) {
		const struct stock *stock = &dump->data->stock[i];
		line_begin(dump);
		add_number(dump, SLICE("product"), stock->id);
		for (int w = 0; w < MODEL_WAREHOUSES; w++)
			add_number(dump, slice_of(model_warehouses[w]), stock->quantity[w]);
		line_end(dump);
	}
}

static void dump_pricing(struct dump *dump)
{
	for (uint32_t i = 0; i < dump->data->product_count; i++) {
		const struct seed_price *price = &dump->data->prices[i];
		line_begin(dump);
		add_number(dump, SLICE("product"), price->id);
		add_number(dump, SLICE("category"), price->category);
		add_number(dump, SLICE("price_cents"), (uint64_t)price->price_cents);
		add_number(dump, SLICE("list_cents"), (uint64_t)price->list_cents);
		add_text(dump, SLICE("currency"), price->currency);
		line_end(dump);
	}
}

static void dump_reviews(struct dump *dump)
{
	for (uint32_t i = 0; i < dump->data->review_count; i++) {
		const struct seed_review *item = &dump->data->reviews[i];
		line_begin(dump);
		add_number(dump, SLICE("product"), item->product);
		add_number(dump, SLICE("number"), item->review.number);
		add_number(dump, SLICE("stars"), item->review.stars);
		add_text(dump, SLICE("date"), item->review.date);
		add_text(dump, SLICE("author"), item->review.author);
		add_text(dump, SLICE("title"), item->review.title);
		add_text(dump, SLICE("text"), item->review.text);
		line_end(dump);
	}
}

static void (*const dump_part[SERVICE_COUNT])(struct dump *) = {
	[SERVICE_CATALOG] = dump_catalog,
	[SERVICE_INVENTORY] = dump_inventory,
	[SERVICE_PRICING] = dump_pricing,
	[SERVICE_REVIEWS] = dump_reviews,
};

void seed_combine(const char parts[SERVICE_COUNT][65], char out[65])
{
	struct digest *digest = digest_new();
	for (int p = 0; digest && p < SERVICE_COUNT; p++) {
		digest_add(digest, parts[p], strlen(parts[p]));
		digest_add(digest, "\n", 1);
	}
	digest_finish(digest, out);
}

bool seed_dump(const struct dataset *data, FILE *out, struct store_marker *marker)
{
	struct dump dump = {.data = data, .out = out};
	bool all = true;
	strbuf_init(&dump.line, LINE_MAX);
	marker->sha256[0] = '\0';
	for (int p = 0; p < SERVICE_COUNT; p++) {
		marker->part_sha256[p][0] = '\0';
		all = all && data->holds[p];
		if (!data->holds[p])
			continue;
		dump.digest = digest_new();
		if (!dump.digest) {
			dump.failed = true;
			break;
		}
		dump_part[p](&dump);
		if (!digest_finish(dump.digest, marker->part_sha256[p]))
			dump.failed = true;
	}
	strbuf_free(&dump.line);
	if (all && !dump.failed)
		seed_combine((const char(*)[65])marker->part_sha256, marker->sha256);
	return !dump.failed && (!out || fflush(out) == 0);
}
