#include "microservices/service.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/http/http_server_options.h"
#include "microservices/service_server.h"

/* The store's options, the server's, the binary address, and how long a stop waits. */
enum { SERVICE_OPTIONS = (int)STORE_OPTIONS + (int)HTTP_SERVER_OPTIONS + 2 };

struct service_settings {
	struct http_server_options server;
	int64_t stop_timeout_ns;
	const char *binary; /* NULL: none */
	struct store_options store;
};

static int service_serve(const struct service_definition *definition,
			 const struct service_settings *settings)
{
	char error[HTTP_ERROR_MAX] = "";
	const struct http_server_config config =
		http_server_options_config(&settings->server, settings->stop_timeout_ns, NULL);
	struct service_server *server =
		service_server_new(definition, &settings->store, settings->binary, &config, error);
	bool ok = server && http_server_run(service_server_http(server), error);
	service_server_free(server);
	if (!ok)
		log_line(LOG_ERROR, "failed", "why", error, NULL);
	return ok ? 0 : 1;
}

static void service_options(struct service_settings *s, struct option options[SERVICE_OPTIONS])
{
	store_options_init(&s->store, options);
	http_server_options_table(&s->server, options + STORE_OPTIONS);
	options[SERVICE_OPTIONS - 2] = (struct option){
		.name = "binary",
		.kind = OPTION_TEXT,
		.target = &s->binary,
		.value = "unix:PATH",
		.help = "also answer binary frames there, for bff --wire binary",
	};
	options[SERVICE_OPTIONS - 1] = (struct option){
		.name = "stop-timeout",
		.kind = OPTION_DURATION,
		.target = &s->stop_timeout_ns,
		.min = (double)NS_PER_MS,
		.max = 3600.0 * (double)NS_PER_S,
		.value = "TIME",
		.help = "how long a stop waits for what is in flight",
	};
}

int service_main(const struct service_definition *definition, int argc, char **argv)
{
	struct option options[SERVICE_OPTIONS];
	struct service_settings settings = {
		.server = {.listen = definition->listen,
			   .threads = 1,
			   .max_connections = 4096,
			   .idle_timeout_ns = 300 * NS_PER_S},
		.stop_timeout_ns = 2 * NS_PER_S,
	};
	const struct program line = {
		.name = service_names[definition->service],
		.summary = definition->summary,
		.positional = "",
		.notes = "Stores are made by `seed --service`. SIGTERM finishes what is in flight "
			 "and exits 0.",
		.options = options,
		.option_count = SERVICE_OPTIONS,
	};
	const char *positional[1];
	size_t count = 0;
	service_options(&settings, options);
	log_init(line.name, LOG_INFO);
	enum options_result result = options_parse(&line, argc, argv, positional, &count);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_USAGE ? 2 : 0;
	return service_serve(definition, &settings);
}
