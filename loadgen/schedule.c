#include "loadgen/schedule.h"

#include "common/base/clock.h"

#include <math.h>
#include <string.h>

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

const char *const schedule_jitter_names[] = {"none", "uniform", "exponential", NULL};
static const think_draw draws[] = {draw_none, draw_uniform, draw_exponential};

think_draw schedule_jitter(const char *name)
{
	for (size_t i = 0; schedule_jitter_names[i]; i++)
		if (strcmp(name, schedule_jitter_names[i]) == 0)
			return draws[i];
	return NULL;
}

int64_t closed_schedule_first(const struct closed_schedule *s, size_t vu, size_t vus)
{
	if (!s->stagger)
		return s->start;
	return s->start + (int64_t)((double)s->think * (double)vu / (double)vus);
}

int64_t closed_schedule_next(const struct closed_schedule *s, int64_t ended, bool failed,
			     struct rng *rng)
{
	const int64_t think = s->think > 0 ? s->draw(s->think, rng) : 0;
	return ended + (failed && think < SCHEDULE_BACKOFF_NS ? SCHEDULE_BACKOFF_NS : think);
}

/* From the arrival's number, not from the previous arrival: rounding must not add up. */
static int64_t due_of(const struct open_schedule *s, uint64_t taken)
{
	const double i = (double)(s->worker + taken * s->stride);
	return s->start + (int64_t)llround(i * (double)NS_PER_S / s->rate);
}

int64_t open_schedule_next(const struct open_schedule *s)
{
	return due_of(s, s->taken);
}

void open_schedule_take(struct open_schedule *s)
{
	s->taken++;
}
