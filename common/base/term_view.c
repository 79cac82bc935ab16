#include "common/base/term_view.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LEVELS = 8, COLUMNS_UNKNOWN = 80, COLUMNS_ALL = TERM_VIEW_LINE };

static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const signs[LEVELS] = {"_", ".", "-", "~", "=", "+", "*", "#"};

/* The first that is set decides, as for setlocale(): asked for here, since programs of this project
 * stay in the C locale. */
static bool locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return strcasestr(value, "UTF-8") || strcasestr(value, "UTF8");
	}
	return false;
}

struct term_view term_view_of_stderr(void)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	struct winsize size = {0};
	const bool live = isatty(STDERR_FILENO) == 1 && (!term || strcmp(term, "dumb") != 0);
	(void)ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	return (struct term_view){
		.live = live,
		.color = live && !(no_color && *no_color),
		.utf8 = locale_is_utf8(),
		.columns = !live         ? COLUMNS_ALL
			   : size.ws_col ? size.ws_col
					 : COLUMNS_UNKNOWN,
	};
}

void term_view_bar(double share, char out[TERM_VIEW_BAR + 1])
{
	const double within = share > 1 ? 1 : share > 0 ? share : 0;
	const size_t filled = (size_t)(within * TERM_VIEW_BAR);
	memset(out, '.', TERM_VIEW_BAR);
	memset(out, '#', filled);
	out[TERM_VIEW_BAR] = '\0';
}

void term_view_time(double seconds, char out[TERM_VIEW_WORD])
{
	const unsigned whole = seconds > 0 && seconds < 1e6 ? (unsigned)(seconds + 0.5) : 0;
	(void)snprintf(out, TERM_VIEW_WORD, "%02u:%02u", whole / 60, whole % 60);
}

void term_view_ms(double us, char out[TERM_VIEW_WORD])
{
	const double ms = us / 1e3;
	if (us < 0)
		(void)snprintf(out, TERM_VIEW_WORD, "-");
	else
		(void)snprintf(out, TERM_VIEW_WORD, "%.*f ms", ms < 1 ? 3 : ms < 100 ? 1 : 0, ms);
}

void term_sparks_add(struct term_sparks *sparks, double us)
{
	if (sparks->count == TERM_VIEW_SPARKS) {
		memmove(sparks->us, sparks->us + 1, sizeof(sparks->us) - sizeof(sparks->us[0]));
		sparks->count--;
	}
	sparks->us[sparks->count++] = us;
}

/* Adds a whole piece of so many columns between escapes, or nothing. */
static void add(struct term_line *line, const char *before, const char *piece, size_t columns,
		const char *after)
{
	const size_t left = sizeof(line->text) - line->len;
	const size_t size = strlen(before) + strlen(piece) + strlen(after);
	if (line->columns + columns >= line->view->columns || size >= left)
		return;
	line->len += (size_t)snprintf(line->text + line->len, left, "%s%s%s", before, piece, after);
	line->columns += columns;
}

void term_line_add(struct term_line *line, const char *format, ...)
{
	char piece[TERM_VIEW_LINE / 2];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	add(line, "", piece, strlen(piece), "");
}

void term_line_add_figures(struct term_line *line, double rps, double p50_us, double p95_us,
			   uint64_t failures)
{
	char p50[TERM_VIEW_WORD], p95[TERM_VIEW_WORD], failed[TERM_VIEW_WORD + 8];
	const bool red = failures > 0 && line->view->color;
	term_view_ms(p50_us, p50);
	term_view_ms(p95_us, p95);
	(void)snprintf(failed, sizeof(failed), "  %" PRIu64 " failed", failures);
	term_line_add(line, "  %.0f/s", rps);
	term_line_add(line, "  p50 %s, p95 %s", p50, p95);
	add(line, red ? "\x1b[31m" : "", failed, strlen(failed), red ? "\x1b[0m" : "");
}

void term_line_show(const struct term_line *line, const char *program)
{
	if (line->view->live)
		(void)fprintf(stderr, "\r%s\x1b[K", line->text);
	else
		(void)fprintf(stderr, "%s: %s\n", program, line->text);
}

void term_line_add_sparks(struct term_line *line, const struct term_sparks *sparks)
{
	char piece[TERM_VIEW_SPARKS * 4 + 3] = "  ";
	size_t len = 2;
	double low = INFINITY, high = 0;
	const char *const *levels = line->view->utf8 ? blocks : signs;
	for (size_t i = 0; i < sparks->count; i++)
		if (sparks->us[i] > 0) {
			low = fmin(low, sparks->us[i]);
			high = fmax(high, sparks->us[i]);
		}
	/* A range below one octave would make noise look like mountains. */
	const double range = fmax(1, log2(high / low));
	for (size_t i = 0; i < sparks->count; i++) {
		const double height = log2(fmax(sparks->us[i], low) / low) / range;
		const int level = (int)fmin(LEVELS - 1, height * LEVELS);
		len += (size_t)snprintf(piece + len, sizeof(piece) - len, "%s",
					sparks->us[i] > 0 ? levels[level] : " ");
	}
	if (sparks->count)
		add(line, "", piece, sparks->count + 2, "");
}
