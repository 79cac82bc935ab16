/* tcp_fixture: a tcp transport, a fake upstream and a frozen one on one loop. */
#ifndef DUET_TESTS_TCP_FIXTURE_H
#define DUET_TESTS_TCP_FIXTURE_H

#include "bff/transport.h"
#include "common/base/clock.h"
#include "tests/unit/bff/fake_upstream.h"

/* Which wire the tests of this program run over just now. */
static enum transport_wire fixture_wire = WIRE_HTTP_CURL;

static const char fixture_trace_id[] = "0123456789abcdef0123456789abcdef";

enum { ASKS_MAX = 80 };

struct fixture;

struct ask {
	struct part_call part;
	struct fixture *fixture;
	unsigned done;     /* times it completed */
	unsigned finished; /* its place among those that completed, from 1 */
};

struct fixture {
	struct event_base *base;
	struct fake_upstream fake;
	struct transport *transport;
	struct ask asks[ASKS_MAX];
	unsigned ask_count, finished;
	int frozen; /* a listening socket that nobody accepts from, or -1 */
};

static inline void on_done(struct part_call *call)
{
	struct ask *ask = call->owner;
	ask->done++;
	ask->finished = ++ask->fixture->finished;
}

/* Everything is asked of one fake upstream, but catalog, which is frozen. */
static inline void begin(struct fixture *f, struct transport_tcp_config config, bool local)
{
	char error[PART_ERROR_MAX], frozen[128];
	memset(f, 0, sizeof(*f));
	config.wire = fixture_wire;
	f->base = event_base_new();
	assert_non_null(f->base);
	f->frozen = fake_listen(frozen, 64);
	fake_upstream_start(&f->fake, f->base,
			    local ? fake_listen_unix(f->fake.url) : fake_listen(f->fake.url, 64));
	for (int service = 0; service < SERVICE_COUNT; service++)
		if (!config.urls[service])
			config.urls[service] = service == SERVICE_CATALOG ? frozen : f->fake.url;
	f->transport = transport_tcp_new(f->base, &config, error);
	if (!f->transport)
		fail_msg("%s", error);
}

static inline void end(struct fixture *f)
{
	transport_free(f->transport);
	for (unsigned i = 0; i < f->ask_count; i++) {
		assert_int_equal(f->asks[i].done, 1);
		arena_free(f->asks[i].part.arena);
	}
	evhttp_free(f->fake.http);
	event_base_free(f->base);
	close(f->frozen);
	if (strncmp(f->fake.url, "unix:", 5) == 0)
		unlink(f->fake.url + 5);
}

static inline struct ask *send_call(struct fixture *f, enum read_kind kind, uint32_t id,
				    int64_t deadline_ns)
{
	assert_true(f->ask_count < ASKS_MAX);
	struct ask *ask = &f->asks[f->ask_count++];
	ask->fixture = f;
	ask->part = (struct part_call){.kind = kind,
				       .args = {.id_count = 1, .ids = {id}},
				       .arena = arena_new(0),
				       .trace_id = fixture_trace_id,
				       .deadline_ns = deadline_ns,
				       .done = on_done,
				       .owner = ask};
	transport_send(f->transport, &ask->part);
	return ask;
}

static inline struct ask *send_stock(struct fixture *f, uint32_t id)
{
	return send_call(f, READ_STOCK, id, INT64_MAX);
}

static inline void stop_loop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Runs the loop until *value reaches `wanted`; fails after 20 s. */
static inline void run_until(struct fixture *f, const unsigned *value, unsigned wanted)
{
	bool late = false;
	struct event *guard = evtimer_new(f->base, stop_loop, &late);
	const struct timeval after = {20, 0};
	evtimer_add(guard, &after);
	while (*value < wanted && !late)
		event_base_loop(f->base, EVLOOP_ONCE);
	event_free(guard);
	assert_false(late);
}

/* Returns how often the loop turned. */
static inline unsigned run_for_ms(struct fixture *f, long ms)
{
	unsigned turns = 0;
	bool over = false;
	struct event *timer = evtimer_new(f->base, stop_loop, &over);
	const struct timeval after = {ms / 1000, (ms % 1000) * 1000};
	evtimer_add(timer, &after);
	while (!over) {
		event_base_loop(f->base, EVLOOP_ONCE);
		turns++;
	}
	event_free(timer);
	return turns;
}

static inline uint64_t metric(struct fixture *f, const char *name)
{
	struct strbuf out;
	strbuf_init(&out, 65536);
	transport_metrics(f->transport, &out);
	const char *at = strstr(out.data, name);
	assert_non_null(at);
	uint64_t value = strtoull(at + strlen(name), NULL, 10);
	strbuf_free(&out);
	return value;
}

#define CONNECTIONS "upstream_connections_opened_total{service=\"inventory\"} "
#define IN_FLIGHT "upstream_in_flight{service=\"inventory\"} "
#define QUEUED "upstream_queued{service=\"inventory\"} "

static inline void assert_part(const struct ask *ask)
{
	if (ask->part.status != PART_OK)
		fail_msg("%s", ask->part.error);
	const struct part_stock *stock = ask->part.part;
	assert_int_equal(stock->count, 1);
	assert_int_equal(stock->items[0].id, 7);
	assert_int_equal(stock->items[0].quantity[2], 3);
}

#endif
