#include "runner/server_counts.h"

#include "runner/http_get.h"

const char *const server_count_names[SERVER_COUNTS] = {
	[COUNT_CALLS] = "calls",
	[COUNT_CONNECTIONS_OPENED] = "connections_opened",
	[COUNT_CONNECTIONS_ACCEPTED] = "connections_accepted",
	[COUNT_ANSWERS] = "answers",
	[COUNT_ANSWER_TURNS] = "answer_turns",
	[COUNT_STORE_JOBS] = "store_jobs",
	[COUNT_STORE_BATCHES] = "store_batches",
	[COUNT_STORE_SHARED] = "store_shared",
	[COUNT_STORE_QUERIES] = "store_queries",
	[COUNT_STORE_ROWS] = "store_rows",
};

/* Their names in /metrics; where there are two, a count is the sum of both. */
enum { SAMPLES_MAX = 2 };
static const struct {
	const char *names[SAMPLES_MAX];
	uint64_t looking; /* what one look at them adds to the difference of two */
} samples[SERVER_COUNTS] = {
	[COUNT_CALLS] = {{"upstream_requests_total"}, 0},
	[COUNT_CONNECTIONS_OPENED] = {{"upstream_connections_opened_total"}, 0},
	[COUNT_CONNECTIONS_ACCEPTED] = {{"http_connections_accepted_total"}, 1},
	[COUNT_ANSWERS] = {{"http_requests_total", "part_frames_total"}, 1},
	[COUNT_ANSWER_TURNS] = {{"http_answer_turns_total", "part_frame_turns_total"}, 1},
	[COUNT_STORE_JOBS] = {{"store_jobs_total"}, 0},
	[COUNT_STORE_BATCHES] = {{"store_batches_total"}, 0},
	[COUNT_STORE_SHARED] = {{"store_shared_total"}, 0},
	[COUNT_STORE_QUERIES] = {{"store_queries_total"}, 0},
	[COUNT_STORE_ROWS] = {{"store_rows_total"}, 0},
};

void server_counts_parse(const char *metrics, struct server_counts *counts)
{
	*counts = (struct server_counts){0};
	for (size_t i = 0; i < SERVER_COUNTS; i++)
		for (size_t n = 0; n < SAMPLES_MAX && samples[i].names[n]; n++) {
			double sum, most;
			bool has = http_get_samples(metrics, samples[i].names[n], &sum, &most);
			counts->has[i] = counts->has[i] || has;
			counts->values[i] += (uint64_t)sum;
		}
}

struct server_counts server_counts_between(const struct server_counts *before,
					   const struct server_counts *after)
{
	struct server_counts out = {0};
	for (size_t i = 0; i < SERVER_COUNTS; i++) {
		uint64_t then = before->values[i] + samples[i].looking;
		out.has[i] = before->has[i] && after->has[i] && after->values[i] >= then;
		if (out.has[i])
			out.values[i] = after->values[i] - then;
	}
	return out;
}

json_t *server_counts_json(const struct server_counts *counts)
{
	json_t *out = json_object();
	for (size_t i = 0; i < SERVER_COUNTS; i++)
		if (counts->has[i])
			(void)json_object_set_new(out, server_count_names[i],
						  json_integer((json_int_t)counts->values[i]));
	if (json_object_size(out))
		return out;
	json_decref(out);
	return NULL;
}
