/* term_view: the pieces of a line that shows how far a run is: a bar, times, a latency, a
 * sparkline; and what the terminal behind stderr can show.
 *
 * A live line rewrites itself and needs a terminal (TERM=dumb is none). Colour is only ever an
 * addition, and is left out when NO_COLOR is set (https://no-color.org). Block characters need a
 * UTF-8 locale; elsewhere the sparkline is of ASCII signs.
 */
#ifndef DUET_BASE_TERM_VIEW_H
#define DUET_BASE_TERM_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TERM_VIEW_BAR = 20, TERM_VIEW_SPARKS = 24, TERM_VIEW_WORD = 24, TERM_VIEW_LINE = 512 };

struct term_view {
	bool live, color, utf8;
	unsigned columns; /* of the terminal, 80 when it does not say; else without limit */
};

/* Of stderr, from the environment. */
struct term_view term_view_of_stderr(void);

/* "########............", share from 0 to 1. */
void term_view_bar(double share, char out[TERM_VIEW_BAR + 1]);
/* "12:34", minutes and seconds. */
void term_view_time(double seconds, char out[TERM_VIEW_WORD]);
/* "0.123 ms", three digits; "-" when negative. */
void term_view_ms(double us, char out[TERM_VIEW_WORD]);

/* The last latencies, one a moment; a negative one is a moment without answers. */
struct term_sparks {
	double us[TERM_VIEW_SPARKS];
	size_t count;
};
void term_sparks_add(struct term_sparks *sparks, double us);

/* A line in the making: pieces that still fit the columns are added, others left out. */
struct term_line {
	const struct term_view *view;
	char text[TERM_VIEW_LINE];
	size_t len, columns;
};
void term_line_add(struct term_line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "  1234/s  p50 0.123 ms, p95 0.456 ms  0 failed", failures in red. */
void term_line_add_figures(struct term_line *line, double rps, double p50_us, double p95_us,
			   uint64_t failures);
/* The sparkline, on a logarithmic scale from the least to the largest of them. */
void term_line_add_sparks(struct term_line *line, const struct term_sparks *sparks);

/* Writes it to stderr: over the line before it, or, where nothing is live, as a line of its own
 * that begins with the program's name. */
void term_line_show(const struct term_line *line, const char *program);

#endif
