/*
 * fit: linear least squares on a handful of rows and columns, and what it misses by on rows that it
 * has not seen.
 *
 * What is minimised is the sum of squared *relative* errors, ((x b - y) / y)^2: where y spans
 * several powers of ten, plain squares would fit the largest rows alone. Each row is divided by its
 * y, each column by its length, then solved by Householder's QR (Golub and Van Loan, Matrix
 * Computations, 5.3.2), which does not square the condition as the normal equations do. Checked
 * against numpy by tests/stats/check.py. Nothing here allocates.
 */
#ifndef DUET_RUNNER_FIT_H
#define DUET_RUNNER_FIT_H

#include <stdbool.h>
#include <stddef.h>

enum { FIT_ROWS_MAX = 64, FIT_COLUMNS_MAX = 4 };

struct fit_rows {
	double x[FIT_ROWS_MAX][FIT_COLUMNS_MAX];
	double y[FIT_ROWS_MAX]; /* above 0 */
	size_t rows, columns;
};

/* The coefficients b. False when there are fewer rows than columns, when a column follows from the
 * others, or when a y is not above 0. */
bool fit_solve(const struct fit_rows *data, double b[FIT_COLUMNS_MAX]);

/* x b. */
double fit_value(const double *x, const double *b, size_t columns);

/* By row: the relative error (estimate / y - 1) of the estimate for it by the fit to all other
 * rows; NaN where those do not give a fit. */
void fit_leave_out(const struct fit_rows *data, double errors[FIT_ROWS_MAX]);

#endif
