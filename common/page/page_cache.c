#include "common/page/page_cache.h"

#include <inttypes.h>
#include <stdlib.h>

/* A full memory costs an entry, not the process. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->kept = false)
#include <uthash.h>

/* What names a page, without padding, so that it can be hashed as bytes. */
struct key {
	uint32_t kind, id, page;
	char category[MODEL_SLUG_MAX + 4]; /* filled up with zeros */
};

_Static_assert(sizeof(struct key) == 3 * sizeof(uint32_t) + MODEL_SLUG_MAX + 4,
	       "a key has no padding");

/* The table keeps the order of adding: its first entry is the oldest. */
struct entry {
	UT_hash_handle hh;
	struct key key;
	int64_t made_ns;
	size_t len;
	bool kept; /* false: there was no memory for its place in the table */
	char body[];
};

struct page_cache {
	struct entry *entries;
	int64_t ttl_ns, age_sum_ns, age_max_ns;
	size_t bytes, max_bytes;
	uint64_t hits, misses, evicted;
};

struct page_cache *page_cache_new(int64_t ttl_ns, size_t max_bytes)
{
	struct page_cache *cache = calloc(1, sizeof(*cache));
	if (!cache)
		return NULL;
	cache->ttl_ns = ttl_ns;
	cache->max_bytes = max_bytes;
	return cache;
}

static struct key key_of(enum read_kind kind, const struct read_args *args)
{
	struct key key = {.kind = (uint32_t)kind};
	if (kind == READ_PAGE_PDP)
		key.id = args->ids[0];
	if (kind != READ_PAGE_PLP)
		return key;
	key.page = args->page;
	for (size_t i = 0; i < MODEL_SLUG_MAX && args->category[i]; i++)
		key.category[i] = args->category[i];
	return key;
}

static size_t size_of(size_t len)
{
	return sizeof(struct entry) + len;
}

static void entry_drop(struct page_cache *cache, struct entry *entry)
{
	cache->bytes -= size_of(entry->len);
	HASH_DEL(cache->entries, entry);
	free(entry);
}

static struct entry *entry_find(const struct page_cache *cache, const struct key *key)
{
	struct entry *entry = NULL;
	HASH_FIND(hh, cache->entries, key, sizeof(*key), entry);
	return entry;
}

bool page_cache_find(struct page_cache *cache, enum read_kind kind, const struct read_args *args,
		     int64_t now_ns, struct slice *body)
{
	const struct key key = key_of(kind, args);
	struct entry *entry = entry_find(cache, &key);
	int64_t age_ns = entry ? now_ns - entry->made_ns : 0;
	if (!entry || age_ns >= cache->ttl_ns) {
		cache->misses++;
		return false;
	}
	cache->hits++;
	cache->age_sum_ns += age_ns;
	if (age_ns > cache->age_max_ns)
		cache->age_max_ns = age_ns;
	*body = (struct slice){entry->body, entry->len};
	return true;
}

static void drop_oldest(struct page_cache *cache)
{
	struct entry *next = cache->entries->hh.next;
	entry_drop(cache, cache->entries);
	cache->entries = next; /* as it is now: so that the linter knows, too */
}

/* Drops what is too old, then the oldest until `more` bytes fit. */
static void make_room(struct page_cache *cache, size_t more, int64_t now_ns)
{
	while (cache->entries && now_ns - cache->entries->made_ns >= cache->ttl_ns)
		drop_oldest(cache);
	while (cache->entries && cache->bytes + more > cache->max_bytes) {
		drop_oldest(cache);
		cache->evicted++;
	}
}

void page_cache_keep(struct page_cache *cache, enum read_kind kind, const struct read_args *args,
		     int64_t now_ns, struct slice body)
{
	const struct key key = key_of(kind, args);
	struct entry *entry = entry_find(cache, &key);
	if (entry)
		entry_drop(cache, entry);
	if (size_of(body.len) > cache->max_bytes)
		return;
	make_room(cache, size_of(body.len), now_ns);
	entry = calloc(1, size_of(body.len));
	if (!entry)
		return;
	entry->key = key;
	entry->made_ns = now_ns;
	entry->len = body.len;
	entry->kept = true;
	memcpy(entry->body, body.at, body.len);
	HASH_ADD(hh, cache->entries, key, sizeof(entry->key), entry);
	if (entry->kept)
		cache->bytes += size_of(body.len);
	else
		free(entry);
}

void page_cache_metrics(const struct page_cache *cache, unsigned loop, struct strbuf *out)
{
	strbuf_printf(out,
		      "# TYPE page_cache_hits counter\npage_cache_hits_total %" PRIu64 "\n"
		      "# TYPE page_cache_misses counter\npage_cache_misses_total %" PRIu64 "\n"
		      "# TYPE page_cache_evicted counter\npage_cache_evicted_total %" PRIu64 "\n"
		      "# TYPE page_cache_entries gauge\npage_cache_entries %u\n"
		      "# TYPE page_cache_bytes gauge\npage_cache_bytes %zu\n",
		      cache->hits, cache->misses, cache->evicted, HASH_COUNT(cache->entries),
		      cache->bytes);
	strbuf_printf(out,
		      "# TYPE page_cache_hit_age_seconds summary\n"
		      "page_cache_hit_age_seconds_count %" PRIu64 "\n"
		      "page_cache_hit_age_seconds_sum %.9f\n"
		      "# TYPE page_cache_hit_age_max_seconds gauge\n"
		      "page_cache_hit_age_max_seconds{loop=\"%u\"} %.9f\n",
		      cache->hits, (double)cache->age_sum_ns / 1e9, loop,
		      (double)cache->age_max_ns / 1e9);
}

void page_cache_free(struct page_cache *cache)
{
	if (!cache)
		return;
	while (cache->entries)
		drop_oldest(cache);
	free(cache);
}
