/* http_turn: tells the turns of an event loop in which something is answered. How many answers a
 * turn gives is what makes a request cheaper under load: they share one wait for events.
 *
 * libevent 2.1 calls nobody at a turn's beginning or end (its watchers came with 2.2). So the first
 * answer of a turn activates an event, which queues behind all that the turn found ready and runs
 * when that has been handled. What is made ready only by handling, such as a second request that a
 * client sent along with its first, queues behind it and counts as another turn.
 *
 * Cost: an entry of libevent's queue a turn that answers, a comparison for each further answer.
 * One loop's thread only.
 */
#ifndef DUET_HTTP_HTTP_TURN_H
#define DUET_HTTP_HTTP_TURN_H

#include <stdbool.h>

struct event;
struct event_base;

/* Zeroes: closed. */
struct http_turn {
	struct event *end;
	bool answered; /* in this turn */
};

/* False without memory. */
bool http_turn_open(struct http_turn *turn, struct event_base *base);

/* To be called for each answer: true for the first of its turn. */
bool http_turn_first(struct http_turn *turn);

void http_turn_close(struct http_turn *turn);

#endif
