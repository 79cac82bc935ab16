/* queue_model: what latency a queue alone would make of a lone request's: M/G/1, first come, first
 * served.
 *
 * The servers' CPU is one server; a request's work on it is its CPU time, S, with a squared
 * coefficient of variation C; requests come as a Poisson process of rate L; a request takes what a
 * lone one takes plus its wait for the work before it:
 *
 *   utilisation r = L E[S]; mean wait W = r E[S] (1 + C) / (2 (1 - r))
 *     (Pollaczek and Khinchine; Kleinrock, Queueing Systems I, 1975, 5.6)
 *   P(wait > t) = r exp(-r t / W): a wait is needed with probability r (exact), and is then taken
 * for exponential with mean W / r (exact for C = 1, and in heavy traffic: Kingman 1962; Abate,
 *     Choudhury and Whitt, "Exponential approximations for tail probabilities in queues, I",
 *     Operations Research 43, 1995)
 *   N users who think Z: L = N / (Z + A + W(L)), A being a lone request's mean, solved for L; that
 *     their requests come as a Poisson process is the limit of many independent users.
 *
 * Checked against SciPy and against a simulated queue by tests/stats/check.py.
 */
#ifndef DUET_RUNNER_QUEUE_MODEL_H
#define DUET_RUNNER_QUEUE_MODEL_H

#include <stddef.h>

struct queue_server {
	double service_us;      /* E[S], above 0 */
	double variation;       /* C, 0 or more */
	const double *alone_us; /* latencies of lone requests, all equally likely; borrowed */
	size_t alone_count;     /* at least 1 */
};

struct queue_forecast {
	double rate_rps, utilisation;
	double wait_us; /* mean over all requests */
	double p50_us, p95_us;
};

/* For `users` above 0 who think `think_s`, 0 or more. */
struct queue_forecast queue_forecast(const struct queue_server *server, double users,
				     double think_s);

#endif
