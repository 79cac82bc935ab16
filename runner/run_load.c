#include "runner/run_load.h"

#include "common/base/clock.h"
#include "runner/cpu_stat.h"
#include "runner/http_get.h"
#include "runner/net_stat.h"
#include "runner/placement.h"
#include "runner/run_load_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	POLL_MS = 50,
	SLACK_S = 90, /* past warm-up and duration: late requests, time-outs, writing the file */
	SWEEP_S = 600,
	METRICS_MS = 5000,
	METRICS_MAX = 1 << 20,
	CONTROL_LINE = 128,
	EXIT_RUN_ERROR = 1
};

/* The servers' own counts, at one moment: the front's answers and cache, and everybody's work. */
struct own_counts {
	uint64_t answers; /* of the page */
	struct run_load_cache cache;
	struct server_counts servers[STACK_PROCESSES_MAX];
};

struct run_load {
	struct stack *stack; /* borrowed, as spec */
	const struct run_load_spec *spec;
	struct process generator;
	int fd; /* our end of the socket to it; -1: closed */
	char out[PROCESS_PATH_MAX];
	char line[CONTROL_LINE];
	size_t line_len;
	bool turn_done;
	int64_t turns_given;
	struct own_counts before;
	int64_t listen_overflows;
	double mhz_before;
	struct run_load_watch watch;
};

static bool fail(char *error, const char *what, const char *why)
{
	(void)snprintf(error, STACK_ERROR_MAX, "%.120s: %.120s", what, why);
	return false;
}

static void add_ns(struct args *args, const char *name, int64_t ns)
{
	args_add(args, "--%s", name);
	args_add(args, "%lldus", (long long)(ns / NS_PER_US));
}

/* What the shapes differ in. */
static void add_shape(struct args *args, const struct run_load_spec *spec)
{
	if (spec->shape == RUN_LOAD_SWEEP) {
		args_add(args, "--sweep");
		return;
	}
	args_add(args, "--vus");
	args_add(args, "%lld", (long long)spec->load->vus);
	args_add(args, "--popularity");
	args_add(args, "%s", spec->plan->popularity);
	add_ns(args, "warmup", spec->load->warmup_ns);
	add_ns(args, "duration", spec->load->duration_ns);
	if (spec->shape == RUN_LOAD_OPEN) {
		args_add(args, "--rate");
		args_add(args, "%.3f", spec->rate);
		return;
	}
	add_ns(args, "think", spec->shape == RUN_LOAD_LEVEL ? spec->plan->think_ns : 0);
	if (spec->shape == RUN_LOAD_LEVEL) {
		args_add(args, "--think-jitter");
		args_add(args, "%s", plan_jitter_names[spec->plan->jitter]);
		if (!spec->plan->stagger)
			args_add(args, "--no-stagger");
	}
}

static void build_args(struct args *args, const struct stack *stack, const struct placement *place,
		       const struct run_load_spec *spec, const char *out, int control_fd)
{
	args_add(args, "%s/loadgen", stack->site->bin);
	args_add(args, "--page");
	args_add(args, "%s", plan_page_names[spec->page]);
	args_add(args, "--urls");
	args_add(args, "%s/manifest", stack->site->data);
	add_shape(args, spec);
	args_add(args, "--seed");
	args_add(args, "%llu", (unsigned long long)spec->seed);
	args_add(args, "--threads");
	args_add(args, "%zu", placement_threads(&place->generator));
	if (placement_generator_alone(place))
		args_add(args, "--busy-poll");
	args_add(args, "--output");
	args_add(args, "%s", out);
	args_add(args, "--no-progress");
	if (spec->progress->view.live)
		args_add(args, "--control-live");
	args_add(args, "--control-fd");
	args_add(args, "%d", control_fd);
	if (spec->turns > 1) {
		args_add(args, "--turns");
		args_add(args, "%lld", (long long)spec->turns);
		args_add(args, "--turn-fd");
		args_add(args, "%d", control_fd);
	}
	args_add(args, "http://127.0.0.1:%u", stack->front_port);
}

/* "live RPS P50 P95 SPARK FAILED", see loadgen/load.h. */
static void take_live(const char *figures, struct run_progress *progress)
{
	double values[5];
	char *end;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		values[i] = strtod(figures, &end);
		if (end == figures)
			return;
		figures = end;
	}
	run_progress_live(progress, values[0], values[1], values[2], values[3],
			  (uint64_t)fmax(0, values[4]));
}

static void take_line(struct run_load *load)
{
	if (strncmp(load->line, "window_start", 12) == 0)
		run_load_watch_begin(&load->watch, load->stack, load->spec->awake);
	else if (strncmp(load->line, "window_end", 10) == 0)
		run_load_watch_end(&load->watch, load->stack, load->spec->awake);
	else if (strcmp(load->line, "turn_done") == 0)
		load->turn_done = true;
	else if (strncmp(load->line, "live ", 5) == 0)
		take_live(load->line + 5, load->spec->progress);
}

static void take_bytes(struct run_load *load, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n') {
			if (load->line_len + 1 < sizeof(load->line))
				load->line[load->line_len++] = bytes[i];
			continue;
		}
		load->line[load->line_len] = '\0';
		load->line_len = 0;
		take_line(load);
	}
}

