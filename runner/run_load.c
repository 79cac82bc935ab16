#include "runner/run_load.h"

#include "common/base/clock.h"
#include "runner/cpu_stat.h"
#include "runner/http_get.h"
#include "runner/net_stat.h"
#include "runner/placement.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
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

/* Samples at both edges of the window; large, so not on the stack. */
struct watch {
	struct proc_sample edges[2][STACK_PROCESSES_MAX];
	struct cpu_sample cpus[2];
	double own_s[2]; /* CPU time of this process and of the spinners that keep CPUs awake */
	bool seen[2], cpus_seen[2];
	char line[CONTROL_LINE];
	size_t len;
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
	args_add(args, "http://127.0.0.1:%u", stack->front_port);
}

static double own_cpu_s(void)
{
	struct timespec now = {0};
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void take_sample(struct stack *stack, const struct run_load_spec *spec, struct watch *watch,
			int edge)
{
	watch->cpus_seen[edge] = cpu_stat_sample(&watch->cpus[edge]);
	watch->own_s[edge] = own_cpu_s() + keep_awake_cpu_s(spec->awake);
	watch->seen[edge] = true;
	for (size_t i = 0; i < stack->count; i++)
		if (!proc_stat_sample(stack->processes[i].pid, &watch->edges[edge][i]))
			watch->seen[edge] = false;
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

static void take_bytes(struct stack *stack, const struct run_load_spec *spec, struct watch *watch,
		       const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\n') {
			if (watch->len + 1 < sizeof(watch->line))
				watch->line[watch->len++] = bytes[i];
			continue;
		}
		watch->line[watch->len] = '\0';
		watch->len = 0;
		if (strncmp(watch->line, "window_start", 12) == 0)
			take_sample(stack, spec, watch, 0);
		else if (strncmp(watch->line, "window_end", 10) == 0)
			take_sample(stack, spec, watch, 1);
		else if (strncmp(watch->line, "live ", 5) == 0)
			take_live(watch->line + 5, spec->progress);
	}
}

/* Reads the control pipe until the generator has ended. False when it took too long or we were
 * interrupted. */
static bool follow(struct stack *stack, const struct run_load_spec *spec, struct process *generator,
		   int fd, struct watch *watch)
{
	int64_t limit_s = SWEEP_S * NS_PER_S;
	if (spec->load)
		limit_s = spec->load->warmup_ns + spec->load->duration_ns + SLACK_S * NS_PER_S;
	int64_t end = clock_now_ns() + limit_s;
	bool open = true;
	while (process_running(generator)) {
		if (clock_now_ns() > end || (spec->interrupted && *spec->interrupted))
			return false;
		struct pollfd ready = {.fd = open ? fd : -1, .events = POLLIN};
		char bytes[256];
		if (poll(&ready, 1, POLL_MS) > 0) {
			ssize_t got = read(fd, bytes, sizeof(bytes));
			open = got > 0 || (got < 0 && errno == EINTR);
			if (got > 0)
				take_bytes(stack, spec, watch, bytes, (size_t)got);
		}
		run_progress_tick(spec->progress);
	}
	return true;
}

static void finish_usage(struct stack *stack, const struct watch *watch,
			 struct run_load_outcome *outcome)
{
	outcome->sampled = watch->seen[0] && watch->seen[1] && stack->count > 0;
	if (!outcome->sampled)
		return;
	for (size_t i = 0; i < stack->count; i++)
		proc_stat_usage(&watch->edges[0][i], &watch->edges[1][i], &outcome->usage[i]);
	outcome->window_s = (double)(watch->edges[1][0].at_ns - watch->edges[0][0].at_ns) / 1e9;
}

static void finish_cpus(const struct stack *stack, const struct watch *watch,
			struct run_load_outcome *outcome)
{
	const struct cpu_sample *then = &watch->cpus[0], *now = &watch->cpus[1];
	outcome->cpus_sampled = outcome->sampled && watch->cpus_seen[0] && watch->cpus_seen[1];
	outcome->cpus_s = now->total_s - then->total_s;
	outcome->steal_s = now->steal_s - then->steal_s;
	outcome->foreign_s = now->busy_s - then->busy_s - (watch->own_s[1] - watch->own_s[0]);
	for (size_t i = 0; i < stack->count && outcome->sampled; i++)
		outcome->foreign_s -= outcome->usage[i].cpu_s;
}

