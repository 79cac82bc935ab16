#include "loadgen/tally.h"

#include "common/base/clock.h"
#include "loadgen/rank_interval.h"

const char *const outcome_names[OUTCOMES] = {
	[OUTCOME_CONNECT_REFUSED] = "connect_refused",
	[OUTCOME_CONNECT_TIMEOUT] = "connect_timeout",
	[OUTCOME_REQUEST_TIMEOUT] = "request_timeout",
	[OUTCOME_RESET] = "reset",
	[OUTCOME_PROTOCOL] = "protocol",
	[OUTCOME_HTTP_4XX] = "http_4xx",
	[OUTCOME_HTTP_5XX] = "http_5xx",
	[OUTCOME_BAD_BODY] = "bad_body",
	[OUTCOME_OK] = "ok",
	[OUTCOME_DEGRADED] = "degraded",
	[OUTCOME_UNFINISHED] = "unfinished",
	[OUTCOME_DROPPED] = "dropped",
};

bool tally_init(struct tally *tally, int64_t window_start, int64_t window_end)
{
	const int64_t seconds = (window_end - window_start + NS_PER_S - 1) / NS_PER_S;
	const int64_t slice_s = (seconds + TALLY_SLICES_MAX - 1) / TALLY_SLICES_MAX;
	return tally_init_sliced(tally, window_start, window_end, slice_s * NS_PER_S);
}

bool tally_init_sliced(struct tally *tally, int64_t window_start, int64_t window_end,
		       int64_t slice_ns)
{
	*tally = (struct tally){
		.response = histogram_new(),
		.service = histogram_new(),
		.send_lag = histogram_new(),
		.window_start = window_start,
		.window_end = window_end,
		.slice_ns = slice_ns,
		.slice_count = (size_t)((window_end - window_start + slice_ns - 1) / slice_ns),
	};
	bool ok = tally->response && tally->service && tally->send_lag;
	for (size_t i = 0; i < tally->slice_count; i++)
		ok = (tally->slices[i].response = histogram_new()) && ok;
	return ok;
}

void tally_free(struct tally *tally)
{
	histogram_free(tally->response);
	histogram_free(tally->service);
	histogram_free(tally->send_lag);
	for (size_t i = 0; i < tally->slice_count; i++)
		histogram_free(tally->slices[i].response);
	*tally = (struct tally){0};
}

/* How much of a stretch of time lies in the window. */
static int64_t in_window(const struct tally *t, int64_t from, int64_t until)
{
	const int64_t first = from > t->window_start ? from : t->window_start;
	const int64_t last = until < t->window_end ? until : t->window_end;
	return last > first ? last - first : 0;
}

void tally_wait(struct tally *t, int64_t from, int64_t until)
{
	t->waited_ns += in_window(t, from, until);
}

void tally_record(struct tally *t, const struct tally_request *r)
{
	const bool ok = r->outcome == OUTCOME_OK;
	t->all[r->outcome]++;
	t->asked_ns += in_window(t, r->due, r->ended);
	if (ok && r->ended >= t->window_start && r->ended < t->window_end)
		t->ok_in_window++;
	if (r->due < t->window_start || r->due >= t->window_end)
		return;
	struct tally_slice *slice = &t->slices[(r->due - t->window_start) / t->slice_ns];
	t->window[r->outcome]++;
	slice->requests++;
	if (r->sent)
		histogram_record(t->send_lag, r->sent - r->due);
	if (ok) {
		histogram_record(t->response, r->ended - r->due);
		histogram_record(t->service, r->ended - r->sent);
		histogram_record(slice->response, r->ended - r->due);
	} else if (r->outcome == OUTCOME_DEGRADED) {
		slice->degraded++;
	} else {
		slice->errors++;
	}
}

