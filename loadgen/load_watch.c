#include "loadgen/load_watch.h"

#include "common/base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CONTROL_LINE = 128 };

void load_watch_init(struct load_watch *watch, const struct loadgen_config *config,
		     const struct worker *workers, size_t worker_count, uint64_t total)
{
	*watch = (struct load_watch){
		.config = config, .workers = workers, .worker_count = worker_count, .total = total};
	load_progress_init(&watch->progress, !config->no_progress && !config->quiet);
}

static bool is_watched(const struct load_watch *watch)
{
	return watch->progress.enabled || watch->config->control_live;
}

static int64_t show_period(const struct load_watch *watch)
{
	return watch->progress.enabled ? load_progress_period(&watch->progress) : NS_PER_S;
}

static void look(const struct load_watch *watch, struct live_view *view)
{
	*view = watch->past;
	for (size_t i = 0; i < watch->worker_count; i++)
		live_add(view, &watch->workers[i].live);
}

/* ---- lines ---- */

static void tell_line(const struct load_watch *watch, const char *line)
{
	const int fd = (int)watch->config->control_fd;
	const size_t len = strlen(line);
	if (fd && write(fd, line, len) != (ssize_t)len)
		fprintf(stderr, "loadgen: cannot write '%.*s' to --control-fd: %s\n",
			(int)strcspn(line, "\n"), line, strerror(errno));
}

void load_watch_tell(const struct load_watch *watch, const char *what)
{
	char line[CONTROL_LINE];
	(void)snprintf(line, sizeof(line), "%s\n", what);
	tell_line(watch, line);
}

static void tell_instant(const struct load_watch *watch, const char *what, int64_t ns)
{
	char line[CONTROL_LINE];
	(void)snprintf(line, sizeof(line), "%s %" PRId64 "\n", what, ns);
	tell_line(watch, line);
}

/* ---- turns and windows ---- */

void load_watch_begin_turn(struct load_watch *watch, uint64_t turn, int64_t start, int64_t end)
{
	struct load_progress *progress = &watch->progress;
	const int64_t length = end - start;
	if (turn == 0) {
		progress->start = start;
		progress->end = start + (int64_t)watch->config->turns * length;
		watch->next_show = start + show_period(watch);
	}
	watch->left_out = start - progress->start - (int64_t)turn * length;
}

void load_watch_keep(struct load_watch *watch)
{
	struct live_view view;
	look(watch, &view);
	watch->past = view;
}

void load_watch_begin_window(struct load_watch *watch, int64_t ns)
{
	struct live_view view;
	if (is_watched(watch)) {
		look(watch, &view);
		load_progress_begin_window(&watch->progress, &view);
	}
	tell_instant(watch, "window_start", ns);
}

void load_watch_end_window(struct load_watch *watch, int64_t ns)
{
	struct live_view view;
	if (is_watched(watch)) {
		look(watch, &view);
		load_progress_end_window(&watch->progress, &view);
	}
	tell_instant(watch, "window_end", ns);
}

/* ---- the view ---- */

int64_t load_watch_next(const struct load_watch *watch)
{
	return is_watched(watch) ? watch->next_show + watch->left_out : INT64_MAX;
}

void load_watch_show(struct load_watch *watch, int64_t now)
{
	char line[CONTROL_LINE];
	struct live_view view;
	if (!is_watched(watch))
		return;
	const int64_t at = now - watch->left_out;
	look(watch, &view);
	load_progress_look(&watch->progress, at, &view);
	watch->next_show = at + show_period(watch);
	if (watch->progress.enabled)
		load_progress_show(&watch->progress, watch->total);
	if (!watch->config->control_live)
		return;
	const struct load_figures *f = &watch->progress.figures;
	(void)snprintf(line, sizeof(line), "live %.0f %.1f %.1f %.1f %" PRIu64 "\n", f->rps,
		       f->p50_us, f->p95_us, f->spark_us, f->failures);
	tell_line(watch, line);
}

void load_watch_end(const struct load_watch *watch)
{
	load_progress_end(&watch->progress);
}
