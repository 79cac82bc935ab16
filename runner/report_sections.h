/* The sections of a report, each in its own file, in the order in which they stand. A section adds
 * its pieces to the document, or nothing when the run has nothing for it. They compute everything
 * through report_cells.h, so that no two sections can disagree. */
#ifndef DUET_RUNNER_REPORT_SECTIONS_H
#define DUET_RUNNER_REPORT_SECTIONS_H

#include "runner/doc.h"
#include "runner/report_family.h"
#include "runner/report_text.h"

void report_intro(const struct run *run, struct doc *doc);
void report_key(const struct run *run, struct doc *doc);
void report_placement(const struct run *run, struct doc *doc);
void report_capacity(const struct run *run, struct doc *doc);
void report_slo(const struct run *run, struct doc *doc);
void report_latency(const struct run *run, struct doc *doc);
void report_published(const struct run *run, struct doc *doc);
void report_tail(const struct run *run, struct doc *doc);
void report_throughput(const struct run *run, struct doc *doc);
void report_saturation(const struct run *run, struct doc *doc);
void report_errors(const struct run *run, struct doc *doc);
void report_resources(const struct run *run, struct doc *doc);
void report_cost(const struct run *run, struct doc *doc);
void report_open(const struct run *run, struct doc *doc);
void report_variants(const struct run *run, struct doc *doc);
void report_cache(const struct run *run, struct doc *doc);
void report_way(const struct run *run, struct doc *doc);
void report_queue(const struct run *run, struct doc *doc);
void report_twins(const struct run *run, struct doc *doc);
void report_order(const struct run *run, struct doc *doc);
void report_equal(const struct run *run, struct doc *doc);
void report_effects(const struct run *run, struct doc *doc);
void report_ladder(const struct run *run, struct doc *doc);
void report_waterfall(const struct run *run, struct doc *doc);
void report_counts(const struct run *run, struct doc *doc);
void report_map(const struct run *run, struct doc *doc);
void report_plots(const struct run *run, struct doc *doc);
void report_seconds(const struct run *run, struct doc *doc);
void report_environment(const struct run *run, struct doc *doc);
void report_validity(const struct run *run, struct doc *doc);
void report_parity(const struct run *run, struct doc *doc);
void report_reproduce(const struct run *run, struct doc *doc);
void report_limits(const struct run *run, struct doc *doc);

/* True when two arms are the same but for their names, a twin included. */
bool report_equal_any(const struct run *run);

/* True when every arm of every page is shown to answer with the manifest's bytes. */
bool report_parity_holds(const struct run *run);

/* The environment of the first file that has one, else run.json's, or NULL. */
const json_t *report_run_environment(const struct run *run);

/* "0", "0-3", "0, 2": however the file writes a set of CPUs; a dash when it does not. */
struct text text_cpus(const json_t *environment, const char *key);

/* What a latency comparison says: "no verdict (1 block)", "a faster", "saturated", ... */
struct text text_gap_says(const struct run *run, const struct gap *gap, struct cell baseline,
			  struct cell other);

/* A load factor with its word: "0.34", "0.82 knee", "1.95 saturated". */
struct text text_load_factor(double load);

/* "1 block", "5 blocks". */
struct text text_blocks(size_t n);

/* What a row about a cell is about: its page, its arm and its VUs, if any. */
struct doc_keys report_keys(const struct run *run, struct cell cell);

/* The same in a table that mixes loads: "capacity" and "open" stand as VUs. */
struct doc_keys report_keys_mixed(const struct run *run, struct cell cell);

/* How many blocks count for a cell. */
size_t cell_trials(const struct run *run, struct cell cell);

/* "AMD EPYC, 2 CPUs, Linux 6.1", or a dash when no file says. */
struct text report_machine(const struct run *run);

/* True when any file of a cell, valid or not, is there. */
bool cell_exists(const struct run *run, struct cell cell);

/* The index of the first load of a kind; run->load_count when there is none. */
size_t report_run_load_of(const struct run *run, enum run_kind kind);

/* The load at which latency is most likely latency: the open one, else the closed one with fewest
 * VUs; run->load_count when there is neither. */
size_t report_low_load(const struct run *run);

/* How many arms have files. */
size_t report_run_arms_seen(const struct run *run);

#endif
