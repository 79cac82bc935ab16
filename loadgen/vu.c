#include "loadgen/vu.h"

#include "common/base/clock.h"
#include "loadgen/worker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

void vu_list_add(struct vu_list *list, struct vu *vu)
{
	vu->previous = list->last;
	vu->next = NULL;
	if (list->last)
		list->last->next = vu;
	else
		list->first = vu;
	list->last = vu;
}

void vu_list_remove(struct vu_list *list, struct vu *vu)
{
	if (vu->previous)
		vu->previous->next = vu->next;
	else
		list->first = vu->next;
	if (vu->next)
		vu->next->previous = vu->previous;
	else
		list->last = vu->previous;
}

static void drop_connection(struct vu *vu)
{
	if (vu->fd >= 0)
		close(vu->fd);
	vu->fd = -1;
}

static bool watch(struct worker *w, struct vu *vu, int operation, uint32_t events)
{
	struct epoll_event event = {
		.events = events,
		.data.u64 = worker_event_tag(vu),
	};
	return epoll_ctl(w->epoll, operation, vu->fd, &event) == 0;
}

/* Leaves the list of what is under way, counts the request, and lets the worker decide what is
 * next. */
static void end_request(struct worker *w, struct vu *vu, enum outcome outcome, int64_t ended)
{
	const struct tally_request request = {outcome, vu->due, vu->sent, ended};
	vu_list_remove(vu->state == VU_CONNECTING ? &w->connecting : &w->asking, vu);
	w->under_way--;
	tally_record(&w->tally, &request);
	worker_request_ended(w, vu, outcome, ended);
}

static void fail(struct worker *w, struct vu *vu, enum outcome outcome)
{
	drop_connection(vu);
	if (vu->state != VU_CONNECTING && vu->sent_len > 0)
		w->tally.cut++;
	end_request(w, vu, outcome, clock_now_ns());
}

static void write_rest(struct worker *w, struct vu *vu)
{
	const size_t left = vu->target->request_len - vu->sent_len;
	const ssize_t n = send(vu->fd, vu->target->request + vu->sent_len, left, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		fail(w, vu, OUTCOME_RESET);
		return;
	}
	if (n > 0) {
		w->tally.sent += vu->sent_len == 0;
		w->tally.bytes_out += (uint64_t)n;
		vu->sent_len += (uint32_t)n;
	}
	if (vu->sent_len < vu->target->request_len) {
		if (!watch(w, vu, EPOLL_CTL_MOD, EPOLLOUT))
			fail(w, vu, OUTCOME_RESET);
		return;
	}
	vu->state = VU_RECEIVING;
}

/* Every Nth answer of a worker is hashed; on which VU it comes is chance. */
static EVP_MD_CTX *choose_digest(struct worker *w, struct vu *vu)
{
	const uint64_t every = w->plan->hash_every;
	vu->hashing = false;
	if (every == 0 || w->begun++ % every != 0)
		return NULL;
	if (!vu->digest)
		vu->digest = EVP_MD_CTX_new();
	vu->hashing = vu->digest && EVP_DigestInit_ex(vu->digest, w->plan->sha256, NULL) == 1;
	return vu->hashing ? vu->digest : NULL;
}

static void send_request(struct worker *w, struct vu *vu)
{
	vu->state = VU_SENDING;
	vu->sent_len = 0;
	http_parser_start(&vu->parser, choose_digest(w, vu));
	vu->sent = clock_now_ns();
	vu->deadline = vu->sent + w->plan->timeout;
	vu_list_add(&w->asking, vu);
	write_rest(w, vu);
}

static void connected(struct worker *w, struct vu *vu, int watch_operation)
{
	if (!watch(w, vu, watch_operation, EPOLLIN)) {
		fail(w, vu, OUTCOME_CONNECT_REFUSED);
		return;
	}
	vu_list_remove(&w->connecting, vu);
	send_request(w, vu);
}

static void open_connection(struct worker *w, struct vu *vu)
{
	bool at_once;
	vu->state = VU_CONNECTING;
	vu->deadline = clock_now_ns() + w->plan->connect_timeout;
	vu_list_add(&w->connecting, vu);
	vu->fd = http_connect(&w->plan->address, &at_once);
	if (vu->fd < 0) {
		fail(w, vu, OUTCOME_CONNECT_REFUSED);
		return;
	}
	vu->connections++;
	w->tally.connections++;
	if (at_once)
		connected(w, vu, EPOLL_CTL_ADD);
	else if (!watch(w, vu, EPOLL_CTL_ADD, EPOLLOUT))
		fail(w, vu, OUTCOME_CONNECT_REFUSED);
}

