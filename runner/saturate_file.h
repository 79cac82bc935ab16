/* saturate_file: the saturation_*.json files of a run's folder, and what they say. */
#ifndef DUET_RUNNER_SATURATE_FILE_H
#define DUET_RUNNER_SATURATE_FILE_H

#include "runner/doc.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct saturation_file {
	json_t *root; /* owned */
	const char *arm, *page, *state;
	double block;
	bool valid;         /* complete, and on a machine that kept its speed */
	const char *caveat; /* what limits its answer, "" when nothing does */
};

struct saturation_files {
	struct saturation_file *at; /* owned; in the order of their names */
	size_t count;
};

/* Reads all of a folder; what is no search's document is left out. False without memory.
 * saturation_files_free is needed even then. */
bool saturation_files_read(struct saturation_files *files, const char *folder);
void saturation_files_free(struct saturation_files *files);

/* The search of an arm and page in a block: the latest valid one, else the latest; NULL without. */
const struct saturation_file *saturation_find(const struct saturation_files *files, const char *arm,
					      const char *page, size_t block);

/* Its highest rate within the SLO, a CPU of the servers; NaN without a complete, valid search. */
double saturation_per_core(const struct saturation_files *files, const char *arm, const char *page,
			   size_t block);

/* The runs of a search as a table, one row a rate, ascending: how many runs held, and medians. */
void saturation_curve(struct doc *doc, const struct saturation_file *file);

/* One point of that curve. */
struct saturation_point {
	double rate;
	size_t runs, held;
	double answered_rps, p50_us, p95_us, p99_us, failed_share; /* medians over the runs */
};

enum { SATURATION_POINTS_MAX = 100 };

/* The points in ascending order; returns how many. */
size_t saturation_points(const struct saturation_file *file,
			 struct saturation_point points[SATURATION_POINTS_MAX]);

/* What came of a search, in a sentence. */
enum { SATURATION_TEXT_MAX = 640 };
void saturation_says(const struct saturation_file *file, char out[SATURATION_TEXT_MAX]);

#endif
