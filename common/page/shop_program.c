#include "common/page/shop_program.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/page/page_handler.h"

#include <stdio.h>
#include <string.h>

struct shop_settings {
	const char *listen;
	uint64_t threads, max_in_flight, max_connections;
	int64_t request_timeout_ns, idle_timeout_ns;
	bool precomputed;
};

struct shop {
	const struct shop_program *program;
	struct shop_settings settings;
};

#define LIMIT_S(seconds) ((double)(seconds)*1e9)

/* The options of both architectures; returns how many there are. */
static size_t shop_shared_options(struct shop_settings *s, struct option options[SHOP_OPTIONS_MAX])
{
	const struct option shared[] = {
		{.name = "listen",
		 .kind = OPTION_TEXT,
		 .target = &s->listen,
		 .value = "HOST:PORT",
		 .help = "address to serve on, or unix:PATH"},
		{.name = "threads",
		 .kind = OPTION_UINT,
		 .target = &s->threads,
		 .min = 1,
		 .max = 64,
		 .value = "N",
		 .help = "event loops, one a thread"},
		{.name = "max-in-flight",
		 .kind = OPTION_UINT,
		 .target = &s->max_in_flight,
		 .min = 1,
		 .max = 1e6,
		 .value = "N",
		 .help = "pages in work at once; more wait"},
		{.name = "request-timeout",
		 .kind = OPTION_DURATION,
		 .target = &s->request_timeout_ns,
		 .min = 1e6,
		 .max = LIMIT_S(600),
		 .value = "TIME",
		 .help = "a page not answered by then is a 503"},
		{.name = "max-connections",
		 .kind = OPTION_UINT,
		 .target = &s->max_connections,
		 .min = 1,
		 .max = 1e6,
		 .value = "N",
		 .help = "connections open; more wait"},
		{.name = "idle-timeout",
		 .kind = OPTION_DURATION,
		 .target = &s->idle_timeout_ns,
		 .min = 1e6,
		 .max = LIMIT_S(3600),
		 .value = "TIME",
		 .help = "an idle connection is closed after it"},
		{.name = "precomputed",
		 .kind = OPTION_FLAG,
		 .target = &s->precomputed,
		 .help = "answer with pages computed at start: what the server alone costs"},
	};
	memcpy(options, shared, sizeof(shared));
	return sizeof(shared) / sizeof(shared[0]);
}

static size_t shop_options(const struct shop_program *program, struct shop_settings *s,
			   struct option options[SHOP_OPTIONS_MAX])
{
	size_t count = shop_shared_options(s, options);
	for (size_t i = 0; i < program->option_count && count < SHOP_OPTIONS_MAX; i++)
		options[count++] = program->options[i];
	return count;
}

static void *shop_start(void *arg, struct http_loop *loop, char error[HTTP_ERROR_MAX])
{
	const struct shop *shop = arg;
	unsigned loops = http_loop_count(loop);
	unsigned in_flight = (unsigned)shop->settings.max_in_flight / loops;
	const struct page_handler_config config = {
		.max_in_flight = in_flight ? in_flight : 1,
		.request_timeout_ns = shop->settings.request_timeout_ns,
		.precomputed = shop->settings.precomputed,
	};
	struct page_source *source = shop->program->source_new(http_loop_base(loop), loops, error);
	return source ? page_handler_new(loop, source, &config, error) : NULL;
}

static bool shop_check(const struct shop *shop, char error[HTTP_ERROR_MAX])
{
	const struct shop_settings *s = &shop->settings;
	if (s->idle_timeout_ns <= s->request_timeout_ns) {
		snprintf(error, HTTP_ERROR_MAX,
			 "--idle-timeout must be longer than --request-timeout, or it closes "
			 "connections that wait for an answer");
		return false;
	}
	return !shop->program->check || shop->program->check(error);
}

static int shop_fail(const char *error, int code)
{
	log_line(LOG_ERROR, "failed", "why", error, NULL);
	return code;
}

static int shop_serve(struct shop *shop)
{
	char error[HTTP_ERROR_MAX] = "";
	const struct http_app app = {
		.program = shop->program->name,
		.about = shop->program->summary,
		.routes = page_routes,
		.route_count = PAGE_ROUTES,
		.start = shop_start,
		.stop = page_handler_free,
		.ready = page_handler_ready,
		.metrics = page_handler_metrics,
		.arg = shop,
	};
	const struct http_server_config config = {
		.listen = shop->settings.listen,
		.threads = (unsigned)shop->settings.threads,
		.max_connections = (unsigned)shop->settings.max_connections,
		.idle_timeout_ns = shop->settings.idle_timeout_ns,
		.stop_timeout_ns = shop->settings.request_timeout_ns,
		.handle_signals = true,
		.app = &app,
	};
	struct http_server *server = http_server_new(&config, error);
	bool ok = server && http_server_run(server, error);
	http_server_free(server);
	return ok ? 0 : shop_fail(error, 1);
}

int shop_program_main(const struct shop_program *program, int argc, char **argv)
{
	struct option options[SHOP_OPTIONS_MAX];
	struct shop shop = {.program = program,
			    .settings = {.listen = program->listen,
					 .threads = 1,
					 .max_in_flight = 512,
					 .max_connections = 16384,
					 .request_timeout_ns = 10 * NS_PER_S,
					 .idle_timeout_ns = 60 * NS_PER_S}};
	const struct program line = {
		.name = program->name,
		.summary = program->summary,
		.positional = "",
		.notes = program->notes,
		.options = options,
		.option_count = shop_options(program, &shop.settings, options),
	};
	char error[HTTP_ERROR_MAX] = "";
	const char *positional[1];
	size_t count = 0;
	log_init(program->name, LOG_INFO);
	enum options_result result = options_parse(&line, argc, argv, positional, &count);
	if (result != OPTIONS_RUN)
		return result == OPTIONS_USAGE ? 2 : 0;
	if (!shop_check(&shop, error))
		return shop_fail(error, 2);
	return shop_serve(&shop);
}
