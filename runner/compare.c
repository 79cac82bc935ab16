/*
 * Compares two runs of one plan and one data set; of two plans where they differ in one key that
 * was named (--except), which is then what is compared. Their blocks are not pairs (they ran at
 * different times, maybe on different machines), so that intervals are Welch's, on logarithms. A
 * latency ratio is stated by the same rule as in a report: only where both sides are under their
 * knee and almost free of errors. A row is judged as a regression by its whole interval, where a
 * verdict would be given.
 */
#include "runner/compare.h"

#include "common/base/options.h"
#include "runner/commands.h"
#include "runner/report_sections.h"
#include "runner/slo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_BYTES_MAX = 4 << 20 };

/* A cell of the second run that is the same scenario as one of the first; false: it has none. */
static bool counterpart(const struct run *a, struct cell in_a, const struct run *b,
			struct cell *in_b)
{
	struct cell found = {b->arm_count, b->page_count, b->load_count, false};
	for (size_t arm = 0; arm < b->arm_count; arm++)
		if (strcmp(a->arms[in_a.arm].id, b->arms[arm].id) == 0)
			found.arm = arm;
	for (size_t page = 0; page < b->page_count; page++)
		if (strcmp(a->pages[in_a.page], b->pages[page]) == 0)
			found.page = page;
	for (size_t load = 0; load < b->load_count; load++)
		if (a->loads[in_a.load].kind == b->loads[load].kind &&
		    a->loads[in_a.load].vus == b->loads[load].vus)
			found.load = load;
	*in_b = found;
	return found.arm < b->arm_count && found.page < b->page_count && found.load < b->load_count;
}

/* What --fail-on-regression found over all rows. */
struct regressions {
	double share; /* allowed; 0: nobody asked */
	size_t judged, rows;
	struct strbuf found; /* one line each */
};

struct pair {
	const struct run *a, *b;
	struct cell in_a, in_b;
	struct regressions *regressions;
};

static struct interval ratio_of(const struct pair *pair, enum metric metric)
{
	double a[RUN_BLOCKS_MAX], b[RUN_BLOCKS_MAX];
	size_t na = cell_values(pair->a, pair->in_a, metric, a);
	size_t nb = cell_values(pair->b, pair->in_b, metric, b);
	return stats_welch_ratio(a, na, b, nb, CONFIDENCE);
}

static const char *state_word(enum gap_state state)
{
	static const char *const words[] = {
		[GAP_STATED] = "",
		[GAP_UNKNOWN_LOAD] = "no capacity measured",
		[GAP_KNEE] = "knee",
		[GAP_SATURATED] = "saturated",
		[GAP_ERRORS] = "over 1 % failed or degraded",
		[GAP_FEW_SAMPLES] = "too few samples",
		[GAP_NO_DATA] = "no valid trial",
	};
	return words[state];
}

/* The verdict on B over A. */
static const char *change_word(struct interval ratio, bool more_is_better)
{
	switch (ratio_verdict(ratio, more_is_better)) {
	case VERDICT_BASELINE:
		return "worse";
	case VERDICT_OTHER:
		return "better";
	case VERDICT_OPEN:
		return "cannot be told";
	case VERDICT_NONE:
		break;
	}
	return isnan(ratio.estimate) ? "no valid trial" : "no verdict";
}

/* A regression of more than the share: the whole interval lies beyond it. */
static void judge(const struct pair *pair, const char *name, struct interval ratio,
		  bool more_is_better)
{
	struct regressions *to = pair->regressions;
	to->rows++;
	if (ratio_verdict(ratio, more_is_better) == VERDICT_NONE)
		return;
	to->judged++;
	if (more_is_better ? ratio.high < 1 - to->share : ratio.low > 1 + to->share)
		strbuf_printf(&to->found, "duet compare: regression: %s, %s, %s, %s: B / A %s\n",
			      pair->a->pages[pair->in_a.page],
			      text_load(pair->a->loads[pair->in_a.load]).s,
			      pair->a->arms[pair->in_a.arm].id, name, text_ratio(ratio).s);
}

static void row(struct doc *doc, const struct pair *pair, enum metric metric, const char *name)
{
	bool latency = metric != METRIC_THROUGHPUT;
	enum gap_state left = cell_state(pair->a, pair->in_a);
	enum gap_state right = cell_state(pair->b, pair->in_b);
	enum gap_state state = left > right ? left : right;
	/* A capacity has no load factor of its own; only errors and absence count there. */
	bool stated = state == GAP_STATED || (!latency && state < GAP_ERRORS);
	double a = cell_median(pair->a, pair->in_a, metric);
	double b = cell_median(pair->b, pair->in_b, metric);
	struct interval ratio = ratio_of(pair, metric);
	if (stated)
		judge(pair, name, ratio, !latency);
	else
		pair->regressions->rows++;
	doc_cell(doc, "%s", pair->a->pages[pair->in_a.page]);
	doc_cell(doc, "%s", text_load(pair->a->loads[pair->in_a.load]).s);
	doc_cell(doc, "%s", pair->a->arms[pair->in_a.arm].id);
	doc_cell(doc, "%s", name);
	doc_cell(doc, "%s", latency ? text_ms(a).s : text_whole(a).s);
	doc_cell(doc, "%s", latency ? text_ms(b).s : text_whole(b).s);
	doc_cell(doc, "%s", stated ? text_ratio(ratio).s : TEXT_DASH);
	doc_cell(doc, "%s", stated ? change_word(ratio, !latency) : state_word(state));
}

