/* transport: how the BFF asks a service for a part. Where the service's handler runs is the
 * transport's affair; tcp (over sockets, by one of several carriers, on the BFF's own event loop)
 * is the headline's.
 *
 * A part call completes exactly once on the loop's thread, by call->done, perhaps before `send`
 * returns. Cancelling sets call->cancelled; the transport may then complete early, and the call
 * stays valid until it has completed.
 */
#ifndef DUET_BFF_TRANSPORT_H
#define DUET_BFF_TRANSPORT_H

#include "common/base/arena.h"
#include "common/base/strbuf.h"
#include "common/contract/read.h"

#include <stdbool.h>
#include <stdint.h>

struct event_base;

enum part_status {
	PART_OK,
	PART_NOT_FOUND, /* the service says 404 */
	PART_FAILED,    /* refused, reset, 5xx, malformed, cancelled */
	PART_TIMED_OUT, /* no answer within the hop's time from its sending, or its turn never came
			   in time */
	PART_STATUSES
};

/* Indexed by enum part_status, in metrics; the last, of PART_STATUSES: "cancelled". */
extern const char *const part_status_names[PART_STATUSES + 1];

enum { PART_ERROR_MAX = 160 };

struct part_call {
	/* set by the caller */
	enum read_kind kind; /* a part kind; its service is read_infos[kind].service */
	struct read_args args;
	struct arena
		*arena; /* the call's own; handed to whoever `done` belongs to when it completes */
	const char *trace_id; /* 32 hex digits, sent as traceparent; lives until done; NULL: none */
	int64_t deadline_ns;  /* the request's: no point in sending or in waiting later */
	int64_t hop_timeout_ns; /* from sending; 0: the transport's own */
	bool cancelled;
	void (*done)(struct part_call *call);
	void *owner;

	/* set by the transport */
	enum part_status status;
	void *part;                 /* the struct that answers kind, in arena; valid with PART_OK */
	char error[PART_ERROR_MAX]; /* one line, for PART_FAILED and PART_TIMED_OUT */
	int64_t queued_ns, sent_ns, finished_ns; /* sent_ns is 0 when it was never sent */
	/* With a trace_id alone; NULL and 0 when the transport cannot tell. */
	const char *stamps;     /* what its service said of its own way (stamps.h), in arena */
	int64_t answered_ns;    /* its answer had come whole */
	struct part_call *next; /* the FIFO's */
};

struct transport {
	const struct transport_ops *ops;
};

struct transport_ops {
	const char *name; /* "tcp" */
	/* Around the calls of one page, which then see one state of the store; NULL where they
	 * cannot. */
	void (*page)(struct transport *transport, bool begin);
	void (*send)(struct transport *transport, struct part_call *call);
	void (*ready)(struct transport *transport, enum service service,
		      void (*done)(void *arg, bool ok), void *arg);
	void (*metrics)(struct transport *transport, struct strbuf *out);
	void (*free)(struct transport *transport);
};

/* Sends the call, or lets it wait for its turn. */
void transport_send(struct transport *transport, struct part_call *call);

/* Tells the transport that a page's calls begin, and that no more will come. Only a transport whose
 * calls complete before transport_send returns takes notice: its pages do not overlap. */
void transport_page(struct transport *transport, bool begin);

/* Is the service there? Calls done(arg, ok) once, perhaps before this returns. */
void transport_ready(struct transport *transport, enum service service,
		     void (*done)(void *arg, bool ok), void *arg);

/* Appends OpenMetrics samples. */
void transport_metrics(struct transport *transport, struct strbuf *out);

/* Completes what is still asked as PART_FAILED, then frees everything. NULL is allowed. */
void transport_free(struct transport *transport);

/* How what is asked goes over the sockets. */
enum transport_wire {
	WIRE_HTTP_CURL,   /* JSON over HTTP/1.1 by libcurl: the default */
	WIRE_HTTP_EVHTTP, /* the same by libevent's client */
	WIRE_BINARY,      /* binary frames, many at once, on one Unix socket a service */
	TRANSPORT_WIRES
};

/* Indexed by enum transport_wire; NULL-terminated: "http-curl", ... */
extern const char *const transport_wire_names[];

struct transport_tcp_config {
	const char *urls[SERVICE_COUNT]; /* "http://127.0.0.1:8091" or "unix:PATH" */
	unsigned in_flight_max; /* calls on the wire an upstream; more wait in its FIFO (default 64)
				 */
	unsigned queue_max; /* calls waiting an upstream; one more fails at once (default 8192) */
	enum transport_wire wire;
	bool no_reuse;              /* a new connection for each call (WIRE_HTTP_CURL alone) */
	int64_t hop_timeout_ns;     /* from sending (default 2 s) */
	int64_t connect_timeout_ns; /* default 500 ms */
};

/* A tcp transport on `base`, or NULL with one line in error[PART_ERROR_MAX]. Zeroes in the config
 * are the defaults. */
struct transport *transport_tcp_new(struct event_base *base,
				    const struct transport_tcp_config *config,
				    char error[PART_ERROR_MAX]);

#endif
