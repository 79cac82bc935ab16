#include "loadgen/progress.h"

#include "common/base/clock.h"

#include <stdio.h>

void load_progress_init(struct load_progress *progress, bool enabled)
{
	*progress = (struct load_progress){.enabled = enabled, .view = term_view_of_stderr()};
}

int64_t load_progress_period(const struct load_progress *progress)
{
	return progress->view.live ? NS_PER_S / 5 : 5 * NS_PER_S;
}

void load_progress_begin_window(struct load_progress *progress, const struct live_view *now)
{
	progress->window = live_since(now, &progress->counted);
}

void load_progress_end_window(struct load_progress *progress, const struct live_view *now)
{
	progress->counted = live_since(now, &progress->window);
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

static double percentile_us(const struct live_view *view, double percentile)
{
	return live_percentile(view, percentile) / (double)NS_PER_US;
}

void load_progress_look(struct load_progress *p, int64_t at, const struct live_view *now)
{
	const struct live_view so_far = live_since(now, &p->window);
	const uint64_t requests = now->answers + now->failures;
	const int64_t before = p->last ? p->last : p->start;
	struct load_figures *f = &p->figures;
	if (at > before)
		f->rps = (double)(requests - f->requests) / seconds(at - before);
	f->requests = requests;
	f->failures = now->failures;
	f->p50_us = percentile_us(&so_far, 50);
	f->p95_us = percentile_us(&so_far, 95);
	p->last = at;
	if (at - (p->sparked ? p->sparked : p->start) < NS_PER_S)
		return;
	const struct live_view second = live_since(now, &p->second);
	f->spark_us = percentile_us(&second, 95);
	term_sparks_add(&p->sparks, f->spark_us);
	p->second = *now;
	p->sparked = at;
}

void load_progress_show(const struct load_progress *p, uint64_t total)
{
	char bar[TERM_VIEW_BAR + 1], elapsed[TERM_VIEW_WORD], left[TERM_VIEW_WORD];
	const struct load_figures *f = &p->figures;
	struct term_line line = {.view = &p->view};
	const double share = total ? (double)f->requests / (double)total
				   : (double)(p->last - p->start) / (double)(p->end - p->start);
	term_view_bar(share, bar);
	term_view_time(seconds(p->last - p->start), elapsed);
	term_view_time(seconds(p->end - p->last), left);
	if (p->view.live)
		term_line_add(&line, "[%s] ", bar);
	term_line_add(&line, "%3.0f %% %s", share > 1 ? 100 : share * 100, elapsed);
	if (!total)
		term_line_add(&line, ", %s left", left);
	term_line_add_figures(&line, f->rps, f->p50_us, f->p95_us, f->failures);
	if (p->view.live)
		term_line_add_sparks(&line, &p->sparks);
	term_line_show(&line, "loadgen");
}

void load_progress_end(const struct load_progress *progress)
{
	if (progress->enabled && progress->view.live)
		fputc('\n', stderr);
}