static void rows(struct doc *doc, const struct pair *pair)
{
	if (pair->a->loads[pair->in_a.load].kind == RUN_CAPACITY) {
		row(doc, pair, METRIC_THROUGHPUT, "requests/s");
		return;
	}
	row(doc, pair, METRIC_P50, "p50, ms");
	row(doc, pair, METRIC_P95, "p95, ms");
}

static void table(struct doc *doc, const struct run *a, const struct run *b,
		  struct regressions *regressions)
{
	doc_table(doc,
		  "B over A by scenario: medians over blocks, ratios with Welch's 95 %% "
		  "interval on logarithms; a verdict needs %d blocks on both sides",
		  VERDICT_BLOCKS);
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "load");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_LEFT, "what");
	doc_column(doc, DOC_RIGHT, "A");
	doc_column(doc, DOC_RIGHT, "B");
	doc_column(doc, DOC_RIGHT, "B / A");
	doc_column(doc, DOC_LEFT, "B is");
	for (size_t page = 0; page < a->page_count; page++)
		for (size_t load = 0; load < a->load_count; load++)
			for (size_t arm = 0; arm < a->arm_count; arm++) {
				struct pair pair = {
					a, b, {arm, page, load, false}, {0}, regressions};
				if (cell_exists(a, pair.in_a) &&
				    counterpart(a, pair.in_a, b, &pair.in_b))
					rows(doc, &pair);
			}
}

enum { IDENTITY_PLAN };

/* What must be equal: where it stands in a result file, what it is, and what to do. */
static const struct {
	const char *in_about, *in_result, *what, *mend;
} identities[] = {
	[IDENTITY_PLAN] = {"plan_sha256", "run.plan_sha256", "plans",
			   "run the same plan file again, or name the one key in which they may "
			   "differ (--except)"},
	{"data.sha256", "data.sha256", "data", "seed both with the same seed and products"},
	{"data.manifest_sha256", "data.manifest_sha256", "pages' bytes",
	 "measure both with builds that answer with the same pages"},
};

static const char *identity(const struct run *run, size_t i)
{
	return json_text_at(run->about, identities[i].in_about,
			    json_text_at(run->results[0].root, identities[i].in_result, ""));
}

/* The hash of a page's answers as the servers gave them; "" when no trial has one. */
static const char *answers(const struct run *run, const char *page)
{
	for (size_t i = 0; i < run->result_count; i++) {
		const struct run_result *result = &run->results[i];
		const char *hash = json_text_at(result->root, "parity.sha256", "");
		if (*hash && strcmp(run->pages[result->page], page) == 0)
			return hash;
	}
	return "";
}

/* The manifest says what should have been answered; this is what was. */
static bool same_answers(const struct run *a, const struct run *b)
{
	for (size_t i = 0; i < a->page_count; i++) {
		const char *left = answers(a, a->pages[i]);
		const char *right = answers(b, a->pages[i]);
		if (!*left || !*right || strcmp(left, right) == 0)
			continue;
		fprintf(stderr,
			"duet compare: %s and %s answered %s with different bytes (sha256 %.12s "
			"and %.12s), so that their ratio would mean nothing; measure both with "
			"builds that answer with the same pages\n",
			a->path, b->path, a->pages[i], left, right);
		return false;
	}
	return true;
}

/* Whether the plans are the same but for a key and what they are called. */
static bool same_plan_except(const struct run *a, const struct run *b, const char *key)
{
	const char *const free_keys[] = {"id", "title", key};
	return json_equal_but(a->plan, b->plan, free_keys,
			      sizeof(free_keys) / sizeof(free_keys[0]));
}

static bool comparable(const struct run *a, const struct run *b, const char *except)
{
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++) {
		const char *left = identity(a, i);
		const char *right = identity(b, i);
		if (strcmp(left, right) == 0 ||
		    (i == IDENTITY_PLAN && except && same_plan_except(a, b, except)))
			continue;
		fprintf(stderr,
			"duet compare: %s and %s have different %s (sha256 %.12s and %.12s), so "
			"that their ratio would mean nothing; %s\n",
			a->path, b->path, identities[i].what, *left ? left : "none",
			*right ? right : "none", identities[i].mend);
		return false;
	}
	return same_answers(a, b);
}

static void warn_of_machine(const struct run *a, const struct run *b)
{
	static const char *const keys[] = {
		"cpu",       "kernel",   "cpus_server", "cpus_generator", "generator_waits",
		"cpu_count", "governor", "compiler",    "flags"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *left = json_object_get(report_run_environment(a), keys[i]);
		const json_t *right = json_object_get(report_run_environment(b), keys[i]);
		if ((!left && !right) || (left && right && json_equal(left, right)))
			continue;
		fprintf(stderr,
			"duet compare: warning: %s differs (%s and %s): a ratio below may be the "
			"machine's or the build's\n",
			keys[i], json_is_string(left) ? json_string_value(left) : "another",
			json_is_string(right) ? json_string_value(right) : "another");
	}
}

