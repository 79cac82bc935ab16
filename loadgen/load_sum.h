/* load_sum: what came of a load: the workers' tallies and costs, added up turn by turn, and what a
 * sweep heard. For the coordinating thread, once the workers' threads have ended.
 */
#ifndef DUET_LOADGEN_LOAD_SUM_H
#define DUET_LOADGEN_LOAD_SUM_H

#include "loadgen/load.h"
#include "loadgen/worker.h"

/* A turn as it was: its window as far as it came, and the process around that. */
struct load_turn {
	uint64_t number;
	int64_t window_ns;
	struct process_stat before, after;
};

/* Adds a turn and its workers to *result, but for what load_sum_end sets. */
void load_sum_turn(struct load_result *result, const struct load_turn *turn,
		   const struct worker *workers, size_t count);

/* Sets what is known only when all turns are in; a sweep's parity, too, unless it was interrupted:
 * then the first pages that were answered otherwise than the manifest has them are named on stderr.
 * False without memory. */
bool load_sum_end(struct load_result *result, const struct load_plan *plan);

#endif
