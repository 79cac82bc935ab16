#include "common/page/shop_program.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/http/http_results.h"
#include "common/http/http_server_options.h"
#include "common/http/http_static.h"
#include "common/page/page_handler.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct shop_settings {
	struct http_server_options server;
	uint64_t max_in_flight;
	int64_t request_timeout_ns, cache_ttl_ns;
	bool precomputed;
	const char *web;       /* NULL: where it is looked for by itself */
	const char *results;   /* NULL: no runs to show */
	struct http_cors cors; /* the origins, unified's first */
};

struct shop {
	const struct shop_program *program;
	struct shop_settings settings;
	struct http_static *files; /* NULL: no web pages */
	struct http_route routes[PAGE_ROUTES + HTTP_STATIC_ROUTES];
};

_Static_assert((int)PAGE_ROUTES + (int)HTTP_STATIC_ROUTES <= (int)HTTP_ROUTES_MAX,
	       "the routes fit the server's counters");

enum { WEB_PATH_MAX = 1024, CACHE_BYTES = 32 << 20 }; /* all 1,233 pages take 4 MB */

#define LIMIT_S(seconds) ((double)(seconds)*1e9)

/* The options of both architectures; returns how many there are. */
static size_t shop_shared_options(struct shop_settings *s, struct option options[SHOP_OPTIONS_MAX])
{
	const struct option shared[] = {
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
		{.name = "precomputed",
		 .kind = OPTION_FLAG,
		 .target = &s->precomputed,
		 .help = "answer with pages computed at start: what the server alone costs"},
		{.name = "cache-ttl",
		 .kind = OPTION_DURATION,
		 .target = &s->cache_ttl_ns,
		 .max = LIMIT_S(3600),
		 .value = "TIME",
		 .help = "keep whole answers that long and give them again (0s: never)"},
		{.name = "web",
		 .kind = OPTION_TEXT,
		 .target = &s->web,
		 .value = "DIR",
		 .help = "the web pages' files (default: those beside the program, else ./web)"},
		{.name = "results",
		 .kind = OPTION_TEXT,
		 .target = &s->results,
		 .value = "DIR",
		 .help = "folder of measured runs that the page /results shows (default: none)"},
		{.name = "origin-unified",
		 .kind = OPTION_TEXT,
		 .target = &s->cors.origins[0],
		 .value = "URL",
		 .help = "where browsers find unified"},
		{.name = "origin-microservices",
		 .kind = OPTION_TEXT,
		 .target = &s->cors.origins[1],
		 .value = "URL",
		 .help = "where browsers find the microservices"},
	};
	http_server_options_table(&s->server, options);
	memcpy(options + HTTP_SERVER_OPTIONS, shared, sizeof(shared));
	return HTTP_SERVER_OPTIONS + sizeof(shared) / sizeof(shared[0]);
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
		.cache_ttl_ns = shop->settings.cache_ttl_ns,
		.cache_bytes = CACHE_BYTES / loops,
	};
	struct page_source *source = shop->program->source_new(http_loop_base(loop), loops, error);
	return source ? page_handler_new(loop, source, &config, error) : NULL;
}

static bool shop_check(const struct shop *shop, char error[HTTP_ERROR_MAX])
{
	const struct shop_settings *s = &shop->settings;
	if (s->server.idle_timeout_ns <= s->request_timeout_ns) {
		snprintf(error, HTTP_ERROR_MAX,
			 "--idle-timeout must be longer than --request-timeout, or it closes "
			 "connections that wait for an answer");
		return false;
	}
	if (s->cache_ttl_ns > 0 && s->precomputed) {
		snprintf(
			error, HTTP_ERROR_MAX,
			"--cache-ttl does nothing with --precomputed, which asks for no page; drop "
			"one");
		return false;
	}
	for (size_t i = 0; i < HTTP_CORS_ORIGINS; i++) {
		if (http_cors_origin_ok(s->cors.origins[i]))
			continue;
		snprintf(error, HTTP_ERROR_MAX,
			 "--origin-%s %.100s is no origin; give http://HOST:PORT without a path",
			 i ? "microservices" : "unified", s->cors.origins[i]);
		return false;
	}
	return !shop->program->check || shop->program->check(error);
}

