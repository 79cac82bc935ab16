#include "common/page/page_precomputed.h"

#include "common/base/clock.h"
#include "common/contract/page_json.h"
#include "common/contract/routes.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

enum { TARGET_MAX = 128, ERROR_MAX = 160, ASK_SECONDS = 30 };

struct entry {
	UT_hash_handle hh;
	struct slice body;
	size_t target_len;
	char bytes[]; /* target, then body */
};

struct page_precomputed {
	struct entry *entries;
};

/* One question while the set is made. */
struct ask {
	struct page_call call;
	bool done;
	struct strbuf body;
	uint32_t page_count, id_count;
	uint32_t ids[MODEL_PAGE_SIZE];
	char slugs[MODEL_CATEGORIES][MODEL_SLUG_MAX + 1];
	uint32_t slug_count;
};

static void ask_keep_links(struct ask *ask)
{
	const struct page_home *home = ask->call.page;
	const struct page_plp *plp = ask->call.page;
	if (ask->call.kind == READ_PAGE_HOME) {
		for (uint32_t i = 0; i < home->tile_count; i++)
			snprintf(ask->slugs[i], sizeof(ask->slugs[i]), "%.*s",
				 (int)home->tiles[i].category.id.len,
				 home->tiles[i].category.id.at);
		ask->slug_count = home->tile_count;
	} else if (ask->call.kind == READ_PAGE_PLP) {
		ask->page_count = plp->page_count;
		ask->id_count = plp->count;
		for (uint32_t i = 0; i < plp->count; i++)
			ask->ids[i] = plp->cards[i].product.id;
	}
}

static void ask_done(struct page_call *call)
{
	struct ask *ask = call->owner;
	ask->done = true;
	if (call->status == PAGE_OK) {
		page_json_write(&ask->body, call->kind, call->page);
		ask_keep_links(ask);
	}
	if (call->release)
		call->release(call);
}

static void target_write(struct strbuf *out, enum read_kind kind, const struct read_args *args)
{
	strbuf_init(out, TARGET_MAX);
	route_write_public(out, kind, args);
}

static bool set_add(struct page_precomputed *set, const struct ask *ask)
{
	struct strbuf target;
	target_write(&target, ask->call.kind, &ask->call.args);
	struct entry *entry = calloc(1, sizeof(*entry) + target.len + ask->body.len);
	bool ok = entry && strbuf_ok(&target) && strbuf_ok(&ask->body);
	if (ok) {
		memcpy(entry->bytes, target.data, target.len);
		memcpy(entry->bytes + target.len, ask->body.data, ask->body.len);
		entry->target_len = target.len;
		entry->body = (struct slice){entry->bytes + target.len, ask->body.len};
		HASH_ADD_KEYPTR(hh, set->entries, entry->bytes, entry->target_len, entry);
	} else {
		free(entry);
	}
	strbuf_free(&target);
	return ok;
}

/* Asks for one page and keeps its body; call.kind and call.args are set. */
static bool set_ask(struct page_precomputed *set, struct page_source *source,
		    struct event_base *base, struct ask *ask, char error[ERROR_MAX])
{
	static const char no_trace[33] = "00000000000000000000000000000000";
	ask->call.arena = arena_new(0);
	ask->call.deadline_ns = clock_now_ns() + ASK_SECONDS * NS_PER_S;
	memcpy(ask->call.trace_id, no_trace, sizeof(no_trace));
	ask->call.done = ask_done;
	ask->call.owner = ask;
	strbuf_init(&ask->body, PAGE_JSON_MAX);
	bool ok = ask->call.arena != NULL;
	if (ok) {
		page_source_ask(source, &ask->call);
		while (!ask->done && event_base_loop(base, EVLOOP_ONCE) == 0)
			;
		ok = ask->call.status == PAGE_OK && set_add(set, ask);
	}
	if (!ok)
		snprintf(error, ERROR_MAX, "cannot compute a %s beforehand: %.80s",
			 read_infos[ask->call.kind].name,
			 ask->call.error[0] ? ask->call.error : "no such page or no memory");
	arena_free(ask->call.arena);
	strbuf_free(&ask->body);
	return ok;
}

static bool set_add_products(struct page_precomputed *set, struct page_source *source,
			     struct event_base *base, const struct ask *list, char error[ERROR_MAX])
{
	for (uint32_t i = 0; i < list->id_count; i++) {
		struct ask ask = {.call = {.kind = READ_PAGE_PDP}};
		ask.call.args.id_count = 1;
		ask.call.args.ids[0] = list->ids[i];
		if (!set_ask(set, source, base, &ask, error))
			return false;
	}
	return true;
}

static bool set_add_category(struct page_precomputed *set, struct page_source *source,
			     struct event_base *base, const char *slug, char error[ERROR_MAX])
{
	uint32_t page_count = 1;
	for (uint32_t page = 1; page <= page_count; page++) {
		struct ask ask = {.call = {.kind = READ_PAGE_PLP}};
		ask.call.args.page = page;
		snprintf(ask.call.args.category, sizeof(ask.call.args.category), "%s", slug);
		if (!set_ask(set, source, base, &ask, error) ||
		    !set_add_products(set, source, base, &ask, error))
			return false;
		page_count = ask.page_count;
	}
	return true;
}

struct page_precomputed *page_precomputed_new(struct page_source *source, struct event_base *base,
					      char error[ERROR_MAX])
{
	struct page_precomputed *set = calloc(1, sizeof(*set));
	struct ask home = {.call = {.kind = READ_PAGE_HOME}};
	if (!set) {
		snprintf(error, ERROR_MAX, "no memory to compute pages beforehand");
		return NULL;
	}
	bool ok = set_ask(set, source, base, &home, error);
	for (uint32_t i = 0; ok && i < home.slug_count; i++)
		ok = set_add_category(set, source, base, home.slugs[i], error);
	if (ok)
		return set;
	page_precomputed_free(set);
	return NULL;
}

bool page_precomputed_find(const struct page_precomputed *set, enum read_kind kind,
			   const struct read_args *args, struct slice *body)
{
	struct strbuf target;
	struct entry *entry = NULL;
	target_write(&target, kind, args);
	if (strbuf_ok(&target))
		HASH_FIND(hh, set->entries, target.data, target.len, entry);
	strbuf_free(&target);
	if (entry)
		*body = entry->body;
	return entry != NULL;
}

size_t page_precomputed_count(const struct page_precomputed *set)
{
	return HASH_COUNT(set->entries);
}

void page_precomputed_free(struct page_precomputed *set)
{
	if (!set)
		return;
	struct entry *next = set->entries;
	HASH_CLEAR(hh, set->entries); /* frees the table alone; the entries stay a list */
	while (next) {
		struct entry *entry = next;
		next = entry->hh.next;
		free(entry);
	}
	free(set);
}
