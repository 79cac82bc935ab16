/* stack: the servers of one arm, started together on their CPUs, stopped together.
 *
 * Order: mongod (when the arm has it), then the services, then the front (unified or BFF); each
 * step waits until the one before answers. A measured stack dies with the runner; one of `duet up`
 * is detached.
 */
#ifndef DUET_RUNNER_STACK_H
#define DUET_RUNNER_STACK_H

#include "common/base/strbuf.h"
#include "common/contract/read.h"
#include "runner/args.h"
#include "runner/plan.h"
#include "runner/process.h"
#include "runner/site.h"

enum { STACK_PROCESSES_MAX = SERVICE_COUNT + 2, STACK_ERROR_MAX = 256 };

struct stack {
	const struct site *site;
	const struct plan_arm *arm;
	const char *log_folder;
	const char *results; /* folder of runs that the front shows; NULL: none */
	bool detached;
	size_t build;                             /* of the servers, see site_build_bin */
	const volatile sig_atomic_t *interrupted; /* may be NULL */
	size_t count;
	struct process processes[STACK_PROCESSES_MAX];
	uint16_t ports[STACK_PROCESSES_MAX];
	uint16_t front_port;
	char sockets[32]; /* folder of the services' Unix sockets; "" without */
	json_t *commands; /* {process: [argv]}, owned, without passwords */
};

/* Starts an arm's servers and waits until the front is ready. `stack` is zeroed but for site, arm,
 * log_folder, results, detached and interrupted. On failure everything is stopped again, the log of
 * a server that died is shown on stderr, and one line is in error[STACK_ERROR_MAX]. */
bool stack_start(struct stack *stack, char *error);

/* True while all servers run; else one line in error, and the log's end on stderr. */
bool stack_alive(struct stack *stack, char *error);

/* Asks a server of ours for a path (http_get.h); 0 for mongod, which speaks no HTTP. */
int stack_get(const struct stack *stack, size_t i, const char *path, long timeout_ms,
	      struct strbuf *body);

/* Stops all servers, the front first, mongod last; frees what the stack owns. */
void stack_stop(struct stack *stack);

/* The pieces of stack_start, for `duet up`, which has several stacks on one mongod. */
bool stack_start_mongod(struct stack *stack, char *error);
bool stack_start_services(struct stack *stack, char *error);
bool stack_start_front(struct stack *stack, char *error);

/* The URI of a database: "unified", "split", or a service's name; into out[512]. */
bool stack_store_uri(const struct site *site, const struct plan_arm *arm, const char *database,
		     char *out, char *error);

#endif
