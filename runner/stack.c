#include "runner/stack.h"

#include "bff/transport.h"
#include "common/base/clock.h"
#include "runner/http_get.h"
#include "runner/net_stat.h"
#include "runner/placement.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	READY_S = 60, /* sanitizer builds on a busy machine need many seconds */
	GRACE_S = 12, /* a server finishes what is in flight, at most its 10 s request deadline */
	MONGOD_GRACE_S = 30,
	POLL_MS = 20,
	HEALTH_MS = 1000,
	SCRIPT_S = 120,
	SCRIPT_OUTPUT = 4096,
	NO_PORT = -1
};

/* Where the services of a rung are. */
static const struct {
	const char *inside; /* how they run in the BFF; NULL: in processes of their own */
	bool one_database, one_transaction, sockets, no_reuse;
} rungs[] = {
	[PLAN_RUNG_TCP] = {.inside = NULL},
	[PLAN_RUNG_4Q] = {"call", .one_database = true, .one_transaction = true},
	[PLAN_RUNG_4TXN] = {"call", .one_database = true},
	[PLAN_RUNG_4DB] = {"call"},
	[PLAN_RUNG_JSON] = {"json"},
	[PLAN_RUNG_HTTP_SELF] = {"loop"},
	[PLAN_RUNG_THREADS] = {"threads"},
	[PLAN_RUNG_PROCS] = {.sockets = true},
	[PLAN_RUNG_TCP_CLOSE] = {.no_reuse = true},
	[PLAN_RUNG_TCP_1DB] = {.one_database = true},
};

/* Where each service listens: HTTP over TCP or a Unix socket, and binary frames beside it. */
static bool http_on_sockets(const struct stack *stack)
{
	return stack->arm && rungs[stack->arm->rung].sockets;
}

static bool speaks_binary(const struct stack *stack)
{
	return stack->arm && stack->arm->wire == WIRE_BINARY;
}

static struct placement place_of(const struct stack *stack)
{
	return placement_of(stack->site, stack->arm ? stack->arm->placement : PLAN_PLACEMENT_1CPU);
}

/* What every server of ours is given. */
static void add_common(struct args *args, const struct stack *stack, const char *program, int port)
{
	const struct placement place = place_of(stack);
	char bin[SITE_BUILD_PATH_MAX];
	site_build_bin(stack->site, stack->build, bin);
	args_add(args, "%s/%s", bin, program);
	args_add(args, "--listen");
	if (http_on_sockets(stack) && port >= SITE_PORT_SERVICE)
		args_add(args, "unix:%s/%s", stack->sockets, program);
	else
		args_add(args, "127.0.0.1:%u", site_port(stack->site, port));
	args_add(args, "--threads");
	args_add(args, "%zu", placement_threads(&place.servers));
}

static void add_work(struct args *args, const struct stack *stack)
{
	if (!stack->arm->work_ns)
		return;
	args_add(args, "--work");
	args_add(args, "%lldns", (long long)stack->arm->work_ns);
}

static void add_store(struct args *args, const struct stack *stack, const char *uri)
{
	args_add(args, "--store");
	args_add(args, "%s", uri);
	add_work(args, stack);
	if (stack->arm->workers >= 0) {
		args_add(args, "--workers");
		args_add(args, "%lld", (long long)stack->arm->workers);
	}
	if (stack->arm->coalesce >= 0) {
		args_add(args, "--coalesce");
		args_add(args, "%lld", (long long)stack->arm->coalesce);
	}
}

/* mongodb://user:secret@host:port/admin?options with a database of ours instead of the path. Users
 * of such a server are usually kept in its path's database, else in admin. */
static void foreign_uri(const char *uri, const char *database, char out[512])
{
	const char *hosts = strstr(uri, "://") ? strstr(uri, "://") + 3 : uri;
	size_t host_len = strcspn(hosts, "/?");
	const char *path = hosts + host_len;
	size_t path_len = *path == '/' ? strcspn(path + 1, "?") : 0;
	const char *options = strchr(hosts, '?');
	bool needs_source =
		memchr(hosts, '@', host_len) && !(options && strstr(options, "authSource="));
	(void)snprintf(out, 512, "%.*s/duet_%s%s%s%.*s%s%s", (int)(hosts + host_len - uri), uri,
		       database, needs_source ? "?authSource=" : "",
		       needs_source && path_len == 0 ? "admin" : "",
		       needs_source ? (int)path_len : 0, path + (*path == '/' ? 1 : 0),
		       options && options[1] ? (needs_source ? "&" : "?") : "",
		       options ? options + 1 : "");
}

