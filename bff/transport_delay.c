#include "bff/transport_delay.h"

#include "common/base/clock.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* libevent's own timers end on whole milliseconds with epoll; a timerfd does not. */
struct delay {
	struct transport transport;
	struct transport *inner;
	int64_t delay_ns;
	int timer_fd; /* fires when the first waiting call is due */
	struct event *timer;
	struct part_call *first, *last; /* equal delays: due in the order of their sending */
};

static struct delay *delay_of(struct transport *transport)
{
	return (struct delay *)transport;
}

static void arm(struct delay *delay)
{
	int64_t at_ns = delay->first->queued_ns + delay->delay_ns;
	const struct itimerspec at = {
		.it_value = {.tv_sec = at_ns / NS_PER_S, .tv_nsec = at_ns % NS_PER_S}};
	timerfd_settime(delay->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static struct part_call *take(struct delay *delay)
{
	struct part_call *call = delay->first;
	delay->first = call->next;
	if (!delay->first)
		delay->last = NULL;
	call->next = NULL;
	return call;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct delay *delay = arg;
	uint64_t ignored;
	(void)what;
	if (read(fd, &ignored, sizeof(ignored)) < 0)
		return;
	int64_t now_ns = clock_now_ns();
	while (delay->first && delay->first->queued_ns + delay->delay_ns <= now_ns)
		transport_send(delay->inner, take(delay));
	if (delay->first)
		arm(delay);
}

static void delay_send(struct transport *transport, struct part_call *call)
{
	struct delay *delay = delay_of(transport);
	call->queued_ns = clock_now_ns();
	call->next = NULL;
	if (delay->last)
		delay->last->next = call;
	else
		delay->first = call;
	delay->last = call;
	if (delay->first == call)
		arm(delay);
}

static void delay_ready(struct transport *transport, enum service service,
			void (*done)(void *arg, bool ok), void *arg)
{
	transport_ready(delay_of(transport)->inner, service, done, arg);
}

static void delay_metrics(struct transport *transport, struct strbuf *out)
{
	transport_metrics(delay_of(transport)->inner, out);
}

/* What waits completes by the inner transport's end, as what it has itself. */
static void delay_free(struct transport *transport)
{
	struct delay *delay = delay_of(transport);
	while (delay->first)
		transport_send(delay->inner, take(delay));
	transport_free(delay->inner);
	if (delay->timer)
		event_free(delay->timer);
	if (delay->timer_fd >= 0)
		close(delay->timer_fd);
	free(delay);
}

static const struct transport_ops delay_ops = {
	.name = "delay",
	.send = delay_send,
	.ready = delay_ready,
	.metrics = delay_metrics,
	.free = delay_free,
};

struct transport *transport_delay_new(struct event_base *base, struct transport *inner,
				      int64_t delay_ns)
{
	struct delay *delay = calloc(1, sizeof(*delay));
	if (!delay) {
		transport_free(inner);
		return NULL;
	}
	delay->transport.ops = &delay_ops;
	delay->inner = inner;
	delay->delay_ns = delay_ns;
	delay->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (delay->timer_fd >= 0)
		delay->timer =
			event_new(base, delay->timer_fd, EV_READ | EV_PERSIST, on_timer, delay);
	if (delay->timer && event_add(delay->timer, NULL) == 0)
		return &delay->transport;
	delay_free(&delay->transport);
	return NULL;
}
