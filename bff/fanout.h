/* fanout: part calls that belong together, and who frees them.
 *
 * Lifetime: a group lives as long as somebody holds it. Its maker holds it from fanout_new on, and
 * each call from its asking to its completion; the last to let go frees the group, its calls and
 * their arenas. So a maker that asks several calls, some of which complete at once, is safe in
 * between, and one that lost interest cancels, lets go and forgets.
 *
 * Calls are numbered in the order of their asking. `answered` is called after each completion, on
 * the loop's thread, not after fanout_cancel.
 */
#ifndef DUET_BFF_FANOUT_H
#define DUET_BFF_FANOUT_H

#include "bff/transport.h"

#include <stdbool.h>
#include <stdint.h>

enum { FANOUT_CALLS_MAX = 5 };

struct fanout {
	unsigned count;   /* calls asked */
	unsigned pending; /* of these, without an answer */
	struct part_call calls[FANOUT_CALLS_MAX];

	/* fanout's own */
	unsigned answers; /* bit i: call i has its answer */
	unsigned holders;
	bool cancelled;
	struct transport *transport;
	int64_t deadline_ns;
	char trace_id[33]; /* "" for none */
	void (*answered)(void *owner, struct part_call *call);
	void *owner;
};

/* An empty group, held by the caller; NULL without memory. `trace_id` (32 hex digits, or
 * NULL) is copied. */
struct fanout *fanout_new(struct transport *transport, const char *trace_id, int64_t deadline_ns,
			  void (*answered)(void *owner, struct part_call *call), void *owner);

/* Asks for a part, in an arena of its own; `hop_timeout_ns` as in part_call. It may be answered
 * before this returns. The number of calls must stay within FANOUT_CALLS_MAX. Without memory the
 * call is answered as PART_FAILED. */
void fanout_ask(struct fanout *group, enum read_kind kind, const struct read_args *args,
		int64_t hop_timeout_ns);

/* True when the call was asked and has its answer. */
bool fanout_has_answer(const struct fanout *group, unsigned number);

/* Tells every unanswered call that nobody waits for it; `answered` is not called any more. */
void fanout_cancel(struct fanout *group);

/* Lets go of the group, which must not be used afterwards. */
void fanout_release(struct fanout *group);

#endif
