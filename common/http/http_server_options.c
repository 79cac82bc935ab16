#include "common/http/http_server_options.h"

#include "common/base/clock.h"

enum { THREADS_MAX = 64, CONNECTIONS_MAX = 1000000, IDLE_MAX_S = 3600 };

void http_server_options_table(struct http_server_options *options,
			       struct option table[HTTP_SERVER_OPTIONS])
{
	table[0] = (struct option){
		.name = "listen",
		.kind = OPTION_TEXT,
		.target = &options->listen,
		.value = "HOST:PORT",
		.help = "address to serve on, or unix:PATH",
	};
	table[1] = (struct option){
		.name = "threads",
		.kind = OPTION_UINT,
		.target = &options->threads,
		.min = 1,
		.max = THREADS_MAX,
		.value = "N",
		.help = "event loops, one a thread",
	};
	table[2] = (struct option){
		.name = "max-connections",
		.kind = OPTION_UINT,
		.target = &options->max_connections,
		.min = 1,
		.max = CONNECTIONS_MAX,
		.value = "N",
		.help = "connections open; more wait",
	};
	table[3] = (struct option){
		.name = "idle-timeout",
		.kind = OPTION_DURATION,
		.target = &options->idle_timeout_ns,
		.min = (double)NS_PER_MS,
		.max = IDLE_MAX_S * (double)NS_PER_S,
		.value = "TIME",
		.help = "an idle connection is closed after it",
	};
}

struct http_server_config http_server_options_config(const struct http_server_options *options,
						     int64_t stop_timeout_ns,
						     const struct http_app *app)
{
	return (struct http_server_config){
		.listen = options->listen,
		.threads = (unsigned)options->threads,
		.max_connections = (unsigned)options->max_connections,
		.idle_timeout_ns = options->idle_timeout_ns,
		.stop_timeout_ns = stop_timeout_ns,
		.handle_signals = true,
		.app = app,
	};
}