static int shop_fail(const char *error, int code)
{
	log_line(LOG_ERROR, "failed", "why", error, NULL);
	return code;
}

/* Beside the program after `make install`, in the project's folder before it. The folder that the
 * program was started in comes last: it may be anybody's. */
static bool web_find(char out[WEB_PATH_MAX])
{
	static const char *const places[] = {"/../share/duet/web", "/../../web"};
	char program[WEB_PATH_MAX / 2] = "";
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash = len > 0 ? strrchr(program, '/') : NULL;
	for (size_t i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		char index[WEB_PATH_MAX + 16];
		*slash = '\0';
		snprintf(out, WEB_PATH_MAX, "%s%s", program, places[i]);
		snprintf(index, sizeof(index), "%s/index.html", out);
		if (access(index, R_OK) == 0)
			return true;
	}
	snprintf(out, WEB_PATH_MAX, "web");
	return access("web/index.html", R_OK) == 0;
}

/* Without files the shop still has its API, and / names the routes. */
static bool shop_open_web(struct shop *shop, char error[HTTP_ERROR_MAX])
{
	char found[WEB_PATH_MAX];
	const char *folder = shop->settings.web;
	if (!folder && web_find(found))
		folder = found;
	memcpy(shop->routes, page_routes, sizeof(page_routes));
	if (shop->settings.results && !http_results_check(shop->settings.results, error))
		return false;
	if (!folder && shop->settings.results) {
		snprintf(error, HTTP_ERROR_MAX,
			 "--results needs the web pages, and there is no web/index.html here; give "
			 "--web DIR");
		return false;
	}
	if (!folder) {
		log_line(LOG_WARN, "no_web", "why", "there is no web/index.html here", "mend",
			 "give --web DIR; the API is served without", NULL);
		return true;
	}
	memcpy(shop->routes + PAGE_ROUTES, http_static_routes, sizeof(http_static_routes));
	shop->files =
		http_static_new(folder, shop->program->architecture, &shop->settings.cors, error);
	return shop->files != NULL;
}

static int shop_serve(struct shop *shop)
{
	char error[HTTP_ERROR_MAX] = "";
	if (!shop_open_web(shop, error))
		return shop_fail(error, 1);
	const struct http_app app = {
		.program = shop->program->name,
		.about = shop->program->summary,
		.routes = shop->routes,
		.route_count = PAGE_ROUTES + (shop->files ? (size_t)HTTP_STATIC_ROUTES : 0),
		.start = shop_start,
		.stop = page_handler_free,
		.ready = page_handler_ready,
		.metrics = page_handler_metrics,
		.arg = shop,
		.cors = &shop->settings.cors,
		.files = shop->files,
		.results = shop->settings.results,
	};
	const struct http_server_config config = http_server_options_config(
		&shop->settings.server, shop->settings.request_timeout_ns, &app);
	struct http_server *server = http_server_new(&config, error);
	bool ok = server && http_server_run(server, error);
	http_server_free(server);
	http_static_free(shop->files);
	return ok ? 0 : shop_fail(error, 1);
}

int shop_program_main(const struct shop_program *program, int argc, char **argv)
{
	struct option options[SHOP_OPTIONS_MAX];
	struct shop shop = {
		.program = program,
		.settings = {.server = {.listen = program->listen,
					.threads = 1,
					.max_connections = 16384,
					.idle_timeout_ns = 60 * NS_PER_S},
			     .max_in_flight = 512,
			     .request_timeout_ns = 10 * NS_PER_S,
			     .cors = {{"http://127.0.0.1:8080", "http://127.0.0.1:8090"}}}};
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
