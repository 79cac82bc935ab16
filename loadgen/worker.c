#include "loadgen/worker.h"

#include "common/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EVENTS_MAX = 64 };

/* A tag that no VU has: indexes stay below the number of VUs. */
#define WAKE_TAG UINT64_MAX

static bool vus_init(struct worker *w, uint64_t number)
{
	const struct load_plan *plan = w->plan;
	const uint64_t share = plan->vus / plan->threads, rest = plan->vus % plan->threads;
	w->vu_count = (uint32_t)(share + (number < rest));
	w->first_vu = number * share + (number < rest ? number : rest);
	w->vus = calloc(w->vu_count, sizeof(*w->vus));
	if (!w->vus)
		return false;
	for (uint32_t i = 0; i < w->vu_count; i++) {
		w->vus[i].fd = -1;
		w->vus[i].index = i;
		rng_seed_stream(&w->vus[i].rng, plan->seed, w->first_vu + i);
	}
	return timer_heap_init(&w->waiting, w->vu_count);
}

/* Each VU has its own due times; else they are shared, and any free VU serves the next. */
static bool is_by_vu(const struct load_plan *plan)
{
	return plan->kind == LOAD_CLOSED || plan->kind == LOAD_CAPACITY || plan->paced;
}

static bool has_arrivals(const struct load_plan *plan)
{
	return plan->kind == LOAD_OPEN && !plan->paced;
}

bool worker_init(struct worker *w, struct load_plan *plan, uint64_t number)
{
	memset(w, 0, sizeof(*w));
	w->plan = plan;
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* Streams above those of the VUs are the workers'. */
	rng_seed_stream(&w->rng, plan->seed, plan->vus + number);
	if (has_arrivals(plan))
		open_schedule_init(&w->open, plan->arrivals, plan->rate, plan->seed, number,
				   plan->threads);
	struct epoll_event wake = {.events = EPOLLIN, .data.u64 = WAKE_TAG};
	return w->epoll >= 0 && w->wake_fd >= 0 && vus_init(w, number) &&
	       epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->wake_fd, &wake) == 0 &&
	       tally_init_sliced(&w->tally, plan->window_start, plan->window_end, plan->slice_ns);
}

void worker_free(struct worker *w)
{
	for (uint32_t i = 0; w->vus && i < w->vu_count; i++)
		vu_free(&w->vus[i]);
	free(w->vus);
	timer_heap_free(&w->waiting);
	tally_free(&w->tally);
	if (w->epoll >= 0)
		close(w->epoll);
	if (w->wake_fd >= 0)
		close(w->wake_fd);
}

void worker_connect(struct worker *w)
{
	bool open = w->plan->reuse;
	for (uint32_t i = 0; i < w->vu_count; i++) {
		int *kept = &w->plan->kept[w->first_vu + i];
		if (open || *kept >= 0)
			open = vu_connect_ahead(w, &w->vus[i], *kept) && open;
		*kept = -1;
	}
}

void worker_keep(struct worker *w)
{
	for (uint32_t i = 0; w->vus && i < w->vu_count; i++) {
		w->plan->kept[w->first_vu + i] = w->vus[i].fd;
		w->vus[i].fd = -1;
	}
}

void worker_wake(struct worker *w)
{
	const uint64_t one = 1;
	(void)!write(w->wake_fd, &one, sizeof(one));
}

static void count_dropped(struct worker *w, int64_t due)
{
	const struct tally_request dropped = {OUTCOME_DROPPED, due, 0, 0};
	tally_record(&w->tally, &dropped);
}

/* What a paced VU will never send: its due times from `due` on, before `end`. */
static void drop_paced(struct worker *w, struct vu *vu, int64_t due, int64_t end)
{
	for (; due < end; due = paced_schedule_next(&w->plan->closed, due, &vu->rng))
		count_dropped(w, due);
	vu->state = VU_DONE;
}

static void wait_until(struct worker *w, struct vu *vu, enum vu_state state, int64_t due)
{
	if (w->drained) {
		drop_paced(w, vu, due, w->plan->window_end);
		return;
	}
	if (due >= w->plan->window_end) {
		vu->state = VU_DONE;
		return;
	}
	vu->state = state;
	timer_heap_push(&w->waiting, (struct timer){due, vu->index});
}

static void set_free(struct worker *w, struct vu *vu)
{
	vu->state = VU_WAITING;
	vu_list_add(&w->free, vu);
}

