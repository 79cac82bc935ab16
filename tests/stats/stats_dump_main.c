/*
 * stats-dump: computes statistics for questions read from stdin, for the comparison with SciPy
 * (tests/stats/check.py). One question a line:
 *
 *   t P DF                  -> the t quantile
 *   cdf T DF                -> the t distribution
 *   mean C N x1..xN         -> estimate low high p
 *   paired C N a1..aN b1..bN-> estimate low high p
 *   welch C NA NB a.. b..   -> estimate low high p
 *   trend C N x.. ratios..  -> estimate low high p
 *   holm N p1..pN           -> the adjusted p1..pN
 *   factorial C N u1.. u2.. m1.. m2.. -> of each effect (factorial.h) estimate low high p
 *   residual ROWS N x..     -> the deviation within blocks
 *   median N x1..xN, geomean N x1..xN
 *   queue S C USERS THINK_S N l1..lN -> rate utilisation wait p50 p95 (queue_model.h)
 *   fit R C x11..xRC y1..yR -> the C coefficients of the relative least squares fit; "none"
 *   leave R C x11..xRC y1..yR -> by row the error of the fit without it; nan: there is none
 */
#include "runner/factorial.h"
#include "runner/fit.h"
#include "runner/queue_model.h"
#include "runner/stats.h"

#include <stdio.h>
#include <string.h>

enum { VALUES_MAX = 1000 };

static bool read_values(double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (scanf("%lf", &values[i]) != 1)
			return false;
	return true;
}

static void print_interval(struct interval i)
{
	printf("%.17g %.17g %.17g %.17g\n", i.estimate, i.low, i.high, i.p);
}

static bool answer_factorial(const char *question)
{
	static double values[FACTORIAL_CORNERS][VALUES_MAX];
	const double *const corners[FACTORIAL_CORNERS] = {values[0], values[1], values[2],
							  values[3]};
	struct interval effects[FACTORIAL_EFFECTS];
	double confidence;
	size_t n;
	(void)question;
	if (scanf("%lf %zu", &confidence, &n) != 2 || n > VALUES_MAX)
		return false;
	for (size_t corner = 0; corner < FACTORIAL_CORNERS; corner++)
		if (!read_values(values[corner], n))
			return false;
	factorial_effects(corners, n, confidence, effects);
	for (size_t i = 0; i < FACTORIAL_EFFECTS; i++)
		printf("%.17g %.17g %.17g %.17g%s", effects[i].estimate, effects[i].low,
		       effects[i].high, effects[i].p, i + 1 < FACTORIAL_EFFECTS ? " " : "\n");
	return true;
}

static bool answer_residual(const char *question)
{
	static double values[VALUES_MAX];
	size_t rows, n;
	(void)question;
	if (scanf("%zu %zu", &rows, &n) != 2 || rows * n > VALUES_MAX ||
	    !read_values(values, rows * n))
		return false;
	printf("%.17g\n", stats_residual_sd(values, rows, n));
	return true;
}

static bool answer_two(const char *question)
{
	double x[2];
	if (!read_values(x, 2))
		return false;
	double value =
		strcmp(question, "t") == 0 ? stats_t_quantile(x[0], x[1]) : stats_t_cdf(x[0], x[1]);
	printf("%.17g\n", value);
	return true;
}

static bool answer_one_sample(const char *question)
{
	static double x[VALUES_MAX];
	size_t n;
	if (scanf("%zu", &n) != 1 || n > VALUES_MAX || !read_values(x, n))
		return false;
	printf("%.17g\n",
	       strcmp(question, "median") == 0 ? stats_median(x, n) : stats_geometric_mean(x, n));
	return true;
}

static bool answer_interval(const char *question)
{
	static double a[VALUES_MAX], b[VALUES_MAX];
	double confidence;
	size_t na, nb;
	bool welch = strcmp(question, "welch") == 0;
	bool mean = strcmp(question, "mean") == 0;
	if (scanf("%lf %zu", &confidence, &na) != 2)
		return false;
	nb = mean ? 0 : na;
	if (welch && scanf("%zu", &nb) != 1)
		return false;
	if (na > VALUES_MAX || nb > VALUES_MAX || !read_values(a, na) || !read_values(b, nb))
		return false;
	if (mean)
		print_interval(stats_mean_interval(a, na, confidence));
	else if (welch)
		print_interval(stats_welch_ratio(a, na, b, nb, confidence));
	else if (strcmp(question, "trend") == 0)
		print_interval(stats_log_trend(a, b, na, confidence));
	else
		print_interval(stats_paired_ratio(a, b, na, confidence));
	return true;
}

static bool answer_holm(const char *question)
{
	static double p[VALUES_MAX], adjusted[VALUES_MAX];
	size_t n;
	(void)question;
	if (scanf("%zu", &n) != 1 || n > VALUES_MAX || !read_values(p, n))
		return false;
	stats_holm(p, adjusted, n);
	for (size_t i = 0; i < n; i++)
		printf("%.17g%s", adjusted[i], i + 1 < n ? " " : "\n");
	return true;
}

static bool answer_queue(const char *question)
{
	static double alone[VALUES_MAX];
	double users, think_s;
	struct queue_server server = {.alone_us = alone};
	(void)question;
	if (scanf("%lf %lf %lf %lf %zu", &server.service_us, &server.variation, &users, &think_s,
		  &server.alone_count) != 5 ||
	    server.alone_count > VALUES_MAX || !read_values(alone, server.alone_count))
		return false;
	struct queue_forecast f = queue_forecast(&server, users, think_s);
	printf("%.17g %.17g %.17g %.17g %.17g\n", f.rate_rps, f.utilisation, f.wait_us, f.p50_us,
	       f.p95_us);
	return true;
}

static bool answer_fit(const char *question)
{
	static struct fit_rows data;
	double out[FIT_ROWS_MAX];
	if (scanf("%zu %zu", &data.rows, &data.columns) != 2 || data.rows > FIT_ROWS_MAX ||
	    data.columns > FIT_COLUMNS_MAX)
		return false;
	for (size_t i = 0; i < data.rows; i++)
		if (!read_values(data.x[i], data.columns))
			return false;
	if (!read_values(data.y, data.rows))
		return false;
	bool leave = strcmp(question, "leave") == 0;
	size_t count = leave ? data.rows : data.columns;
	if (leave)
		fit_leave_out(&data, out);
	else if (!fit_solve(&data, out))
		count = 0;
	for (size_t i = 0; i < count; i++)
		printf("%.17g%s", out[i], i + 1 < count ? " " : "");
	printf("%s\n", count ? "" : "none");
	return true;
}

static const struct {
	const char *word;
	bool (*answer)(const char *question);
} questions[] = {
	{"t", answer_two},
	{"cdf", answer_two},
	{"mean", answer_interval},
	{"paired", answer_interval},
	{"welch", answer_interval},
	{"trend", answer_interval},
	{"holm", answer_holm},
	{"median", answer_one_sample},
	{"geomean", answer_one_sample},
	{"factorial", answer_factorial},
	{"residual", answer_residual},
	{"queue", answer_queue},
	{"fit", answer_fit},
	{"leave", answer_fit},
};

int main(void)
{
	char word[16];
	while (scanf("%15s", word) == 1) {
		bool done = false;
		for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]) && !done; i++)
			if (strcmp(word, questions[i].word) == 0)
				done = questions[i].answer(word);
		if (!done) {
			fprintf(stderr, "stats-dump: not a question: '%s'\n", word);
			return 1;
		}
	}
	return 0;
}