/* Starts the generator and follows it to its end. */
static bool generate(struct stack *stack, const struct run_load_spec *spec, const char *out,
		     struct watch *watch, char *error)
{
	char log[PROCESS_PATH_MAX], end[64];
	int fds[2] = {-1, -1};
	struct args args = {.count = 0};
	struct process generator = {.pid = 0};
	const struct placement place = placement_of(stack->site, stack->arm->placement);
	bool ok = false;
	(void)snprintf(log, sizeof(log), "%.200s/logs/loadgen.log", spec->folder);
	if (pipe2(fds, O_CLOEXEC) != 0)
		return fail(error, "pipe", strerror(errno));
	build_args(&args, stack, &place, spec, out, fds[1]);
	const struct process_spec process = {.name = "loadgen",
					     .argv = args.argv,
					     .log_path = log,
					     .cpus = &place.generator,
					     .realtime = place.generator_realtime,
					     .keep_fd = fds[1]};
	if (args.failed) {
		fail(error, "loadgen", "out of memory");
		goto out;
	}
	if (!process_start(&process, &generator, error))
		goto out;
	(void)close(fds[1]);
	fds[1] = -1;
	ok = follow(stack, spec, &generator, fds[0], watch);
	if (!ok) {
		(void)process_stop(&generator, 5 * NS_PER_S);
		fail(error, "loadgen", *spec->interrupted ? "interrupted" : "did not end in time");
		goto out;
	}
	ok = WIFEXITED(generator.wait_status) &&
	     WEXITSTATUS(generator.wait_status) <= EXIT_RUN_ERROR && access(out, R_OK) == 0;
	if (!ok) {
		process_end_text(&generator, end);
		process_show_log(log);
		fail(error, "loadgen", end);
		/* on a full disk it could not even log why */
		(void)site_check_space(spec->folder, 1, "a result", error);
	}
out:
	args_free(&args);
	if (fds[0] >= 0)
		(void)close(fds[0]);
	if (fds[1] >= 0)
		(void)close(fds[1]);
	return ok;
}

/* The servers' own counts, at one moment: the front's answers and cache, and everybody's work. */
struct own_counts {
	uint64_t answers; /* of the page */
	struct run_load_cache cache;
	struct server_counts servers[STACK_PROCESSES_MAX];
};

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

bool run_load_execute(struct stack *stack, const struct run_load_spec *spec,
		      struct run_load_outcome *outcome, char *error)
{
	char out[PROCESS_PATH_MAX];
	struct own_counts before = {.answers = 0}, after = {.answers = 0};
	json_error_t at;
	struct watch *watch = calloc(1, sizeof(*watch));
	*outcome = (struct run_load_outcome){.result = NULL};
	if (!watch)
		return fail(error, "loadgen", "out of memory");
	(void)snprintf(out, sizeof(out), "%.200s/logs/load.json", spec->folder);
	(void)unlink(out);
	int64_t overflows = net_listen_overflows();
	outcome->mhz_before = cpu_stat_mhz();
	bool ok = read_counts(stack, spec, &before, error) &&
		  generate(stack, spec, out, watch, error) && stack_alive(stack, error) &&
		  read_counts(stack, spec, &after, error);
	if (ok) {
		finish_counts(&before, &after, outcome);
		outcome->listen_overflows = net_listen_overflows() - overflows;
		outcome->sockets = net_sockets();
		outcome->mhz_after = cpu_stat_mhz();
		finish_usage(stack, watch, outcome);
		finish_cpus(stack, watch, outcome);
		outcome->result = json_load_file(out, JSON_REJECT_DUPLICATES, &at);
		ok = outcome->result || fail(error, out, at.text);
	}
	(void)unlink(out);
	free(watch);
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
