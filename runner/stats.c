/*
 * Student's t by the regularised incomplete beta function: with x = df / (df + t^2), the tail
 * beyond |t| on both sides is I_x(df/2, 1/2) (Abramowitz and Stegun 26.7.1 and 26.5.27). I_x comes
 * from the continued fraction DLMF 8.17.22, evaluated by Lentz's method, on the side of the mean
 * where it converges fast. The quantile is found by bisection to the last bit: it is asked for a
 * few hundred times a report, so that certainty is worth more than speed.
 */
#include "runner/stats.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* The fraction of DLMF 8.17.22 for I_x(a, b), without its factor in front. */
static double beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1.0;
	double d = 1.0 - (a + b) * x / (a + 1.0);
	d = 1.0 / (fabs(d) < tiny ? tiny : d);
	double h = d;
	for (int m = 1; m <= 10000; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step = 1.0;
		const double terms[2] = {even, odd};
		for (int i = 0; i < 2; i++) {
			d = 1.0 + terms[i] * d;
			d = 1.0 / (fabs(d) < tiny ? tiny : d);
			c = 1.0 + terms[i] / c;
			c = fabs(c) < tiny ? tiny : c;
			step = c * d;
			h *= step;
		}
		if (fabs(step - 1.0) < 4 * DBL_EPSILON)
			break;
	}
	return h;
}

/* I_x(a, b), with y = 1 - x given apart so that neither end loses digits. */
static double beta_regularised(double a, double b, double x, double y)
{
	if (x <= 0)
		return 0;
	if (y <= 0)
		return 1;
	int sign;
	double front = exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) +
			   a * log(x) + b * log(y));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, y) / b;
}

/* P(|T| > t), and P(|T| <= t): each computed directly, so that the smaller keeps its digits. */
static double t_two_tails(double t, double df)
{
	double square = t * t;
	return beta_regularised(df / 2, 0.5, df / (df + square), square / (df + square));
}

static double t_centre(double t, double df)
{
	double square = t * t;
	return beta_regularised(0.5, df / 2, square / (df + square), df / (df + square));
}

double stats_t_cdf(double t, double df)
{
	if (!(df > 0) || isnan(t))
		return NAN;
	double upper = fabs(t) < 0.5 ? 0.5 - t_centre(t, df) / 2 : t_two_tails(t, df) / 2;
	return t > 0 ? 1 - upper : upper;
}

double stats_t_quantile(double p, double df)
{
	if (!(p > 0 && p < 1) || !(df > 0))
		return NAN;
	if (p < 0.5)
		return -stats_t_quantile(1 - p, df);
	if (p == 0.5)
		return 0;
	bool near = p < 0.75;
	double wanted = near ? 2 * (p - 0.5) : 2 * (1 - p);
	double low = 0;
	double high = 1;
	for (int i = 0;
	     i < 1000 && (near ? t_centre(high, df) < wanted : t_two_tails(high, df) > wanted); i++)
		high *= 2;
	for (int i = 0; i < 200; i++) {
		double middle = low + (high - low) / 2;
		if (middle <= low || middle >= high)
			break;
		bool below =
			near ? t_centre(middle, df) < wanted : t_two_tails(middle, df) > wanted;
		if (below)
			low = middle;
		else
			high = middle;
	}
	return low + (high - low) / 2;
}

static double mean_of(const double *values, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	double mean = sum / (double)n;
	double rest = 0;
	for (size_t i = 0; i < n; i++)
		rest += values[i] - mean;
	return mean + rest / (double)n;
}

/* Sample variance (n - 1 below), two-pass. */
static double variance_of(const double *values, size_t n, double mean)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sum / (double)(n - 1);
}

static struct interval interval_around(double estimate, double error, double df, size_t n,
				       double confidence)
{
	double reach = stats_t_quantile(0.5 + confidence / 2, df) * error;
	double p = error > 0 ? t_two_tails(estimate / error, df) : estimate == 0 ? 1 : 0;
	return (struct interval){estimate, estimate - reach, estimate + reach, df, n, p};
}

struct interval stats_no_interval(size_t n)
{
	return (struct interval){NAN, NAN, NAN, NAN, n, NAN};
}

/* An estimate from one observation. */
static struct interval lone(double estimate, size_t n)
{
	struct interval out = stats_no_interval(n);
	out.estimate = estimate;
	return out;
}

struct interval stats_mean_interval(const double *values, size_t n, double confidence)
{
	if (n == 0)
		return stats_no_interval(0);
	double mean = mean_of(values, n);
	if (n == 1)
		return lone(mean, 1);
	double error = sqrt(variance_of(values, n, mean) / (double)n);
	return interval_around(mean, error, (double)(n - 1), n, confidence);
}

struct interval stats_exp(struct interval log_scale)
{
	log_scale.estimate = exp(log_scale.estimate);
	log_scale.low = exp(log_scale.low);
	log_scale.high = exp(log_scale.high);
	return log_scale;
}

/* Welford's running mean and sum of squares: needs no room for the logarithms. */
struct moments {
	size_t n;
	double mean, squares;
};

static void moments_add(struct moments *m, double value)
{
	m->n++;
	double delta = value - m->mean;
	m->mean += delta / (double)m->n;
	m->squares += delta * (value - m->mean);
}

