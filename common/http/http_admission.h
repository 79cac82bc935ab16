/* http_admission: the rule at the front door of both architectures, for one event loop.
 *
 * At most `max_in_flight` requests are in work; the rest wait in a FIFO. A request has a deadline,
 * `timeout_ns` after it arrived. One whose estimated wait exceeds that is refused at once; a
 * waiting one whose deadline comes is refused then; one in work whose deadline comes is called
 * late and keeps its place until it leaves. Both lists are ordered by arrival, so by deadline: one
 * timer serves them all.
 *
 * States: NONE -> RUNNING -> NONE (left)        NONE (refused at the door)
 *         NONE -> WAITING -> RUNNING | NONE (refused, or left by itself)
 *         RUNNING -> LATE -> NONE (left)
 *
 * The clock and the timer are the owner's, so that tests need no time. Not thread-safe.
 */
#ifndef DUET_HTTP_HTTP_ADMISSION_H
#define DUET_HTTP_HTTP_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

enum http_ticket_state { TICKET_NONE, TICKET_WAITING, TICKET_RUNNING, TICKET_LATE };

/* Embedded in the owner's request; its state is TICKET_NONE before it enters. */
struct http_ticket {
	enum http_ticket_state state;
	int64_t arrived_ns, deadline_ns;
	struct http_ticket *prev, *next;
};

struct http_ticket_list {
	struct http_ticket *first, *last;
};

struct http_admission_config {
	unsigned max_in_flight; /* at least 1 */
	int64_t timeout_ns;
	void (*start)(void *arg, struct http_ticket *ticket);  /* its turn: begin the work */
	void (*refuse)(void *arg, struct http_ticket *ticket); /* 503; the ticket has left */
	void (*late)(void *arg, struct http_ticket *ticket);   /* 503; must still leave */
	void (*arm)(void *arg, int64_t at_ns); /* call http_admission_expire at or after at_ns */
	void *arg;
};

struct http_admission {
	struct http_admission_config config;
	struct http_ticket_list waiting, running;
	unsigned in_flight, waiting_count;
	bool starting, armed;
	int64_t last_leave_ns;
	int64_t interval_ns;            /* smoothed time between leavings while a queue stands */
	uint64_t queued, refused, late; /* since start */
};

void http_admission_init(struct http_admission *admission,
			 const struct http_admission_config *config);

/* Sets the ticket's times and calls start or refuse, before it returns or later. */
void http_admission_enter(struct http_admission *admission, struct http_ticket *ticket,
			  int64_t now_ns);

/* The ticket's work is done, or its client left while it waited; starts the next ones. */
void http_admission_leave(struct http_admission *admission, struct http_ticket *ticket,
			  int64_t now_ns);

/* Deals with every ticket whose deadline has come, and arms the timer for the next. */
void http_admission_expire(struct http_admission *admission, int64_t now_ns);

#endif
