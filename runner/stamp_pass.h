/* stamp_pass: where the time of a single request goes. One client asks the servers of a trial for a
 * page's addresses, one request at a time, in turns without stamps (what a lone request takes) and
 * with them (what of it goes where, way.h); the difference of the two is what the asking costs.
 *
 * Into a document (results/stamps.schema.json), which is complete when stamp_pass_complete has said
 * whether it counts. At most 20 s a pass: on slower servers fewer requests are asked.
 */
#ifndef DUET_RUNNER_STAMP_PASS_H
#define DUET_RUNNER_STAMP_PASS_H

#include "common/seed/manifest.h"
#include "runner/stack.h"

/* All borrowed. */
struct stamp_pass {
	const struct manifest *manifest;
	const struct stack *stack;
	int page;         /* enum plan_page */
	int64_t requests; /* with stamps, and as many without */
	uint64_t seed;
	const volatile sig_atomic_t *interrupted;
};

/* Adds what was measured to the document. False with one line in error[STACK_ERROR_MAX]: no answer,
 * or another than the manifest's. */
bool stamp_pass_run(const struct stamp_pass *pass, json_t *document, char *error);

/* Whether it counts: the CPUs were `steady`, and at most 1 % of the requests could not be taken
 * apart. */
void stamp_pass_complete(json_t *document, bool steady);

#endif
