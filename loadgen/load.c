#include "loadgen/load.h"

#include "common/base/clock.h"
#include "loadgen/load_sum.h"
#include "loadgen/load_watch.h"
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

enum { OTHER_FILES = 256 /* threads, standard streams, libraries */ };

struct run {
	const struct loadgen_config *config;
	struct load_plan plan;
	struct worker *workers; /* owned; made anew for each turn */
	pthread_t *threads;     /* owned */
	size_t worker_count, made, started;
	int signal_fd;
	bool interrupted;
	bool began, ended;     /* the turn's window */
	struct load_turn turn; /* under way */
	int64_t turn_over;     /* when the last one that began was; 0: none began */
	struct load_watch watch;
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

/* ---- making it ready ---- */

static int64_t window_of_turn(const struct loadgen_config *c)
{
	return c->kind == LOAD_SWEEP ? SWEEP_MAX_NS : loadgen_config_turn(c);
}

static void set_times(struct load_plan *plan, const struct loadgen_config *c, int64_t start)
{
	plan->start = start;
	plan->closed.start = start;
	plan->window_start = start + c->warmup;
	plan->window_end = plan->window_start + window_of_turn(c);
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

/* The result's tally has a slice a turn, or the usual ones when there is but one; the workers' have
 * the slices of their turn. */
static bool init_tally(struct run *run, struct tally *tally)
{
	const int64_t turn = window_of_turn(run->config);
	const uint64_t turns = run->config->turns;
	const bool ok = turns > 1 ? tally_init_sliced(tally, 0, (int64_t)turns * turn, turn)
				  : tally_init(tally, 0, turn);
	run->plan.slice_ns = tally->slice_ns;
	return ok;
}

static bool make_ready(struct run *run)
{
	struct load_plan *plan = &run->plan;
	run->worker_count = (size_t)plan->threads;
	run->workers = calloc(run->worker_count, sizeof(*run->workers));
	run->threads = calloc(run->worker_count, sizeof(*run->threads));
	plan->kept = calloc(plan->vus, sizeof(*plan->kept));
	for (uint64_t i = 0; plan->kept && i < plan->vus; i++)
		plan->kept[i] = -1;
	run->signal_fd = open_signals();
	plan->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	plan->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (plan->kind == LOAD_SWEEP) {
		plan->answers = calloc(plan->target_count, sizeof(*plan->answers));
		if (!plan->answers)
			return false;
	}
	return popularity_init(&plan->popularity, run->config->zipf, plan->target_count,
			       plan->seed) &&
	       run->workers && run->threads && plan->kept && plan->sha256 && run->signal_fd >= 0 &&
	       plan->ended_fd >= 0;
}

static void free_workers(struct run *run)
{
	for (size_t i = 0; i < run->made; i++)
		worker_free(&run->workers[i]);
	run->made = 0;
}

/* Clears away the turn before, and makes the workers of this one, who connect and wait for their
 * start. */
static bool prepare_turn(struct run *run, uint64_t number)
{
	bool ok = true;
	uint64_t begun[THREADS_MAX] = {0}; /* a worker goes on counting which answer to hash */
	for (size_t i = 0; i < run->made; i++)
		begun[i] = run->workers[i].begun;
	load_watch_keep(&run->watch);
	for (size_t i = 0; i < run->made; i++)
		worker_keep(&run->workers[i]);
	free_workers(run);
	run->turn = (struct load_turn){.number = number};
	run->began = run->ended = false;
	run->started = 0;
	run->plan.seed = schedule_turn_seed(run->config->seed, number);
	set_times(&run->plan, run->config, 0);
	for (; run->made < run->worker_count; run->made++) {
		struct worker *worker = &run->workers[run->made];
		ok = worker_init(worker, &run->plan, run->made) && ok;
		worker->begun = begun[run->made];
		if (ok)
			worker_connect(worker);
	}
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

static void interrupt(struct run *run)
{
	run->interrupted = true;
	stop_workers(run);
}

/* Waits without end until a byte of --turn-fd says go, if there is one. False when interrupted. */
static bool wait_for_go(struct run *run)
{
	const int turn_fd = (int)run->config->turn_fd;
	struct pollfd fds[] = {{run->signal_fd, POLLIN, 0}, {turn_fd, POLLIN, 0}};
	while (turn_fd && !run->interrupted) {
		char go;
		if (poll(fds, 2, -1) < 0 && errno == EINTR)
			continue;
		if (fds[0].revents) {
			interrupt(run);
			continue;
		}
		const ssize_t n = read(turn_fd, &go, 1);
		if (n == 1)
			return true;
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			fprintf(stderr, "loadgen: cannot read --turn-fd: %s\n", strerror(errno));
		interrupt(run);
	}
	return !run->interrupted;
}

static void begin_window(struct run *run)
{
	run->began = true;
	run->turn.before = self_stat_process();
	load_watch_begin_window(&run->watch, run->plan.window_start);
}

static void end_window(struct run *run, int64_t end)
{
	run->ended = true;
	run->turn.after = self_stat_process();
	run->turn.window_ns = end - run->plan.window_start;
	load_watch_end_window(&run->watch, end);
}

/* Waits for the next boundary, showing, signal or end of a worker; adds the workers that ended. */
static void wait_for_news(struct run *run, int64_t boundary, uint64_t *ended)
{
	struct pollfd fds[] = {{run->signal_fd, POLLIN, 0}, {run->plan.ended_fd, POLLIN, 0}};
	const int64_t next_show = load_watch_next(&run->watch);
	int64_t ns = (next_show < boundary ? next_show : boundary) - clock_now_ns();
	ns = ns < 0 ? 0 : ns;
	const struct timespec timeout = {ns / NS_PER_S, (long)(ns % NS_PER_S)};
	if (ppoll(fds, 2, &timeout, NULL) <= 0)
		return;
	struct signalfd_siginfo info;
	uint64_t count;
	if (read(run->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info) && !run->interrupted)
		interrupt(run);
	if (read(run->plan.ended_fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		*ended += count;
}

static void coordinate(struct run *run)
{
	const int64_t first = run->plan.window_start, last = run->plan.window_end;
	uint64_t ended = 0;
	load_watch_begin_turn(&run->watch, run->turn.number, run->plan.start, last);
	while (ended < run->worker_count) {
		const int64_t now = clock_now_ns();
		if (!run->began && now >= first)
			begin_window(run);
		if (!run->ended && now >= last)
			end_window(run, last);
		if (now >= load_watch_next(&run->watch))
			load_watch_show(&run->watch, now);
		const int64_t boundary = !run->began ? first : !run->ended ? last : INT64_MAX;
		wait_for_news(run, boundary, &ended);
	}
	const int64_t now = clock_now_ns();
	run->turn_over = now;
	if (!run->began)
		begin_window(run);
	if (!run->ended) /* interrupted, a sweep, or the workers' end was heard first */
		end_window(run, now < first ? first : now < last ? now : last);
}

/* A prepared turn, from its start to the end of its drain. */
static bool run_turn(struct run *run)
{
	const bool ok = start_workers(run);
	if (ok)
		coordinate(run);
	else
		stop_workers(run);
	for (size_t i = 0; i < run->started; i++)
		pthread_join(run->threads[i], NULL);
	return ok;
}

static bool run_turns(struct run *run, struct load_result *result)
{
	uint64_t turn = 0;
	load_watch_init(&run->watch, run->config, run->workers, run->worker_count,
			run->plan.answers ? run->plan.target_count : 0);
	bool ok = prepare_turn(run, turn);
	while (ok && turn < run->config->turns && wait_for_go(run)) {
		ok = run_turn(run);
		if (!ok)
			break;
		load_sum_turn(result, &run->turn, run->workers, run->worker_count);
		if (++turn < run->config->turns && !run->interrupted)
			ok = prepare_turn(run, turn);
		load_watch_tell(&run->watch, "turn_done");
	}
	return ok;
}

static void run_free(struct run *run)
{
	free_workers(run);
	free(run->workers);
	free(run->threads);
	for (uint64_t i = 0; run->plan.kept && i < run->plan.vus; i++)
		if (run->plan.kept[i] >= 0)
			close(run->plan.kept[i]);
	free(run->plan.kept);
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
	*result = (struct load_result){0};
	bool ok = make_ready(&run) && init_tally(&run, &result->tally) && run_turns(&run, result);
	if (ok) {
		if (run.turn_over)
			load_watch_show(&run.watch, run.turn_over);
		load_watch_end(&run.watch);
		load_watch_tell(&run.watch, "done");
		result->interrupted = run.interrupted;
		ok = load_sum_end(result, &run.plan);
	}
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
