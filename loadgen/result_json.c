/* The result file. Keys and their meaning: results/schema.json, which a test holds this to. */
#include "common/base/clock.h"
#include "loadgen/verdict.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { DIGITS = 12 }; /* ns of 120 s in us, exactly */

static json_t *us(int64_t ns)
{
	return json_real((double)ns / (double)NS_PER_US);
}

static json_t *seconds(int64_t ns)
{
	return json_real((double)ns / (double)NS_PER_S);
}

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *point(const struct tally_point *p)
{
	return p->rank == TALLY_VALUE ? us(p->ns) : json_null();
}

static json_t *percentile(const struct tally_latency *latency, double p)
{
	const struct tally_percentile found = tally_percentile(latency, p);
	return point(&found.point);
}

static json_t *scenario(const struct verdict *r)
{
	return json_pack("{s:n, s:n, s:n, s:s, s:I, s:s, s:n}", "arm", "architecture", "store",
			 "page", r->config->page, "vus", (json_int_t)r->config->vus, "kind",
			 load_kind_names[r->config->kind], "label");
}

static json_t *rate(const struct verdict *r)
{
	const double rate = loadgen_config_rate(r->config);
	return rate > 0 ? json_real(rate) : json_null();
}

static json_t *config(const struct verdict *r)
{
	const struct loadgen_config *c = r->config;
	const bool closed = c->kind == LOAD_CLOSED || c->kind == LOAD_CAPACITY || c->paced;
	json_t *o = json_object();
	json_object_set_new(o, "url", json_string(c->base_url));
	json_object_set_new(o, "vus", count(c->vus));
	json_object_set_new(o, "duration_s",
			    c->kind == LOAD_SWEEP ? json_real(verdict_window_s(r))
						  : seconds(c->duration));
	json_object_set_new(o, "turns", count(c->turns));
	json_object_set_new(o, "warmup_s", seconds(c->warmup));
	json_object_set_new(o, "rate_rps", rate(r));
	json_object_set_new(o, "arrivals", c->rate > 0 ? json_string(c->arrivals) : json_null());
	json_object_set_new(o, "pacing", json_string(c->pacing));
	json_object_set_new(o, "drain_s", seconds(c->drain));
	json_object_set_new(o, "think_s", seconds(closed ? c->think : 0));
	json_object_set_new(o, "think_jitter", json_string(closed ? c->think_jitter : "none"));
	json_object_set_new(o, "stagger", json_boolean(closed && c->stagger));
	json_object_set_new(o, "connection_reuse", json_boolean(!c->no_reuse));
	json_object_set_new(o, "timeout_s", seconds(c->timeout));
	json_object_set_new(o, "connect_timeout_s", seconds(c->connect_timeout));
	json_object_set_new(o, "threads", count(c->threads));
	json_object_set_new(o, "busy_poll", json_boolean(c->busy_poll));
	json_object_set_new(o, "seed", count(c->seed));
	json_object_set_new(o, "hash_every", count(c->hash_every));
	json_object_set_new(o, "popularity", json_string(c->popularity));
	json_object_set_new(o, "arm", json_null());
	return o;
}

static json_t *data(const struct verdict *r)
{
	const struct manifest *m = r->manifest;
	return json_pack("{s:I, s:I, s:s, s:s}", "seed", (json_int_t)m->seed, "products",
			 (json_int_t)m->products, "sha256", m->data_sha256, "manifest_sha256",
			 m->sha256);
}

static json_t *parity(const struct verdict *r)
{
	const struct load_parity *p = &r->result->parity;
	if (!r->result->has_parity)
		return json_null();
	return json_pack("{s:s, s:I, s:b}", "sha256", p->sha256, "answers", (json_int_t)p->answers,
			 "equal_to_manifest", p->equal);
}

