/* part_handler: a service's work without its sockets: from a kind of part and its arguments to the
 * part, and to its JSON. Callable in place, on the thread of its event loop.
 *
 * A part_work completes exactly once, by work->done, perhaps before part_handler_ask returns. The
 * part and everything it points to is in work->arena, which its owner gives and frees.
 */
#ifndef DUET_MICROSERVICES_PART_HANDLER_H
#define DUET_MICROSERVICES_PART_HANDLER_H

#include "common/contract/stamps.h"
#include "common/store/store_options.h"

/* PART_WORK_ARENA: first block of the arena of one request; fits it and any part but a long list.
 */
enum { SERVICE_ROUTES_MAX = 4, PART_WORK_ARENA = 16384 };

/* What one service answers. */
struct service_route {
	enum read_kind kind;
	const char *path; /* as in struct http_route */
};

struct service_definition {
	enum service service;
	const char *summary; /* one line */
	const char *listen;  /* default address */
	struct service_route routes[SERVICE_ROUTES_MAX];
	size_t route_count;
};

extern const struct service_definition catalog_service, inventory_service, pricing_service,
	reviews_service;

/* Indexed by enum service. */
extern const struct service_definition *const service_definitions[SERVICE_COUNT];

struct part_handler;

struct part_work {
	struct read_job job; /* kind, args and arena are set by the owner */
	void (*done)(
		struct part_work *work); /* job.status, job.out and job.error say how it went */
	void *owner;
};

/* Opens the service's store for one event loop. NULL with one line in error: the store cannot be
 * opened or does not hold the service's part. */
struct part_handler *part_handler_new(const struct service_definition *definition,
				      struct event_base *base, const struct store_options *options,
				      char error[STORE_ERROR_MAX]);

/* The same over a store that is open already and stays its opener's. */
struct part_handler *part_handler_over(const struct service_definition *definition,
				       struct store_exec *exec, char error[STORE_ERROR_MAX]);

/* Asks the store for a part that the service serves. */
void part_handler_ask(struct part_handler *handler, struct part_work *work);

/* Appends the JSON of a work that is STORE_OK. */
void part_handler_write(const struct part_work *work, struct strbuf *out);

/* Logs a work that is done, with the trace id of a request that carries one, which measured ones do
 * not: so it can be followed through the logs. Called after the answer, which must not wait. */
void part_handler_log(const struct part_work *work, const char *trace);

/* What a service says of a request that asked for it, as the value of its stamps_header: when it
 * arrived, its read, the writing of its answer from `write_ns` until now, and this. */
void part_handler_stamps(const struct part_work *work, int64_t arrived_ns, int64_t write_ns,
			 char out[STAMPS_TEXT_MAX]);

struct store_exec *part_handler_exec(struct part_handler *handler);

/* Completes what is in work where the store is its own, then frees everything that is. NULL is
 * allowed. */
void part_handler_free(struct part_handler *handler);

#endif
