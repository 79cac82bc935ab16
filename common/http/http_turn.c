#include "common/http/http_turn.h"

#include <event2/event.h>
#include <stddef.h>

static void turn_ended(evutil_socket_t fd, short what, void *arg)
{
	struct http_turn *turn = arg;
	(void)fd;
	(void)what;
	turn->answered = false;
}

bool http_turn_open(struct http_turn *turn, struct event_base *base)
{
	turn->answered = false;
	turn->end = event_new(base, -1, 0, turn_ended, turn);
	return turn->end != NULL;
}

bool http_turn_first(struct http_turn *turn)
{
	if (turn->answered)
		return false;
	turn->answered = true;
	event_active(turn->end, EV_TIMEOUT, 0);
	return true;
}

void http_turn_close(struct http_turn *turn)
{
	if (turn->end)
		event_free(turn->end);
	turn->end = NULL;
}
