#include "loadgen/schedule.h"

#include "common/base/clock.h"

#include <math.h>
#include <string.h>

uint64_t schedule_turn_seed(uint64_t seed, uint64_t turn)
{
	struct rng rng;
	if (turn == 0)
		return seed;
	rng_seed_stream(&rng, seed, UINT64_MAX - 1 - turn);
	return rng_next(&rng);
}

static int64_t draw_none(int64_t think, struct rng *rng)
{
	(void)rng;
	return think;
}

static int64_t draw_uniform(int64_t think, struct rng *rng)
{
	return (int64_t)((double)think * (0.5 + rng_unit(rng)));
}

static int64_t draw_exponential(int64_t think, struct rng *rng)
{
	return (int64_t)((double)think * rng_exponential(rng));
}

static double residual_none(double q)
{
	return q;
}

/* The density is 1 up to 0.5, then falls to 0 at 1.5 in a line. */
static double residual_uniform(double q)
{
	return q < 0.5 ? q : 1.5 - sqrt(2 * (1 - q));
}

/* Without memory. */
static double residual_exponential(double q)
{
	return -log1p(-q);
}

const char *const schedule_jitter_names[] = {"none", "uniform", "exponential", NULL};
static const struct think_jitter jitters[] = {
	{draw_none, residual_none},
	{draw_uniform, residual_uniform},
	{draw_exponential, residual_exponential},
};

const struct think_jitter *schedule_jitter(const char *name)
{
	for (size_t i = 0; schedule_jitter_names[i]; i++)
		if (strcmp(name, schedule_jitter_names[i]) == 0)
			return &jitters[i];
	return NULL;
}

int64_t closed_schedule_first(const struct closed_schedule *s, size_t vu, size_t vus)
{
	if (!s->stagger)
		return s->start;
	return s->start +
	       (int64_t)((double)s->think * s->jitter->residual((double)vu / (double)vus));
}

int64_t closed_schedule_next(const struct closed_schedule *s, int64_t ended, bool failed,
			     struct rng *rng)
{
	const int64_t think = s->think > 0 ? s->jitter->draw(s->think, rng) : 0;
	return ended + (failed && think < SCHEDULE_BACKOFF_NS ? SCHEDULE_BACKOFF_NS : think);
}

int64_t paced_schedule_next(const struct closed_schedule *s, int64_t due, struct rng *rng)
{
	const int64_t gap = s->jitter->draw(s->think, rng);
	return due + (gap > 0 ? gap : 1); /* time passes, or one instant would hold a whole load */
}

/* From the arrival's number, not from the previous arrival: rounding must not add up. */
static double uniform_time(struct open_schedule *s, uint64_t number)
{
	return (double)number * (double)NS_PER_S / s->rate;
}

static double poisson_time(struct open_schedule *s, uint64_t number)
{
	for (; s->drawn <= number; s->drawn++)
		s->offset += rng_exponential(&s->rng) * (double)NS_PER_S / s->rate;
	return s->offset;
}

const char *const schedule_arrival_names[] = {"uniform", "poisson", NULL};
static const arrival_time arrival_times[] = {uniform_time, poisson_time};

void open_schedule_init(struct open_schedule *s, const char *arrivals, double rate, uint64_t seed,
			uint64_t worker, uint64_t workers)
{
	*s = (struct open_schedule){.rate = rate, .stride = workers, .number = worker};
	for (size_t i = 0; schedule_arrival_names[i]; i++)
		if (strcmp(arrivals, schedule_arrival_names[i]) == 0)
			s->time_of = arrival_times[i];
	/* The last stream of all: VUs and workers count theirs from 0. */
	rng_seed_stream(&s->rng, seed, UINT64_MAX);
	if (s->time_of)
		s->next = s->time_of(s, s->number);
}

int64_t open_schedule_next(const struct open_schedule *s)
{
	return s->start + (int64_t)llround(s->next);
}

void open_schedule_take(struct open_schedule *s)
{
	s->number += s->stride;
	s->next = s->time_of(s, s->number);
}
