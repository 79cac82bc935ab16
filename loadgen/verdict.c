#include "loadgen/verdict.h"

#include "common/base/clock.h"

enum { EXIT_OK, EXIT_RUN_ERROR, EXIT_THRESHOLD = 99, EXIT_INTERRUPTED = 105 };

const struct verdict_percentile verdict_percentiles[VERDICT_PERCENTILES] = {
	{"p50", 50}, {"p75", 75}, {"p90", 90}, {"p95", 95}, {"p99", 99}, {"p99_9", 99.9},
};

/* How far the time that the VUs of a closed load spent, as it was recorded, is from what they had.
 * A VU that was forgotten, or a latency that does not span its wait, shows here. */
static double imbalance(const struct verdict *r)
{
	const struct tally *t = &r->result->tally;
	const double had = (double)r->config->vus * (double)r->result->window_ns;
	const double spent = (double)(t->asked_ns + t->waited_ns);
	return had > 0 ? spent / had - 1 : 0;
}

static bool has_balance(const struct verdict *r)
{
	const bool closed = r->config->kind == LOAD_CLOSED || r->config->kind == LOAD_CAPACITY;
	return closed && !r->result->interrupted;
}

static void set_checks(struct verdict *r)
{
	const double balance = imbalance(r);
	const struct tally *t = &r->result->tally;
	const double share = r->result->usage.busiest_share;
	const double lost = (double)t->sent - (double)t->answered - (double)t->cut;
	const double bad = (double)t->all[OUTCOME_BAD_BODY];
	const struct verdict_check checks[VERDICT_CHECKS] = {
		{"generator_cpu_share", share < VERDICT_CPU_SHARE_LIMIT, share,
		 VERDICT_CPU_SHARE_LIMIT},
		{"requests_without_an_end", lost <= 0 && lost >= 0, lost, 0},
		{"bad_bodies", bad <= 0, bad, 0},
		{"time_balance",
		 balance <= VERDICT_BALANCE_LIMIT && balance >= -VERDICT_BALANCE_LIMIT, balance,
		 VERDICT_BALANCE_LIMIT},
	};
	r->check_count = has_balance(r) ? VERDICT_CHECKS : VERDICT_CHECKS - 1;
	for (size_t i = 0; i < VERDICT_CHECKS; i++)
		r->checks[i] = checks[i];
}

static void set_whys(struct verdict *r)
{
	static const char *const of_check[VERDICT_CHECKS] = {
		"generator_cpu_share: the generator was too busy to be on time",
		"requests_without_an_end: requests were sent and neither answered nor failed",
		"bad_bodies: answers differ from the manifest",
		"time_balance: the virtual users' recorded time is not all that they had",
	};
	for (size_t i = 0; i < r->check_count; i++)
		if (!r->checks[i].ok)
			r->whys[r->why_count++] = of_check[i];
	if (r->result->interrupted)
		r->whys[r->why_count++] = "interrupted";
	if (r->result->tally.window[OUTCOME_OK] == 0)
		r->whys[r->why_count++] = "no request succeeded";
	if (r->result->has_parity && !r->result->parity.equal)
		r->whys[r->why_count++] = "parity: not every URL gave the manifest's answer";
}

void verdict_init(struct verdict *verdict, const struct loadgen_config *config,
		  const struct manifest *manifest, const struct load_result *result)
{
	*verdict = (struct verdict){.config = config, .manifest = manifest, .result = result};
	set_checks(verdict);
	set_whys(verdict);
	for (size_t i = 0; i < config->threshold_texts.count; i++) {
		struct verdict_threshold *t = &verdict->thresholds[i];
		t->threshold = &config->thresholds[i];
		t->applies = config->threshold_applies[i];
		t->ok = threshold_holds(t->threshold, &result->tally, &t->value, &t->has_value);
	}
}

int verdict_exit_code(const struct verdict *verdict)
{
	const struct load_result *result = verdict->result;
	if (result->interrupted)
		return EXIT_INTERRUPTED;
	if (result->tally.window[OUTCOME_OK] == 0)
		return EXIT_RUN_ERROR;
	if (result->has_parity && !result->parity.equal)
		return EXIT_RUN_ERROR;
	for (size_t i = 0; i < verdict->config->threshold_texts.count; i++)
		if (verdict->thresholds[i].applies && !verdict->thresholds[i].ok)
			return EXIT_THRESHOLD;
	return EXIT_OK;
}

void verdict_latencies(const struct verdict *verdict,
		       struct verdict_latency rows[VERDICT_LATENCIES])
{
	const struct tally *t = &verdict->result->tally;
	rows[0] = (struct verdict_latency){"response_time", tally_response(t)};
	rows[1] = (struct verdict_latency){"service_time", tally_service(t)};
	rows[2] = (struct verdict_latency){"send_lag", tally_send_lag(t)};
}

double verdict_window_s(const struct verdict *verdict)
{
	return (double)verdict->result->window_ns / (double)NS_PER_S;
}

double verdict_throughput(const struct verdict *verdict)
{
	const double window = verdict_window_s(verdict);
	return window > 0 ? (double)verdict->result->tally.ok_in_window / window : 0;
}