/* What the gate says; the exit code. */
static int regressions_say(const struct regressions *r)
{
	if (r->judged == 0) {
		fprintf(stderr,
			"duet compare: --fail-on-regression: none of %zu rows can be judged; a "
			"verdict needs %d valid blocks on both sides under their knee\n",
			r->rows, VERDICT_BLOCKS);
		return 1;
	}
	if (!strbuf_ok(&r->found)) {
		fprintf(stderr, "duet compare: out of memory\n");
		return 1;
	}
	fprintf(stderr, "%sduet compare: %zu of %zu rows judged: %s regression over %g %%\n",
		r->found.len ? r->found.data : "", r->judged, r->rows,
		r->found.len ? "there is a" : "no", r->share * 100);
	return r->found.len ? COMMAND_THRESHOLD : 0;
}

/* What the two plans have for the key in which they may differ. */
static void tell_except(struct doc *doc, const struct run *a, const struct run *b, const char *key)
{
	char *left = json_dumps(json_object_get(a->plan, key), JSON_ENCODE_ANY | JSON_COMPACT);
	char *right = json_dumps(json_object_get(b->plan, key), JSON_ENCODE_ANY | JSON_COMPACT);
	doc_paragraph(doc, "The plans may differ in \"%s\": A has %s, B has %s.", key,
		      left ? left : "none", right ? right : "none");
	free(left);
	free(right);
}

static int compare_print(const struct run *a, const struct run *b, const char *except,
			 struct regressions *regressions)
{
	struct strbuf out;
	struct doc *doc = doc_new();
	strbuf_init(&out, TABLE_BYTES_MAX);
	if (doc) {
		if (except)
			tell_except(doc, a, b, except);
		table(doc, a, b, regressions);
		doc_write_markdown(doc, &out);
	}
	bool ok = doc && doc_ok(doc) && strbuf_ok(&out) && out.len > 0 &&
		  fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	if (!ok)
		fprintf(stderr, "duet compare: the table could not be written\n");
	strbuf_free(&out);
	doc_free(doc);
	if (!ok)
		return 1;
	return regressions->share > 0 ? regressions_say(regressions) : 0;
}

static int compare_runs(const char *const paths[2], const char *except,
			struct regressions *regressions)
{
	char error[256];
	int status = 1;
	struct run *a = report_run_open(paths[0], error);
	struct run *b = a ? report_run_open(paths[1], error) : NULL;
	if (!b) {
		fprintf(stderr, "duet compare: %s\n", error);
	} else if (comparable(a, b, except)) {
		warn_of_machine(a, b);
		status = compare_print(a, b, except, regressions);
	}
	report_run_close(a);
	report_run_close(b);
	return status;
}

/* What --fail-on-regression allows; false after a line when it is no share. */
static bool share_read(const char *text, double *share)
{
	if (!text || slo_share_parse(text, share))
		return true;
	fprintf(stderr,
		"duet compare: --fail-on-regression '%.40s' is no share; write 5%% (above 0, at "
		"most 100)\n",
		text);
	return false;
}

int compare_command(int argc, char **argv)
{
	const char *share = NULL, *except = NULL, *positional[2];
	struct regressions regressions = {.share = 0};
	size_t count;
	const struct option options[] = {
		{.name = "fail-on-regression",
		 .kind = OPTION_TEXT,
		 .target = &share,
		 .value = "SHARE",
		 .help = "exit 99 when an interval lies wholly beyond it, \"5%\": slower, or fewer "
			 "requests/s"},
		{.name = "except",
		 .kind = OPTION_TEXT,
		 .target = &except,
		 .value = "KEY",
		 .help = "one key in which the two plans may differ, as \"keep_awake\""},
	};
	const struct program program = {
		.name = "duet compare",
		.summary = "Compare two runs of one plan: ratios per scenario of p50, p95 and "
			   "capacity.",
		.positional = "A B",
		.positional_min = 2,
		.positional_max = 2,
		.notes = "A and B are run folders (results/..., results/reference/...). Runs of "
			 "different plans (but for --except), data or pages' bytes are\nrefused; "
			 "another machine is a warning. Exit: 0 compared, 1 refused or nothing to "
			 "judge, 2 usage, 99 a "
			 "regression.",
		.options = options,
		.option_count = sizeof(options) / sizeof(options[0]),
	};
	switch (options_parse(&program, argc, argv, positional, &count)) {
	case OPTIONS_EXIT_OK:
		return 0;
	case OPTIONS_USAGE:
		return 2;
	case OPTIONS_RUN:
		break;
	}
	if (!share_read(share, &regressions.share))
		return 2;
	strbuf_init(&regressions.found, TABLE_BYTES_MAX);
	int status = compare_runs(positional, except, &regressions);
	strbuf_free(&regressions.found);
	return status;
}
