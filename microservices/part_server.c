/* A frame: read -> (ping the store | part handler -> store) -> part_binary -> frame. Both ends of
 * the arrow in the middle may be apart: an ask holds its peer, which is freed when its connection
 * and its last ask have gone. */
#include "microservices/part_server.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/contract/part_frame.h"
#include "common/frame/frame_conn.h"
#include "common/http/http_trouble.h"
#include "common/http/http_turn.h"

#include <event2/event.h>
#include <event2/listener.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LISTEN_BACKLOG = 128 };

struct peer {
	struct part_server *server;
	struct frame_conn *conn; /* NULL once it is closed */
	unsigned asks;           /* not answered yet */
	struct peer *previous, *next;
};

struct part_server {
	const struct service_definition *definition;
	struct part_handler *parts;
	struct event_base *base;
	struct evconnlistener *listener;
	struct peer *first; /* those with a connection */
	unsigned count;
	struct http_trouble trouble;
	uint64_t answers[READ_PART_KINDS][PART_ANSWERS];
	struct http_turn turn;
	uint64_t turns; /* that answered */
};

struct part_ask {
	struct part_work work;
	struct peer *peer;
	uint32_t id;
	int64_t arrived_ns; /* 0 without a traceparent: nobody asks for stamps */
	char trace[FRAME_TRACE_MAX + 1];
};

struct ping_ask {
	struct peer *peer;
	uint32_t id;
};

/* Indexed by enum store_status. */
static const enum part_answer answers[] = {
	[STORE_OK] = ANSWER_OK,           [STORE_NOT_FOUND] = ANSWER_NOT_FOUND,
	[STORE_CONFLICT] = ANSWER_BROKEN, [STORE_UNAVAILABLE] = ANSWER_UNAVAILABLE,
	[STORE_BAD_DATA] = ANSWER_BROKEN,
};

/* ---- answering ---- */

static enum part_answer peer_answer(struct peer *peer, uint32_t id, enum part_answer answer,
				    enum read_kind kind, const void *part)
{
	if (!peer->conn)
		return answer;
	answer = part_frame_write_answer(frame_conn_out(peer->conn), id, answer, kind, part);
	frame_conn_send(peer->conn);
	return answer;
}

/* Answers with the part; tells of the request's way through here when it has a traceparent. */
static enum part_answer ask_answer(const struct part_ask *ask)
{
	const struct read_job *job = &ask->work.job;
	struct peer *peer = ask->peer;
	char text[STAMPS_TEXT_MAX];
	if (!ask->arrived_ns || !peer->conn)
		return peer_answer(peer, ask->id, answers[job->status], job->kind, job->out);
	struct strbuf *out = frame_conn_out(peer->conn);
	size_t mark = out->len;
	int64_t write_ns = clock_now_ns();
	enum part_answer answer =
		peer_answer(peer, ask->id, answers[job->status], job->kind, job->out);
	if (answer == ANSWER_OK && strbuf_ok(out)) {
		part_handler_stamps(&ask->work, ask->arrived_ns, write_ns, text);
		part_frame_add_stamps(out, mark, slice_of(text));
	}
	return answer;
}

static void peer_release(struct peer *peer)
{
	peer->asks--;
	if (!peer->conn && !peer->asks)
		free(peer);
}

static void work_done(struct part_work *work)
{
	struct part_ask *ask = work->owner;
	struct part_server *server = ask->peer->server;
	const struct read_job *job = &work->job;
	if (job->status != STORE_OK && job->status != STORE_NOT_FOUND)
		http_trouble_log(&server->trouble, clock_now_ns(), read_infos[job->kind].name,
				 ask->trace, job->error);
	enum part_answer answer = ask_answer(ask);
	server->answers[job->kind][answer]++;
	if (http_turn_first(&server->turn))
		server->turns++;
	if (ask->trace[0])
		part_handler_log(work, ask->trace);
	peer_release(ask->peer);
	arena_free(work->job.arena); /* the ask lies in it */
}

static void ping_done(void *arg, enum store_status status)
{
	struct ping_ask ask = *(struct ping_ask *)arg;
	free(arg);
	peer_answer(ask.peer, ask.id, answers[status], READ_KINDS, NULL);
	peer_release(ask.peer);
}

/* ---- asking ---- */

static void ask_ping(struct peer *peer, uint32_t id)
{
	struct ping_ask *ask = malloc(sizeof(*ask));
	if (!ask) {
		peer_answer(peer, id, ANSWER_UNAVAILABLE, READ_KINDS, NULL);
		return;
	}
	*ask = (struct ping_ask){peer, id};
	peer->asks++;
	store_exec_ping(part_handler_exec(peer->server->parts), ping_done, ask);
}

