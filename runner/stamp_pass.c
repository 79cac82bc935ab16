#include "runner/stamp_pass.h"

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "runner/report_run.h"
#include "runner/stamp_client.h"
#include "runner/stats.h"
#include "runner/way.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WARM_REQUESTS = 20, QUANTILES = 100, TIME_MAX_S = 20 };

#define BROKEN_SHARE 0.01

struct pass_state {
	const struct stamp_pass *pass;
	struct stamp_client client;
	struct rng rng;
	double *plain_us; /* owned */
	size_t plain_count;
	struct way_sum ways;
};

/* One request for an address drawn at random; its answer must be the manifest's by its length. */
static bool ask(struct pass_state *state, bool stamped, struct stamp_answer *answer, char *error)
{
	char why[STAMP_CLIENT_ERROR_MAX];
	const struct manifest *manifest = state->pass->manifest;
	int page = state->pass->page;
	const struct manifest_page *asked =
		&manifest->pages[manifest->first[page] +
				 rng_below(&state->rng, manifest->counts[page])];
	if (!stamp_client_ask(&state->client, asked->target, stamped, answer, why)) {
		(void)snprintf(error, STACK_ERROR_MAX, "GET %.60s: %.120s", asked->target, why);
		return false;
	}
	if (answer->status == 200 && answer->length == asked->length)
		return true;
	(void)snprintf(error, STACK_ERROR_MAX,
		       "GET %.60s: status %d and %zu bytes, where the manifest has 200 and %u",
		       asked->target, answer->status, answer->length, asked->length);
	return false;
}

static bool note(struct pass_state *state, bool stamped, const struct stamp_answer *answer)
{
	if (stamped)
		return way_sum_add(&state->ways, &answer->stamps, answer->sent_ns,
				   answer->received_ns);
	state->plain_us[state->plain_count++] =
		(double)(answer->received_ns - answer->sent_ns) / 1e3;
	return true;
}

/* A request of each kind; which goes first changes, since the second finds the servers warmer. */
static bool ask_pair(struct pass_state *state, int64_t number, char *error)
{
	struct stamp_answer answer;
	for (int turn = 0; turn < 2; turn++) {
		bool stamped = (number + turn) % 2 != 0;
		if (!ask(state, stamped, &answer, error))
			return false;
		if (number < WARM_REQUESTS || note(state, stamped, &answer))
			continue;
		(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
		return false;
	}
	return true;
}

static bool ask_all(struct pass_state *state, char *error)
{
	int64_t end_ns = clock_now_ns() + TIME_MAX_S * NS_PER_S;
	int64_t count = state->pass->requests + WARM_REQUESTS;
	for (int64_t i = 0; i < count && clock_now_ns() < end_ns; i++) {
		if (*state->pass->interrupted) {
			(void)snprintf(error, STACK_ERROR_MAX, "interrupted");
			return false;
		}
		if (!ask_pair(state, i, error))
			return false;
	}
	return true;
}

/* ---- the document ---- */

static json_t *rounded(double value)
{
	return isfinite(value) ? json_real(round(value * 1000) / 1000) : json_null();
}

/* The value that a share of the sorted numbers does not exceed. */
static double quantile(const double *sorted, size_t count, double share)
{
	size_t rank = (size_t)ceil(share * (double)count);
	return count ? sorted[rank > 0 ? rank - 1 : 0] : NAN;
}

/* Mean, spread and quantiles of what a lone request takes. */
static json_t *plain_json(double *us, size_t count)
{
	double total = 0, squares = 0;
	json_t *quantiles = json_array();
	stats_sort(us, count);
	for (size_t i = 0; i < count; i++)
		total += us[i];
	double mean = total / (double)count;
	for (size_t i = 0; i < count; i++)
		squares += (us[i] - mean) * (us[i] - mean);
	for (int i = 0; i < QUANTILES && count > 0; i++)
		(void)json_array_append_new(quantiles,
					    rounded(quantile(us, count, (i + 0.5) / QUANTILES)));
	return json_pack("{so so so so so}", "mean", rounded(mean), "stddev",
			 rounded(sqrt(squares / ((double)count - 1))), "p50",
			 rounded(quantile(us, count, 0.5)), "p95",
			 rounded(quantile(us, count, 0.95)), "quantiles", quantiles);
}

static json_t *parts_json(const struct way_sum *ways)
{
	json_t *parts = json_array();
	for (int i = 0; i < WAY_PARTS; i++) {
		struct way_figure part = way_sum_part(ways, (enum way_part)i);
		(void)json_array_append_new(parts,
					    json_pack("{ss so so}", "name", way_part_infos[i].name,
						      "mean_us", rounded(part.mean_us), "median_us",
						      rounded(part.median_us)));
	}
	return parts;
}

static bool describe(struct pass_state *state, json_t *document)
{
	const struct way_sum *ways = &state->ways;
	struct way_figure whole = way_sum_whole(ways);
	json_t *measured = json_pack(
		"{s{sI} s{sI sI sI sI} so s{so so} so sf}", "config", "requests",
		(json_int_t)state->pass->requests, "requests", "plain",
		(json_int_t)state->plain_count, "stamped", (json_int_t)ways->count, "broken",
		(json_int_t)ways->broken, "stamps_each", (json_int_t)ways->stamps, "plain_us",
		plain_json(state->plain_us, state->plain_count), "stamped_us", "mean",
		rounded(whole.mean_us), "median", rounded(whole.median_us), "parts",
		parts_json(ways), "residual_us", (double)ways->residual_ns / 1e3);
	bool ok = measured && json_object_update(document, measured) == 0;
	json_decref(measured);
	return ok;
}

bool stamp_pass_run(const struct stamp_pass *pass, json_t *document, char *error)
{
	char why[STAMP_CLIENT_ERROR_MAX];
	struct pass_state state = {.pass = pass};
	bool ok = false;
	rng_seed(&state.rng, pass->seed);
	state.plain_us = malloc((size_t)pass->requests * sizeof(*state.plain_us));
	if (!stamp_client_open(&state.client, pass->stack->front_port, why))
		(void)snprintf(error, STACK_ERROR_MAX, "%.127s", why);
	else if (!state.plain_us)
		(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
	else
		ok = ask_all(&state, error);
	if (ok && !describe(&state, document)) {
		(void)snprintf(error, STACK_ERROR_MAX, "out of memory");
		ok = false;
	}
	stamp_client_close(&state.client);
	way_sum_free(&state.ways);
	free(state.plain_us);
	return ok;
}

void stamp_pass_complete(json_t *document, bool steady)
{
	double stamped = json_number_at(document, "requests.stamped");
	double broken = json_number_at(document, "requests.broken");
	bool whole = stamped > 1 && broken <= BROKEN_SHARE * (stamped + broken);
	const char *why =
		!steady ? "the CPU's speed changed"
		: whole ? NULL
			: "stamps of over 1 % of the requests are missing or out of order";
	(void)json_object_set_new(document, "valid", json_boolean(!why));
	(void)json_object_set_new(document, "invalid_why",
				  why ? json_pack("[s]", why) : json_array());
}