void tally_merge(struct tally *into, const struct tally *from, size_t first_slice)
{
	for (size_t i = 0; i < OUTCOMES; i++) {
		into->window[i] += from->window[i];
		into->all[i] += from->all[i];
	}
	into->ok_in_window += from->ok_in_window;
	into->sent += from->sent;
	into->answered += from->answered;
	into->cut += from->cut;
	into->hashed += from->hashed;
	into->connections += from->connections;
	into->bytes_in += from->bytes_in;
	into->bytes_out += from->bytes_out;
	into->asked_ns += from->asked_ns;
	into->waited_ns += from->waited_ns;
	histogram_merge(into->response, from->response);
	histogram_merge(into->service, from->service);
	histogram_merge(into->send_lag, from->send_lag);
	for (size_t i = 0; i < from->slice_count; i++) {
		struct tally_slice *slice = &into->slices[first_slice + i];
		slice->requests += from->slices[i].requests;
		slice->errors += from->slices[i].errors;
		slice->degraded += from->slices[i].degraded;
		histogram_merge(slice->response, from->slices[i].response);
	}
}

uint64_t tally_total(const struct tally *tally)
{
	uint64_t total = 0;
	for (size_t i = 0; i < OUTCOMES; i++)
		total += tally->window[i];
	return total;
}

uint64_t tally_failed(const struct tally *tally)
{
	return tally_total(tally) - tally->window[OUTCOME_OK] - tally->window[OUTCOME_DEGRADED];
}

const char *const tally_rank_names[] = {
	[TALLY_VALUE] = "value",         [TALLY_FEW] = "few_samples", [TALLY_ABOVE] = "above",
	[TALLY_TIMED_OUT] = "timed_out", [TALLY_FAILED] = "failed",
};

static struct tally_latency of_successes(const struct tally *t, const struct histogram *values)
{
	const uint64_t above = t->window[OUTCOME_UNFINISHED] + t->window[OUTCOME_DROPPED];
	const uint64_t timed_out =
		t->window[OUTCOME_CONNECT_TIMEOUT] + t->window[OUTCOME_REQUEST_TIMEOUT];
	return (struct tally_latency){values, above, timed_out,
				      tally_failed(t) - above - timed_out};
}

struct tally_latency tally_response(const struct tally *tally)
{
	return of_successes(tally, tally->response);
}

struct tally_latency tally_service(const struct tally *tally)
{
	return of_successes(tally, tally->service);
}

struct tally_latency tally_send_lag(const struct tally *tally)
{
	const uint64_t sent = histogram_count(tally->send_lag);
	return (struct tally_latency){tally->send_lag, tally_total(tally) - sent, 0, 0};
}

struct tally_latency tally_slice_response(const struct tally_slice *slice)
{
	return (struct tally_latency){slice->response, 0, 0, slice->errors};
}

/* Ranks past the last are above all; rank 0 is the least value. */
static struct tally_point point_at(const struct tally_latency *l, uint64_t rank)
{
	const uint64_t values = histogram_count(l->values);
	if (rank <= values)
		return (struct tally_point){TALLY_VALUE, histogram_value_at_rank(l->values, rank)};
	if (rank <= values + l->above)
		return (struct tally_point){TALLY_ABOVE, 0};
	if (rank <= values + l->above + l->timed_out)
		return (struct tally_point){TALLY_TIMED_OUT, 0};
	if (rank <= values + l->above + l->timed_out + l->failed)
		return (struct tally_point){TALLY_FAILED, 0};
	return (struct tally_point){TALLY_ABOVE, 0};
}

struct tally_percentile tally_percentile(const struct tally_latency *latency, double percentile)
{
	const uint64_t total = histogram_count(latency->values) + latency->above +
			       latency->timed_out + latency->failed;
	const uint64_t rank = histogram_rank(percentile, total);
	const struct tally_point few = {TALLY_FEW, 0};
	if (total < rank + TALLY_SAMPLES_BEYOND)
		return (struct tally_percentile){few, few, few};
	const struct rank_interval interval = rank_interval_95(total, percentile);
	return (struct tally_percentile){point_at(latency, rank), point_at(latency, interval.low),
					 point_at(latency, interval.high)};
}
