#include "loadgen/live.h"

#include <assert.h>
#include <math.h>

enum { STEP_BITS = 4, LOWEST_BITS = 10 }; /* from 1,024 ns: what is below counts there */

static_assert(LIVE_STEPS == 1 << STEP_BITS, "a step is the bits behind the highest");

static unsigned cell_of(int64_t ns)
{
	const uint64_t least = UINT64_C(1) << LOWEST_BITS;
	const uint64_t value = ns < (int64_t)least ? least : (uint64_t)ns;
	const unsigned octave = 63 - (unsigned)__builtin_clzll(value);
	const unsigned step = (unsigned)(value >> (octave - STEP_BITS)) & (LIVE_STEPS - 1);
	const unsigned cell = (octave - LOWEST_BITS) * LIVE_STEPS + step;
	return cell < LIVE_CELLS ? cell : LIVE_CELLS - 1;
}

static double middle_of(unsigned cell)
{
	const double step = (double)(cell % LIVE_STEPS) + 0.5;
	return ldexp(1 + step / LIVE_STEPS, LOWEST_BITS + (int)(cell / LIVE_STEPS));
}

void live_record(struct live *live, bool failed, int64_t ns)
{
	_Atomic uint64_t *counter = failed ? &live->failures : &live->cells[cell_of(ns)];
	const uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
	atomic_store_explicit(counter, now + 1, memory_order_relaxed);
}

void live_add(struct live_view *view, const struct live *live)
{
	view->failures += atomic_load_explicit(&live->failures, memory_order_relaxed);
	for (unsigned i = 0; i < LIVE_CELLS; i++) {
		const uint64_t n = atomic_load_explicit(&live->cells[i], memory_order_relaxed);
		view->cells[i] += n;
		view->answers += n;
	}
}

struct live_view live_since(const struct live_view *now, const struct live_view *before)
{
	struct live_view since = *now;
	since.answers -= before->answers;
	since.failures -= before->failures;
	for (unsigned i = 0; i < LIVE_CELLS; i++)
		since.cells[i] -= before->cells[i];
	return since;
}

double live_percentile(const struct live_view *view, double percentile)
{
	const double rank = percentile / 100 * (double)view->answers;
	uint64_t seen = 0;
	for (unsigned i = 0; i < LIVE_CELLS; i++) {
		seen += view->cells[i];
		if (view->cells[i] && (double)seen >= rank)
			return middle_of(i);
	}
	return -1;
}