static json_t *requests(const struct verdict *r)
{
	const struct tally *t = &r->result->tally;
	json_t *o = json_object(), *errors = json_object();
	json_object_set_new(o, "total", count(tally_total(t)));
	for (size_t i = OUTCOME_OK; i < OUTCOMES; i++)
		json_object_set_new(o, outcome_names[i], count(t->window[i]));
	json_object_set_new(o, "sent_all", count(t->sent));
	json_object_set_new(o, "answered_all", count(t->answered));
	json_object_set_new(o, "hashed", count(t->hashed));
	json_object_set_new(o, "connections", count(t->connections));
	json_object_set_new(o, "bytes_in", count(t->bytes_in));
	json_object_set_new(o, "bytes_out", count(t->bytes_out));
	for (size_t i = 0; i < ERROR_KINDS; i++)
		json_object_set_new(errors, outcome_names[i], count(t->window[i]));
	json_object_set_new(o, "errors", errors);
	return o;
}

static void add_bucket(void *arg, int64_t highest_ns, uint64_t n)
{
	json_t *bucket = json_array();
	json_array_append_new(bucket, us(highest_ns));
	json_array_append_new(bucket, count(n));
	json_array_append_new(arg, bucket);
}

/* The percentiles, their intervals, why some have no value, and what successes alone would say. */
static void add_percentiles(json_t *o, const struct tally_latency *latency)
{
	const struct tally_latency successes = {.values = latency->values};
	json_t *intervals = json_object(), *no_value = json_object(), *success = json_object();
	for (size_t i = 0; i < VERDICT_PERCENTILES; i++) {
		const struct verdict_percentile *row = &verdict_percentiles[i];
		const struct tally_percentile p = tally_percentile(latency, row->percentile);
		json_object_set_new(o, row->name, point(&p.point));
		json_object_set_new(success, row->name, percentile(&successes, row->percentile));
		json_object_set_new(intervals, row->name,
				    p.point.rank == TALLY_FEW
					    ? json_null()
					    : json_pack("[o, o]", point(&p.low), point(&p.high)));
		if (p.point.rank != TALLY_VALUE)
			json_object_set_new(no_value, row->name,
					    json_string(tally_rank_names[p.point.rank]));
	}
	json_object_set_new(o, "interval_95", intervals);
	json_object_set_new(o, "no_value", no_value);
	json_object_set_new(o, "success_only", success);
}

static json_t *latency_object(const struct tally_latency *latency)
{
	const struct histogram *h = latency->values;
	const double ns_per_us = (double)NS_PER_US;
	const bool some = histogram_count(h) > 0;
	json_t *o = json_object(), *buckets = json_array();
	add_percentiles(o, latency);
	json_object_set_new(o, "min", some ? us(histogram_min(h)) : json_null());
	json_object_set_new(o, "max", some ? us(histogram_max(h)) : json_null());
	json_object_set_new(o, "mean",
			    some ? json_real(histogram_mean(h) / ns_per_us) : json_null());
	json_object_set_new(o, "stddev",
			    some ? json_real(histogram_stddev(h) / ns_per_us) : json_null());
	json_object_set_new(o, "count", count(histogram_count(h)));
	histogram_each(h, add_bucket, buckets);
	json_object_set_new(o, "histogram", buckets);
	return o;
}

static json_t *latencies(const struct verdict *r)
{
	struct verdict_latency rows[VERDICT_LATENCIES];
	json_t *o = json_object();
	verdict_latencies(r, rows);
	for (size_t i = 0; i < VERDICT_LATENCIES; i++)
		json_object_set_new(o, rows[i].name, latency_object(&rows[i].latency));
	return o;
}

