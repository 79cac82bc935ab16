/* Where the tax stops mattering: the model of a plan with "map" (map.h), what it misses by, the map
 * that follows from it, and the form that reads estimates off it. */
#include "runner/report_map.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const measure_names[MAP_MEASURES] = {"latency, p50", "CPU a request"};

struct text text_delay(double delay_us)
{
	struct text out;
	snprintf(out.s, sizeof(out.s), "%g", delay_us / 1e3);
	return out;
}

/* A relative error; a dash where there is none. */
static struct text text_missed(double error)
{
	return isnan(error) ? (struct text){TEXT_DASH} : text_percent(error);
}

/* An own work; "always" from 0 on, "never" where there is none; beyond the measured it says so. */
static struct text text_work(const struct map *map, double work_us, bool upwards)
{
	struct text out = text_whole(work_us);
	if (isnan(work_us))
		return out;
	if (upwards ? isinf(work_us) : work_us < 0)
		return (struct text){"never"};
	if (upwards && work_us <= 0)
		return (struct text){"always"};
	if (work_us > map->work_max)
		snprintf(out.s, sizeof(out.s), "%.40s (extrapolated)", text_whole(work_us).s);
	return out;
}

/* ---- the model ---- */

static void model_row(const struct run *run, struct doc *doc, const struct map *map,
		      enum map_side side, enum map_measure measure)
{
	const struct map_model *model = &map->model[side][measure];
	bool services = side == MAP_MICROSERVICES;
	doc_row(doc, (struct doc_keys){.page = run->pages[map->page]});
	doc_cell(doc, "%s", map_side_names[side]);
	doc_cell(doc, "%s", measure_names[measure]);
	doc_cell(doc, "%s", text_fixed(model->term[MAP_BASE], 1).s);
	doc_cell(doc, "%s", text_fixed(model->term[MAP_WORK], 4).s);
	doc_cell(doc, "%s", services ? text_fixed(model->term[MAP_HOP], 4).s : TEXT_DASH);
	doc_cell(doc, "%s", services ? text_fixed(model->term[MAP_WAIT], 1).s : TEXT_DASH);
	doc_cell(doc, "%zu of %zu", model->left_out, map->count[side]);
	doc_cell_toned(doc, DOC_STRONG, "%s", text_missed(model->error_median).s);
	doc_cell(doc, "%s", text_missed(model->error_max).s);
}

static void model_table(const struct run *run, struct doc *doc, const struct map *map)
{
	static const char *const columns[] = {"base, \u00b5s", "work",     "hop",
					      "wait, \u00b5s", "left out", "median error",
					      "largest error"};
	doc_table(doc,
		  "%s, the model: base + work x own work + hop x delay + wait where there is a "
		  "delay; and by how much it misses cells that were left out of its fit, one at a "
		  "time",
		  run->pages[map->page]);
	doc_set_keys(doc, (struct doc_keys){.page = run->pages[map->page]});
	doc_column(doc, DOC_LEFT, "side");
	doc_column(doc, DOC_LEFT, "measure");
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		doc_column(doc, DOC_RIGHT, "%s", columns[i]);
	for (int side = 0; side < MAP_SIDES; side++)
		for (int measure = 0; measure < MAP_MEASURES; measure++)
			model_row(run, doc, map, (enum map_side)side, (enum map_measure)measure);
}

static void cell_row(const struct run *run, struct doc *doc, const struct map *map,
		     enum map_side side, const struct map_cell *cell)
{
	const char *arm = run->arms[cell->arm].id;
	doc_row(doc, (struct doc_keys){.page = run->pages[map->page], .arm = arm});
	doc_cell(doc, "%s", text_whole(cell->work_us).s);
	doc_cell(doc, "%s", side == MAP_UNIFIED ? TEXT_DASH : text_delay(cell->delay_us).s);
	doc_cell(doc, "%s", arm);
	for (int i = 0; i < MAP_MEASURES; i++) {
		enum map_measure measure = (enum map_measure)i;
		double value = map_value(map, side, measure, cell->work_us, cell->delay_us);
		doc_cell(doc, "%s", text_count(cell->value[measure]).s);
		doc_cell(doc, "%s", text_count(value).s);
		doc_cell(doc, "%s", text_missed(cell->error[measure]).s);
	}
}

