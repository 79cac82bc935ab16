/* shop_program: the start-up that `unified` and `bff` share: options, server, page handler, stop.
 *
 * A program's main.c is a table of its own options, a function that checks them and one that makes
 * a page source for an event loop:
 *
 *   int main(int argc, char **argv) { return shop_program_main(&program, argc, argv); }
 */
#ifndef DUET_PAGE_SHOP_PROGRAM_H
#define DUET_PAGE_SHOP_PROGRAM_H

#include "common/base/options.h"
#include "common/http/http_server.h"
#include "common/page/page_source.h"

struct event_base;

enum { SHOP_OPTIONS_MAX = 40 }; /* the shared ones and the program's own together */

struct shop_program {
	const char *name;         /* "bff" */
	const char *summary;      /* one line, for --help */
	const char *architecture; /* "unified" or "microservices", for /config.json */
	const char *listen;       /* default address, "127.0.0.1:8090" */
	const struct option
		*options; /* its own, added to the shared: http_server_options.h and
			     --max-in-flight --request-timeout --precomputed --cache-ttl --web
			     --results --origin-unified --origin-microservices */
	size_t option_count;
	const char *notes; /* for --help; may be NULL */
	/* Checks the parsed options before anything is started; false with one line in error (exit
	 * 2). May be NULL. */
	bool (*check)(char error[HTTP_ERROR_MAX]);
	/* A page source for a loop, made on its thread; `loops` is how many there are. NULL with
	 * one line in error (exit 1). */
	struct page_source *(*source_new)(struct event_base *base, unsigned loops,
					  char error[HTTP_ERROR_MAX]);
};

/* Runs the program; returns its exit code: 0 after SIGTERM or SIGINT, 1 error, 2 usage. */
int shop_program_main(const struct shop_program *program, int argc, char **argv);

#endif
