/*
 * map: when the fragmentation tax stops mattering. From a run whose arms differ in the work that a
 * part does (plan key "work") and in the delay on each call ("hop_delay"), a model of what a page
 * costs on either side, and where the two come near each other.
 *
 * With T the page's own work (its parts x the work of one, us) and D the delay on a hop (us), for
 * the p50 of response time at the lowest level and for the CPU time a request at capacity, in us:
 *
 *   unified         base + work T
 *   microservices   base + work T + hop D + wait [D > 0]
 *
 * base: the page as it is. work: how much of the own work shows; 1 where parts that are asked at
 * once share one CPU. hop: how many delays follow each other, which is the page's rounds of calls.
 * wait: what waiting costs by itself once there is any delay: a timer, an idle CPU, a wake-up.
 * Fitted by relative least squares (fit.h); each cell is also predicted by a fit without it.
 */
#ifndef DUET_RUNNER_MAP_H
#define DUET_RUNNER_MAP_H

#include "runner/fit.h"
#include "runner/report_cells.h"

enum map_side { MAP_UNIFIED, MAP_MICROSERVICES, MAP_SIDES };
enum map_measure { MAP_LATENCY, MAP_CPU, MAP_MEASURES };
enum map_term { MAP_BASE, MAP_WORK, MAP_HOP, MAP_WAIT, MAP_TERMS };

extern const char *const map_side_names[MAP_SIDES];

struct map_cell {
	size_t arm;
	double work_us; /* T */
	double delay_us;
	double value[MAP_MEASURES]; /* us; NaN when it was not measured, or failed too often */
	double error[MAP_MEASURES]; /* relative, by the fit without this cell; NaN: there is none */
};

struct map_model {
	bool known;
	double term[MAP_TERMS];
	double error_median, error_max; /* of the cells' absolute errors; NaN without any */
	size_t left_out;                /* how many cells could be left out */
};

struct map {
	size_t page;                                    /* index into the run's pages */
	size_t load[MAP_MEASURES];                      /* measured at; load_count: at none */
	unsigned parts;                                 /* that the page is made of */
	struct map_cell cells[MAP_SIDES][RUN_ARMS_MAX]; /* in the plan's order */
	size_t count[MAP_SIDES];
	struct map_model model[MAP_SIDES][MAP_MEASURES];
	double work_max, delay_max; /* of all cells; the least of both is 0 or more */
	double work_min, delay_min; /* delay: of the microservices' cells */
};

/* Whether cells of these works and delays tell a side's terms apart: two works; for microservices
 * also a cell without a delay, two delays, and neither work nor delay following the other. */
bool map_tells_apart(enum map_side side, const struct map_cell *cells, size_t count);

/* The map of a page. False when the run lacks what a model needs: a level, a capacity, for each
 * side and measure cells that tell its terms apart. What there is, is filled in all the same. */
bool map_fill(const struct run *run, size_t page, struct map *map);

/* What the model says of a page, us. */
double map_value(const struct map *map, enum map_side side, enum map_measure measure,
		 double work_us, double delay_us);

/* The own work from which on the microservices cost at most 1 + `share` times what unified does; 0:
 * always; INFINITY: never. */
double map_break_even(const struct map *map, enum map_measure measure, double share,
		      double delay_us);

/* The most own work with which a side's latency stays under a limit; below 0: none does. */
double map_work_within(const struct map *map, enum map_side side, double limit_us, double delay_us);

/* Sorts values and keeps one of equals; returns how many are left. */
size_t map_distinct(double *values, size_t count);

/* The delays of the microservices' cells, ascending, each once; returns how many. */
size_t map_delays(const struct map *map, double delays[RUN_ARMS_MAX]);

/* The absolute errors of all cells of both sides that could be left out, into `errors`; returns how
 * many. */
size_t map_errors(const struct map *map, double errors[MAP_SIDES * MAP_MEASURES * RUN_ARMS_MAX]);

#endif
