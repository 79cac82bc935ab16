/* log: a line is built on the stack, so that a process without memory can still say so. */
#include "common/base/log.h"

#include "common/base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 4096 }; /* bytes with the newline; what is longer is cut */

struct line {
	char text[LOG_LINE_MAX];
	size_t len;
};

static const char *log_program = "duet";
static enum log_level log_least = LOG_INFO;

static const char *const level_names[] = {
	[LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};

void log_init(const char *program, enum log_level least)
{
	log_program = program;
	log_least = least;
}

/* Leaves room for the newline. */
static void line_add(struct line *line, const char *bytes, size_t len)
{
	size_t room = sizeof(line->text) - 1 - line->len;
	if (len > room)
		len = room;
	memcpy(line->text + line->len, bytes, len);
	line->len += len;
}

static void line_text(struct line *line, const char *text)
{
	line_add(line, text, strlen(text));
}

static bool needs_quotes(const char *value)
{
	if (!*value)
		return true;
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;
		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
			return true;
	}
	return false;
}

static void line_escaped(struct line *line, unsigned char c)
{
	static const char letters[0x20] = {['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r'};
	static const char hex[] = "0123456789abcdef";
	if (c == '"' || c == '\\' || (c < 0x20 && letters[c])) {
		char pair[2] = {'\\', c < 0x20 ? letters[c] : (char)c};
		line_add(line, pair, sizeof(pair));
	} else if (c < 0x20 || c == 0x7f) {
		char code[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
		line_add(line, code, sizeof(code));
	} else {
		line_add(line, (const char *)&c, 1);
	}
}

static void line_value(struct line *line, const char *value)
{
	if (!needs_quotes(value)) {
		line_text(line, value);
		return;
	}
	line_add(line, "\"", 1);
	for (; *value; value++)
		line_escaped(line, (unsigned char)*value);
	line_add(line, "\"", 1);
}

static void line_pair(struct line *line, const char *key, const char *value)
{
	if (line->len)
		line_add(line, " ", 1);
	line_text(line, key);
	line_add(line, "=", 1);
	line_value(line, value);
}

void log_line(enum log_level level, const char *event, ...)
{
	if (level > log_least)
		return;
	char now[21];
	clock_utc_text(now);
	struct line line;
	line.len = 0;
	line_pair(&line, "time", now);
	line_pair(&line, "level", level_names[level]);
	line_pair(&line, "program", log_program);
	line_pair(&line, "event", event);
	va_list pairs;
	va_start(pairs, event);
	const char *key;
	while ((key = va_arg(pairs, const char *)) != NULL) {
		const char *value = va_arg(pairs, const char *);
		if (!value)
			break;
		line_pair(&line, key, value);
	}
	va_end(pairs);
	line.text[line.len++] = '\n';
	int saved = errno;
	while (write(STDERR_FILENO, line.text, line.len) < 0 && errno == EINTR)
		continue;
	errno = saved;
}