/* Reads what the generator says, until it says that its turn is done, or has ended; `to_end`: until
 * it has ended. False when it took too long or we were interrupted. */
static bool follow(struct run_load *load, bool to_end)
{
	const struct run_load_spec *spec = load->spec;
	int64_t limit_s = SWEEP_S * NS_PER_S;
	if (spec->load)
		limit_s = spec->load->warmup_ns + spec->load->duration_ns + SLACK_S * NS_PER_S;
	int64_t end = clock_now_ns() + limit_s;
	bool open = load->fd >= 0;
	load->turn_done = false;
	while (process_running(&load->generator) && (to_end || !load->turn_done)) {
		if (clock_now_ns() > end || (spec->interrupted && *spec->interrupted))
			return false;
		struct pollfd ready = {.fd = open ? load->fd : -1, .events = POLLIN};
		char bytes[256];
		if (poll(&ready, 1, POLL_MS) > 0) {
			ssize_t got = read(load->fd, bytes, sizeof(bytes));
			open = got > 0 || (got < 0 && errno == EINTR);
			if (got > 0)
				take_bytes(load, bytes, (size_t)got);
		}
		run_progress_tick(spec->progress);
	}
	return true;
}

/* Starts the generator, which keeps one end of a socket pair. */
static bool start_generator(struct run_load *load, char *error)
{
	char log[PROCESS_PATH_MAX];
	int fds[2] = {-1, -1};
	struct args args = {.count = 0};
	const struct run_load_spec *spec = load->spec;
	const struct placement place = placement_of(load->stack->site, load->stack->arm->placement);
	bool ok = false;
	(void)snprintf(log, sizeof(log), "%.200s/logs/loadgen.log", spec->folder);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return fail(error, "socketpair", strerror(errno));
	build_args(&args, load->stack, &place, spec, load->out, fds[1]);
	const struct process_spec process = {.name = "loadgen",
					     .argv = args.argv,
					     .log_path = log,
					     .cpus = &place.generator,
					     .realtime = place.generator_realtime,
					     .keep_fd = fds[1]};
	if (args.failed)
		(void)fail(error, "loadgen", "out of memory");
	else
		ok = process_start(&process, &load->generator, error);
	args_free(&args);
	(void)close(fds[1]);
	load->fd = fds[0];
	return ok;
}

/* Ends it; says why. */
static bool give_up(struct run_load *load, char *error)
{
	const volatile sig_atomic_t *interrupted = load->spec->interrupted;
	(void)process_stop(&load->generator, 5 * NS_PER_S);
	return fail(error, "loadgen",
		    interrupted && *interrupted ? "interrupted" : "did not end in time");
}

/* Whether the generator ended as it should, leaving its file. */
static bool ended_well(struct run_load *load, char *error)
{
	char end[64];
	const struct process *generator = &load->generator;
	if (WIFEXITED(generator->wait_status) &&
	    WEXITSTATUS(generator->wait_status) <= EXIT_RUN_ERROR && access(load->out, R_OK) == 0)
		return true;
	process_end_text(generator, end);
	process_show_log(generator->log_path);
	(void)fail(error, "loadgen", end);
	/* on a full disk it could not even log why */
	(void)site_check_space(load->spec->folder, 1, "a result", error);
	return false;
}

static void parse_front(const char *text, int page, struct own_counts *counts)
{
	double ignored;
	struct run_load_cache *cache = &counts->cache;
	counts->answers = http_get_count(text, plan_page_names[page]);
	cache->on = http_get_samples(text, "page_cache_hits_total", &cache->hits, &ignored);
	(void)http_get_samples(text, "page_cache_misses_total", &cache->misses, &ignored);
	(void)http_get_samples(text, "page_cache_hit_age_seconds_sum", &cache->age_sum_s, &ignored);
	(void)http_get_samples(text, "page_cache_hit_age_max_seconds", &ignored, &cache->age_max_s);
}

/* A sweep asks the front alone: nothing but its answers is looked at. */
static bool read_counts(const struct stack *stack, const struct run_load_spec *spec,
			struct own_counts *counts, char *error)
{
	bool answered = false;
	*counts = (struct own_counts){0};
	for (size_t i = 0; i < stack->count; i++) {
		bool front = stack->ports[i] == stack->front_port;
		struct strbuf body;
		if (!front && spec->shape == RUN_LOAD_SWEEP)
			continue;
		strbuf_init(&body, METRICS_MAX);
		bool ok = stack_get(stack, i, "/metrics", METRICS_MS, &body) == 200 && body.data;
		if (ok && spec->shape != RUN_LOAD_SWEEP)
			server_counts_parse(body.data, &counts->servers[i]);
		if (ok && front)
			parse_front(body.data, spec->page, counts);
		answered = answered || (ok && front);
		strbuf_free(&body);
	}
	return answered || fail(error, "/metrics", "the front did not answer within 5 s");
}

