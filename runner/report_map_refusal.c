/* Why a page has no map: a model needs cells that tell its terms apart, and this run has too few.
 */
#include "runner/report_map.h"

#include "common/base/strbuf.h"

#include <math.h>

/* Of a text that lists arms. */
enum { LIST_MAX = 65536 };

static const char *const measure_names[MAP_MEASURES] = {"p50", "CPU time a request"};

/* What the model of a side needs. */
static const char *const needs[MAP_SIDES] = {
	[MAP_UNIFIED] = "two cells or more, of different works",
	[MAP_MICROSERVICES] = "four cells or more: two works, one cell without a delay, two "
			      "delays, and neither work nor delay following the other",
};

enum lack { LACKS_TRIALS, LACKS_SUCCESS, LACKS_ANSWERS, LACKS };

static const char *const lack_words[LACKS] = {
	[LACKS_TRIALS] = "no trial counts (see Validity); a quieter machine or more blocks would "
			 "give one",
	[LACKS_SUCCESS] = "over 1 % of the answers failed; less load would help",
	[LACKS_ANSWERS] = "a trial had too few answers; a longer load would help",
};

static enum lack lack_of(const struct run *run, struct cell cell)
{
	double values[RUN_BLOCKS_MAX];
	if (cell_values(run, cell, METRIC_P50, values) == 0)
		return LACKS_TRIALS;
	return cell_error_share(run, cell) > ERROR_SHARE ? LACKS_SUCCESS : LACKS_ANSWERS;
}

/* The arms that lack a measure, an item a reason. */
static void lacking_items(const struct run *run, struct doc *doc, const struct map *map,
			  enum map_side side, enum map_measure measure)
{
	struct strbuf arms[LACKS];
	for (size_t i = 0; i < LACKS; i++)
		strbuf_init(&arms[i], LIST_MAX);
	for (size_t i = 0; i < map->count[side]; i++) {
		const struct map_cell *place = &map->cells[side][i];
		struct cell cell = {place->arm, map->page, map->load[measure], false};
		struct strbuf *list = &arms[lack_of(run, cell)];
		if (isnan(place->value[measure]))
			strbuf_printf(list, "%s%s", list->len ? ", " : "",
				      run->arms[place->arm].id);
	}
	for (size_t i = 0; i < LACKS; i++) {
		if (!strbuf_ok(&arms[i]))
			doc_fail(doc);
		else if (arms[i].len)
			doc_item(doc, "%s of %s: %s.", measure_names[measure], arms[i].data,
				 lack_words[i]);
		strbuf_free(&arms[i]);
	}
}

static size_t known_cells(const struct map *map, enum map_side side, enum map_measure measure)
{
	size_t known = 0;
	for (size_t i = 0; i < map->count[side]; i++)
		known += isnan(map->cells[side][i].value[measure]) ? 0 : 1;
	return known;
}

void report_map_refusal(const struct run *run, struct doc *doc, const struct map *map)
{
	static const char *const loads[MAP_MEASURES] = {"closed level", "capacity"};
	const char *page = run->pages[map->page];
	for (int m = 0; m < MAP_MEASURES; m++)
		if (map->load[m] == run->load_count)
			doc_key(doc,
				"%s: no model, and so neither map nor form: the run has no %s, "
				"from which the %s would be.",
				page, loads[m], measure_names[m]);
	for (int m = 0; m < MAP_MEASURES; m++)
		for (int s = 0; s < MAP_SIDES; s++) {
			enum map_measure measure = (enum map_measure)m;
			enum map_side side = (enum map_side)s;
			if (map->model[side][measure].known || map->load[m] == run->load_count)
				continue;
			doc_key(doc,
				"%s: no model, and so neither map nor form: of %s the %s is known "
				"in %zu of %zu cells, and a model needs %s.",
				page, map_side_names[side], measure_names[measure],
				known_cells(map, side, measure), map->count[side], needs[side]);
			lacking_items(run, doc, map, side, measure);
		}
}
