#include "common/seed/seed_text.h"
#include "common/seed/seed_words.h"

#include <string.h>

enum {
	TEXT_MAX = 4096,
	NAMES = WORDS_SERIES * WORDS_ADJECTIVES * WORDS_NOUNS,
	/* Steps through all names before one repeats, since it is prime and does not divide NAMES;
	 * neighbours on a page get different words. */
	NAME_STEP = 397,
	/* Coprime to the tables' lengths: consecutive picks differ. */
	LINE_STEP = 3
};

_Static_assert(NAMES % NAME_STEP != 0, "every name is reached");
_Static_assert(SEED_AUTHORS == WORDS_FIRST_NAMES * WORDS_INITIALS, "one author a combination");
_Static_assert(WORDS_FACTS % LINE_STEP != 0 && WORDS_STAR_LINES % LINE_STEP != 0, "picks differ");

/* Moves what is in the buffer to the arena and empties the buffer. */
static struct slice text_take(struct seed_text *text)
{
	struct slice taken = {NULL, 0};
	if (strbuf_ok(&text->buf) && text->buf.len)
		taken = (struct slice){arena_copy(text->arena, text->buf.data, text->buf.len),
				       text->buf.len};
	if (!taken.at) {
		text->failed = true;
		taken = SLICE("");
	}
	strbuf_clear(&text->buf);
	return taken;
}

/* Appends `pattern` with its %s, if it has one, replaced by `word`. */
static void text_fill(struct strbuf *buf, const char *pattern, struct slice word)
{
	const char *hole = strstr(pattern, "%s");
	if (!hole) {
		strbuf_add_text(buf, pattern);
		return;
	}
	strbuf_add(buf, pattern, (size_t)(hole - pattern));
	strbuf_add_slice(buf, word);
	strbuf_add_text(buf, hole + 2);
}

static void make_dates(struct seed_text *text)
{
	static const int month_days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = 2025, month = 7, day = 1; /* 2025 and 2026 have no leap day */
	for (int i = 0; i < SEED_DAYS; i++) {
		strbuf_printf(&text->buf, "%04d-%02d-%02d", year, month, day);
		text->dates[i] = text_take(text);
		if (++day > month_days[month - 1]) {
			day = 1;
			if (++month > 12) {
				month = 1;
				year++;
			}
		}
	}
}

static void make_authors(struct seed_text *text)
{
	for (int i = 0; i < SEED_AUTHORS; i++) {
		strbuf_add_text(&text->buf, words_first_names[i / WORDS_INITIALS]);
		strbuf_add_char(&text->buf, ' ');
		strbuf_add_text(&text->buf, words_initials[i % WORDS_INITIALS]);
		text->authors[i] = text_take(text);
	}
}

void seed_text_init(struct seed_text *text, struct arena *arena)
{
	text->arena = arena;
	text->failed = false;
	strbuf_init(&text->buf, TEXT_MAX);
	make_dates(text);
	make_authors(text);
}

void seed_text_free(struct seed_text *text)
{
	strbuf_free(&text->buf);
}

static uint32_t name_index(uint32_t position, uint32_t offset)
{
	return (uint32_t)(((uint64_t)position * NAME_STEP + offset) % NAMES);
}

uint32_t seed_text_noun(uint32_t position, uint32_t offset)
{
	return name_index(position, offset) % WORDS_NOUNS;
}

struct slice seed_text_name(struct seed_text *text, uint32_t category, uint32_t position,
			    uint32_t offset)
{
	const struct words_category *words = &words_categories[category];
	uint32_t index = name_index(position, offset);
	uint32_t rest = index / WORDS_NOUNS;
	strbuf_printf(&text->buf, "%s %s %s", words_series[rest / WORDS_ADJECTIVES],
		      words->adjectives[rest % WORDS_ADJECTIVES],
		      words->nouns[index % WORDS_NOUNS].name);
	if (position >= NAMES)
		strbuf_printf(&text->buf, " No. %u", position / NAMES + 1);
	return text_take(text);
}

struct slice seed_text_description(struct seed_text *text, struct rng *rng, uint32_t category,
				   struct slice name, struct slice brand)
{
	const struct words_category *words = &words_categories[category];
	text_fill(&text->buf, words_openings[rng_below(rng, WORDS_OPENINGS)], name);
	uint64_t facts = 2 + rng_below(rng, 3), first = rng_below(rng, WORDS_FACTS);
	for (uint64_t i = 0; i < facts; i++) {
		strbuf_add_char(&text->buf, ' ');
		strbuf_add_text(&text->buf, words->facts[(first + i * LINE_STEP) % WORDS_FACTS]);
	}
	strbuf_add_char(&text->buf, ' ');
	text_fill(&text->buf, words_closings[rng_below(rng, WORDS_CLOSINGS)], brand);
	return text_take(text);
}

/* The kind of good in ASCII lower case, as it stands within a sentence. */
static struct slice lower(const char *noun, char out[64])
{
	size_t len = 0;
	for (; noun[len] && len < 63; len++)
		out[len] =
			(char)(noun[len] >= 'A' && noun[len] <= 'Z' ? noun[len] + 32 : noun[len]);
	return (struct slice){out, len};
}

struct slice seed_text_review(struct seed_text *text, struct rng *rng, uint32_t category,
			      uint32_t noun, uint32_t stars)
{
	const struct words_category *words = &words_categories[category];
	char small[64];
	struct slice good = lower(words->nouns[noun].name, small);
	uint64_t lines = 1 + rng_below(rng, 3), first = rng_below(rng, WORDS_STAR_LINES);
	for (uint64_t i = 0; i < lines; i++) {
		if (i)
			strbuf_add_char(&text->buf, ' ');
		text_fill(&text->buf,
			  words_stars[stars - 1].lines[(first + i * LINE_STEP) % WORDS_STAR_LINES],
			  good);
	}
	if (rng_below(rng, 4) == 0)
		strbuf_printf(&text->buf, " I bought it for %s.", words->use);
	return text_take(text);
}
