#include "runner/trial_checks.h"

#include "runner/net_stat.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Limits, as shares unless the name says otherwise. */
#define RATE_MIN 0.99
#define SEND_LAG_MAX_US 1000.0
#define PORTS_MAX TRIAL_CHECKS_PORTS_MAX
#define STEAL_MAX TRIAL_CHECKS_DISTURBED
#define FOREIGN_MAX TRIAL_CHECKS_DISTURBED
#define CLOCK_CHANGE_MAX 0.02
#define PLATEAU_MIN 0.005
enum { RATE_MISSING_MAX = 2 /* a turn */, WHY_MAX = 160, PLATEAU_TIMES = 5 };

struct judged {
	bool ok;
	json_t *value, *limit;
	char why[WHY_MAX];
};

struct facts {
	const struct result_facts *trial;
	const struct run_load_spec *spec;
	const struct run_load_outcome *outcome;
	json_t *result;
};

static json_int_t request_count(const struct facts *facts, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(facts->result, "requests"), key));
}

static json_t *latencies(const struct facts *facts, const char *which)
{
	json_t *all = json_object_get(facts->result, "latency_us");
	return json_object_get(json_object_get(all, which), "histogram");
}

double trial_checks_percentile(const json_t *histogram, double share)
{
	double total = 0, seen = 0;
	size_t i;
	json_t *pair;
	json_array_foreach(histogram, i, pair) total += json_number_value(json_array_get(pair, 1));
	json_array_foreach(histogram, i, pair)
	{
		seen += json_number_value(json_array_get(pair, 1));
		if (seen >= ceil(total * share))
			return json_number_value(json_array_get(pair, 0));
	}
	return NAN;
}

bool trial_checks_plateau(const json_t *histogram, double *share)
{
	double all = 0, inside = 0, beside = 0;
	size_t i;
	json_t *pair;
	json_array_foreach(histogram, i, pair)
	{
		double ms = json_number_value(json_array_get(pair, 0)) / 1e3;
		double count = json_number_value(json_array_get(pair, 1));
		all += count;
		inside += ms >= 39 && ms < 45 ? count : 0;
		beside += (ms >= 33 && ms < 39) || (ms >= 45 && ms < 51) ? count : 0;
	}
	*share = all > 0 ? inside / all : 0;
	return *share > PLATEAU_MIN && inside > PLATEAU_TIMES * beside;
}

static void judge_server_count(const struct facts *facts, struct judged *out)
{
	json_int_t sent = request_count(facts, "sent_all");
	json_int_t answered = request_count(facts, "answered_all");
	json_int_t counted = (json_int_t)facts->outcome->server_count;
	out->ok = counted >= answered && counted <= sent;
	out->value = json_integer(counted);
	out->limit = json_pack("[I,I]", answered, sent);
	(void)snprintf(out->why, WHY_MAX,
		       "the server counted %lld answers, the generator sent %lld and got %lld",
		       (long long)counted, (long long)sent, (long long)answered);
}

static void judge_overflows(const struct facts *facts, struct judged *out)
{
	out->ok = facts->outcome->listen_overflows == 0;
	out->value = json_integer(facts->outcome->listen_overflows);
	out->limit = json_integer(0);
	(void)snprintf(out->why, WHY_MAX, "%lld connections overflowed a listening queue",
		       (long long)facts->outcome->listen_overflows);
}

static void judge_drift(const struct facts *facts, struct judged *out)
{
	double drift = probes_drift(&facts->trial->before, &facts->trial->after);
	out->ok = drift <= PROBES_DRIFT_LIMIT;
	out->value = json_real(drift);
	out->limit = json_real(PROBES_DRIFT_LIMIT);
	(void)snprintf(out->why, WHY_MAX, "the CPU's speed changed by %.1f %% during the trial",
		       drift * 100);
}

static void judge_sampled(const struct facts *facts, struct judged *out)
{
	out->ok = facts->outcome->sampled;
	out->value = json_boolean(out->ok);
	out->limit = json_true();
	(void)snprintf(out->why, WHY_MAX,
		       "the servers' usage could not be read at both ends of the window");
}

static void judge_lag(const struct facts *facts, struct judged *out)
{
	double p99 = trial_checks_percentile(latencies(facts, "send_lag"), 0.99);
	out->ok = !(p99 > SEND_LAG_MAX_US);
	out->value = isnan(p99) ? json_null() : json_real(p99);
	out->limit = json_real(SEND_LAG_MAX_US);
	(void)snprintf(out->why, WHY_MAX,
		       "the generator sent late: p99 of its own send lag is %.0f us", p99);
}

/* Completed in the window over due in it: both edges of the window cancel while the load is steady.
 * What is missing may be two requests a turn, or a short window could not hold the limit. */
static void judge_rate(const struct facts *facts, struct judged *out)
{
	double due = (double)request_count(facts, "total");
	double window_s = json_number_value(
		json_object_get(json_object_get(facts->result, "config"), "duration_s"));
	double done = run_load_throughput(facts->result) * window_s +
		      (double)run_load_errors(facts->result) +
		      (double)request_count(facts, "degraded");
	double share = due > 0 ? done / due : 0;
	double missing_max =
		RATE_MISSING_MAX * (double)(facts->spec->turns > 1 ? facts->spec->turns : 1);
	out->ok = share >= RATE_MIN || due - done <= missing_max;
	out->value = json_real(share);
	out->limit = json_real(RATE_MIN);
	(void)snprintf(out->why, WHY_MAX,
		       "only %.1f %% of the requests due in the window ended in it", share * 100);
}

