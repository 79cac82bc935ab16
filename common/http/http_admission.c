#include "common/http/http_admission.h"

#include <stddef.h>

/* Weight of the newest interval: fast enough to follow a change within some dozens of answers. */
enum { INTERVAL_WEIGHT = 16 };

void http_admission_init(struct http_admission *admission,
			 const struct http_admission_config *config)
{
	*admission = (struct http_admission){.config = *config};
}

static void list_append(struct http_ticket_list *list, struct http_ticket *ticket)
{
	ticket->prev = list->last;
	ticket->next = NULL;
	if (list->last)
		list->last->next = ticket;
	else
		list->first = ticket;
	list->last = ticket;
}

static void list_remove(struct http_ticket_list *list, struct http_ticket *ticket)
{
	if (ticket->prev)
		ticket->prev->next = ticket->next;
	else
		list->first = ticket->next;
	if (ticket->next)
		ticket->next->prev = ticket->prev;
	else
		list->last = ticket->prev;
}

static void admission_run(struct http_admission *admission, struct http_ticket *ticket)
{
	ticket->state = TICKET_RUNNING;
	list_append(&admission->running, ticket);
	admission->in_flight++;
	admission->config.start(admission->config.arg, ticket);
}

static void admission_unqueue(struct http_admission *admission, struct http_ticket *ticket)
{
	list_remove(&admission->waiting, ticket);
	ticket->state = TICKET_NONE;
	if (--admission->waiting_count == 0)
		admission->interval_ns = 0; /* the next queue is another one */
}

static void admission_refuse(struct http_admission *admission, struct http_ticket *ticket)
{
	admission->refused++;
	admission->config.refuse(admission->config.arg, ticket);
}

/* Starts what may start. Work that is done at once leaves while we are here: `starting` keeps that
 * from recursing. */
static void admission_pump(struct http_admission *admission, int64_t now_ns)
{
	if (admission->starting)
		return;
	admission->starting = true;
	while (admission->waiting.first && admission->in_flight < admission->config.max_in_flight) {
		struct http_ticket *ticket = admission->waiting.first;
		admission_unqueue(admission, ticket);
		if (ticket->deadline_ns <= now_ns)
			admission_refuse(admission, ticket);
		else
			admission_run(admission, ticket);
	}
	admission->starting = false;
}

static void admission_arm(struct http_admission *admission, int64_t at_ns)
{
	admission->armed = true;
	admission->config.arm(admission->config.arg, at_ns);
}

void http_admission_enter(struct http_admission *admission, struct http_ticket *ticket,
			  int64_t now_ns)
{
	ticket->arrived_ns = now_ns;
	ticket->deadline_ns = now_ns + admission->config.timeout_ns;
	/* An armed timer is never later than this deadline: all deadlines are equally far away. */
	if (!admission->armed)
		admission_arm(admission, ticket->deadline_ns);
	if (!admission->waiting.first && admission->in_flight < admission->config.max_in_flight) {
		admission_run(admission, ticket);
		return;
	}
	int64_t ahead = (int64_t)admission->waiting_count + 1;
	if (admission->interval_ns > admission->config.timeout_ns / ahead) {
		admission_refuse(admission, ticket);
		return;
	}
	ticket->state = TICKET_WAITING;
	list_append(&admission->waiting, ticket);
	admission->queued++;
	if (++admission->waiting_count == 1)
		admission->last_leave_ns = now_ns;
}

static void admission_measure(struct http_admission *admission, int64_t now_ns)
{
	int64_t gap = now_ns - admission->last_leave_ns;
	if (admission->interval_ns == 0)
		admission->interval_ns = gap;
	else
		admission->interval_ns += (gap - admission->interval_ns) / INTERVAL_WEIGHT;
	admission->last_leave_ns = now_ns;
}

void http_admission_leave(struct http_admission *admission, struct http_ticket *ticket,
			  int64_t now_ns)
{
	enum http_ticket_state state = ticket->state;
	if (state == TICKET_NONE)
		return;
	if (state == TICKET_WAITING) {
		admission_unqueue(admission, ticket);
		return;
	}
	if (state == TICKET_RUNNING)
		list_remove(&admission->running, ticket);
	ticket->state = TICKET_NONE;
	admission->in_flight--;
	if (!admission->waiting.first)
		return;
	admission_measure(admission, now_ns);
	admission_pump(admission, now_ns);
}

void http_admission_expire(struct http_admission *admission, int64_t now_ns)
{
	struct http_ticket *ticket;
	while ((ticket = admission->running.first) && ticket->deadline_ns <= now_ns) {
		list_remove(&admission->running, ticket);
		ticket->state = TICKET_LATE;
		admission->late++;
		admission->config.late(admission->config.arg, ticket);
	}
	while ((ticket = admission->waiting.first) && ticket->deadline_ns <= now_ns) {
		admission_unqueue(admission, ticket);
		admission_refuse(admission, ticket);
	}
	/* Running requests arrived before waiting ones: their first deadline is the earliest. */
	ticket = admission->running.first ? admission->running.first : admission->waiting.first;
	admission->armed = false;
	if (ticket)
		admission_arm(admission, ticket->deadline_ns);
}