void worker_request_ended(struct worker *w, struct vu *vu, enum outcome outcome, int64_t ended)
{
	const bool failed = outcome != OUTCOME_OK && outcome != OUTCOME_DEGRADED;
	w->load_ended = ended;
	live_record(&w->live, failed, ended - vu->due);
	if (w->plan->paced) {
		wait_until(w, vu, VU_WAITING, vu->next_due);
		return;
	}
	if (is_by_vu(w->plan)) {
		const struct closed_schedule *s = &w->plan->closed;
		const int64_t due = closed_schedule_next(s, ended, failed, &vu->rng);
		tally_wait(&w->tally, ended, due);
		wait_until(w, vu, VU_THINKING, due);
		return;
	}
	if (w->plan->answers) {
		struct sweep_answer *answer = &w->plan->answers[vu->target - w->plan->targets];
		answer->asked = true;
		answer->outcome = outcome;
		w->sweep_failures += failed;
	}
	set_free(w, vu);
}

void worker_note_answer(struct worker *w, const struct vu *vu,
			const unsigned char sha256[SHA256_SIZE])
{
	struct sweep_answer *answer = &w->plan->answers[vu->target - w->plan->targets];
	answer->answered = true;
	answer->length = vu->parser.body;
	memcpy(answer->sha256, sha256, SHA256_SIZE);
}

static const struct target *draw_target(struct worker *w, struct rng *rng)
{
	return &w->plan->targets[popularity_draw(&w->plan->popularity, rng)];
}

/* ---- what is due ---- */

static bool take_arrival(struct worker *w, int64_t now, int64_t *due, const struct target **target)
{
	const struct load_plan *plan = w->plan;
	if (plan->kind == LOAD_SWEEP) {
		if (w->swept == plan->target_count || w->sweep_failures >= SWEEP_FAILURES_MAX)
			return false;
		*due = now;
		*target = &plan->targets[w->swept++];
		return true;
	}
	if (!has_arrivals(plan) || w->drained)
		return false;
	*due = open_schedule_next(&w->open);
	if (*due > now || *due >= plan->window_end)
		return false;
	open_schedule_take(&w->open);
	*target = draw_target(w, &w->rng);
	return true;
}

static void run_due(struct worker *w, int64_t now)
{
	int64_t due;
	const struct target *target;
	while (timer_heap_next(&w->waiting) <= now) {
		const struct timer timer = timer_heap_pop(&w->waiting);
		struct vu *vu = &w->vus[timer.vu];
		const struct target *its = draw_target(w, &vu->rng);
		if (w->plan->paced) /* in advance: whatever becomes of the present request */
			vu->next_due = paced_schedule_next(&w->plan->closed, timer.due, &vu->rng);
		vu_begin(w, vu, timer.due, its);
	}
	while (w->free.first && take_arrival(w, now, &due, &target)) {
		struct vu *vu = w->free.first;
		vu_list_remove(&w->free, vu);
		vu_begin(w, vu, due, target);
	}
}

static void expire(struct worker *w, struct vu_list *list, int64_t now)
{
	while (list->first && list->first->deadline <= now)
		vu_expire(w, list->first);
}

/* What this worker will never send: late requests of the open model, a given-up sweep's rest. */
static void drop_rest(struct worker *w, int64_t until)
{
	const struct load_plan *plan = w->plan;
	const int64_t end = until < plan->window_end ? until : plan->window_end;
	w->drained = true;
	if (plan->kind == LOAD_SWEEP)
		for (; w->swept < plan->target_count; w->swept++)
			count_dropped(w, plan->window_start);
	if (has_arrivals(plan))
		for (; open_schedule_next(&w->open) < end; open_schedule_take(&w->open))
			count_dropped(w, open_schedule_next(&w->open));
	while (plan->paced && w->waiting.count > 0) {
		const struct timer timer = timer_heap_pop(&w->waiting);
		drop_paced(w, &w->vus[timer.vu], timer.due, end);
	}
}

static void pass_window(struct worker *w, int64_t now)
{
	if (!w->window_began && now >= w->plan->window_start) {
		w->window_began = true;
		w->before = self_stat_thread();
	}
	if (!w->window_ended && now >= w->plan->window_end) {
		w->window_ended = true;
		w->after = self_stat_thread();
	}
	if (!w->drained && now >= w->plan->window_end + w->plan->drain)
		drop_rest(w, now);
}

/* ---- the loop ---- */

