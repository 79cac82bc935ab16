/* slo: what a service promises of its answers, "p95<50ms,errors<1%", and whether one measurement
 * keeps it.
 *
 * Goals, comma-separated, each at most once, all to be met: pN or pN.N (a percentile of response
 * time; failures rank last), mean, max (of successes), errors (share of the requests due that got
 * no whole, right answer; degraded ones count). The sign is < or <=; a time has a unit (us, ms, s),
 * a share is in %.
 */
#ifndef DUET_RUNNER_SLO_H
#define DUET_RUNNER_SLO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { SLO_GOALS_MAX = 8, SLO_TEXT_MAX = 96, SLO_ERROR_MAX = 256 };

enum slo_value { SLO_PERCENTILE, SLO_MEAN, SLO_MAX, SLO_ERRORS };

struct slo_goal {
	enum slo_value value;
	double percentile; /* SLO_PERCENTILE, above 0, below 100 */
	bool or_equal;
	double limit;  /* us, or a share */
	char text[24]; /* as written, spaces left out */
};

struct slo {
	char text[SLO_TEXT_MAX];
	struct slo_goal goals[SLO_GOALS_MAX];
	size_t count;
};

/* Reads an SLO. False with one line in error[SLO_ERROR_MAX] that quotes the goal and shows what is
 * allowed. */
bool slo_parse(const char *text, struct slo *slo, char *error);

/* UNTOLD: no goal is broken, but one has fewer than 10 requests beyond its percentile. */
enum slo_verdict { SLO_HELD, SLO_BROKEN, SLO_UNTOLD };
extern const char *const slo_verdict_names[]; /* "held", "broken", "untold" */

/* Judges a result (results/schema.json). *missed is the first goal that was not met, NULL when all
 * were. */
enum slo_verdict slo_judge(const struct slo *slo, const json_t *result,
			   const struct slo_goal **missed);

/* Requests that one measurement must have so that no goal is untold, with a margin. */
double slo_requests_needed(const struct slo *slo);

/* Reads "5%" or "0.5 %" into 0.05 or 0.005: above 0, at most 100 %. */
bool slo_share_parse(const char *text, double *share);

#endif
