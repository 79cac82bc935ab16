#include "runner/queue_model.h"

#include <math.h>

enum { HALVINGS = 200 };

static double mean_alone(const struct queue_server *server)
{
	double total = 0;
	for (size_t i = 0; i < server->alone_count; i++)
		total += server->alone_us[i];
	return total / (double)server->alone_count;
}

/* Mean wait at a rate (requests a us) below 1 / E[S]. */
static double mean_wait(const struct queue_server *server, double rate)
{
	double utilisation = rate * server->service_us;
	return utilisation * server->service_us * (1 + server->variation) / (2 * (1 - utilisation));
}

/* The rate, requests a us, at which users come back as fast as they are answered. The time of a
 * round grows with the rate, so that there is one. */
static double closed_rate(const struct queue_server *server, double users, double think_us)
{
	double low = 0, high = 1 / server->service_us, alone = mean_alone(server);
	for (int i = 0; i < HALVINGS; i++) {
		double rate = low + (high - low) / 2;
		if (rate * (think_us + alone + mean_wait(server, rate)) < users)
			low = rate;
		else
			high = rate;
	}
	return low;
}

/* P(latency <= t). */
static double answered_by(const struct queue_server *server, double utilisation, double wait,
			  double t)
{
	double total = 0;
	for (size_t i = 0; i < server->alone_count; i++) {
		double left = t - server->alone_us[i];
		if (left >= 0)
			total += 1 - utilisation * exp(-utilisation * left / wait);
	}
	return total / (double)server->alone_count;
}

static double percentile(const struct queue_server *server, double utilisation, double wait,
			 double share)
{
	double low = 0, high = wait;
	for (size_t i = 0; i < server->alone_count; i++)
		high = fmax(high, server->alone_us[i]);
	while (answered_by(server, utilisation, wait, high) < share)
		high *= 2;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = low + (high - low) / 2;
		if (answered_by(server, utilisation, wait, middle) < share)
			low = middle;
		else
			high = middle;
	}
	return high;
}

struct queue_forecast queue_forecast(const struct queue_server *server, double users,
				     double think_s)
{
	double rate = closed_rate(server, users, think_s * 1e6);
	double utilisation = rate * server->service_us, wait = mean_wait(server, rate);
	return (struct queue_forecast){.rate_rps = rate * 1e6,
				       .utilisation = utilisation,
				       .wait_us = wait,
				       .p50_us = percentile(server, utilisation, wait, 0.5),
				       .p95_us = percentile(server, utilisation, wait, 0.95)};
}