static bool is_over(const struct worker *w)
{
	const struct load_plan *plan = w->plan;
	if (atomic_load_explicit(&plan->stop, memory_order_relaxed))
		return true;
	if (w->under_way > 0) /* the drain: each request has its own deadline */
		return false;
	if (plan->kind == LOAD_SWEEP)
		return w->swept == plan->target_count || w->sweep_failures >= SWEEP_FAILURES_MAX;
	if (has_arrivals(plan) && !w->drained && open_schedule_next(&w->open) < plan->window_end)
		return false;
	return w->window_ended && w->waiting.count == 0;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_wake(const struct worker *w)
{
	const struct load_plan *plan = w->plan;
	int64_t next = timer_heap_next(&w->waiting);
	if (!w->window_began)
		next = earlier(next, plan->window_start);
	if (!w->window_ended)
		next = earlier(next, plan->window_end);
	else if (!w->drained)
		next = earlier(next, plan->window_end + plan->drain);
	if (w->asking.first)
		next = earlier(next, w->asking.first->deadline);
	if (w->connecting.first)
		next = earlier(next, w->connecting.first->deadline);
	if (has_arrivals(plan) && w->free.first && open_schedule_next(&w->open) < plan->window_end)
		next = earlier(next, open_schedule_next(&w->open));
	return next;
}

static int wait_for_events(struct worker *w, struct epoll_event *events, int64_t ns)
{
	ns = ns < 0 || w->plan->busy_poll ? 0 : ns;
	const struct timespec timeout = {ns / NS_PER_S, (long)(ns % NS_PER_S)};
	const int count = epoll_pwait2(w->epoll, events, EVENTS_MAX, &timeout, NULL);
	if (count >= 0 || errno != ENOSYS)
		return count;
	/* Linux before 5.11: an epoll descriptor can itself be polled, with ns. */
	struct pollfd ready = {w->epoll, POLLIN, 0};
	(void)ppoll(&ready, 1, &timeout, NULL);
	return epoll_wait(w->epoll, events, EVENTS_MAX, 0);
}

static void take_event(struct worker *w, const struct epoll_event *event)
{
	if (event->data.u64 == WAKE_TAG)
		return;
	struct vu *vu = &w->vus[(uint32_t)event->data.u64];
	if (vu->fd >= 0 && worker_event_tag(vu) == event->data.u64)
		vu_ready(w, vu);
}

static void start_vus(struct worker *w)
{
	const struct load_plan *plan = w->plan;
	w->open.start = plan->start;
	for (uint32_t i = 0; i < w->vu_count; i++) {
		struct vu *vu = &w->vus[i];
		const size_t number = (size_t)(w->first_vu + i);
		if (!is_by_vu(plan)) {
			set_free(w, vu);
			continue;
		}
		const int64_t first = closed_schedule_first(&plan->closed, number, plan->vus);
		tally_wait(&w->tally, plan->start, first);
		wait_until(w, vu, VU_WAITING, first);
	}
}

static void finish(struct worker *w)
{
	const int64_t now = clock_now_ns();
	while (w->asking.first)
		vu_abandon(w, w->asking.first);
	while (w->connecting.first)
		vu_abandon(w, w->connecting.first);
	if (!w->drained)
		drop_rest(w, now);
	if (!w->window_ended)
		w->after = self_stat_thread();
	const uint64_t one = 1;
	(void)!write(w->plan->ended_fd, &one, sizeof(one));
}

void *worker_run(void *worker)
{
	struct worker *w = worker;
	struct epoll_event events[EVENTS_MAX];
	int64_t idle_since = 0; /* when the last poll began, if it found nothing */
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	start_vus(w);
	for (;;) {
		const int64_t now = clock_now_ns();
		if (idle_since && w->window_began && !w->window_ended)
			w->idle_poll_ns += now - idle_since;
		pass_window(w, now);
		if (now >= w->plan->start)
			run_due(w, now);
		expire(w, &w->asking, now);
		expire(w, &w->connecting, now);
		if (is_over(w)) /* asked last: what has just expired may have been the end */
			break;
		const int64_t until = now < w->plan->start ? w->plan->start : next_wake(w);
		const int64_t waiting = clock_now_ns();
		const int count = wait_for_events(w, events, until - waiting);
		idle_since = w->plan->busy_poll && count == 0 && until > waiting ? waiting : 0;
		/* All answers before the next requests: a request sent in between would make the
		 * answers behind it look late. */
		for (int i = 0; i < count; i++)
			take_event(w, &events[i]);
	}
	finish(w);
	return NULL;
}
