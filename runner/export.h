/*
 * `duet export`: a run's files in formats that other tools read. Every format renders from the run
 * alone; the files are written whole, by temporary file, fsync and rename.
 */
#ifndef DUET_RUNNER_EXPORT_H
#define DUET_RUNNER_EXPORT_H

#include "common/base/strbuf.h"
#include "loadgen/tally.h"
#include "runner/report_run.h"

#include <stdbool.h>
#include <stddef.h>

enum { EXPORT_NAME_MAX = 160, EXPORT_ERROR_MAX = 256 };

/* Where an export's files go. */
struct export_to {
	const char *folder;
	size_t written;
	char error[EXPORT_ERROR_MAX]; /* one line once something failed */
};

/* Writes one file; false, and `error`, when it cannot, or when `text` is not whole. */
bool export_put(struct export_to *to, const char *name, const struct strbuf *text);

/* "200", "capacity", "open", "200open": a load as in the names of result files; into out[32]. */
void export_load_name(struct run_load load, char out[32]);

/* Merges the valid trials of an arm, page and load that stand into *tally (tally_free it) and gives
 * their number. False without memory. */
bool export_merge(const struct run *run, size_t arm, size_t page, size_t load, struct tally *tally,
		  size_t *trials);

/* How an arm is called in the published names: by its architecture, or by its id where several arms
 * share one. Borrowed. */
const char *export_published_name(const struct run *run, size_t arm);

/* The formats. False when something failed. */
bool export_csv(const struct run *run, struct export_to *to);  /* trials.csv, seconds.csv */
bool export_hgrm(const struct run *run, struct export_to *to); /* ARM_PAGE_LOAD.hgrm */
/* results_{arch}_{page}_{vus}.json in the shape of k6's summary, of the closed levels. */
bool export_k6(const struct run *run, struct export_to *to);
bool export_openmetrics(const struct run *run, struct export_to *to); /* metrics.txt */

#endif
