/* Why a page has no map: a model needs cells that tell its terms apart, and this run has too few.
 */
#include "runner/report_map.h"

#include <math.h>

/* What the model of a side needs. */
static const char *const needs[MAP_SIDES] = {
	[MAP_UNIFIED] = "two cells or more, of different works",
	[MAP_MICROSERVICES] = "four cells or more: two works, one cell without a delay, two "
			      "delays, and neither work nor delay following the other",
};

static const char *why_lacking(const struct run *run, struct cell cell)
{
	double values[RUN_BLOCKS_MAX];
	if (cell_values(run, cell, METRIC_P50, values) == 0)
		return "no trial of it counts (see Validity); a quieter machine or more blocks "
		       "would give one";
	if (cell_error_share(run, cell) > ERROR_SHARE)
		return "over 1 % of its answers failed; it needs less load";
	return "a trial of it had too few answers; it needs a longer load";
}

static void lacking_items(const struct run *run, struct doc *doc, const struct map *map,
			  enum map_side side, enum map_measure measure)
{
	for (size_t i = 0; i < map->count[side]; i++) {
		const struct map_cell *place = &map->cells[side][i];
		struct cell cell = {place->arm, map->page, map->load[measure], false};
		if (isnan(place->value[measure]))
			doc_item(doc, "%s, %s: %s.", run->arms[place->arm].id,
				 report_map_measures[measure], why_lacking(run, cell));
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
				page, loads[m], report_map_measures[m]);
	for (int m = 0; m < MAP_MEASURES; m++)
		for (int s = 0; s < MAP_SIDES; s++) {
			enum map_measure measure = (enum map_measure)m;
			enum map_side side = (enum map_side)s;
			if (map->model[side][measure].known || map->load[m] == run->load_count)
				continue;
			doc_key(doc,
				"%s: no model, and so neither map nor form: of %s the %s is known "
				"in %zu of %zu cells, and a model needs %s.",
				page, map_side_names[side], report_map_measures[measure],
				known_cells(map, side, measure), map->count[side], needs[side]);
			lacking_items(run, doc, map, side, measure);
		}
}
