/* Numbers and names as a report shows them. Each call returns its text by value, so that several
 * fit into one printf: text_ms(us).s. A number that is not there is a dash. */
#ifndef DUET_RUNNER_REPORT_TEXT_H
#define DUET_RUNNER_REPORT_TEXT_H

#include "runner/report_cells.h"

#define TEXT_DASH "\u2013"

struct text {
	char s[144];
};

/* us as ms: three decimals (whole us) under 100 ms, else one. */
struct text text_ms(double us);
/* A signed gap in whole us: "+1,204". */
struct text text_gap_us(double us);
/* A number with thousands separated: under 100 with one decimal, else whole. */
struct text text_count(double value);
/* Whole, with thousands separated. */
struct text text_whole(double value);
/* Whole, without separators: seeds. */
struct text text_plain(double value);
/* With a fixed number of decimals. */
struct text text_fixed(double value, int decimals);
/* A share as percent: "0.12 %". */
struct text text_percent(double share);
/* "8.12 (7.90 to 8.35)", or without the interval when there is none. */
struct text text_ratio(struct interval ratio);
/* The same with the confidence named for sentences: "8.12 (95 % interval 7.90 to 8.35)". */
struct text text_ratio_words(struct interval ratio);

/* A signed difference in us with its interval: "+12.3 (11.9 to 12.7)", "+0.41" without one. */
struct text text_us(struct interval us);

/* An adjusted p: "0.012", "< 0.001". */
struct text text_p(double p);

/* A band: "\u00b13 %", "\u00b14.2 %". */
struct text text_band(double band);

/* "200 VUs", "capacity", "open", "200 VUs, open" (an open twin). */
struct text text_load(struct run_load load);

/* "unified on SQLite", "microservices on MongoDB, one document a product"; from the arm's plan. */
struct text text_arm(const struct run_arm *arm);

#endif
