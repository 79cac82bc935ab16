#include "bff/wire.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One open connection as the loop sees it. */
struct watch {
	struct wire *wire;
	struct event *event;
	short armed;  /* EV_READ, EV_WRITE: what the loop watches */
	short wanted; /* what libcurl asks for; 0 while the connection is idle */
};

struct wire {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;    /* libcurl's */
	struct watch **watches; /* indexed by descriptor; NULL where there is none */
	size_t watch_count;
	void (*finished)(void *arg, CURL *easy, CURLcode result);
	void *arg;
};

static void wire_drain(struct wire *wire)
{
	int left;
	CURLMsg *message;
	while ((message = curl_multi_info_read(wire->multi, &left))) {
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;
		curl_multi_remove_handle(wire->multi, easy);
		wire->finished(wire->arg, easy, result);
	}
}

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;
	struct wire *wire = watch->wire;
	if (!watch->wanted) {
		event_del(watch->event);
		watch->armed = 0;
		return;
	}
	int action = ((what & EV_READ) ? CURL_CSELECT_IN : 0) |
		     ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0);
	int running;
	curl_multi_socket_action(wire->multi, fd, action, &running);
	wire_drain(wire);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct wire *wire = arg;
	int running;
	curl_multi_socket_action(wire->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	wire_drain(wire);
}

/* libcurl asks for 0 ms after each new transfer: activating the event runs it in this turn of the
 * loop, once for all transfers of the turn, without asking the kernel first. */
static int curl_timer(CURLM *multi, long timeout_ms, void *arg)
{
	(void)multi;
	struct wire *wire = arg;
	if (timeout_ms == 0) {
		event_active(wire->timer, EV_TIMEOUT, 0);
	} else if (timeout_ms > 0) {
		struct timeval after = {timeout_ms / 1000, (timeout_ms % 1000) * 1000};
		evtimer_add(wire->timer, &after);
	} else {
		evtimer_del(wire->timer);
	}
	return 0;
}

static struct watch *watch_of(struct wire *wire, curl_socket_t fd)
{
	size_t at = (size_t)fd;
	if (at >= wire->watch_count) {
		size_t count = at + 64;
		struct watch **watches = realloc(wire->watches, count * sizeof(struct watch *));
		if (!watches)
			return NULL;
		memset(watches + wire->watch_count, 0,
		       (count - wire->watch_count) * sizeof(struct watch *));
		wire->watches = watches;
		wire->watch_count = count;
	}
	if (!wire->watches[at]) {
		struct watch *watch = calloc(1, sizeof(*watch));
		if (!watch)
			return NULL;
		watch->wire = wire;
		watch->event = event_new(wire->base, fd, EV_READ | EV_PERSIST, on_socket, watch);
		if (!watch->event) {
			free(watch);
			return NULL;
		}
		wire->watches[at] = watch;
	}
	return wire->watches[at];
}

static void watch_arm(struct watch *watch, curl_socket_t fd, short events)
{
	if (watch->armed)
		event_del(watch->event);
	watch->armed = 0;
	if (!events)
		return;
	event_assign(watch->event, watch->wire->base, fd, (short)(events | EV_PERSIST), on_socket,
		     watch);
	if (event_add(watch->event, NULL) == 0)
		watch->armed = events;
}

static int curl_socket_wants(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	(void)easy;
	(void)assigned;
	struct watch *watch = watch_of(arg, fd);
	if (!watch)
		return -1;
	short wanted = 0;
	if (what != CURL_POLL_REMOVE) {
		wanted = (short)(((what & CURL_POLL_IN) ? EV_READ : 0) |
				 ((what & CURL_POLL_OUT) ? EV_WRITE : 0));
	}
	watch->wanted = wanted;
	bool idle_and_readable = !wanted && watch->armed == EV_READ;
	if (watch->armed != wanted && !idle_and_readable)
		watch_arm(watch, fd, wanted);
	return 0;
}

static int curl_socket_close(void *arg, curl_socket_t fd)
{
	struct wire *wire = arg;
	size_t at = (size_t)fd;
	if (at < wire->watch_count && wire->watches[at]) {
		event_free(wire->watches[at]->event);
		free(wire->watches[at]);
		wire->watches[at] = NULL;
	}
	return close(fd);
}

static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_NOTHING);
}

struct wire *wire_new(struct event_base *base, long connections_max,
		      void (*finished)(void *arg, CURL *easy, CURLcode result), void *arg)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, init_curl);

	struct wire *wire = calloc(1, sizeof(*wire));
	if (!wire)
		return NULL;
	wire->base = base;
	wire->finished = finished;
	wire->arg = arg;
	wire->timer = evtimer_new(base, on_timer, wire);
	wire->multi = curl_multi_init();
	if (!wire->timer || !wire->multi) {
		wire_free(wire);
		return NULL;
	}
	curl_multi_setopt(wire->multi, CURLMOPT_SOCKETFUNCTION, curl_socket_wants);
	curl_multi_setopt(wire->multi, CURLMOPT_SOCKETDATA, wire);
	curl_multi_setopt(wire->multi, CURLMOPT_TIMERFUNCTION, curl_timer);
	curl_multi_setopt(wire->multi, CURLMOPT_TIMERDATA, wire);
	curl_multi_setopt(wire->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	curl_multi_setopt(wire->multi, CURLMOPT_MAXCONNECTS, connections_max);
	return wire;
}

CURL *wire_easy_new(struct wire *wire)
{
	CURL *easy = curl_easy_init();
	if (!easy)
		return NULL;
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, curl_socket_close);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, wire);
	return easy;
}

bool wire_add(struct wire *wire, CURL *easy)
{
	return curl_multi_add_handle(wire->multi, easy) == CURLM_OK;
}

void wire_remove(struct wire *wire, CURL *easy)
{
	curl_multi_remove_handle(wire->multi, easy);
}

void wire_free(struct wire *wire)
{
	if (!wire)
		return;
	if (wire->multi)
		curl_multi_cleanup(wire->multi);
	if (wire->timer)
		event_free(wire->timer);
	for (size_t i = 0; i < wire->watch_count; i++) {
		if (!wire->watches[i])
			continue;
		event_free(wire->watches[i]->event);
		free(wire->watches[i]);
	}
	free(wire->watches);
	free(wire);
}
