#include "loadgen/load.h"

#include "common/base/clock.h"
#include "common/base/strbuf.h"
#include "common/seed/manifest.h"
#include "loadgen/progress.h"
#include "loadgen/worker.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define LEAD_NS (20 * NS_PER_MS) /* for the threads to be there when it starts */
#define SWEEP_MAX_NS (INT64_C(24) * 3600 * NS_PER_S) /* a sweep ends by itself, long before */

enum {
	OTHER_FILES = 256, /* threads, standard streams, libraries */
	DIFFERENCES_NAMED = 10,
	CONTROL_LINE = 128
};

struct run {
	const struct loadgen_config *config;
	struct load_plan plan;
	struct worker *workers; /* owned */
	pthread_t *threads;     /* owned */
	size_t worker_count, started;
	int signal_fd;
	bool began, ended, interrupted;
	int64_t window_end;                /* as it came; the plan's is the workers' to read */
	struct process_stat before, after; /* around the window */
	struct load_progress progress;
	int64_t next_show;
};

bool load_raise_file_limit(uint64_t vus, char error[LOAD_ERROR_SIZE])
{
	struct rlimit limit;
	const rlim_t needed = vus + OTHER_FILES;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
		return true;
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed) {
		snprintf(error, LOAD_ERROR_SIZE,
			 "%" PRIu64 " VUs need %" PRIu64
			 " open files, but the hard limit is %" PRIu64
			 ": raise it ('ulimit -Hn', limits.conf) or ask for fewer VUs",
			 vus, (uint64_t)needed, (uint64_t)limit.rlim_max);
		return false;
	}
	limit.rlim_cur = needed;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return true;
	snprintf(error, LOAD_ERROR_SIZE, "cannot raise the limit of open files to %" PRIu64 ": %s",
		 (uint64_t)needed, strerror(errno));
	return false;
}

static void tell_line(const struct run *run, const char *line)
{
	const size_t len = strlen(line);
	if (run->config->control_fd &&
	    write((int)run->config->control_fd, line, len) != (ssize_t)len)
		fprintf(stderr, "loadgen: cannot write '%.*s' to --control-fd: %s\n",
			(int)strcspn(line, "\n"), line, strerror(errno));
}

static void tell(const struct run *run, const char *what, int64_t ns)
{
	char line[CONTROL_LINE];
	if (ns)
		(void)snprintf(line, sizeof(line), "%s %" PRId64 "\n", what, ns);
	else
		(void)snprintf(line, sizeof(line), "%s\n", what);
	tell_line(run, line);
}

static bool is_watched(const struct run *run)
{
	return run->progress.enabled || run->config->control_live;
}

static int64_t show_period(const struct run *run)
{
	return run->progress.enabled ? load_progress_period(&run->progress) : NS_PER_S;
}

/* ---- making it ready ---- */

static void set_times(struct load_plan *plan, const struct loadgen_config *c, int64_t start)
{
	const int64_t length = c->kind == LOAD_SWEEP ? SWEEP_MAX_NS : c->duration;
	plan->start = start;
	plan->closed.start = start;
	plan->window_start = start + c->warmup;
	plan->window_end = plan->window_start + length;
}

static void fill_plan(struct load_plan *plan, const struct loadgen_config *c,
		      const struct http_address *address, const struct target_set *targets)
{
	*plan = (struct load_plan){
		.kind = c->kind,
		.address = *address,
		.targets = targets->at,
		.target_count = targets->count,
		.closed = {0, c->think, schedule_jitter(c->think_jitter), c->stagger},
		.paced = c->paced,
		.arrivals = c->arrivals,
		.rate = c->rate,
		.drain = c->drain,
		.vus = c->vus,
		.threads = c->threads,
		.seed = c->seed,
		.hash_every = c->hash_every,
		.timeout = c->timeout,
		.connect_timeout = c->connect_timeout,
		.reuse = !c->no_reuse,
		.busy_poll = c->busy_poll,
		.ended_fd = -1,
	};
	set_times(plan, c, 0);
}

static int open_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool make_ready(struct run *run)
{
	struct load_plan *plan = &run->plan;
	run->worker_count = (size_t)plan->threads;
	run->workers = calloc(run->worker_count, sizeof(*run->workers));
	run->threads = calloc(run->worker_count, sizeof(*run->threads));
	run->signal_fd = open_signals();
	plan->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	plan->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (plan->kind == LOAD_SWEEP) {
		plan->answers = calloc(plan->target_count, sizeof(*plan->answers));
		if (!plan->answers)
			return false;
	}
	bool ok = popularity_init(&plan->popularity, run->config->zipf, plan->target_count,
				  plan->seed) &&
		  run->workers && run->threads && plan->sha256 && run->signal_fd >= 0 &&
		  plan->ended_fd >= 0;
	for (size_t i = 0; run->workers && i < run->worker_count; i++)
		ok = worker_init(&run->workers[i], plan, i) && ok;
	return ok;
}