static void cells_table(const struct run *run, struct doc *doc, const struct map *map)
{
	static const char *const names[MAP_MEASURES] = {"p50", "CPU"};
	doc_table(doc,
		  "%s, the measured cells beside the model; missed: the estimate of the fit "
		  "without this cell, less what was measured",
		  run->pages[map->page]);
	doc_set_keys(doc, (struct doc_keys){.page = run->pages[map->page]});
	doc_column(doc, DOC_RIGHT, "own work a page, \u00b5s");
	doc_column(doc, DOC_RIGHT, "delay, ms");
	doc_column(doc, DOC_LEFT, "arm");
	for (int measure = 0; measure < MAP_MEASURES; measure++) {
		doc_column(doc, DOC_RIGHT, "%s, \u00b5s", names[measure]);
		doc_column(doc, DOC_RIGHT, "model, \u00b5s");
		doc_column(doc, DOC_RIGHT, "missed by");
	}
	for (int side = 0; side < MAP_SIDES; side++)
		for (size_t i = 0; i < map->count[side]; i++)
			cell_row(run, doc, map, (enum map_side)side, &map->cells[side][i]);
}

/* ---- the map ---- */

static void even_table(const struct run *run, struct doc *doc, const struct map *map,
		       const struct slo *slo)
{
	double delays[RUN_ARMS_MAX];
	size_t count = map_delays(map, delays);
	doc_table(doc,
		  "%s, the map: own work a page, in \u00b5s, from which on the tax is under "
		  "%.0f %% of what unified costs, and up to which %s holds",
		  run->pages[map->page], MAP_SHARE * 100, slo->text);
	doc_set_keys(doc, (struct doc_keys){.page = run->pages[map->page]});
	doc_column(doc, DOC_RIGHT, "delay on a hop, ms");
	doc_column(doc, DOC_RIGHT, "latency: from");
	doc_column(doc, DOC_RIGHT, "cores: from");
	for (int side = 0; side < MAP_SIDES; side++)
		doc_column(doc, DOC_RIGHT, "%s, %s: up to", slo->text, map_side_names[side]);
	for (size_t i = 0; i < count; i++) {
		doc_cell(doc, "%s", text_delay(delays[i]).s);
		for (int m = 0; m < MAP_MEASURES; m++) {
			double from =
				map_break_even(map, (enum map_measure)m, MAP_SHARE, delays[i]);
			doc_cell_toned(doc, DOC_STRONG, "%s", text_work(map, from, true).s);
		}
		for (int side = 0; side < MAP_SIDES; side++) {
			double most = map_work_within(map, (enum map_side)side, slo->goals[0].limit,
						      delays[i]);
			doc_cell(doc, "%s", text_work(map, most, false).s);
		}
	}
}

static void even_words(const struct run *run, struct doc *doc, const struct map *map)
{
	double delays[RUN_ARMS_MAX];
	size_t count = map_delays(map, delays), last = count - 1;
	for (size_t i = 0; i<count; i += last> 0 ? last : 1) {
		double latency = map_break_even(map, MAP_LATENCY, MAP_SHARE, delays[i]);
		double cores = map_break_even(map, MAP_CPU, MAP_SHARE, delays[i]);
		doc_key(doc,
			"%s, %s ms on each hop: the tax is under %.0f %% of latency from %s "
			"\u00b5s of own work a page on, and under %.0f %% of cores from %s "
			"\u00b5s on.",
			run->pages[map->page], text_delay(delays[i]).s, MAP_SHARE * 100,
			text_work(map, latency, true).s, MAP_SHARE * 100,
			text_work(map, cores, true).s);
	}
}

/* ---- the form ---- */

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *terms_json(const struct map_model *model)
{
	json_t *out = json_array();
	for (size_t i = 0; i < MAP_TERMS; i++)
		json_array_append_new(out, number(model->term[i]));
	return out;
}