static bool all_above_zero(const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(values[i] > 0))
			return false;
	return true;
}

struct interval stats_paired_ratio(const double *a, const double *b, size_t n, double confidence)
{
	if (n == 0 || !all_above_zero(a, n) || !all_above_zero(b, n))
		return stats_no_interval(n);
	struct moments m = {0};
	for (size_t i = 0; i < n; i++)
		moments_add(&m, log(b[i] / a[i]));
	if (n == 1)
		return lone(exp(m.mean), 1);
	double error = sqrt(m.squares / (double)(n - 1) / (double)n);
	return stats_exp(interval_around(m.mean, error, (double)(n - 1), n, confidence));
}

struct interval stats_welch_ratio(const double *a, size_t na, const double *b, size_t nb,
				  double confidence)
{
	size_t n = na < nb ? na : nb;
	if (n == 0 || !all_above_zero(a, na) || !all_above_zero(b, nb))
		return stats_no_interval(n);
	struct moments left = {0}, right = {0};
	for (size_t i = 0; i < na; i++)
		moments_add(&left, log(a[i]));
	for (size_t i = 0; i < nb; i++)
		moments_add(&right, log(b[i]));
	double difference = right.mean - left.mean;
	if (n < 2)
		return lone(exp(difference), n);
	double va = left.squares / (double)(na - 1) / (double)na;
	double vb = right.squares / (double)(nb - 1) / (double)nb;
	double sum = va + vb;
	/* Welch-Satterthwaite; two constant samples have no spread and need no t. */
	double df = sum > 0 ? sum * sum / (va * va / (double)(na - 1) + vb * vb / (double)(nb - 1))
			    : (double)(na + nb - 2);
	return stats_exp(interval_around(difference, sqrt(sum), df, n, confidence));
}

struct interval stats_log_trend(const double *x, const double *ratios, size_t n, double confidence)
{
	if (n < 3 || !all_above_zero(ratios, n))
		return stats_no_interval(n);
	double x_mean = mean_of(x, n), y_mean = 0, xx = 0, xy = 0, rest = 0;
	for (size_t i = 0; i < n; i++)
		y_mean += log(ratios[i]) / (double)n;
	for (size_t i = 0; i < n; i++) {
		xx += (x[i] - x_mean) * (x[i] - x_mean);
		xy += (x[i] - x_mean) * (log(ratios[i]) - y_mean);
	}
	if (!(xx > 0))
		return stats_no_interval(n);
	double slope = xy / xx, df = (double)(n - 2);
	for (size_t i = 0; i < n; i++) {
		double left = log(ratios[i]) - y_mean - slope * (x[i] - x_mean);
		rest += left * left;
	}
	return stats_exp(interval_around(slope, sqrt(rest / df / xx), df, n, confidence));
}

double stats_residual_sd(const double *values, size_t rows, size_t blocks)
{
	double sum = 0;
	if (rows < 2 || blocks < 2)
		return NAN;
	double all = mean_of(values, rows * blocks);
	for (size_t block = 0; block < blocks; block++) {
		double block_mean = 0;
		for (size_t row = 0; row < rows; row++)
			block_mean += values[row * blocks + block] / (double)rows;
		for (size_t row = 0; row < rows; row++) {
			double row_mean = mean_of(values + row * blocks, blocks);
			double left = values[row * blocks + block] - row_mean - block_mean + all;
			sum += left * left;
		}
	}
	double sd = sqrt(sum / (double)((rows - 1) * (blocks - 1)));
	return isfinite(sd) ? sd : NAN;
}

void stats_holm(const double *p, double *adjusted, size_t n)
{
	size_t left = 0;
	double least = 0;
	for (size_t i = 0; i < n; i++) {
		adjusted[i] = NAN;
		left += isnan(p[i]) ? 0 : 1;
	}
	for (; left > 0; left--) {
		size_t at = n;
		for (size_t i = 0; i < n; i++)
			if (isnan(adjusted[i]) && !isnan(p[i]) && (at == n || p[i] < p[at]))
				at = i;
		least = fmax(least, fmin(1, p[at] * (double)left));
		adjusted[at] = least;
	}
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;
	return (left > right) - (left < right);
}

void stats_sort(double *values, size_t n)
{
	if (n)
		qsort(values, n, sizeof(*values), by_value);
}

double stats_median(double *values, size_t n)
{
	if (n == 0)
		return NAN;
	stats_sort(values, n);
	return n % 2 ? values[n / 2] : values[n / 2 - 1] + (values[n / 2] - values[n / 2 - 1]) / 2;
}

double stats_geometric_mean(const double *values, size_t n)
{
	if (n == 0 || !all_above_zero(values, n))
		return NAN;
	struct moments m = {0};
	for (size_t i = 0; i < n; i++)
		moments_add(&m, log(values[i]));
	return exp(m.mean);
}

double stats_min(const double *values, size_t n)
{
	double least = NAN;
	for (size_t i = 0; i < n; i++)
		least = fmin(least, values[i]);
	return least;
}

double stats_max(const double *values, size_t n)
{
	double most = NAN;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, values[i]);
	return most;
}

bool stats_excludes(struct interval interval, double value)
{
	return interval.low > value || interval.high < value;
}
