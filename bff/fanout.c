#include "bff/fanout.h"

#include "common/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An answer, its tokens and its part fit the first block of most calls. */
enum { FANOUT_ARENA_FIRST = 12288 };

struct fanout *fanout_new(struct transport *transport, const char *trace_id, int64_t deadline_ns,
			  void (*answered)(void *owner, struct part_call *call), void *owner)
{
	/* Not zeroed: calls are filled as they are asked. */
	struct fanout *group = malloc(sizeof(*group));
	if (!group)
		return NULL;
	group->count = group->pending = group->answers = 0;
	group->holders = 1;
	group->cancelled = false;
	group->transport = transport;
	group->deadline_ns = deadline_ns;
	snprintf(group->trace_id, sizeof(group->trace_id), "%s", trace_id ? trace_id : "");
	group->answered = answered;
	group->owner = owner;
	return group;
}

static void on_done(struct part_call *call)
{
	struct fanout *group = call->owner;
	group->pending--;
	group->answers |= 1u << (call - group->calls);
	if (!group->cancelled)
		group->answered(group->owner, call);
	fanout_release(group);
}

void fanout_ask(struct fanout *group, enum read_kind kind, const struct read_args *args,
		int64_t hop_timeout_ns)
{
	struct part_call *call = &group->calls[group->count++];
	call->kind = kind;
	call->args = *args;
	call->arena = arena_new(FANOUT_ARENA_FIRST);
	call->trace_id = group->trace_id[0] ? group->trace_id : NULL;
	if (call->trace_id) {
		call->stamps = NULL;
		call->answered_ns = 0;
	}
	call->deadline_ns = group->deadline_ns;
	call->hop_timeout_ns = hop_timeout_ns;
	call->cancelled = group->cancelled;
	call->done = on_done;
	call->owner = group;
	group->pending++;
	group->holders++;
	if (call->arena) {
		transport_send(group->transport, call);
		return;
	}
	snprintf(call->error, sizeof(call->error), "no memory to ask for %s",
		 read_infos[kind].name);
	call->status = PART_FAILED;
	call->queued_ns = call->sent_ns = call->finished_ns = clock_now_ns();
	on_done(call);
}

bool fanout_has_answer(const struct fanout *group, unsigned number)
{
	return (group->answers >> number) & 1;
}

void fanout_cancel(struct fanout *group)
{
	group->cancelled = true;
	for (unsigned i = 0; i < group->count; i++)
		group->calls[i].cancelled = true;
}

void fanout_release(struct fanout *group)
{
	if (--group->holders)
		return;
	for (unsigned i = 0; i < group->count; i++)
		arena_free(group->calls[i].arena);
	free(group);
}
