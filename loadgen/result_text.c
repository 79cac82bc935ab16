/* What goes to stdout: a summary for people, one CSV row for spreadsheets, HdrHistogram's text for
 * its plotter. A percentile without a value is a dash, an empty field. */
#include "common/base/clock.h"
#include "loadgen/verdict.h"

#include <inttypes.h>
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
	if (c->kind == LOAD_OPEN)
		fprintf(out, "  %g requests/s", c->rate);
	if (c->kind == LOAD_CLOSED)
		fprintf(out, "  think %g s (%s)", (double)c->think / (double)NS_PER_S,
			c->think_jitter);
	fprintf(out, "  %.3g s after %g s\n\n", verdict_window_s(r),
		(double)c->warmup / (double)NS_PER_S);
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

static void print_latencies(const struct verdict *r, FILE *out)
{
	struct verdict_latency rows[VERDICT_LATENCIES];
	verdict_latencies(r, rows);
	fprintf(out, "ms           ");
	for (size_t i = 0; i < VERDICT_PERCENTILES; i++)
		fprintf(out, " %9s", verdict_percentiles[i].name);
	fprintf(out, " %9s %9s\n", "max", "mean");
	for (size_t i = 0; i < VERDICT_LATENCIES; i++) {
		const struct histogram *h = rows[i].histogram;
		fprintf(out, "%-13s", rows[i].name);
		for (size_t p = 0; p < VERDICT_PERCENTILES; p++) {
			int64_t ns;
			if (tally_percentile(h, tally_failed(&r->result->tally),
					     verdict_percentiles[p].percentile, &ns))
				fprintf(out, " %9.3f", ms(ns));
			else
				fprintf(out, " %9s", "-");
		}
		if (histogram_count(h))
			fprintf(out, " %9.3f %9.3f\n", ms(histogram_max(h)),
				histogram_mean(h) / (double)NS_PER_MS);
		else
			fprintf(out, " %9s %9s\n", "-", "-");
	}
}

static void print_verdict(const struct verdict *r, FILE *out)
{
	const struct load_parity *parity = &r->result->parity;
	if (r->result->has_parity)
		fprintf(out, "\nparity      %" PRIu64 " answers, %s the manifest, sha256 %s\n",
			parity->answers, parity->equal ? "equal to" : "DIFFERENT from",
			parity->sha256);
	fprintf(out, "\n");
	for (size_t i = 0; i < r->config->threshold_texts.count; i++) {
		const struct verdict_threshold *t = &r->thresholds[i];
		fprintf(out, "threshold   %s  %s", t->ok ? "ok    " : "MISSED", t->threshold->text);
		if (t->has_value)
			fprintf(out, "  (%.6g)\n", t->value);
		else
			fprintf(out, "  (no value: too few successes)\n");
	}
	for (size_t i = 0; i < VERDICT_CHECKS; i++)
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

static void csv_header(const struct verdict_latency rows[VERDICT_LATENCIES], FILE *out)
{
	fprintf(out, "url,page,kind,vus,window_s,total");
	for (size_t i = 0; i < OUTCOMES; i++)
		fprintf(out, ",%s", outcome_names[i]);
	fprintf(out, ",throughput_rps");
	for (size_t i = 0; i < VERDICT_LATENCIES; i++)
		for (size_t p = 0; p < VERDICT_PERCENTILES; p++)
			fprintf(out, ",%s_%s_us", rows[i].name, verdict_percentiles[p].name);
	fprintf(out, ",valid\n");
}

bool verdict_csv(const struct verdict *verdict, FILE *out)
{
	const struct loadgen_config *c = verdict->config;
	const struct tally *t = &verdict->result->tally;
	struct verdict_latency rows[VERDICT_LATENCIES];
	verdict_latencies(verdict, rows);
	csv_header(rows, out);
	fprintf(out, "\"%s\",%s,%s,%" PRIu64 ",%.6g,%" PRIu64, c->base_url, c->page,
		load_kind_names[c->kind], c->vus, verdict_window_s(verdict), tally_total(t));
	for (size_t i = 0; i < OUTCOMES; i++)
		fprintf(out, ",%" PRIu64, t->window[i]);
	fprintf(out, ",%.3f", verdict_throughput(verdict));
	for (size_t i = 0; i < VERDICT_LATENCIES; i++)
		for (size_t p = 0; p < VERDICT_PERCENTILES; p++) {
			int64_t ns;
			fputc(',', out);
			if (tally_percentile(rows[i].histogram, tally_failed(t),
					     verdict_percentiles[p].percentile, &ns))
				fprintf(out, "%.3f", (double)ns / (double)NS_PER_US);
		}
	fprintf(out, ",%s\n", verdict->why_count == 0 ? "true" : "false");
	return fflush(out) == 0 && !ferror(out);
}

struct hgrm {
	FILE *out;
	uint64_t seen, total;
};

static void hgrm_line(void *arg, int64_t highest_ns, uint64_t count)
{
	struct hgrm *hgrm = arg;
	hgrm->seen += count;
	const double share = (double)hgrm->seen / (double)hgrm->total;
	fprintf(hgrm->out, "%12.4f %2.12f %10" PRIu64, ms(highest_ns), share, hgrm->seen);
	if (hgrm->seen < hgrm->total)
		fprintf(hgrm->out, " %14.2f\n", 1 / (1 - share));
	else
		fprintf(hgrm->out, " %14s\n", "inf");
}

bool verdict_hgrm(const struct verdict *verdict, FILE *out)
{
	const struct histogram *h = verdict->result->tally.response;
	struct hgrm hgrm = {out, 0, histogram_count(h)};
	const double ns_per_ms = (double)NS_PER_MS;
	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	histogram_each(h, hgrm_line, &hgrm);
	fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n",
		histogram_mean(h) / ns_per_ms, histogram_stddev(h) / ns_per_ms);
	fprintf(out, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", ms(histogram_max(h)),
		histogram_count(h));
	return fflush(out) == 0 && !ferror(out);
}
