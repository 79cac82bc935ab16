/* The map: models, break-even and the form's data, of cells that follow the models exactly. */
#include "runner/map.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/runner/report_fixture.h"

/* Three of unified, five of the microservices; a PDP has 4 parts. */
static const struct {
	const char *work, *delay; /* of a part, on a hop */
	double work_us, delay_us; /* of the page, on a hop */
} cells[] = {{"0s", NULL, 0, 0},         {"100us", NULL, 400, 0},    {"1ms", NULL, 4000, 0},
	     {"0s", "0s", 0, 0},         {"100us", "0s", 400, 0},    {"0s", "1ms", 0, 1000},
	     {"1ms", "2ms", 4000, 2000}, {"100us", "1ms", 400, 1000}};
enum { CELLS = sizeof(cells) / sizeof(cells[0]), UNIFIED = 3 };

/* What one cell is measured to have beyond its model. */
static int strange_arm;
static double strange_factor;

static double latency_of(int arm)
{
	double delayed = cells[arm].delay_us > 0 ? 30 : 0;
	double page = arm < UNIFIED ? 50 : 400 + 2 * cells[arm].delay_us + delayed;
	return (page + cells[arm].work_us) * (arm == strange_arm ? strange_factor : 1);
}

static double cpu_of(int arm)
{
	double delayed = cells[arm].delay_us > 0 ? 10 : 0;
	return (arm < UNIFIED ? 20 : 220 + delayed) + cells[arm].work_us;
}

static void measure(json_t *result, int arm, int block, const char *kind)
{
	(void)block;
	json_object_set_new(json_object_get(result, "latency_us"), "response_time",
			    fixture_latency(latency_of(arm)));
	if (strcmp(kind, "capacity") == 0)
		json_object_set_new(json_object_get(result, "resources"), "cpu_us_per_request",
				    json_real(cpu_of(arm)));
}

/* run.json again, with the plan that has a map. */
static void put_plan(const struct fixture *f)
{
	json_t *arms = json_array();
	for (int i = 0; i < f->arm_count; i++) {
		json_t *arm = json_pack("{ss ss ss ss}", "id", f->arms[i].id, "architecture",
					f->arms[i].architecture, "store", "sqlite", "work",
					cells[i].work);
		if (cells[i].delay)
			json_object_set_new(arm, "hop_delay", json_string(cells[i].delay));
		json_array_append_new(arms, arm);
	}
	json_t *about =
		json_pack("{s{ss ss si so s{ss}}}", "plan", "id", "test", "title", "A test of maps",
			  "blocks", 1, "arms", arms, "map", "slo", "p50<3ms");
	char *text = json_dumps(about, 0);
	fixture_put(f, "run.json", text);
	free(text);
	json_decref(about);
}

static void open_cells(struct fixture *f, int count)
{
	static const char *const ids[CELLS] = {"u0", "u1", "u2", "m0", "m1", "m2", "m3", "m4"};
	*f = (struct fixture){.arm_count = count,
			      .blocks = 1,
			      .vus = 1,
			      .cpu = "Test CPU",
			      .plan_sha256 = "a",
			      .data_sha256 = "d",
			      .change = measure};
	for (int i = 0; i < count; i++)
		f->arms[i] = (struct fixture_arm){ids[i], i < UNIFIED ? "unified" : "microservices",
						  "sqlite", 1000, 100};
	fixture_open(f);
	fixture_write(f);
	put_plan(f);
}

static struct run *open_run(struct fixture *f, int count)
{
	char error[256];
	open_cells(f, count);
	struct run *run = report_run_open(f->path, error);
	if (!run)
		fail_msg("%s", error);
	return run;
}

static void near(double value, double wanted)
{
	if (!(fabs(value - wanted) < 1e-6 * fmax(1, fabs(wanted))))
		fail_msg("%.17g is not %.17g", value, wanted);
}

