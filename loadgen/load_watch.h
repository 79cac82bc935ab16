/* load_watch: what is said of a load while it runs: progress to people on stderr, lines to a
 * program on --control-fd (they are listed in load.h).
 *
 * A load in turns is shown as if its turns followed each other at once: the view's clock leaves out
 * the drains and the waits between them. For the coordinating thread alone; the workers' live
 * figures are what it reads of them.
 */
#ifndef DUET_LOADGEN_LOAD_WATCH_H
#define DUET_LOADGEN_LOAD_WATCH_H

#include "loadgen/config.h"
#include "loadgen/progress.h"
#include "loadgen/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct load_watch {
	const struct loadgen_config *config; /* borrowed, as are the workers */
	const struct worker *workers;
	size_t worker_count;
	uint64_t total; /* requests of a sweep; else 0: the load goes by time */
	struct load_progress progress;
	struct live_view past; /* of the turns that are over */
	int64_t left_out;      /* ns between turns so far: the view's clock is behind by them */
	int64_t next_show;     /* by the view's clock */
};

void load_watch_init(struct load_watch *watch, const struct loadgen_config *config,
		     const struct worker *workers, size_t worker_count, uint64_t total);

/* A turn begins at `start`, and its window ends at `end` (the last turn's with it). */
void load_watch_begin_turn(struct load_watch *watch, uint64_t turn, int64_t start, int64_t end);
/* The workers' figures are about to be cleared for another turn: they are added to the past. */
void load_watch_keep(struct load_watch *watch);

/* A turn's window begins, or ends, at `ns`. */
void load_watch_begin_window(struct load_watch *watch, int64_t ns);
void load_watch_end_window(struct load_watch *watch, int64_t ns);

/* When to show next; INT64_MAX when nobody looks. */
int64_t load_watch_next(const struct load_watch *watch);
/* Shows the figures as they are at `now`, if somebody looks. */
void load_watch_show(struct load_watch *watch, int64_t now);
/* Ends the progress line. */
void load_watch_end(const struct load_watch *watch);

/* Says one word on --control-fd. */
void load_watch_tell(const struct load_watch *watch, const char *what);

#endif
