/* Capacity first: what each arm answers with no think time, and what a request costs in CPU. */
#include "runner/report_placement.h"
#include "runner/report_sections.h"

#include <math.h>
#include <stdio.h>

static struct text capacity_says(const struct run *run, const struct comparison *found, size_t arm)
{
	struct text out;
	switch (found->verdict) {
	case VERDICT_NONE:
		snprintf(out.s, sizeof(out.s), "no verdict (%.40s)", text_blocks(found->ratio.n).s);
		break;
	case VERDICT_OPEN:
		snprintf(out.s, sizeof(out.s), "cannot be told");
		break;
	case VERDICT_BASELINE:
		snprintf(out.s, sizeof(out.s), "%.70s answers more", run->arms[0].id);
		break;
	case VERDICT_OTHER:
		snprintf(out.s, sizeof(out.s), "%.70s answers more", run->arms[arm].id);
		break;
	}
	return out;
}

static void comparison(const struct run *run, struct doc *doc, struct cell cell)
{
	struct cell baseline = cell;
	baseline.arm = 0;
	if (cell.arm == 0) {
		doc_cell_toned(doc, DOC_MUTED, "1");
		doc_cell_toned(doc, DOC_MUTED, TEXT_DASH);
		doc_cell_toned(doc, DOC_MUTED, "baseline");
	} else if (cell_error_share(run, cell) > ERROR_SHARE ||
		   cell_error_share(run, baseline) > ERROR_SHARE) {
		doc_cell(doc, TEXT_DASH);
		doc_cell(doc, TEXT_DASH);
		doc_cell(doc, "over 1 %% failed or degraded");
	} else {
		struct comparison found = family_compare(run, cell, METRIC_THROUGHPUT);
		doc_cell_toned(doc, DOC_STRONG, "%s", text_ratio(found.ratio).s);
		doc_cell(doc, "%s", text_p(found.p).s);
		doc_cell(doc, "%s",
			 isnan(found.ratio.estimate) ? "no valid trial"
						     : capacity_says(run, &found, cell.arm).s);
	}
}

/* Under this share of busy CPUs something else than the servers' work was the limit. */
#define CPU_BUSY 0.9

/* CPU us of the generator a request that was answered, median over the blocks that count. */
static double generator_us(const struct run *run, struct cell cell)
{
	double values[RUN_BLOCKS_MAX];
	size_t count = 0;
	for (size_t block = 0; block < run->block_count; block++) {
		const struct run_result *result = cell_result(run, cell, block);
		if (!result)
			continue;
		double answered = json_number_at(result->root, "throughput_rps") *
				  json_number_at(result->root, "window_s");
		values[count++] =
			json_number_at(result->root, "resources.generator.cpu_s") * 1e6 / answered;
	}
	return stats_median(values, count);
}

/* Which share of the servers' CPUs was busy with their work at capacity, or with the generator's
 * where it shares them. */
static double cpu_busy(const struct run *run, struct cell cell)
{
	double us = cell_median(run, cell, METRIC_CPU_REQUEST);
	if (report_arm_shares(run, cell.arm))
		us += generator_us(run, cell);
	return cell_median(run, cell, METRIC_THROUGHPUT) * us / 1e6 /
	       report_arm_cpus(run, cell.arm);
}

static void row(const struct run *run, struct doc *doc, struct cell cell)
{
	doc_row(doc, report_keys(run, cell));
	doc_cell(doc, "%s", run->pages[cell.page]);
	doc_cell(doc, "%s", run->arms[cell.arm].id);
	doc_cell_toned(doc, DOC_STRONG, "%s",
		       text_whole(cell_median(run, cell, METRIC_THROUGHPUT)).s);
	doc_cell(doc, "%s", text_count(cell_median(run, cell, METRIC_CPU_REQUEST)).s);
	double busy = cpu_busy(run, cell);
	doc_cell_toned(doc, busy < CPU_BUSY ? DOC_STRONG : DOC_PLAIN, "%s%s",
		       text_fixed(busy * 100, 0).s, isnan(busy) ? "" : " %");
	comparison(run, doc, cell);
	doc_cell(doc, "%zu", cell_trials(run, cell));
}

static void table(const struct run *run, struct doc *doc, size_t load)
{
	doc_table(doc,
		  "Capacity by page and arm: medians over blocks; ratios to %s with their "
		  "95 %% interval over blocks",
		  run->arms[0].id);
	doc_column(doc, DOC_LEFT, "page");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_RIGHT, "requests/s");
	doc_set_keys(doc, (struct doc_keys){.statistic = "throughput"});
	doc_column(doc, DOC_RIGHT, "CPU \u00b5s a request");
	doc_set_keys(doc, (struct doc_keys){.statistic = "CPU"});
	doc_column(doc, DOC_RIGHT, "CPUs busy");
	doc_set_keys(doc, (struct doc_keys){.statistic = "CPU"});
	doc_column(doc, DOC_RIGHT, "ratio of requests/s");
	doc_set_keys(doc, (struct doc_keys){.statistic = "throughput"});
	doc_column(doc, DOC_RIGHT, "p (Holm)");
	doc_column(doc, DOC_LEFT, "verdict");
	doc_column(doc, DOC_RIGHT, "trials");
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			struct cell cell = {arm, page, load, false};
			if (cell_exists(run, cell))
				row(run, doc, cell);
		}
}

