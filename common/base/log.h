/* log: lines in logfmt to stderr, one write(2) a line, so that lines of several threads never mix.
 *
 *   time=2026-01-31T12:34:56Z level=info program=bff event=listening address=127.0.0.1:8090
 */
#ifndef DUET_BASE_LOG_H
#define DUET_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Sets the program's name (static text) and the least level that is written (default LOG_INFO). */
void log_init(const char *program, enum log_level least);

/* Writes one line. `event` is a bare word; then pairs of key (bare word) and value (const char *,
 * quoted and escaped as needed), closed by NULL: log_line(LOG_INFO, "listening", "address", text,
 * NULL). */
void log_line(enum log_level level, const char *event, ...) __attribute__((sentinel));

#endif
