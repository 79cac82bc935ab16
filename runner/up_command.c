/* up, down, status: both architectures side by side, to look at: unified on SQLite, microservices
 * on MongoDB. They are detached; a file a process in build/run (build/run-PORT for another
 * DUET_PORT_BASE) holds "pid start-time", and only a process that both still name is signalled.
 */
#include "common/base/clock.h"
#include "common/base/file_write.h"
#include "common/base/options.h"
#include "common/seed/seed.h"
#include "runner/commands.h"
#include "runner/data.h"
#include "runner/environment.h"
#include "runner/http_get.h"
#include "runner/net_stat.h"
#include "runner/proc_file.h"
#include "runner/proc_stat.h"
#include "runner/stack.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DATA_SEED = 42, STOP_S = 40, POLL_MS = 50, HEALTH_MS = 2000, PATHS_MAX = 96 };

/* In the order of stopping. */
static const struct {
	const char *name;
	int port;
} members[] = {
	{"bff", SITE_PORT_BFF},
	{"unified", SITE_PORT_UNIFIED},
	{"catalog", SITE_PORT_SERVICE + SERVICE_CATALOG},
	{"inventory", SITE_PORT_SERVICE + SERVICE_INVENTORY},
	{"pricing", SITE_PORT_SERVICE + SERVICE_PRICING},
	{"reviews", SITE_PORT_SERVICE + SERVICE_REVIEWS},
	{"mongod", SITE_PORT_MONGOD},
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static void folder_path(const struct site *site, char out[PATHS_MAX])
{
	if (site->port_base == SITE_PORT_BASE)
		(void)snprintf(out, PATHS_MAX, "build/run");
	else
		(void)snprintf(out, PATHS_MAX, "build/run-%u", site->port_base);
}

static void pid_path(const struct site *site, const char *name, char out[PATHS_MAX])
{
	char folder[PATHS_MAX];
	folder_path(site, folder);
	(void)snprintf(out, PATHS_MAX, "%.60s/%s.pid", folder, name);
}

/* The recorded process when it still runs, else 0. */
static pid_t recorded_pid(const struct site *site, const char *name)
{
	char path[PATHS_MAX], text[64], *rest;
	pid_path(site, name, path);
	if (!proc_file_read(path, text, sizeof(text)))
		return 0;
	pid_t pid = (pid_t)strtol(text, &rest, 10);
	uint64_t started = strtoull(rest, NULL, 10);
	return pid > 0 && started > 0 && proc_stat_started(pid) == started ? pid : 0;
}

static bool record(const struct site *site, const struct stack *stack, char *error)
{
	bool ok = true;
	for (size_t i = 0; ok && i < stack->count; i++) {
		char path[PATHS_MAX], text[64];
		pid_t pid = stack->processes[i].pid;
		pid_path(site, stack->processes[i].name, path);
		(void)snprintf(text, sizeof(text), "%d %llu\n", (int)pid,
			       (unsigned long long)proc_stat_started(pid));
		ok = file_write(path, text, strlen(text), error);
	}
	return ok;
}

static void forget(const struct site *site, const char *name)
{
	char path[PATHS_MAX];
	pid_path(site, name, path);
	(void)unlink(path);
}

static void print_status(const struct site *site)
{
	(void)printf("%-10s %-22s %8s  %s\n", "program", "address", "pid", "state");
	for (size_t i = 0; i < MEMBERS; i++) {
		uint16_t port = site_port(site, members[i].port);
		char address[32], pid_text[16] = "-";
		pid_t pid = recorded_pid(site, members[i].name);
		bool mongod = members[i].port == SITE_PORT_MONGOD;
		bool ready = pid && (mongod ? net_port_accepts(port)
					    : http_get(port, "/readyz", HEALTH_MS, NULL) == 200);
		(void)snprintf(address, sizeof(address), "%s127.0.0.1:%u", mongod ? "" : "http://",
			       port);
		if (pid)
			(void)snprintf(pid_text, sizeof(pid_text), "%d", (int)pid);
		(void)printf("%-10s %-22s %8s  %s\n", members[i].name, address, pid_text,
			     ready ? "ready"
			     : pid ? "running, not ready"
				   : "down");
	}
}

static size_t count_running(const struct site *site)
{
	size_t running = 0;
	for (size_t i = 0; i < MEMBERS; i++)
		running += recorded_pid(site, members[i].name) != 0;
	return running;
}

static bool seed_foreign(const struct site *site, const struct plan_arm *arm, char *error)
{
	for (int service = 0; service < SERVICE_COUNT; service++) {
		char uri[512];
		if (!stack_store_uri(site, arm, service_names[service], uri, error) ||
		    !data_seed_store(site, uri, service_names[service], NULL, &command_interrupted,
				     error))
			return false;
	}
	return true;
}

static bool start_all(const struct site *site, const char *folder, char *error)
{
	static const struct plan_arm split = {.id = "up",
					      .architecture = PLAN_MICROSERVICES,
					      .store = PLAN_MONGODB,
					      .schema = -1,
					      .workers = -1,
					      .coalesce = -1};
	static const struct plan_arm whole = {.id = "up",
					      .architecture = PLAN_UNIFIED,
					      .store = PLAN_SQLITE,
					      .schema = -1,
					      .workers = -1,
					      .coalesce = -1};
	struct stack stacks[2] = {{.arm = &split}, {.arm = &whole}};
	for (size_t i = 0; i < 2; i++) {
		stacks[i].site = site;
		stacks[i].log_folder = folder;
		stacks[i].results = access("results", R_OK | X_OK) == 0 ? "results" : NULL;
		stacks[i].detached = true;
		stacks[i].interrupted = &command_interrupted;
	}
	bool ok = site->mongodb_uri ? seed_foreign(site, &split, error)
				    : stack_start_mongod(&stacks[0], error);
	ok = ok && stack_start_services(&stacks[0], error) &&
	     stack_start_front(&stacks[0], error) && record(site, &stacks[0], error) &&
	     stack_start_front(&stacks[1], error) && record(site, &stacks[1], error);
	for (size_t i = 2; !ok && i > 0; i--)
		stack_stop(&stacks[i - 1]);
	for (size_t i = 0; !ok && i < MEMBERS; i++)
		forget(site, members[i].name);
	for (size_t i = 0; ok && i < 2; i++)
		json_decref(stacks[i].commands);
	return ok;
}

static bool bring_up(struct site *site, char *error)
{
	char folder[PATHS_MAX], programs[65];
	const char *uri = getenv("MONGODB_URI");
	folder_path(site, folder);
	site->mongodb_uri = uri && *uri ? uri : NULL;
	size_t running = count_running(site);
	if (running >= MEMBERS - (site->mongodb_uri ? 1 : 0))
		return true;
	if (running > 0) {
		(void)snprintf(error, SITE_ERROR_MAX,
			       "%zu of %d programs run already; `duet down` first", running,
			       MEMBERS);
		return false;
	}
	(void)site_raise_files(0, error);
	if (!site_make_folder(folder, error) || !environment_programs(site, 1, programs, error))
		return false;
	struct manifest *manifest =
		data_prepare(site, !site->mongodb_uri, &command_interrupted, error);
	bool ok = manifest && start_all(site, folder, error);
	manifest_free(manifest);
	return ok;
}

static bool stop_member(const struct site *site, const char *name)
{
	pid_t pid = recorded_pid(site, name);
	int64_t end = clock_now_ns() + STOP_S * NS_PER_S;
	if (pid)
		(void)kill(pid, SIGTERM);
	while (recorded_pid(site, name) && clock_now_ns() < end)
		(void)poll(NULL, 0, POLL_MS);
	if (recorded_pid(site, name)) {
		(void)fprintf(stderr, "duet: %s (pid %d) did not stop in %d s; killed\n", name,
			      (int)pid, STOP_S);
		(void)kill(pid, SIGKILL);
	}
	forget(site, name);
	return pid != 0;
}

static int parse(const char *name, const char *summary, int argc, char **argv, struct site *site)
{
	char error[SITE_ERROR_MAX];
	size_t count = 0;
	const struct program program = {
		.name = name,
		.summary = summary,
		.positional = "",
		.notes = "unified is on port 8080, the BFF on 8090, the services on 8091 to 8094, "
			 "mongod on 8099;\nDUET_PORT_BASE moves them together. With MONGODB_URI "
			 "set, "
			 "`up` uses that server\n(databases duet_catalog and so on) and starts "
			 "none.\n"};
	enum options_result parsed = options_parse(&program, argc, argv, NULL, &count);
	if (parsed != OPTIONS_RUN)
		return parsed == OPTIONS_EXIT_OK ? 0 : 2;
	if (site_init(site, SEED_PRODUCTS_DEFAULT, DATA_SEED, error))
		return -1;
	(void)fprintf(stderr, "duet: %s\n", error);
	return 1;
}

int up_command(int argc, char **argv)
{
	struct site site;
	char error[SITE_ERROR_MAX] = "";
	int code = parse("duet up", "Start both architectures, to look at", argc, argv, &site);
	if (code >= 0)
		return code;
	command_catch_signals();
	if (!bring_up(&site, error)) {
		(void)fprintf(stderr, "duet: %s\n", error);
		return command_interrupted ? COMMAND_INTERRUPTED : 1;
	}
	print_status(&site);
	return 0;
}

int down_command(int argc, char **argv)
{
	struct site site;
	size_t stopped = 0;
	int code = parse("duet down", "Stop what `duet up` started", argc, argv, &site);
	if (code >= 0)
		return code;
	for (size_t i = 0; i < MEMBERS; i++)
		stopped += stop_member(&site, members[i].name);
	(void)printf("stopped %zu programs\n", stopped);
	return 0;
}

int status_command(int argc, char **argv)
{
	struct site site;
	int code = parse("duet status", "Show what `duet up` started", argc, argv, &site);
	if (code >= 0)
		return code;
	print_status(&site);
	return 0;
}