/* A capacity that the servers' CPUs did not bound is a lower bound, and must say so. */
static void idle_words(const struct run *run, struct doc *doc, size_t load)
{
	size_t idle = 0, all = 0;
	for (size_t page = 0; page < run->page_count; page++)
		for (size_t arm = 0; arm < run->arm_count; arm++) {
			struct cell cell = {arm, page, load, false};
			all += cell_exists(run, cell);
			idle += cell_exists(run, cell) && cpu_busy(run, cell) < CPU_BUSY;
		}
	if (idle)
		doc_key(doc,
			"In %zu of %zu capacities the servers kept their CPUs less than 90 %% "
			"busy (bold): something else was the limit, be it the generator, waiting "
			"inside the servers, %sor other programs on those CPUs. Such a capacity is "
			"a lower bound, and CPU \u00b5s a request is the better comparison.",
			idle, all,
			report_placed(run) ? "one CPU that was full beside others, " : "");
}

/* A page's arms as bars of one measure. */
static void bars(const struct run *run, struct doc *doc, struct cell cell, enum metric metric)
{
	bool of_cpu = metric == METRIC_CPU_REQUEST;
	const char *statistic = of_cpu ? "CPU" : "throughput";
	double zero = 0, values[RUN_ARMS_MAX];
	struct doc_series series[RUN_ARMS_MAX];
	char title[96];
	struct doc_figure figure = {
		.shape = DOC_BARS,
		.title = title,
		.keys = {.page = run->pages[cell.page], .statistic = statistic},
		.x = {.label = "arm", .unit = ""},
		.y = {.label = of_cpu ? "CPU time" : "capacity",
		      .unit = of_cpu ? "\u00b5s a request" : "requests/s"},
		.series = series,
	};
	for (cell.arm = 0; cell.arm < run->arm_count; cell.arm++) {
		if (!cell_exists(run, cell))
			continue;
		size_t at = figure.series_count++;
		values[at] = cell_median(run, cell, metric);
		series[at] = (struct doc_series){.name = run->arms[cell.arm].id,
						 .keys = {.arm = run->arms[cell.arm].id},
						 .x = &zero,
						 .y = &values[at],
						 .count = 1};
	}
	snprintf(title, sizeof(title), "%s: %s", run->pages[cell.page],
		 of_cpu ? "CPU time a request at capacity" : "capacity");
	if (figure.series_count)
		doc_figure(doc, &figure, "%s; medians over blocks.", title);
}

static void plots(const struct run *run, struct doc *doc, size_t load)
{
	for (size_t page = 0; page < run->page_count; page++) {
		struct cell cell = {0, page, load, false};
		bars(run, doc, cell, METRIC_THROUGHPUT);
		bars(run, doc, cell, METRIC_CPU_REQUEST);
	}
}

/* As the first capacity file has them. */
static double connections(const struct run *run, size_t load)
{
	for (size_t i = 0; i < run->result_count; i++)
		if (run->results[i].load == load)
			return json_number_at(run->results[i].root, "scenario.vus");
	return NAN;
}

static void introduce(const struct run *run, struct doc *doc, size_t load)
{
	const json_t *environment = report_run_environment(run);
	struct text many = text_whole(connections(run, load));
	if (report_placed(run))
		doc_paragraph(
			doc,
			"Requests/s that each arm answers when nobody thinks: %s connections, "
			"each asking again at once. CPU \u00b5s a request is the time that all "
			"server processes (database included) spent on CPU; CPUs busy is its "
			"product with requests/s, as a share of the CPUs that the arm's servers "
			"and database had, with the generator's time where it shares them.",
			many.s);
	else
		doc_paragraph(
			doc,
			"Requests/s that each arm answers when nobody thinks: %s connections, "
			"each asking again at once, its servers (database included) together on "
			"CPU %s, the generator on CPU %s. CPU \u00b5s a request is the time that "
			"all server processes spent on CPU; CPUs busy is its product with "
			"requests/s, as a share of the servers' CPUs.",
			many.s, text_cpus(environment, "cpus_server").s,
			text_cpus(environment, "cpus_generator").s);
}

void report_capacity(const struct run *run, struct doc *doc)
{
	size_t load = report_run_load_of(run, RUN_CAPACITY);
	doc_heading(doc, 2, "Capacity");
	if (load == run->load_count) {
		doc_paragraph(doc, "This run measured no capacity. Without it nobody can tell "
				   "whether a latency below is the time of an answer or the length "
				   "of a queue, so that no latency gap is stated.");
		return;
	}
	introduce(run, doc, load);
	table(run, doc, load);
	idle_words(run, doc, load);
	plots(run, doc, load);
}
