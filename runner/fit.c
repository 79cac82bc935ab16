#include "runner/fit.h"

#include <math.h>

/* What is left of a column of length 1 when it is a sum of the others: rounding alone. */
#define RANK_TOLERANCE 1e-9

/* The scaled system with its right side as one more column. */
struct equations {
	double a[FIT_ROWS_MAX][FIT_COLUMNS_MAX + 1];
	double length[FIT_COLUMNS_MAX]; /* of the columns, before they were divided by it */
	size_t rows, columns;
};

/* All rows but one; a `left_out` of data->rows leaves out none. */
static bool system_set(struct equations *s, const struct fit_rows *data, size_t left_out)
{
	*s = (struct equations){.columns = data->columns};
	for (size_t i = 0; i < data->rows; i++) {
		if (!(data->y[i] > 0) || !isfinite(data->y[i]))
			return false;
		if (i == left_out)
			continue;
		for (size_t k = 0; k < s->columns; k++)
			s->a[s->rows][k] = data->x[i][k] / data->y[i];
		s->a[s->rows++][s->columns] = 1;
	}
	for (size_t k = 0; k < s->columns; k++) {
		double squares = 0;
		for (size_t i = 0; i < s->rows; i++)
			squares += s->a[i][k] * s->a[i][k];
		s->length[k] = sqrt(squares);
		if (!(s->length[k] > 0) || !isfinite(s->length[k]))
			return false;
		for (size_t i = 0; i < s->rows; i++)
			s->a[i][k] /= s->length[k];
	}
	return s->rows >= s->columns;
}

/* Reflects column k onto its first element from row k on, and the columns behind it likewise. */
static bool reflect(struct equations *s, size_t k)
{
	double v[FIT_ROWS_MAX], squares = 0;
	if (k >= s->rows)
		return false;
	for (size_t i = k; i < s->rows; i++) {
		v[i] = s->a[i][k];
		squares += v[i] * v[i];
	}
	double length = sqrt(squares);
	if (length < RANK_TOLERANCE)
		return false;
	double end = v[k] > 0 ? -length : length;
	squares -= v[k] * v[k];
	v[k] -= end;
	squares += v[k] * v[k];
	for (size_t j = k + 1; j <= s->columns; j++) {
		double along = 0;
		for (size_t i = k; i < s->rows; i++)
			along += v[i] * s->a[i][j];
		for (size_t i = k; i < s->rows; i++)
			s->a[i][j] -= 2 * along / squares * v[i];
	}
	s->a[k][k] = end;
	return true;
}

static bool system_solve(struct equations *s, double *b)
{
	for (size_t k = 0; k < s->columns; k++)
		if (!reflect(s, k))
			return false;
	for (size_t k = s->columns; k-- > 0;) {
		double rest = s->a[k][s->columns];
		for (size_t j = k + 1; j < s->columns; j++)
			rest -= s->a[k][j] * b[j];
		b[k] = rest / s->a[k][k];
	}
	for (size_t k = 0; k < s->columns; k++)
		b[k] /= s->length[k];
	return true;
}

bool fit_solve(const struct fit_rows *data, double b[FIT_COLUMNS_MAX])
{
	struct equations s;
	return system_set(&s, data, data->rows) && system_solve(&s, b);
}

double fit_value(const double *x, const double *b, size_t columns)
{
	double sum = 0;
	for (size_t k = 0; k < columns; k++)
		sum += x[k] * b[k];
	return sum;
}

void fit_leave_out(const struct fit_rows *data, double errors[FIT_ROWS_MAX])
{
	for (size_t i = 0; i < data->rows; i++) {
		struct equations s;
		double b[FIT_COLUMNS_MAX] = {0};
		bool solved = system_set(&s, data, i) && system_solve(&s, b);
		errors[i] = solved ? fit_value(data->x[i], b, data->columns) / data->y[i] - 1 : NAN;
	}
}