static void finish_counts(const struct own_counts *before, const struct own_counts *after,
			  struct run_load_outcome *outcome)
{
	for (size_t i = 0; i < STACK_PROCESSES_MAX; i++)
		outcome->counts[i] = server_counts_between(&before->servers[i], &after->servers[i]);
	outcome->server_count = after->answers - before->answers;
	outcome->cache = after->cache;
	outcome->cache.hits -= before->cache.hits;
	outcome->cache.misses -= before->cache.misses;
	outcome->cache.age_sum_s -= before->cache.age_sum_s;
}

/* What the watch saw. */
static void finish_watch(const struct run_load_watch *watch, struct run_load_outcome *outcome)
{
	outcome->sampled = run_load_watch_servers(watch);
	outcome->cpus_sampled = run_load_watch_cpus(watch);
	memcpy(outcome->usage, watch->usage, sizeof(outcome->usage));
	outcome->window_s = watch->window_s;
	outcome->cpus_s = watch->cpus_s;
	outcome->steal_s = watch->steal_s;
	outcome->foreign_s = watch->foreign_s;
}

struct run_load *run_load_begin(struct stack *stack, const struct run_load_spec *spec, char *error)
{
	struct run_load *load = calloc(1, sizeof(*load));
	if (!load) {
		(void)fail(error, "loadgen", "out of memory");
		return NULL;
	}
	load->stack = stack;
	load->spec = spec;
	load->fd = -1;
	(void)snprintf(load->out, sizeof(load->out), "%.170s/logs/load_%.47s.json", spec->folder,
		       stack->arm->id);
	(void)unlink(load->out);
	load->mhz_before = cpu_stat_mhz();
	if (read_counts(stack, spec, &load->before, error) && start_generator(load, error))
		return load;
	run_load_drop(load);
	return NULL;
}

bool run_load_turn(struct run_load *load, char *error)
{
	const bool gated = load->spec->turns > 1;
	const bool last = ++load->turns_given >= load->spec->turns;
	const struct placement place = placement_of(load->stack->site, load->stack->arm->placement);
	int64_t overflows = net_listen_overflows();
	/* Whatever this process does meanwhile takes no CPU from the servers. */
	(void)sched_setaffinity(0, sizeof(place.generator), &place.generator);
	if (gated && write(load->fd, "\n", 1) != 1)
		return fail(error, "loadgen", "it takes no turn any more; its log is loadgen.log");
	/* After its last turn it writes its file, which is nobody else's turn. */
	if (!follow(load, last))
		return give_up(load, error);
	load->listen_overflows += net_listen_overflows() - overflows;
	return last || load->turn_done || ended_well(load, error);
}

bool run_load_end(struct run_load *load, struct run_load_outcome *outcome, char *error)
{
	struct own_counts after = {.answers = 0};
	json_error_t at;
	*outcome = (struct run_load_outcome){.result = NULL};
	if (!ended_well(load, error) || !stack_alive(load->stack, error) ||
	    !read_counts(load->stack, load->spec, &after, error))
		return false;
	finish_counts(&load->before, &after, outcome);
	outcome->listen_overflows = load->listen_overflows;
	outcome->sockets = net_sockets();
	outcome->mhz_before = load->mhz_before;
	outcome->mhz_after = cpu_stat_mhz();
	finish_watch(&load->watch, outcome);
	outcome->result = json_load_file(load->out, JSON_REJECT_DUPLICATES, &at);
	return outcome->result || fail(error, load->out, at.text);
}

void run_load_drop(struct run_load *load)
{
	if (!load)
		return;
	if (process_running(&load->generator))
		(void)process_stop(&load->generator, 5 * NS_PER_S);
	if (load->fd >= 0)
		(void)close(load->fd);
	(void)unlink(load->out);
	free(load);
}

bool run_load_execute(struct stack *stack, const struct run_load_spec *spec,
		      struct run_load_outcome *outcome, char *error)
{
	*outcome = (struct run_load_outcome){.result = NULL};
	struct run_load *load = run_load_begin(stack, spec, error);
	bool ok = load && run_load_turn(load, error) && run_load_end(load, outcome, error);
	run_load_drop(load);
	return ok;
}

void run_load_outcome_free(struct run_load_outcome *outcome)
{
	json_decref(outcome->result);
	outcome->result = NULL;
}

double run_load_throughput(const json_t *result)
{
	return json_number_value(json_object_get(result, "throughput_rps"));
}

static double percentile_us(const json_t *result, const char *name)
{
	json_t *latency = json_object_get(json_object_get(result, "latency_us"), "response_time");
	json_t *value = json_object_get(latency, name);
	return json_is_number(value) ? json_number_value(value) : -1;
}

uint64_t run_load_errors(const json_t *result)
{
	const char *kind;
	json_t *count, *errors = json_object_get(json_object_get(result, "requests"), "errors");
	uint64_t sum = 0;
	json_object_foreach(errors, kind, count) sum += (uint64_t)json_integer_value(count);
	return sum;
}

void run_load_show(struct run_progress *progress, const json_t *result)
{
	run_progress_figures(progress, run_load_throughput(result), percentile_us(result, "p50"),
			     percentile_us(result, "p95"), run_load_errors(result));
}