static json_t *series(const struct verdict *r)
{
	const struct tally *t = &r->result->tally;
	json_t *list = json_array();
	for (size_t i = 0; i < t->slice_count; i++) {
		const struct tally_slice *slice = &t->slices[i];
		const struct tally_latency latency = tally_slice_response(slice);
		const int64_t begins = (int64_t)i * t->slice_ns;
		if (begins >= r->result->window_ns)
			break;
		json_t *o = json_object();
		json_object_set_new(o, "t", seconds(begins));
		json_object_set_new(o, "requests", count(slice->requests));
		json_object_set_new(o, "errors", count(slice->errors));
		json_object_set_new(o, "p50", percentile(&latency, 50));
		json_object_set_new(o, "p95", percentile(&latency, 95));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *checks(const struct verdict *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->check_count; i++) {
		const struct verdict_check *c = &r->checks[i];
		json_array_append_new(list, json_pack("{s:s, s:b, s:f, s:f}", "name", c->name, "ok",
						      c->ok, "value", c->value, "limit", c->limit));
	}
	return list;
}

static json_t *thresholds(const struct verdict *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->config->threshold_texts.count; i++) {
		const struct verdict_threshold *t = &r->thresholds[i];
		const bool number = t->applies && t->has_value && isfinite(t->value);
		json_array_append_new(
			list,
			json_pack("{s:s, s:s#, s:b, s:o, s:o}", "text", t->threshold->text,
				  "metric", t->threshold->text, t->threshold->metric_len, "applies",
				  t->applies, "ok", t->applies ? json_boolean(t->ok) : json_null(),
				  "value", number ? json_real(t->value) : json_null()));
	}
	return list;
}

static json_t *invalid_why(const struct verdict *r)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->why_count; i++)
		json_array_append_new(list, json_string(r->whys[i]));
	return list;
}

static json_t *resources(const struct verdict *r)
{
	const struct load_usage *u = &r->result->usage;
	const double mib = 1024.0 * 1024.0;
	json_t *g = json_object();
	json_object_set_new(g, "user_s", seconds(u->process.user_ns));
	json_object_set_new(g, "system_s", seconds(u->process.system_ns));
	json_object_set_new(g, "cpu_s", seconds(u->cpu_ns));
	json_object_set_new(g, "run_queue_s", seconds(u->run_queue_ns));
	json_object_set_new(g, "idle_poll_s", seconds(u->idle_poll_ns));
	json_object_set_new(g, "voluntary_switches", count(u->process.voluntary_switches));
	json_object_set_new(g, "involuntary_switches", count(u->process.involuntary_switches));
	json_object_set_new(g, "rss_mb", json_real((double)u->memory_now / mib));
	json_object_set_new(g, "rss_peak_mb", json_real((double)u->memory_peak / mib));
	json_object_set_new(g, "threads", count(r->config->threads + 1));
	return json_pack("{s:n, s:n, s:o}", "cpu_us_per_request", "server", "generator", g);
}

json_t *verdict_result(const struct verdict *verdict)
{
	json_t *top = json_object();
	json_object_set_new(top, "schema_version", json_integer(1));
	json_object_set_new(top, "run", json_null());
	json_object_set_new(top, "scenario", scenario(verdict));
	json_object_set_new(top, "config", config(verdict));
	json_object_set_new(top, "environment", json_null());
	json_object_set_new(top, "data", data(verdict));
	json_object_set_new(top, "parity", parity(verdict));
	json_object_set_new(top, "requests", requests(verdict));
	json_object_set_new(top, "window_s", json_real(verdict_window_s(verdict)));
	json_object_set_new(top, "throughput_rps", json_real(verdict_throughput(verdict)));
	json_object_set_new(top, "capacity_rps", json_null());
	json_object_set_new(top, "load_factor", json_null());
	json_object_set_new(top, "latency_us", latencies(verdict));
	json_object_set_new(top, "series", series(verdict));
	json_object_set_new(top, "checks", checks(verdict));
	json_object_set_new(top, "valid", json_boolean(verdict->why_count == 0));
	json_object_set_new(top, "invalid_why", invalid_why(verdict));
	json_object_set_new(top, "thresholds", thresholds(verdict));
	json_object_set_new(top, "resources", resources(verdict));
	return top;
}

char *verdict_json(const struct verdict *verdict)
{
	json_t *top = verdict_result(verdict);
	char *text = json_dumps(top, JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS));
	json_decref(top);
	return text;
}
