#include "common/http/http_metrics.h"

#include <inttypes.h>
#include <stdlib.h>

/* The statuses our programs send; the last takes all others. */
static const int metric_statuses[HTTP_STATUSES] = {200, 404, 503, 204, 400, 405, 500, 413, 304, 0};

void http_metrics_count(struct http_metrics *metrics, size_t route, int status)
{
	size_t i = 0;
	while (i < HTTP_STATUSES - 1 && metric_statuses[i] != status)
		i++;
	http_metrics_add(&metrics->answers[route][i], 1);
}

static uint64_t metric_load(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void write_gauge(struct strbuf *out, const char *name, const char *type, const char *suffix,
			uint64_t value)
{
	strbuf_printf(out, "# TYPE %s %s\n%s%s %" PRIu64 "\n", name, type, name, suffix, value);
}

static void write_answers(struct strbuf *out, const struct http_metrics *const *loops, size_t count,
			  size_t route, const char *name)
{
	for (size_t s = 0; s < HTTP_STATUSES; s++) {
		uint64_t sum = 0;
		for (size_t i = 0; i < count; i++)
			sum += metric_load(&loops[i]->answers[route][s]);
		if (sum == 0)
			continue;
		strbuf_printf(out, "http_requests_total{route=\"%s\",status=\"", name);
		if (metric_statuses[s])
			strbuf_printf(out, "%d\"} %" PRIu64 "\n", metric_statuses[s], sum);
		else
			strbuf_printf(out, "other\"} %" PRIu64 "\n", sum);
	}
}

void http_metrics_write(struct strbuf *out, const struct http_metrics *const *loops, size_t count,
			const char *const *names, size_t name_count)
{
	strbuf_add_text(out, "# TYPE http_requests counter\n");
	for (size_t route = 0; route < name_count; route++)
		write_answers(out, loops, count, route, names[route]);
	uint64_t connections = 0, in_flight = 0, total = 0, turns = 0;
	for (size_t i = 0; i < count; i++) {
		connections += metric_load(&loops[i]->connections);
		in_flight += metric_load(&loops[i]->in_flight);
		total += metric_load(&loops[i]->connections_total);
		turns += metric_load(&loops[i]->answer_turns);
	}
	write_gauge(out, "http_connections", "gauge", "", connections);
	write_gauge(out, "http_in_flight", "gauge", "", in_flight);
	write_gauge(out, "http_connections_accepted", "counter", "_total", total);
	write_gauge(out, "http_answer_turns", "counter", "_total", turns);
}

/* Finds the line of `sum` that is `name` and a space and a value; comments match whole. Returns its
 * offset, or sum->len. */
static size_t find_line(const struct strbuf *sum, struct slice name)
{
	size_t at = 0;
	while (at < sum->len) {
		const char *line = sum->data + at;
		const char *end = memchr(line, '\n', sum->len - at);
		size_t len = end ? (size_t)(end - line) : sum->len - at;
		if (len >= name.len && memcmp(line, name.at, name.len) == 0 &&
		    (len == name.len || line[name.len] == ' '))
			return at;
		at += len + 1;
	}
	return sum->len;
}

static void add_to_line(struct strbuf *sum, size_t at, struct slice name, double value)
{
	const char *number = sum->data + at + name.len + 1;
	const char *end = strchr(number, '\n');
	size_t tail = end ? (size_t)(end - sum->data) + 1 : sum->len;
	struct strbuf rest;
	strbuf_init(&rest, sum->max);
	strbuf_add_slice(&rest, name);
	strbuf_printf(&rest, " %.17g\n", strtod(number, NULL) + value);
	strbuf_add(&rest, sum->data + tail, sum->len - tail);
	sum->len = at;
	strbuf_add(sum, rest.data, rest.len);
	strbuf_free(&rest);
}

static void merge_line(struct strbuf *sum, struct slice line)
{
	struct slice name = line;
	if (line.at[0] != '#') {
		const char *space = memrchr(line.at, ' ', line.len);
		if (!space)
			return;
		name.len = (size_t)(space - line.at);
	}
	size_t at = find_line(sum, name);
	if (at == sum->len) {
		strbuf_add_slice(sum, line);
		strbuf_add_char(sum, '\n');
	} else if (line.at[0] != '#') {
		add_to_line(sum, at, name, strtod(line.at + name.len, NULL));
	}
}

void http_metrics_merge(struct strbuf *sum, struct slice text)
{
	while (text.len) {
		const char *end = memchr(text.at, '\n', text.len);
		size_t len = end ? (size_t)(end - text.at) : text.len;
		if (len)
			merge_line(sum, (struct slice){text.at, len});
		size_t step = end ? len + 1 : len;
		text.at += step;
		text.len -= step;
	}
}
