#include "runner/server_counts.h"

#include "runner/http_get.h"

const char *const server_count_names[SERVER_COUNTS] = {
	[COUNT_CALLS] = "calls",
	[COUNT_CONNECTIONS_OPENED] = "connections_opened",
	[COUNT_CONNECTIONS_ACCEPTED] = "connections_accepted",
	[COUNT_STORE_JOBS] = "store_jobs",
	[COUNT_STORE_BATCHES] = "store_batches",
	[COUNT_STORE_SHARED] = "store_shared",
	[COUNT_STORE_QUERIES] = "store_queries",
	[COUNT_STORE_ROWS] = "store_rows",
};

/* Their names in /metrics. */
static const char *const samples[SERVER_COUNTS] = {
	[COUNT_CALLS] = "upstream_requests_total",
	[COUNT_CONNECTIONS_OPENED] = "upstream_connections_opened_total",
	[COUNT_CONNECTIONS_ACCEPTED] = "http_connections_accepted_total",
	[COUNT_STORE_JOBS] = "store_jobs_total",
	[COUNT_STORE_BATCHES] = "store_batches_total",
	[COUNT_STORE_SHARED] = "store_shared_total",
	[COUNT_STORE_QUERIES] = "store_queries_total",
	[COUNT_STORE_ROWS] = "store_rows_total",
};

void server_counts_parse(const char *metrics, struct server_counts *counts)
{
	for (size_t i = 0; i < SERVER_COUNTS; i++) {
		double sum, most;
		counts->has[i] = http_get_samples(metrics, samples[i], &sum, &most);
		counts->values[i] = (uint64_t)sum;
	}
}

struct server_counts server_counts_between(const struct server_counts *before,
					   const struct server_counts *after)
{
	struct server_counts out = {0};
	for (size_t i = 0; i < SERVER_COUNTS; i++) {
		uint64_t own = i == COUNT_CONNECTIONS_ACCEPTED; /* the second look's connection */
		out.has[i] = before->has[i] && after->has[i] &&
			     after->values[i] >= before->values[i] + own;
		if (out.has[i])
			out.values[i] = after->values[i] - before->values[i] - own;
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