static void the_models_are_found(void **state)
{
	(void)state;
	struct fixture f;
	struct map map;
	strange_arm = -1;
	struct run *run = open_run(&f, CELLS);
	assert_true(map_fill(run, 0, &map));
	assert_int_equal(map.parts, 4);
	assert_int_equal(map.count[MAP_UNIFIED], 3);
	assert_int_equal(map.count[MAP_MICROSERVICES], 5);
	near(map.work_max, 4000);
	near(map.delay_max, 2000);
	const double *latency = map.model[MAP_MICROSERVICES][MAP_LATENCY].term;
	near(latency[MAP_BASE], 400);
	near(latency[MAP_WORK], 1);
	near(latency[MAP_HOP], 2);
	near(latency[MAP_WAIT], 30);
	near(map.model[MAP_UNIFIED][MAP_CPU].term[MAP_BASE], 20);
	near(map.model[MAP_UNIFIED][MAP_CPU].term[MAP_HOP], 0);
	near(map_value(&map, MAP_MICROSERVICES, MAP_LATENCY, 1000, 500), 400 + 1000 + 1000 + 30);
	near(map_value(&map, MAP_UNIFIED, MAP_LATENCY, 1000, 500), 1050);
	/* Without the only cell of 2 ms, delay and wait cannot be told apart. */
	assert_int_equal(map.model[MAP_MICROSERVICES][MAP_LATENCY].left_out, 4);
	assert_true(isnan(map.cells[MAP_MICROSERVICES][3].error[MAP_LATENCY]));
	assert_int_equal(map.model[MAP_UNIFIED][MAP_LATENCY].left_out, 3);
	near(map.model[MAP_MICROSERVICES][MAP_LATENCY].error_max, 0);
	report_run_close(run);
	fixture_close(&f);
}

/* m + T <= 1.1 (u + T) from T = (m - 1.1 u) / 0.1 on. */
static void break_even_is_where_the_lines_meet(void **state)
{
	(void)state;
	struct fixture f;
	struct map map;
	strange_arm = -1;
	struct run *run = open_run(&f, CELLS);
	assert_true(map_fill(run, 0, &map));
	near(map_break_even(&map, MAP_LATENCY, 0.1, 0), (400 - 55) / 0.1);
	near(map_break_even(&map, MAP_LATENCY, 0.1, 2000), (400 + 4000 + 30 - 55) / 0.1);
	near(map_break_even(&map, MAP_CPU, 0.1, 0), (220 - 22) / 0.1);
	near(map_break_even(&map, MAP_LATENCY, 9, 0), 0); /* 10 times is more than 8 times */
	map.model[MAP_MICROSERVICES][MAP_LATENCY].term[MAP_WORK] = 1.2;
	assert_true(isinf(map_break_even(&map, MAP_LATENCY, 0.1, 0)));
	near(map_work_within(&map, MAP_UNIFIED, 3000, 1000), 2950);
	near(map_work_within(&map, MAP_MICROSERVICES, 3000, 1000), 570 / 1.2);
	assert_true(map_work_within(&map, MAP_MICROSERVICES, 3000, 2000) < 0);
	report_run_close(run);
	fixture_close(&f);
}

/* The page without work and delay takes 440 us where all the others speak of 400. */
static void a_cell_is_foretold_without_itself(void **state)
{
	(void)state;
	struct fixture f;
	struct map map;
	strange_arm = 3;
	strange_factor = 1.1;
	struct run *run = open_run(&f, CELLS);
	assert_true(map_fill(run, 0, &map));
	near(map.cells[MAP_MICROSERVICES][0].error[MAP_LATENCY], 400 / 440. - 1);
	assert_true(map.model[MAP_MICROSERVICES][MAP_LATENCY].error_max > 1 / 11. - 1e-9);
	near(map.model[MAP_MICROSERVICES][MAP_CPU].error_max, 0);
	report_run_close(run);
	fixture_close(&f);
}

static const json_t *piece_of(const json_t *report, const char *key, const char *value)
{
	size_t i;
	json_t *piece;
	json_array_foreach(json_object_get(report, "pieces"), i, piece)
	{
		const char *text = json_string_value(json_object_get(piece, key));
		if (text && strcmp(text, value) == 0)
			return piece;
	}
	fail_msg("no piece with %s %s", key, value);
	return NULL;
}