/* The tallies were made before the clock was read: their windows move along. */
static bool start_workers(struct run *run)
{
	set_times(&run->plan, run->config, clock_now_ns() + LEAD_NS);
	for (size_t i = 0; i < run->worker_count; i++) {
		run->workers[i].tally.window_start = run->plan.window_start;
		run->workers[i].tally.window_end = run->plan.window_end;
	}
	for (; run->started < run->worker_count; run->started++) {
		struct worker *worker = &run->workers[run->started];
		const int code =
			pthread_create(&run->threads[run->started], NULL, worker_run, worker);
		if (code != 0) {
			errno = code;
			return false;
		}
	}
	return true;
}

static void stop_workers(struct run *run)
{
	atomic_store(&run->plan.stop, true);
	for (size_t i = 0; i < run->started; i++)
		worker_wake(&run->workers[i]);
}

/* ---- while it runs ---- */

static void look(const struct run *run, struct live_view *view)
{
	*view = (struct live_view){0};
	for (size_t i = 0; i < run->worker_count; i++)
		live_add(view, &run->workers[i].live);
}

static void begin_window(struct run *run)
{
	struct live_view view;
	run->began = true;
	run->before = self_stat_process();
	if (is_watched(run)) {
		look(run, &view);
		load_progress_begin_window(&run->progress, &view);
	}
	tell(run, "window_start", run->plan.window_start);
}

static void end_window(struct run *run, int64_t end)
{
	run->ended = true;
	run->after = self_stat_process();
	run->window_end = end;
	tell(run, "window_end", end);
}

/* For people on stderr, for a program on --control-fd. */
static void show(struct run *run, int64_t now)
{
	char line[CONTROL_LINE];
	struct live_view view;
	if (!is_watched(run))
		return;
	look(run, &view);
	load_progress_look(&run->progress, now, &view);
	run->next_show = now + show_period(run);
	if (run->progress.enabled)
		load_progress_show(&run->progress,
				   run->plan.kind == LOAD_SWEEP ? run->plan.target_count : 0);
	if (!run->config->control_live)
		return;
	const struct load_figures *f = &run->progress.figures;
	(void)snprintf(line, sizeof(line), "live %.0f %.1f %.1f %.1f %" PRIu64 "\n", f->rps,
		       f->p50_us, f->p95_us, f->spark_us, f->failures);
	tell_line(run, line);
}

