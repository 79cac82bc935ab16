/* The sections on single requests: their parts, and what a queue makes of them. */
#include "tests/unit/runner/report_fixture.h"

#include "runner/queue_model.h"
#include "runner/report_text.h"
#include "runner/way.h"

enum { QUANTILES = 100 };

/* Lone requests without stamps: 101 to 200 us. */
static double quantile_us(int i)
{
	return 101 + i;
}

/* Part i takes i + 1 us in the mean and half of it in the median; an invalid file says otherwise.
 */
static void put_stamps(const struct fixture *f, int arm, int block, bool valid)
{
	char name[80];
	json_t *quantiles = json_array(), *parts = json_array();
	for (int i = 0; i < QUANTILES; i++)
		json_array_append_new(quantiles, json_real(quantile_us(i)));
	for (int i = 0; i < WAY_PARTS; i++)
		json_array_append_new(parts, json_pack("{ss sf sf}", "name", way_part_infos[i].name,
						       "mean_us", valid ? i + 1.0 : 1e6,
						       "median_us", (i + 1) / 2.0));
	json_t *file =
		json_pack("{s{ss ss} s{si} s{si si} s{sf sf sf so} s{sf sf} so sf sb}", "scenario",
			  "arm", f->arms[arm].id, "page", "pdp", "run", "block", block, "requests",
			  "stamped", 500, "broken", 1, "plain_us", "mean", 150.0, "stddev", 30.0,
			  "p50", 149.5, "quantiles", quantiles, "stamped_us", "mean", 105.0,
			  "median", 160.0, "parts", parts, "residual_us", 0.001, "valid", valid);
	char *text = json_dumps(file, 0);
	snprintf(name, sizeof(name), "stamps_%s_pdp_b%d.json", f->arms[arm].id, block);
	fixture_put(f, name, text);
	free(text);
	json_decref(file);
}

static char *stamped_report(struct fixture *f, bool open)
{
	char error[256] = "";
	fixture_open(f);
	fixture_write(f);
	for (int arm = 0; arm < f->arm_count; arm++)
		for (int block = 0; block < f->blocks; block++) {
			put_stamps(f, arm, block, arm == 0 || block != 3);
			if (open)
				fixture_result(f, arm, block, "open");
		}
	fixture_put(f, "stamps_torn_pdp_b0.json", "{");
	if (!report_write(f->path, error))
		fail_msg("%s", error);
	return fixture_read(f, "REPORT.md");
}

static void a_lone_requests_parts_are_shown(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char *text = stamped_report(&f, false);
	has(text, "\n## A lone request's way\n");
	has(text, "| calls to services' handlers ");
	has(text, " 4.0 (2.0) | "); /* part 3 of the first arm, and of the second's valid files */
	has(text, "**105.0 (160.0)**");
	has(text, "unified-sqlite: 2,500 requests taken apart");
	has(text, "micro-mongodb: 2,000 requests taken apart");
	has(text, "5 more with stamps missing or out of order");
	has(text,
	    "Without stamps the median request took 149.5 \u00b5s: asking for them cost 10.5");
	has_not(text, "1000000.0");
	has_not(text, "what a queue explains"); /* there is no open load */
	free(text);
	fixture_close(&f);
}

/* The cell of what a forecast leaves over of a measured percentile. */
static void left_over(double measured_us, double forecast_us, char out[300])
{
	double left = measured_us - forecast_us;
	snprintf(out, 300, "**%s (%s)**", text_gap_us(left).s, text_percent(left / measured_us).s);
}

static void a_queues_forecast_stands_beside_what_was_measured(void **state)
{
	(void)state;
	double alone[QUANTILES];
	char expected[300];
	struct fixture f = fixture_two_arms();
	char *text = stamped_report(&f, true);
	for (int i = 0; i < QUANTILES; i++)
		alone[i] = quantile_us(i);
	for (int arm = 0; arm < 2; arm++) {
		double factor = fixture_factor(arm, 2); /* the median block's */
		const struct queue_server server = {.service_us =
							    1e6 * factor / f.arms[arm].capacity,
						    .variation = 0.04,
						    .alone_us = alone,
						    .alone_count = QUANTILES};
		struct queue_forecast forecast = queue_forecast(&server, 20, 1);
		double p50 = f.arms[arm].p50 * factor;
		has(text, text_ms(forecast.p95_us).s);
		left_over(p50, forecast.p50_us, expected);
		has(text, expected);
		left_over(3 * p50, forecast.p95_us, expected);
		has(text, expected);
	}
	has(text, "M/G/1");
	free(text);
	fixture_close(&f);
}

static void without_stamps_nothing_is_said(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char *text = report_of(&f, "REPORT.md");
	has_not(text, "lone request");
	has_not(text, "M/G/1");
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lone_requests_parts_are_shown),
		cmocka_unit_test(a_queues_forecast_stands_beside_what_was_measured),
		cmocka_unit_test(without_stamps_nothing_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
