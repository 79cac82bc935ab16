/* http_server_options: the command line of a program's server, the same for all six, so that no arm
 * has a setting that another lacks. */
#ifndef DUET_HTTP_HTTP_SERVER_OPTIONS_H
#define DUET_HTTP_HTTP_SERVER_OPTIONS_H

#include "common/base/options.h"
#include "common/http/http_server.h"

struct http_server_options {
	const char *listen;
	uint64_t threads, max_connections;
	int64_t idle_timeout_ns;
};

enum { HTTP_SERVER_OPTIONS = 4 };

/* Fills the table that parses into `options`, which holds the program's defaults. */
void http_server_options_table(struct http_server_options *options,
			       struct option table[HTTP_SERVER_OPTIONS]);

/* The server's settings as the options say: for SIGTERM and SIGINT to stop it, which takes at most
 * `stop_timeout_ns`. Borrows the address and `app`. */
struct http_server_config http_server_options_config(const struct http_server_options *options,
						     int64_t stop_timeout_ns,
						     const struct http_app *app);

#endif
