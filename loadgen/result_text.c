/* What goes to stdout: a summary for people, one CSV row a second, HdrHistogram's text for
 * its plotter. A percentile without a value is a dash, an empty field. */
#include "common/base/clock.h"
#include "loadgen/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static double ms(int64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

static void print_load(const struct verdict *r, FILE *out)
{
	const struct loadgen_config *c = r->config;
	fprintf(out, "%s  %s  %s  %" PRIu64 " VUs", c->base_url, c->page, load_kind_names[c->kind],
		c->vus);
	if (c->rate > 0)
		fprintf(out, "  %g requests/s (%s)", c->rate, c->arrivals);
	if (c->paced)
		fprintf(out, "  by schedule");
	if (c->kind == LOAD_CLOSED || c->paced)
		fprintf(out, "  think %g s (%s)", (double)c->think / (double)NS_PER_S,
			c->think_jitter);
	if (c->zipf > 0)
		fprintf(out, "  %s", c->popularity);
	fprintf(out, "  %.3g s", verdict_window_s(r));
	if (c->turns > 1)
		fprintf(out, " in %" PRIu64 " turns, each", c->turns);
	fprintf(out, " after %g s\n\n", (double)c->warmup / (double)NS_PER_S);
}

static void print_requests(const struct verdict *r, FILE *out)
{
	const struct tally *t = &r->result->tally;
	fprintf(out, "requests    %" PRIu64 " due in the window", tally_total(t));
	for (size_t i = OUTCOME_OK; i < OUTCOMES; i++)
		if (t->window[i] || i == OUTCOME_OK)
			fprintf(out, ", %" PRIu64 " %s", t->window[i], outcome_names[i]);
	fprintf(out, "\nfailures   ");
	bool any = false;
	for (size_t i = 0; i < ERROR_KINDS; i++)
		if (t->window[i]) {
			fprintf(out, " %" PRIu64 " %s", t->window[i], outcome_names[i]);
			any = true;
		}
	fprintf(out, "%s\nthroughput  %.1f requests/s\n\n", any ? "" : " none",
		verdict_throughput(r));
}

/* A percentile's cell: ms, or why there are none. */
static void print_point(const struct verdict *r, const struct tally_point *point, FILE *out)
{
	char text[32] = "-";
	if (point->rank == TALLY_VALUE)
		snprintf(text, sizeof(text), "%.3f", ms(point->ns));
	else if (point->rank == TALLY_TIMED_OUT)
		snprintf(text, sizeof(text), "> %g s",
			 (double)r->config->timeout / (double)NS_PER_S);
	else if (point->rank != TALLY_FEW)
		snprintf(text, sizeof(text), "%s", tally_rank_names[point->rank]);
	fprintf(out, " %9s", text);
}

enum part { PART_POINT, PART_LOW, PART_HIGH };

static void print_row(const struct verdict *r, const char *name,
		      const struct tally_latency *latency, enum part part, FILE *out)
{
	fprintf(out, "%-13s", name);
	for (size_t i = 0; i < VERDICT_PERCENTILES; i++) {
		const struct tally_percentile p =
			tally_percentile(latency, verdict_percentiles[i].percentile);
		const struct tally_point *points[] = {&p.point, &p.low, &p.high};
		print_point(r, points[part], out);
	}
}

static void print_latency(const struct verdict *r, const struct verdict_latency *row, FILE *out)
{
	const struct histogram *h = row->latency.values;
	const struct tally_latency successes = {.values = h};
	print_row(r, row->name, &row->latency, PART_POINT, out);
	if (histogram_count(h))
		fprintf(out, " %9.3f %9.3f\n", ms(histogram_max(h)),
			histogram_mean(h) / (double)NS_PER_MS);
	else
		fprintf(out, " %9s %9s\n", "-", "-");
	print_row(r, "  95 % from", &row->latency, PART_LOW, out);
	fputc('\n', out);
	print_row(r, "  95 % to", &row->latency, PART_HIGH, out);
	fputc('\n', out);
	if (row->latency.above + row->latency.timed_out + row->latency.failed) {
		print_row(r, "  answered", &successes, PART_POINT, out);
		fputc('\n', out);
	}
}