static void the_report_has_map_and_form(void **state)
{
	(void)state;
	struct fixture f;
	char error[256];
	strange_arm = -1;
	open_cells(&f, CELLS);
	assert_true(report_write(f.path, error));
	char *text = fixture_read(&f, "REPORT.md");
	has(text,
	    "pdp, 0 ms on each hop: the tax is under 10 % of latency from 3,450 \u00b5s of own "
	    "work a page on, and under 10 % of cores from 1,980 \u00b5s on.");
	has(text, "43,750 (extrapolated)");
	has(text, "(14 estimates of latency and CPU)");
	has(text, "missed by 0.00 % in the median");
	has(text, "never"); /* p50\<3ms with 2 ms on each of two rounds */
	has(text, "microservices on SQLite, 1ms of work a part, 2ms on each hop");
	free(text);
	text = fixture_read(&f, "report.json");
	json_t *report = json_loads(text, 0, NULL);
	free(text);
	const json_t *series = json_object_get(piece_of(report, "shape", "map"), "series");
	assert_int_equal(json_array_size(series), 5);
	json_t *first = json_array_get(series, 0);
	assert_string_equal(json_string_value(json_object_get(first, "mark")), "above");
	json_t *start = json_array_get(json_object_get(first, "points"), 0);
	near(json_number_value(json_array_get(start, 1)), 3450);
	json_t *page =
		json_array_get(json_object_get(piece_of(report, "kind", "estimator"), "pages"), 0);
	json_t *side = json_array_get(json_object_get(page, "sides"), 0);
	json_t *wanted = json_pack("[f n f f]", 400., 450., 420.);
	json_t *found = json_array_get(json_object_get(side, "cells"), 1);
	assert_true(json_equal(found, wanted));
	json_decref(wanted);
	json_decref(report);
	fixture_close(&f);
}

static void too_few_cells_make_no_model(void **state)
{
	(void)state;
	struct fixture f;
	char error[256];
	strange_arm = -1;
	open_cells(&f, UNIFIED + 2);
	assert_true(report_write(f.path, error));
	char *text = fixture_read(&f, "REPORT.md");
	has(text, "pdp: no model, and so neither map nor form: of microservices the p50 is "
		  "known in 2 of 2 cells, and a model needs four cells or more: two works, one");
	has_not(text, "of unified the");
	free(text);
	fixture_close(&f);
	struct fixture plain = fixture_two_arms();
	text = report_of(&plain, "REPORT.md");
	has_not(text, "Where the tax stops mattering");
	free(text);
	fixture_close(&plain);
}

/* Writes a cell's file at its level again, with another value of a key. */
static void spoil(const struct fixture *f, int arm, const char *key, json_t *value)
{
	char name[64];
	(void)snprintf(name, sizeof(name), "results_arm%d_pdp_%ld_b0.json", arm, f->vus);
	char *text = fixture_read(f, name);
	json_t *result = json_loads(text, 0, NULL);
	free(text);
	json_object_set_new(result, key, value);
	text = json_dumps(result, 0);
	fixture_put(f, name, text);
	free(text);
	json_decref(result);
}

/* What takes a cell away from the map stands beside the refusal. */
static void cells_that_do_not_count_are_named(void **state)
{
	(void)state;
	struct fixture f;
	char error[256];
	strange_arm = -1;
	open_cells(&f, CELLS);
	spoil(&f, 1, "valid", json_false());
	spoil(&f, 2, "latency_us", json_object());
	assert_true(report_write(f.path, error));
	char *text = fixture_read(&f, "REPORT.md");
	has(text, "of unified the p50 is known in 1 of 3 cells, and a model needs two "
		  "cells or more, of different works.");
	has(text, "- p50 of u1: no trial counts (see Validity)");
	has(text, "- p50 of u2: a trial had too few answers");
	has_not(text, "of unified the CPU");
	has_not(text, "of microservices the");
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_models_are_found),
		cmocka_unit_test(break_even_is_where_the_lines_meet),
		cmocka_unit_test(a_cell_is_foretold_without_itself),
		cmocka_unit_test(the_report_has_map_and_form),
		cmocka_unit_test(too_few_cells_make_no_model),
		cmocka_unit_test(cells_that_do_not_count_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