/* One address and port is asked from one address: each connection needs a port of its own. */
static void judge_ports(const struct facts *facts, struct judged *out)
{
	double held = (double)facts->outcome->sockets, all = (double)net_port_count();
	double share = held >= 0 && all > 0 ? held / all : -1;
	out->ok = share < PORTS_MAX;
	out->value = share < 0 ? json_null() : json_real(share);
	out->limit = json_real(PORTS_MAX);
	(void)snprintf(out->why, WHY_MAX, "%.0f of %.0f local ports were held after the load", held,
		       all);
}

static void judge_steal(const struct facts *facts, struct judged *out)
{
	double share = facts->outcome->steal_s / facts->outcome->cpus_s;
	out->ok = share < STEAL_MAX;
	out->value = json_real(share);
	out->limit = json_real(STEAL_MAX);
	(void)snprintf(out->why, WHY_MAX, "the hypervisor took %.1f %% of the CPU time",
		       share * 100);
}

/* `result` is what the generator wrote: its own CPU time is in it. */
static double foreign_share(const struct run_load_outcome *outcome, const json_t *result)
{
	json_t *generator = json_object_get(json_object_get(result, "resources"), "generator");
	double busy = outcome->foreign_s - json_number_value(json_object_get(generator, "cpu_s"));
	return fmax(0, busy / outcome->cpus_s);
}

double trial_checks_disturbance(const struct run_load_outcome *outcome)
{
	if (!outcome->cpus_sampled || !(outcome->cpus_s > 0))
		return NAN;
	return fmax(outcome->steal_s / outcome->cpus_s, foreign_share(outcome, outcome->result));
}

static void judge_foreign(const struct facts *facts, struct judged *out)
{
	double share = foreign_share(facts->outcome, facts->result);
	out->ok = share < FOREIGN_MAX;
	out->value = json_real(share);
	out->limit = json_real(FOREIGN_MAX);
	(void)snprintf(out->why, WHY_MAX, "other programs used %.1f %% of the CPU time",
		       share * 100);
}

static void judge_plateau(const struct facts *facts, struct judged *out)
{
	double share;
	out->ok = !trial_checks_plateau(latencies(facts, "response_time"), &share);
	out->value = json_real(share);
	out->limit = json_real(PLATEAU_MIN);
}

static void judge_clock(const struct facts *facts, struct judged *out)
{
	double change = fabs(facts->outcome->mhz_after / facts->outcome->mhz_before - 1);
	out->ok = change <= CLOCK_CHANGE_MAX;
	out->value = json_real(change);
	out->limit = json_real(CLOCK_CHANGE_MAX);
}

/* Linux's default, and what most others run. */
static void judge_congestion(const struct facts *facts, struct judged *out)
{
	const char *name =
		json_string_value(json_object_get(facts->trial->environment, "congestion_control"));
	out->ok = !name || strcmp(name, "cubic") == 0 || strcmp(name, "reno") == 0;
	out->value = json_string(name ? name : "unknown");
	out->limit = json_string("cubic or reno");
}

static bool always(const struct facts *facts)
{
	(void)facts;
	return true;
}

static bool is_open(const struct facts *facts)
{
	return facts->spec->shape == RUN_LOAD_OPEN;
}

static bool has_cpus(const struct facts *facts)
{
	return facts->outcome->cpus_sampled && facts->outcome->cpus_s > 0;
}

static bool has_clock(const struct facts *facts)
{
	return facts->outcome->mhz_before > 0 && facts->outcome->mhz_after > 0;
}

static const struct {
	const char *name;
	bool (*applies)(const struct facts *facts);
	void (*judge)(const struct facts *facts, struct judged *out);
	bool warning;
} checks[] = {
	{"server_count", always, judge_server_count, false},
	{"listen_overflows", always, judge_overflows, false},
	{"spin_drift", always, judge_drift, false},
	{"servers_sampled", always, judge_sampled, false},
	{"send_lag_p99_us", always, judge_lag, false},
	{"achieved_rate", is_open, judge_rate, false},
	{"port_share", always, judge_ports, false},
	{"steal_share", has_cpus, judge_steal, false},
	{"other_load_share", has_cpus, judge_foreign, false},
	{"plateau_40ms_share", always, judge_plateau, true},
	{"clock_change", has_clock, judge_clock, true},
	{"congestion_control", always, judge_congestion, true},
};

void trial_checks_add(const struct result_facts *trial, const struct run_load_spec *spec,
		      const struct run_load_outcome *outcome, json_t *result)
{
	const struct facts facts = {trial, spec, outcome, result};
	json_t *list = json_object_get(result, "checks");
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct judged out = {.ok = true};
		if (!checks[i].applies(&facts))
			continue;
		checks[i].judge(&facts, &out);
		json_t *check = json_pack("{ss sb so so}", "name", checks[i].name, "ok",
					  (int)out.ok, "value", out.value, "limit", out.limit);
		if (checks[i].warning)
			(void)json_object_set_new(check, "warning", json_true());
		(void)json_array_append_new(list, check);
		if (out.ok || checks[i].warning)
			continue;
		(void)json_object_set_new(result, "valid", json_false());
		(void)json_array_append_new(json_object_get(result, "invalid_why"),
					    json_string(out.why));
	}
}
