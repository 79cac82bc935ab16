/* web_fixture: a folder made for a test, and a live server of the pages' routes. */
#ifndef DUET_TEST_WEB_FIXTURE_H
#define DUET_TEST_WEB_FIXTURE_H

#include "tests/unit/http/raw_client.h"

#include "common/base/clock.h"
#include "common/http/http_static.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define GET(path, more) "GET " path " HTTP/1.1\r\nHost: t\r\n" more "\r\n"

static const struct http_cors cors = {{"http://a:1", "http://b:2"}};
static char folder[] = "/tmp/duet-static-XXXXXX";

/* The path of `name` in the folder; valid until the next call. */
static inline const char *at(const char *name)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static inline void put(const char *name, const char *text)
{
	FILE *file = fopen(at(name), "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static inline int remove_entry(const char *path, const struct stat *about, int kind,
			       struct FTW *ftw)
{
	(void)about;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline int remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void *app_start(void *arg, struct http_loop *loop, char error[HTTP_ERROR_MAX])
{
	(void)arg;
	(void)error;
	return loop;
}

static inline void app_stop(void *state)
{
	(void)state;
}

static inline void app_ready(void *state, void (*done)(void *arg, bool ok, const char *detail),
			     void *arg)
{
	(void)state;
	done(arg, true, "");
}

static struct http_app app = {.program = "web",
			      .about = "A fake.",
			      .routes = http_static_routes,
			      .route_count = HTTP_STATIC_ROUTES,
			      .start = app_start,
			      .stop = app_stop,
			      .ready = app_ready,
			      .cors = &cors};

/* Serves what is in the folder now. */
static inline void begin(struct raw_server *raw)
{
	char error[HTTP_ERROR_MAX] = "";
	const struct http_server_config config = {.listen = "127.0.0.1:0",
						  .threads = 1,
						  .max_connections = 100,
						  .idle_timeout_ns = 30 * NS_PER_S,
						  .stop_timeout_ns = 50 * NS_PER_MS,
						  .app = &app};
	app.files = http_static_new(folder, "unified", &cors, error);
	assert_non_null(app.files);
	assert_true(raw_server_start(raw, &config));
}

static inline void finish(struct raw_server *raw)
{
	assert_true(raw_server_stop(raw));
	http_static_free((struct http_static *)(uintptr_t)app.files);
}

static inline struct raw_answer ask(const struct raw_server *raw, const char *text)
{
	int fd = raw_connect(raw);
	raw_send(fd, text);
	struct raw_answer answer = raw_read(fd, true);
	close(fd);
	return answer;
}

#endif