bool stack_store_uri(const struct site *site, const struct plan_arm *arm, const char *database,
		     char *out, char *error)
{
	char port[8], folder[SITE_PATH_MAX];
	if (arm->store == PLAN_MEMORY) {
		(void)snprintf(out, 512, "memory:?seed=%llu&products=%u",
			       (unsigned long long)site->data_seed, site->products);
		return true;
	}
	if (arm->store == PLAN_SQLITE) {
		(void)snprintf(out, 512, "sqlite:%s/%s.db", site->data, database);
		return true;
	}
	if (site->mongodb_uri) {
		foreign_uri(site->mongodb_uri, database, out);
		return true;
	}
	(void)snprintf(port, sizeof(port), "%u", site_port(site, SITE_PORT_MONGOD));
	site_mongo_folder(site, folder);
	const char *argv[] = {"scripts/mongod.sh", "uri", folder, port, database, NULL};
	if (!process_capture(argv, out, 512, SCRIPT_S * NS_PER_S)) {
		(void)snprintf(
			error, STACK_ERROR_MAX,
			"%.150s has no user for the database %s; remove the folder to have it "
			"made again",
			folder, database);
		return false;
	}
	out[strcspn(out, "\n")] = '\0';
	return true;
}

/* Starts one server; its port must be free. A server on a Unix socket has NO_PORT. */
static bool launch(struct stack *stack, const char *name, struct args *args, int port, char *error)
{
	char owner[64], log[PROCESS_PATH_MAX];
	uint16_t number = port == NO_PORT ? 0 : site_port(stack->site, port);
	struct process *process = &stack->processes[stack->count];
	const struct placement place = place_of(stack);
	bool store = port == SITE_PORT_MONGOD;
	if (args->failed) {
		(void)snprintf(error, STACK_ERROR_MAX, "cannot start %s: out of memory", name);
		return false;
	}
	if (number && !net_port_free(number, owner)) {
		(void)snprintf(
			error, STACK_ERROR_MAX,
			"port %u, needed by %s, is taken by %s; stop it (`duet down` when it is "
			"Duet's) or set DUET_PORT_BASE",
			number, name, owner);
		return false;
	}
	(void)snprintf(log, sizeof(log), "%.160s/%s_%s.log", stack->log_folder,
		       stack->arm ? stack->arm->id : "shared", name);
	const struct process_spec spec = {.name = name,
					  .argv = args->argv,
					  .log_path = log,
					  .cpus = stack->detached ? NULL
						  : store         ? &place.store
								  : &place.servers,
					  .nice = store ? place.store_nice : place.servers_nice,
					  .keep_fd = -1,
					  .detached = stack->detached};
	if (!process_start(&spec, process, error))
		return false;
	stack->ports[stack->count++] = number;
	if (!stack->commands)
		stack->commands = json_object();
	(void)json_object_set_new(stack->commands, name, args_json(args));
	return true;
}

bool stack_alive(struct stack *stack, char *error)
{
	for (size_t i = 0; i < stack->count; i++) {
		struct process *process = &stack->processes[i];
		char end[64];
		if (process_running(process))
			continue;
		process_end_text(process, end);
		process_show_log(process->log_path);
		(void)snprintf(error, STACK_ERROR_MAX, "%s %s; its log is %.150s", process->name,
			       end, process->log_path);
		return false;
	}
	return true;
}

int stack_get(const struct stack *stack, size_t i, const char *path, long timeout_ms,
	      struct strbuf *body)
{
	char socket[64];
	if (strcmp(stack->processes[i].name, "mongod") == 0)
		return 0;
	if (stack->ports[i])
		return http_get(stack->ports[i], path, timeout_ms, body);
	(void)snprintf(socket, sizeof(socket), "%s/%s", stack->sockets, stack->processes[i].name);
	return http_get_unix(socket, path, timeout_ms, body);
}

static bool is_ready(const struct stack *stack, size_t i)
{
	if (strcmp(stack->processes[i].name, "mongod") == 0)
		return net_port_accepts(stack->ports[i]);
	return stack_get(stack, i, "/readyz", HEALTH_MS, NULL) == 200;
}