static int connect_now(const struct load_plan *plan)
{
	bool at_once;
	const int fd = http_connect(&plan->address, &at_once);
	struct pollfd writable = {fd, POLLOUT, 0};
	if (fd < 0 || at_once)
		return fd;
	if (poll(&writable, 1, (int)(plan->connect_timeout / NS_PER_MS)) == 1 &&
	    http_connect_result(fd) == 0)
		return fd;
	close(fd);
	return -1;
}

bool vu_connect_ahead(struct worker *w, struct vu *vu, int kept)
{
	vu->fd = kept >= 0 ? kept : connect_now(w->plan);
	if (vu->fd < 0)
		return false;
	w->tally.connections += kept < 0;
	vu->connections++;
	if (!watch(w, vu, EPOLL_CTL_ADD, EPOLLIN))
		drop_connection(vu);
	return vu->fd >= 0;
}

void vu_begin(struct worker *w, struct vu *vu, int64_t due, const struct target *target)
{
	vu->due = due;
	vu->sent = 0;
	vu->target = target;
	w->under_way++;
	if (vu->fd < 0)
		open_connection(w, vu);
	else
		send_request(w, vu);
}

static void connect_ready(struct worker *w, struct vu *vu)
{
	const int code = http_connect_result(vu->fd);
	if (code == 0)
		connected(w, vu, EPOLL_CTL_MOD);
	else
		fail(w, vu, code == ETIMEDOUT ? OUTCOME_CONNECT_TIMEOUT : OUTCOME_CONNECT_REFUSED);
}

/* True when the body has the manifest's hash, or was not hashed at all. */
static bool hash_is_right(struct worker *w, struct vu *vu)
{
	unsigned char sha256[EVP_MAX_MD_SIZE];
	if (!vu->hashing)
		return true;
	w->tally.hashed++;
	if (EVP_DigestFinal_ex(vu->digest, sha256, NULL) != 1)
		return false;
	if (w->plan->answers)
		worker_note_answer(w, vu, sha256);
	return memcmp(sha256, vu->target->sha256, SHA256_SIZE) == 0;
}

static enum outcome judge(struct worker *w, struct vu *vu)
{
	const struct http_parser *p = &vu->parser;
	const bool hash_right = hash_is_right(w, vu);
	if (p->status >= 500)
		return OUTCOME_HTTP_5XX;
	if (p->status >= 400)
		return OUTCOME_HTTP_4XX;
	if (p->status != 200)
		return OUTCOME_PROTOCOL;
	if (p->degraded)
		return OUTCOME_DEGRADED;
	return p->body == vu->target->length && hash_right ? OUTCOME_OK : OUTCOME_BAD_BODY;
}

static void answered(struct worker *w, struct vu *vu)
{
	const int64_t ended = clock_now_ns();
	w->tally.answered++;
	const enum outcome outcome = judge(w, vu);
	if (!vu->parser.keep_alive || !w->plan->reuse)
		drop_connection(vu);
	end_request(w, vu, outcome, ended);
}

static void read_answer(struct worker *w, struct vu *vu)
{
	const ssize_t n = recv(vu->fd, w->buffer, sizeof(w->buffer), 0);
	enum http_result result = HTTP_MORE;
	if (n > 0) {
		w->tally.bytes_in += (uint64_t)n;
		result = http_parser_feed(&vu->parser, w->buffer, (size_t)n);
	} else if (n == 0) {
		result = http_parser_end(&vu->parser);
	} else if (errno == EAGAIN || errno == EINTR) {
		return;
	}
	if (result == HTTP_DONE)
		answered(w, vu);
	else if (result == HTTP_BAD)
		fail(w, vu, OUTCOME_PROTOCOL);
	else if (n <= 0)
		fail(w, vu, OUTCOME_RESET);
}

void vu_ready(struct worker *w, struct vu *vu)
{
	switch (vu->state) {
	case VU_CONNECTING:
		connect_ready(w, vu);
		return;
	case VU_SENDING:
		write_rest(w, vu);
		if (vu->state == VU_RECEIVING && !watch(w, vu, EPOLL_CTL_MOD, EPOLLIN))
			fail(w, vu, OUTCOME_RESET);
		return;
	case VU_RECEIVING:
		read_answer(w, vu);
		return;
	case VU_WAITING:
	case VU_THINKING:
	case VU_DONE:
		drop_connection(vu);
		return;
	}
}

void vu_expire(struct worker *w, struct vu *vu)
{
	fail(w, vu, vu->state == VU_CONNECTING ? OUTCOME_CONNECT_TIMEOUT : OUTCOME_REQUEST_TIMEOUT);
}

void vu_abandon(struct worker *w, struct vu *vu)
{
	fail(w, vu, OUTCOME_UNFINISHED);
}

void vu_free(struct vu *vu)
{
	drop_connection(vu);
	EVP_MD_CTX_free(vu->digest);
	vu->digest = NULL;
}