static void print_latencies(const struct verdict *r, FILE *out)
{
	struct verdict_latency rows[VERDICT_LATENCIES];
	verdict_latencies(r, rows);
	fprintf(out, "ms           ");
	for (size_t i = 0; i < VERDICT_PERCENTILES; i++)
		fprintf(out, " %9s", verdict_percentiles[i].name);
	fprintf(out, " %9s %9s\n", "max", "mean");
	for (size_t i = 0; i < VERDICT_LATENCIES; i++)
		print_latency(r, &rows[i], out);
}

static void print_threshold(const struct verdict_threshold *t, FILE *out)
{
	if (!t->applies) {
		fprintf(out, "threshold   n/a     %s  (for other runs)\n", t->threshold->text);
		return;
	}
	fprintf(out, "threshold   %s  %s", t->ok ? "ok    " : "MISSED", t->threshold->text);
	if (!t->has_value)
		fprintf(out, "  (no value: too few requests)\n");
	else if (isinf(t->value))
		fprintf(out, "  (falls on a failed request)\n");
	else
		fprintf(out, "  (%.6g)\n", t->value);
}

void verdict_thresholds(const struct verdict *verdict, FILE *out)
{
	for (size_t i = 0; i < verdict->config->threshold_texts.count; i++)
		print_threshold(&verdict->thresholds[i], out);
}

static void print_verdict(const struct verdict *r, FILE *out)
{
	const struct load_parity *parity = &r->result->parity;
	if (r->result->has_parity)
		fprintf(out, "\nparity      %" PRIu64 " answers, %s the manifest, sha256 %s\n",
			parity->answers, parity->equal ? "equal to" : "DIFFERENT from",
			parity->sha256);
	fprintf(out, "\n");
	verdict_thresholds(r, out);
	for (size_t i = 0; i < r->check_count; i++)
		fprintf(out, "check       %s  %s %.4g (limit %.4g)\n",
			r->checks[i].ok ? "ok    " : "FAILED", r->checks[i].name,
			r->checks[i].value, r->checks[i].limit);
	for (size_t i = 0; i < r->why_count; i++)
		fprintf(out, "invalid     %s\n", r->whys[i]);
}

bool verdict_text(const struct verdict *verdict, FILE *out)
{
	print_load(verdict, out);
	print_requests(verdict, out);
	print_latencies(verdict, out);
	print_verdict(verdict, out);
	return fflush(out) == 0 && !ferror(out);
}

static void csv_percentile(const struct tally_latency *latency, double percentile, FILE *out)
{
	const struct tally_percentile p = tally_percentile(latency, percentile);
	fputc(',', out);
	if (p.point.rank == TALLY_VALUE)
		fprintf(out, "%.3f", ms(p.point.ns));
}

bool verdict_csv(const struct verdict *verdict, FILE *out)
{
	const struct tally *t = &verdict->result->tally;
	const int64_t window = verdict->result->window_ns;
	fprintf(out, "t_s,length_s,requests,ok,degraded,errors,p50_ms,p95_ms,p99_ms,max_ms\n");
	for (size_t i = 0; i < t->slice_count && (int64_t)i * t->slice_ns < window; i++) {
		const struct tally_slice *slice = &t->slices[i];
		const struct tally_latency latency = tally_slice_response(slice);
		const int64_t begins = (int64_t)i * t->slice_ns, left = window - begins;
		const int64_t length = left < t->slice_ns ? left : t->slice_ns;
		fprintf(out, "%.6g,%.6g,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
			(double)begins / (double)NS_PER_S, (double)length / (double)NS_PER_S,
			slice->requests, slice->requests - slice->degraded - slice->errors,
			slice->degraded, slice->errors);
		csv_percentile(&latency, 50, out);
		csv_percentile(&latency, 95, out);
		csv_percentile(&latency, 99, out);
		if (histogram_count(slice->response))
			fprintf(out, ",%.3f\n", ms(histogram_max(slice->response)));
		else
			fprintf(out, ",\n");
	}
	return fflush(out) == 0 && !ferror(out);
}

bool verdict_hgrm(const struct verdict *verdict, FILE *out)
{
	const struct tally *t = &verdict->result->tally;
	const bool ok = histogram_write_hgrm(t->response, out);
	fprintf(out,
		"#[Response time in ms of what was answered; %" PRIu64 " of %" PRIu64 " was not]\n",
		tally_failed(t), tally_total(t));
	return ok && fflush(out) == 0 && !ferror(out);
}