static bool wait_ready(struct stack *stack, size_t from, char *error)
{
	int64_t end = clock_now_ns() + READY_S * NS_PER_S;
	for (size_t i = from; i < stack->count; i++) {
		while (!is_ready(stack, i)) {
			if (!stack_alive(stack, error))
				return false;
			if (stack->interrupted && *stack->interrupted) {
				(void)snprintf(error, STACK_ERROR_MAX, "interrupted");
				return false;
			}
			if (clock_now_ns() > end) {
				process_show_log(stack->processes[i].log_path);
				(void)snprintf(error, STACK_ERROR_MAX,
					       "%s was not ready on port %u within %d s",
					       stack->processes[i].name, stack->ports[i], READY_S);
				return false;
			}
			(void)poll(NULL, 0, POLL_MS);
		}
	}
	return true;
}

bool stack_start_mongod(struct stack *stack, char *error)
{
	char path[SITE_PATH_MAX], lines[SCRIPT_OUTPUT], port[8], folder[SITE_PATH_MAX];
	struct args args = {.count = 0};
	size_t from = stack->count;
	(void)snprintf(port, sizeof(port), "%u", site_port(stack->site, SITE_PORT_MONGOD));
	site_mongo_folder(stack->site, folder);
	const char *where[] = {"scripts/mongod.sh", "path", NULL};
	const char *what[] = {"scripts/mongod.sh", "args", folder, port, NULL};
	if (!process_capture(where, path, sizeof(path), SCRIPT_S * NS_PER_S) ||
	    !process_capture(what, lines, sizeof(lines), SCRIPT_S * NS_PER_S)) {
		(void)snprintf(error, STACK_ERROR_MAX,
			       "no mongod; run `scripts/mongod.sh path` to see why");
		return false;
	}
	path[strcspn(path, "\n")] = '\0';
	args_add(&args, "%s", path);
	args_add_lines(&args, lines);
	bool ok = launch(stack, "mongod", &args, SITE_PORT_MONGOD, error);
	args_free(&args);
	if (ok) /* what it says itself goes there, so that is what a failure shows */
		(void)snprintf(stack->processes[from].log_path, PROCESS_PATH_MAX, "%s/mongod.log",
			       folder);
	return ok && wait_ready(stack, from, error);
}

/* A folder with a short path: a socket's address has 108 bytes, a run's folder may have more. */
static bool make_sockets(struct stack *stack, char *error)
{
	(void)snprintf(stack->sockets, sizeof(stack->sockets), "/tmp/duet-stack-XXXXXX");
	if (mkdtemp(stack->sockets))
		return true;
	(void)snprintf(error, STACK_ERROR_MAX, "cannot make a folder for sockets in /tmp: %s",
		       strerror(errno));
	stack->sockets[0] = '\0';
	return false;
}

/* The database of a service: its own, or the one that holds all. */
static const char *database_of(const struct stack *stack, int service)
{
	return stack->arm && rungs[stack->arm->rung].one_database ? "unified"
								  : service_names[service];
}

bool stack_start_services(struct stack *stack, char *error)
{
	size_t from = stack->count;
	bool sockets = http_on_sockets(stack), binary = speaks_binary(stack);
	if ((sockets || binary) && !make_sockets(stack, error))
		return false;
	for (int service = 0; service < SERVICE_COUNT; service++) {
		const char *name = service_names[service];
		char uri[512];
		struct args args = {.count = 0};
		if (!stack_store_uri(stack->site, stack->arm, database_of(stack, service), uri,
				     error))
			return false;
		add_common(&args, stack, name, SITE_PORT_SERVICE + service);
		add_store(&args, stack, uri);
		if (binary) {
			args_add(&args, "--binary");
			args_add(&args, "unix:%s/%s", stack->sockets, name);
		}
		bool ok = launch(stack, name, &args,
				 sockets ? (int)NO_PORT : SITE_PORT_SERVICE + service, error);
		args_free(&args);
		if (!ok)
			return false;
	}
	return wait_ready(stack, from, error);
}

/* Where browsers find both, so that each one's pages can ask the other. */
static void add_origins(struct args *args, const struct stack *stack)
{
	args_add(args, "--origin-unified");
	args_add(args, "http://127.0.0.1:%u", site_port(stack->site, SITE_PORT_UNIFIED));
	args_add(args, "--origin-microservices");
	args_add(args, "http://127.0.0.1:%u", site_port(stack->site, SITE_PORT_BFF));
}

