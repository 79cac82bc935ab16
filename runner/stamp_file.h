/* stamp_file: the stamps_*.json files of a run's folder (results/stamps.schema.json), and figures
 * over its blocks. */
#ifndef DUET_RUNNER_STAMP_FILE_H
#define DUET_RUNNER_STAMP_FILE_H

#include "runner/report_run.h"

struct stamp_files {
	struct stamp_file {
		json_t *root; /* owned */
		size_t arm, page;
		bool valid;
	} * at; /* owned; in the order of their names */
	size_t count;
};

/* Reads all of a run's folder; what is no such document, or names no arm and page of the run, is
 * left out. False without memory. stamp_files_free is needed even then. */
bool stamp_files_read(struct stamp_files *files, const struct run *run);
void stamp_files_free(struct stamp_files *files);

/* The valid files of an arm and page into `found`; returns how many. */
size_t stamp_files_of(const struct stamp_files *files, size_t arm, size_t page,
		      const json_t *found[RUN_BLOCKS_MAX]);

/* Mean and median over the files of the number at a dotted path; NaN when one lacks it. */
double stamp_mean(const json_t *const *found, size_t count, const char *path);
double stamp_median(const json_t *const *found, size_t count, const char *path);

#endif