/* Unified has no hops: its cells stand for every delay. */
static json_t *side_json(const struct map *map, enum map_side side)
{
	json_t *cells = json_array();
	for (size_t i = 0; i < map->count[side]; i++) {
		const struct map_cell *cell = &map->cells[side][i];
		json_array_append_new(
			cells,
			json_pack("[o o o o]", number(cell->work_us),
				  side == MAP_UNIFIED ? json_null() : number(cell->delay_us),
				  number(cell->value[MAP_LATENCY]), number(cell->value[MAP_CPU])));
	}
	return json_pack("{ss so so so}", "name", map_side_names[side], "latency",
			 terms_json(&map->model[side][MAP_LATENCY]), "cpu",
			 terms_json(&map->model[side][MAP_CPU]), "cells", cells);
}

static void estimator(const struct run *run, struct doc *doc, const struct map *maps, size_t count)
{
	json_t *pages = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(pages,
				      json_pack("{ss s[o o]}", "page", run->pages[maps[i].page],
						"sides", side_json(&maps[i], MAP_UNIFIED),
						side_json(&maps[i], MAP_MICROSERVICES)));
	json_t *root = json_pack("{so}", "pages", pages);
	char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9));
	doc_heading(doc, 3, "Estimates for other work and delays");
	doc_paragraph(doc, "In report.html and on the results page a form reads them off the "
			   "model, each marked as measured, interpolated, or extrapolated beyond "
			   "what was measured.");
	if (text)
		doc_estimator(doc, text,
			      "Where scripts run, the form stands here. By hand the tables of the "
			      "model give the same.");
	else
		doc_fail(doc);
	free(text);
	json_decref(root);
}

/* ---- the section ---- */

static void error_words(struct doc *doc, const struct map *maps, size_t count)
{
	double errors[RUN_PAGES_MAX * MAP_SIDES * MAP_MEASURES * RUN_ARMS_MAX];
	size_t total = 0;
	for (size_t i = 0; i < count; i++)
		total += map_errors(&maps[i], errors + total);
	double most = stats_max(errors, total);
	doc_key(doc,
		"Left out of its fit, a cell is missed by %s in the median and by %s at most "
		"(%zu estimates of latency and CPU). The goal is a median under 10 %%.",
		text_percent(stats_median(errors, total)).s, text_percent(most).s, total);
}

static void intro(const struct run *run, struct doc *doc)
{
	size_t level = report_run_load_of(run, RUN_CLOSED);
	bool has_level = level < run->load_count;
	doc_heading(doc, 2, "Where the tax stops mattering");
	doc_paragraph(
		doc,
		"Each part of a page burns a stated CPU time, the same on both sides, and each "
		"call of the microservices is delayed as by a network. Own work is that of a "
		"page's parts together. Latency is the p50 at %s, cores are the CPU time a request "
		"at capacity. The tax is what the microservices take more than unified, as a share "
		"of what unified takes. Some combinations are measured; a model fitted to them "
		"(least squares of relative errors) gives the rest.",
		has_level ? text_load(run->loads[level]).s : "the lowest level");
}

void report_map(const struct run *run, struct doc *doc)
{
	char why[SLO_ERROR_MAX];
	struct slo slo;
	if (!json_is_object(json_object_get(run->plan, "map")) ||
	    !slo_parse(json_text_at(run->plan, "map.slo", ""), &slo, why))
		return;
	struct map *maps = calloc(RUN_PAGES_MAX, sizeof(*maps));
	size_t count = 0;
	if (!maps) {
		doc_fail(doc);
		return;
	}
	intro(run, doc);
	for (size_t page = 0; page < run->page_count; page++) {
		struct map *map = &maps[count];
		if (!map_fill(run, page, map)) {
			report_map_refusal(run, doc, map);
			continue;
		}
		count++;
		even_words(run, doc, map);
	}
	if (count)
		error_words(doc, maps, count);
	for (size_t i = 0; i < count; i++) {
		doc_heading(doc, 3, "%s", run->pages[maps[i].page]);
		even_table(run, doc, &maps[i], &slo);
		report_map_figure(run, doc, &maps[i], &slo);
		model_table(run, doc, &maps[i]);
		cells_table(run, doc, &maps[i]);
	}
	if (count)
		estimator(run, doc, maps, count);
	free(maps);
}