static bool add_unified(struct args *args, const struct stack *stack, char *error)
{
	char uri[512];
	const char *database = stack->arm->schema == PLAN_SPLIT ? "split" : "unified";
	if (!stack_store_uri(stack->site, stack->arm, database, uri, error))
		return false;
	add_common(args, stack, "unified", SITE_PORT_UNIFIED);
	add_store(args, stack, uri);
	if (stack->arm->precomputed)
		args_add(args, "--precomputed");
	return true;
}

/* Where a service is: in a process, or as a store inside. */
static bool service_uri(const struct stack *stack, int service, char uri[512], char *error)
{
	const char *name = service_names[service];
	int rung = stack->arm->rung;
	if (rungs[rung].inside)
		return stack_store_uri(stack->site, stack->arm, database_of(stack, service), uri,
				       error);
	if (stack->sockets[0])
		(void)snprintf(uri, 512, "unix:%s/%s", stack->sockets, name);
	else
		(void)snprintf(uri, 512, "http://127.0.0.1:%u",
			       site_port(stack->site, SITE_PORT_SERVICE + service));
	return true;
}

static bool add_bff(struct args *args, const struct stack *stack, char *error)
{
	int rung = stack->arm->rung;
	add_common(args, stack, "bff", SITE_PORT_BFF);
	for (int service = 0; service < SERVICE_COUNT; service++) {
		char uri[512];
		if (!service_uri(stack, service, uri, error))
			return false;
		args_add(args, "--%s", service_names[service]);
		args_add(args, "%s", uri);
	}
	if (stack->arm->fanout) {
		args_add(args, "--fanout");
		args_add(args, "%s", plan_fanout_names[stack->arm->fanout]);
	}
	if (stack->arm->wire) {
		args_add(args, "--wire");
		args_add(args, "%s", transport_wire_names[stack->arm->wire]);
	}
	if (stack->arm->hop_delay_ns) {
		args_add(args, "--hop-delay");
		args_add(args, "%lldns", (long long)stack->arm->hop_delay_ns);
	}
	if (rungs[rung].inside) {
		args_add(args, "--inside");
		args_add(args, "%s", rungs[rung].inside);
		add_work(args, stack);
	}
	if (rungs[rung].one_transaction)
		args_add(args, "--one-transaction");
	if (rungs[rung].no_reuse)
		args_add(args, "--no-connection-reuse");
	return true;
}

bool stack_start_front(struct stack *stack, char *error)
{
	struct args args = {.count = 0};
	size_t from = stack->count;
	bool unified = stack->arm->architecture == PLAN_UNIFIED;
	int port = unified ? SITE_PORT_UNIFIED : SITE_PORT_BFF;
	bool ok = true;
	if (unified)
		ok = add_unified(&args, stack, error);
	else
		ok = add_bff(&args, stack, error);
	add_origins(&args, stack);
	if (stack->arm->cache_ttl_ns) {
		args_add(&args, "--cache-ttl");
		args_add(&args, "%lldns", (long long)stack->arm->cache_ttl_ns);
	}
	if (stack->results) {
		args_add(&args, "--results");
		args_add(&args, "%s", stack->results);
	}
	ok = ok && launch(stack, unified ? "unified" : "bff", &args, port, error);
	args_free(&args);
	stack->front_port = site_port(stack->site, port);
	return ok && wait_ready(stack, from, error);
}

bool stack_start(struct stack *stack, char *error)
{
	bool ok = stack->arm->store != PLAN_MONGODB || stack_start_mongod(stack, error);
	bool services =
		stack->arm->architecture == PLAN_MICROSERVICES && !rungs[stack->arm->rung].inside;
	ok = ok && (!services || stack_start_services(stack, error));
	ok = ok && stack_start_front(stack, error);
	if (!ok)
		stack_stop(stack);
	return ok;
}

void stack_stop(struct stack *stack)
{
	for (size_t i = stack->count; i > 0; i--) {
		bool mongod = strcmp(stack->processes[i - 1].name, "mongod") == 0;
		(void)process_stop(&stack->processes[i - 1],
				   (mongod ? MONGOD_GRACE_S : GRACE_S) * NS_PER_S);
	}
	stack->count = 0;
	if (stack->sockets[0])
		(void)rmdir(stack->sockets);
	stack->sockets[0] = '\0';
	json_decref(stack->commands);
	stack->commands = NULL;
}