/* Waits for the next boundary, showing, signal or end of a worker; adds the workers that ended. */
static void wait_for_news(struct run *run, int64_t boundary, uint64_t *ended)
{
	struct pollfd fds[] = {{run->signal_fd, POLLIN, 0}, {run->plan.ended_fd, POLLIN, 0}};
	int64_t until = boundary;
	if (is_watched(run) && run->next_show < until)
		until = run->next_show;
	int64_t ns = until - clock_now_ns();
	ns = ns < 0 ? 0 : ns;
	const struct timespec timeout = {ns / NS_PER_S, (long)(ns % NS_PER_S)};
	if (ppoll(fds, 2, &timeout, NULL) <= 0)
		return;
	struct signalfd_siginfo info;
	uint64_t count;
	if (read(run->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info) &&
	    !run->interrupted) {
		run->interrupted = true;
		stop_workers(run);
	}
	if (read(run->plan.ended_fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		*ended += count;
}

static void coordinate(struct run *run)
{
	const int64_t first = run->plan.window_start, last = run->plan.window_end;
	uint64_t ended = 0;
	run->progress.start = run->plan.start;
	run->progress.end = last;
	run->next_show = run->plan.start + show_period(run);
	while (ended < run->worker_count) {
		const int64_t now = clock_now_ns();
		if (!run->began && now >= first)
			begin_window(run);
		if (!run->ended && now >= last)
			end_window(run, last);
		if (is_watched(run) && now >= run->next_show)
			show(run, now);
		const int64_t boundary = !run->began ? first : !run->ended ? last : INT64_MAX;
		wait_for_news(run, boundary, &ended);
	}
	const int64_t now = clock_now_ns();
	if (!run->began)
		begin_window(run);
	if (!run->ended) /* interrupted, a sweep, or the workers' end was heard first */
		end_window(run, now < first ? first : now < last ? now : last);
	show(run, now);
	load_progress_end(&run->progress);
	tell(run, "done", 0);
}

/* ---- what came of it ---- */

static void sum_usage(const struct run *run, struct load_result *result)
{
	struct load_usage *usage = &result->usage;
	const double window = (double)(result->window_end - result->window_start);
	for (size_t i = 0; i < run->worker_count; i++) {
		const struct worker *w = &run->workers[i];
		const int64_t cpu = w->window_began ? w->after.cpu_ns - w->before.cpu_ns : 0;
		const int64_t work = cpu > w->idle_poll_ns ? cpu - w->idle_poll_ns : 0;
		usage->cpu_ns += cpu;
		usage->idle_poll_ns += w->idle_poll_ns;
		if (w->window_began)
			usage->run_queue_ns += w->after.run_queue_ns - w->before.run_queue_ns;
		if (window > 0 && (double)work / window > usage->busiest_share)
			usage->busiest_share = (double)work / window;
	}
	usage->process = (struct process_stat){
		.user_ns = run->after.user_ns - run->before.user_ns,
		.system_ns = run->after.system_ns - run->before.system_ns,
		.voluntary_switches =
			run->after.voluntary_switches - run->before.voluntary_switches,
		.involuntary_switches =
			run->after.involuntary_switches - run->before.involuntary_switches,
	};
	self_stat_memory(&usage->memory_now, &usage->memory_peak);
}

/* The first pages that were not answered as the manifest has them. */
static void name_differences(const struct load_plan *plan)
{
	size_t named = 0;
	for (size_t i = 0; i < plan->target_count && named < DIFFERENCES_NAMED; i++) {
		const struct sweep_answer *answer = &plan->answers[i];
		const struct target *target = &plan->targets[i];
		if (!answer->asked || answer->outcome == OUTCOME_OK)
			continue;
		fprintf(stderr, "loadgen: %s: %s, %" PRIu64 " bytes; the manifest has %u bytes\n",
			target->page->target, outcome_names[answer->outcome], answer->length,
			target->length);
		named++;
	}
}

static bool sum_parity(const struct run *run, struct load_parity *parity)
{
	struct strbuf lines;
	strbuf_init(&lines, SIZE_MAX / 2);
	*parity = (struct load_parity){.equal = true};
	for (size_t i = 0; i < run->plan.target_count; i++) {
		const struct sweep_answer *answer = &run->plan.answers[i];
		const struct target *target = &run->plan.targets[i];
		strbuf_printf(&lines, "%s %" PRIu64 " ", target->page->target, answer->length);
		for (size_t b = 0; answer->answered && b < SHA256_SIZE; b++)
			strbuf_printf(&lines, "%02x", answer->sha256[b]);
		strbuf_add_char(&lines, '\n');
		parity->answers += answer->answered;
	}
	const bool ok = strbuf_ok(&lines);
	if (ok)
		sha256_hex(lines.data, lines.len, parity->sha256);
	strbuf_free(&lines);
	return ok;
}

static bool collect(const struct run *run, struct load_result *result)
{
	result->window_start = run->plan.window_start;
	result->window_end = run->window_end;
	result->tally.window_start = result->window_start;
	result->tally.window_end = result->window_end;
	result->interrupted = run->interrupted;
	sum_usage(run, result);
	for (size_t i = 0; i < run->worker_count; i++)
		tally_merge(&result->tally, &run->workers[i].tally);
	if (run->plan.kind != LOAD_SWEEP || run->interrupted)
		return true;
	name_differences(&run->plan);
	result->has_parity = sum_parity(run, &result->parity);
	result->parity.equal = result->tally.all[OUTCOME_OK] == run->plan.target_count;
	return result->has_parity;
}

static void run_free(struct run *run)
{
	for (size_t i = 0; run->workers && i < run->worker_count; i++)
		worker_free(&run->workers[i]);
	free(run->workers);
	free(run->threads);
	free(run->plan.answers);
	popularity_free(&run->plan.popularity);
	EVP_MD_free(run->plan.sha256);
	if (run->signal_fd >= 0)
		close(run->signal_fd);
	if (run->plan.ended_fd >= 0)
		close(run->plan.ended_fd);
}

bool load_run(const struct loadgen_config *config, const struct http_address *address,
	      const struct target_set *targets, struct load_result *result,
	      char error[LOAD_ERROR_SIZE])
{
	struct run run = {.config = config, .signal_fd = -1};
	fill_plan(&run.plan, config, address, targets);
	load_progress_init(&run.progress, !config->no_progress && !config->quiet);
	*result = (struct load_result){0};
	bool ok = make_ready(&run) &&
		  tally_init(&result->tally, run.plan.window_start, run.plan.window_end);
	if (ok) {
		ok = start_workers(&run);
		if (ok)
			coordinate(&run);
		else
			stop_workers(&run);
		for (size_t i = 0; i < run.started; i++)
			pthread_join(run.threads[i], NULL);
	}
	if (ok)
		ok = collect(&run, result);
	if (!ok)
		snprintf(error, LOAD_ERROR_SIZE, "cannot start %" PRIu64 " VUs: %s", config->vus,
			 strerror(errno));
	run_free(&run);
	return ok;
}

void load_result_free(struct load_result *result)
{
	tally_free(&result->tally);
}
