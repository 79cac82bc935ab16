#include "runner/run_progress.h"

#include "common/base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR_WIDTH = 20, REDRAW_MS = 200 };

static double seconds_since(int64_t ns)
{
	return (double)(clock_now_ns() - ns) / 1e9;
}

/* "12:34" */
static void time_text(double seconds, char out[16])
{
	unsigned whole = seconds > 0 && seconds < 1e6 ? (unsigned)(seconds + 0.5) : 0;
	(void)snprintf(out, 16, "%02u:%02u", whole / 60, whole % 60);
}

/* Expected time that is done, the running step's part included but never all of it. */
static double done_now(const struct run_progress *progress)
{
	double in_step = seconds_since(progress->step_started_ns);
	return progress->done_s + (in_step < progress->step_s ? in_step : progress->step_s);
}

static void times(const struct run_progress *progress, char elapsed[16], char left[16])
{
	time_text(seconds_since(progress->started_ns), elapsed);
	time_text(progress->total_s - done_now(progress), left);
}

static void draw(struct run_progress *progress)
{
	char elapsed[16], left[16], bar[BAR_WIDTH + 1];
	double share = progress->total_s > 0 ? done_now(progress) / progress->total_s : 0;
	int filled = share < 0 ? 0 : share > 1 ? BAR_WIDTH : (int)(share * BAR_WIDTH);
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', (size_t)filled);
	bar[BAR_WIDTH] = '\0';
	times(progress, elapsed, left);
	(void)fprintf(stderr, "\r[%s] %3.0f %% %s, %s left  %s  %s\x1b[K", bar,
		      share > 1 ? 100 : share * 100, elapsed, left, progress->step, progress->last);
	progress->drawn_ns = clock_now_ns();
}

void run_progress_start(struct run_progress *progress, double total_s)
{
	int64_t now = clock_now_ns();
	*progress = (struct run_progress){.terminal = isatty(STDERR_FILENO) == 1,
					  .total_s = total_s,
					  .started_ns = now,
					  .step_started_ns = now};
}

void run_progress_step(struct run_progress *progress, double expected_s, const char *format, ...)
{
	va_list args;
	progress->done_s += progress->step_s;
	progress->step_s = expected_s;
	progress->step_started_ns = clock_now_ns();
	va_start(args, format);
	(void)vsnprintf(progress->step, sizeof(progress->step), format, args);
	va_end(args);
	if (progress->terminal)
		draw(progress);
}

void run_progress_figures(struct run_progress *progress, double rps, double p95_us, uint64_t errors)
{
	char elapsed[16], left[16], p95[32] = "-";
	if (p95_us >= 0)
		(void)snprintf(p95, sizeof(p95), "%.2f ms", p95_us / 1e3);
	(void)snprintf(progress->last, sizeof(progress->last), "%.0f req/s, p95 %s, %llu errors",
		       rps, p95, (unsigned long long)errors);
	if (progress->terminal) {
		draw(progress);
		return;
	}
	times(progress, elapsed, left);
	(void)fprintf(stderr, "duet: %s: %s (%s, %s left)\n", progress->step, progress->last,
		      elapsed, left);
}

void run_progress_tick(struct run_progress *progress)
{
	if (progress->terminal && clock_now_ns() - progress->drawn_ns > REDRAW_MS * NS_PER_MS)
		draw(progress);
}

void run_progress_skip(struct run_progress *progress, double expected_s)
{
	progress->done_s += expected_s;
}

void run_progress_extend(struct run_progress *progress, double expected_s)
{
	progress->total_s += expected_s;
}

void run_progress_finish(struct run_progress *progress)
{
	if (progress->terminal && progress->drawn_ns)
		(void)fputc('\n', stderr);
	progress->drawn_ns = 0;
}
