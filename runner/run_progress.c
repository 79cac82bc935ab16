#include "runner/run_progress.h"

#include "common/base/clock.h"

#include <stdarg.h>
#include <stdio.h>

enum { REDRAW_MS = 200 };

static double seconds_since(int64_t ns)
{
	return (double)(clock_now_ns() - ns) / 1e9;
}

/* Expected time that is done, the running step's part included but never all of it. */
static double done_now(const struct run_progress *progress)
{
	double in_step = seconds_since(progress->step_started_ns);
	return progress->done_s + (in_step < progress->step_s ? in_step : progress->step_s);
}

static void times(const struct run_progress *progress, char elapsed[TERM_VIEW_WORD],
		  char left[TERM_VIEW_WORD])
{
	term_view_time(seconds_since(progress->started_ns), elapsed);
	term_view_time(progress->total_s - done_now(progress), left);
}

/* The step first: what a narrow terminal leaves out is the end of the line. */
static void write_line(const struct run_progress *progress)
{
	char elapsed[TERM_VIEW_WORD], left[TERM_VIEW_WORD], bar[TERM_VIEW_BAR + 1];
	const double share = progress->total_s > 0 ? done_now(progress) / progress->total_s : 0;
	struct term_line line = {.view = &progress->view};
	times(progress, elapsed, left);
	term_view_bar(share, bar);
	if (progress->view.live)
		term_line_add(&line, "[%s] ", bar);
	term_line_add(&line, "%3.0f %% %s, %s left", share > 1 ? 100 : share * 100, elapsed, left);
	term_line_add(&line, "  %s", progress->step);
	if (progress->rps >= 0)
		term_line_add_figures(&line, progress->rps, progress->p50_us, progress->p95_us,
				      progress->errors);
	if (progress->view.live)
		term_line_add_sparks(&line, &progress->sparks);
	term_line_show(&line, "duet");
}

static void draw(struct run_progress *progress)
{
	write_line(progress);
	progress->drawn_ns = clock_now_ns();
}

void run_progress_start(struct run_progress *progress, double total_s, bool quiet)
{
	int64_t now = clock_now_ns();
	*progress = (struct run_progress){.quiet = quiet,
					  .view = term_view_of_stderr(),
					  .rps = -1,
					  .total_s = total_s,
					  .started_ns = now,
					  .step_started_ns = now};
	if (quiet)
		progress->view.live = false;
}

void run_progress_step(struct run_progress *progress, double expected_s, const char *format, ...)
{
	va_list args;
	progress->done_s += progress->step_s;
	progress->step_s = expected_s;
	progress->rps = -1; /* the figures beside a step are its own */
	progress->step_started_ns = clock_now_ns();
	va_start(args, format);
	(void)vsnprintf(progress->step, sizeof(progress->step), format, args);
	va_end(args);
	if (progress->view.live)
		draw(progress);
}

static void keep(struct run_progress *progress, double rps, double p50_us, double p95_us,
		 uint64_t errors)
{
	progress->rps = rps;
	progress->p50_us = p50_us;
	progress->p95_us = p95_us;
	progress->errors = errors;
}

void run_progress_live(struct run_progress *progress, double rps, double p50_us, double p95_us,
		       double spark_us, uint64_t errors)
{
	keep(progress, rps, p50_us, p95_us, errors);
	term_sparks_add(&progress->sparks, spark_us);
}

void run_progress_figures(struct run_progress *progress, double rps, double p50_us, double p95_us,
			  uint64_t errors)
{
	keep(progress, rps, p50_us, p95_us, errors);
	if (!progress->quiet)
		draw(progress);
	progress->sparks.count = 0; /* the next load begins its own */
}

void run_progress_tick(struct run_progress *progress)
{
	if (progress->view.live && clock_now_ns() - progress->drawn_ns > REDRAW_MS * NS_PER_MS)
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
	if (progress->view.live && progress->drawn_ns)
		(void)fputc('\n', stderr);
	progress->drawn_ns = 0;
}
