/* vu: one virtual user: a connection and the request that is on its way.
 *
 *   state        what happens                          next
 *   WAITING      due, no connection                    CONNECTING
 *                due, connection open                  SENDING
 *   CONNECTING   connected                             SENDING
 *                refused, or the connect time-out      ended: failed
 *   SENDING      all bytes are written                 RECEIVING
 *   RECEIVING    the answer is whole                   ended: ok, degraded, or failed by its
 * content SENDING,     reset, not HTTP, request time-out     ended: failed; the connection is
 * closed RECEIVING ended        closed model                          THINKING (WAITING's twin,
 * after an answer), or DONE when nothing is due in the window open model, sweep WAITING, free for
 * the next arrival WAITING,     the server ends the connection        the same, without a
 * connection: not a failure THINKING
 *
 * Ownership: a VU belongs to one worker and is touched by its thread alone. Invariants: it is in
 * exactly one of the worker's places: its heap (WAITING and THINKING, closed), its list of free VUs
 * (WAITING, open), of connecting ones, of asking ones (SENDING, RECEIVING), or none (DONE).
 */
#ifndef DUET_LOADGEN_VU_H
#define DUET_LOADGEN_VU_H

#include "common/base/rng.h"
#include "loadgen/http_client.h"
#include "loadgen/tally.h"
#include "loadgen/target.h"

#include <stdbool.h>
#include <stdint.h>

struct worker;

enum vu_state { VU_WAITING, VU_CONNECTING, VU_SENDING, VU_RECEIVING, VU_THINKING, VU_DONE };

struct vu {
	enum vu_state state;
	int fd;                /* -1: no connection */
	uint32_t index;        /* within the worker */
	uint32_t connections;  /* opened so far: tells an event of an old socket from a new one's */
	uint32_t sent_len;     /* bytes of the request that are written */
	bool hashing;          /* this answer's body is hashed */
	int64_t due, deadline; /* ns; of the present request */
	int64_t sent;          /* ns; 0 until its first byte is about to be written */
	int64_t next_due;      /* ns; paced: of the request after the present one */
	const struct target *target; /* of the present request */
	struct vu *previous, *next;  /* in a list of the worker */
	EVP_MD_CTX *digest;          /* owned; made when first needed */
	struct rng rng;              /* a stream of its own: think times and, by VU, URLs */
	struct http_parser parser;
};

struct vu_list {
	struct vu *first, *last;
};

void vu_list_add(struct vu_list *list, struct vu *vu);
void vu_list_remove(struct vu_list *list, struct vu *vu);

/* Gives the VU the open connection `kept`, or if that is -1 opens one and waits for it up to the
 * connect time-out, so that its first request finds it open. False when there is none: then its
 * first request tries again, and a failure counts there. */
bool vu_connect_ahead(struct worker *worker, struct vu *vu, int kept);
/* Starts the request that was due at `due`; the VU must be WAITING or THINKING. */
void vu_begin(struct worker *worker, struct vu *vu, int64_t due, const struct target *target);
/* Its socket is ready. */
void vu_ready(struct worker *worker, struct vu *vu);
/* Its deadline has passed: ends the request as a time-out. */
void vu_expire(struct worker *worker, struct vu *vu);
/* Ends the present request as unfinished; for a load that is interrupted. */
void vu_abandon(struct worker *worker, struct vu *vu);
/* Frees what the VU owns. */
void vu_free(struct vu *vu);

#endif