static void ask_part(struct peer *peer, const struct part_request *request)
{
	struct arena *arena = arena_new(PART_WORK_ARENA);
	struct part_ask *ask = arena ? arena_alloc(arena, sizeof(*ask)) : NULL;
	if (!ask) {
		arena_free(arena);
		peer_answer(peer, request->id, ANSWER_UNAVAILABLE, request->kind, NULL);
		return;
	}
	ask->work.job.kind = request->kind;
	ask->work.job.args = request->args;
	ask->work.job.arena = arena;
	ask->work.job.error[0] = '\0';
	ask->work.done = work_done;
	ask->work.owner = ask;
	ask->peer = peer;
	ask->id = request->id;
	ask->arrived_ns = request->trace.len ? clock_now_ns() : 0;
	memcpy(ask->trace, request->trace.at, request->trace.len);
	ask->trace[request->trace.len] = '\0';
	peer->asks++;
	part_handler_ask(peer->server->parts, &ask->work);
}

static const char *on_frame(void *arg, struct slice frame)
{
	struct peer *peer = arg;
	struct part_request request;
	switch (part_frame_read_request(frame, peer->server->definition->service, &request)) {
	case FRAME_MALFORMED:
		return "not a request of this protocol";
	case FRAME_REFUSED:
		peer_answer(peer, request.id, ANSWER_REFUSED, request.kind, NULL);
		break;
	case FRAME_OK:
		if (request.ping)
			ask_ping(peer, request.id);
		else
			ask_part(peer, &request);
		break;
	}
	return NULL;
}

/* ---- connections ---- */

static void peer_close(struct peer *peer)
{
	struct part_server *server = peer->server;
	frame_conn_free(peer->conn);
	peer->conn = NULL;
	if (peer->previous)
		peer->previous->next = peer->next;
	else
		server->first = peer->next;
	if (peer->next)
		peer->next->previous = peer->previous;
	server->count--;
	if (!peer->asks)
		free(peer);
}

static void on_closed(void *arg, const char *why)
{
	struct peer *peer = arg;
	struct part_server *server = peer->server;
	(void)why;
	peer_close(peer);
	evconnlistener_enable(server->listener);
}

static void on_accepted(struct evconnlistener *listener, evutil_socket_t fd,
			struct sockaddr *address, int len, void *arg)
{
	struct part_server *server = arg;
	struct peer *peer = calloc(1, sizeof(*peer));
	(void)address;
	(void)len;
	if (!peer) {
		evutil_closesocket(fd);
		return;
	}
	const struct frame_conn_config config = {
		.base = server->base,
		.fd = fd,
		.peer = "client",
		.frame_max = FRAME_REQUEST_MAX,
		.pauses = true,
		.frame = on_frame,
		.closed = on_closed,
		.arg = peer,
	};
	peer->conn = frame_conn_new(&config);
	if (!peer->conn) {
		free(peer);
		return;
	}
	peer->server = server;
	peer->next = server->first;
	if (peer->next)
		peer->next->previous = peer;
	server->first = peer;
	if (++server->count >= PART_SERVER_PEERS)
		evconnlistener_disable(listener);
}

/* ---- the server ---- */

struct part_server *part_server_new(struct event_base *base, int fd, struct part_handler *parts,
				    const struct service_definition *definition,
				    char error[HTTP_ERROR_MAX])
{
	struct part_server *server = calloc(1, sizeof(*server));
	if (server) {
		server->definition = definition;
		server->parts = parts;
		server->base = base;
		server->listener = evconnlistener_new(base, on_accepted, server,
						      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
						      LISTEN_BACKLOG, fd);
		if (server->listener && http_turn_open(&server->turn, base))
			return server;
	}
	if (server && server->listener)
		evconnlistener_free(server->listener); /* closes fd */
	else
		evutil_closesocket(fd);
	free(server);
	snprintf(error, HTTP_ERROR_MAX, "cannot listen for binary frames");
	return NULL;
}

void part_server_metrics(const struct part_server *server, struct strbuf *out)
{
	strbuf_add_text(out, "# TYPE part_frames counter\n");
	for (size_t i = 0; i < server->definition->route_count; i++) {
		enum read_kind kind = server->definition->routes[i].kind;
		for (int answer = 0; answer < PART_ANSWERS; answer++)
			strbuf_printf(out,
				      "part_frames_total{part=\"%s\",answer=\"%s\"} %" PRIu64 "\n",
				      read_infos[kind].name, part_answer_names[answer],
				      server->answers[kind][answer]);
	}
	strbuf_printf(out, "# TYPE part_frame_turns counter\npart_frame_turns_total %" PRIu64 "\n",
		      server->turns);
}

void part_server_free(struct part_server *server)
{
	if (!server)
		return;
	for (struct peer *peer = server->first, *next; peer; peer = next) {
		next = peer->next;
		peer_close(peer);
	}
	evconnlistener_free(server->listener);
	http_turn_close(&server->turn);
	free(server);
}
