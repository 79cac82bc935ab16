/* The web pages' files, from a folder made for it, through a live server. */
#include "tests/unit/http/raw_client.h"

#include "common/base/clock.h"
#include "common/http/http_static.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define GET(path, more) "GET " path " HTTP/1.1\r\nHost: t\r\n" more "\r\n"

static const struct http_cors cors = {{"http://a:1", "http://b:2"}};
static char folder[] = "/tmp/duet-static-XXXXXX";
static struct http_static *files;

static void put(const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void *start(void *arg, struct http_loop *loop, char error[HTTP_ERROR_MAX])
{
	(void)arg;
	(void)error;
	return loop;
}

static void stop(void *state)
{
	(void)state;
}

static void ready(void *state, void (*done)(void *arg, bool ok, const char *detail), void *arg)
{
	(void)state;
	done(arg, true, "");
}

static struct http_app app = {.program = "web",
			      .about = "A fake.",
			      .routes = http_static_routes,
			      .route_count = HTTP_STATIC_ROUTES,
			      .start = start,
			      .stop = stop,
			      .ready = ready,
			      .cors = &cors};

static void begin(struct raw_server *raw)
{
	char error[HTTP_ERROR_MAX] = "";
	const struct http_server_config config = {.listen = "127.0.0.1:0",
						  .threads = 1,
						  .max_connections = 100,
						  .idle_timeout_ns = 30 * NS_PER_S,
						  .stop_timeout_ns = 50 * NS_PER_MS,
						  .app = &app};
	files = http_static_new(folder, "unified", &cors, error);
	assert_non_null(files);
	app.files = files;
	assert_true(raw_server_start(raw, &config));
}

static void finish(struct raw_server *raw)
{
	assert_true(raw_server_stop(raw));
	http_static_free(files);
}

static struct raw_answer ask(const struct raw_server *raw, const char *text)
{
	int fd = raw_connect(raw);
	raw_send(fd, text);
	struct raw_answer answer = raw_read(fd, true);
	close(fd);
	return answer;
}

static void names_are_a_table(void **state)
{
	static const struct {
		const char *request;
		int status;
		const char *body;
	} cases[] = {
		{GET("/", ""), 200, "shell"},
		{GET("/c/tea?page=2", ""), 200, "shell"},
		{GET("/p/p000001", ""), 200, "shell"},
		{GET("/results/x", ""), 200, "shell"},
		{GET("/assets/app.js", ""), 200, "script"},
		{GET("/assets/empty.css", ""), 200, ""},
		{GET("/assets/link.js", ""), 404, NULL},
		{GET("/assets/deep.js", ""), 404, NULL},
		{GET("/assets/fifo.js", ""), 404, NULL},
		{GET("/assets/.hidden.js", ""), 404, NULL},
		{GET("/assets/notes.txt", ""), 404, NULL},
		{GET("/assets/app.js/", ""), 404, NULL},
		{GET("/assets/app.j", ""), 404, NULL},
		{GET("/assets/../index.html", ""), 404, NULL},
		{GET("/assets/%2e%2e/index.html", ""), 404, NULL},
		{GET("/assets/..%2findex.html", ""), 404, NULL},
		{GET("/assets/app.js%00", ""), 404, NULL},
		{GET("/index.html", ""), 404, NULL},
		{GET("/nowhere", ""), 404, NULL},
		{GET("/nowhere", "Accept: text/html\r\n"), 404, "shell"},
		{"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n", 405, NULL},
	};
	struct raw_server raw;
	(void)state;
	begin(&raw);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raw_answer answer = ask(&raw, cases[i].request);
		if (answer.status != cases[i].status)
			fail_msg("%.40s was answered with %d", cases[i].request, answer.status);
		if (cases[i].body)
			assert_string_equal(answer.body, cases[i].body);
		raw_answer_free(&answer);
	}
	finish(&raw);
}

static void a_known_tag_is_304_without_a_body(void **state)
{
	/* The first half of printf script | sha256sum. */
	static const char etag[] = "ETag: \"21a0270b7f66a1e4c25933f13a1e5a1b\"\r\n";
	struct raw_server raw;
	(void)state;
	begin(&raw);
	struct raw_answer first = ask(&raw, GET("/assets/app.js", ""));
	char *tag = strstr(first.head, etag);
	assert_non_null(tag);
	char request[512];
	snprintf(request, sizeof(request),
		 "GET /assets/app.js HTTP/1.1\r\nHost: t\r\nIf-None-Match: %.34s\r\n\r\n"
		 "GET /assets/app.js HTTP/1.1\r\nHost: t\r\nIf-None-Match: \"x\"\r\n\r\n",
		 tag + 6);
	int fd = raw_connect(&raw);
	raw_send(fd, request);
	struct raw_answer known = raw_read(fd, true), other = raw_read(fd, true);
	close(fd);
	assert_int_equal(known.status, 304);
	assert_null(strstr(known.head, "Content-Length"));
	assert_null(strstr(known.head, "\r\nContent-Type:"));
	assert_int_equal(other.status, 200);
	assert_string_equal(other.body, "script");
	raw_answer_free(&first);
	raw_answer_free(&known);
	raw_answer_free(&other);
	finish(&raw);
}

static void policy_and_config_name_the_two_origins(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw);
	struct raw_answer shell = ask(&raw, GET("/", "")),
			  config = ask(&raw, GET("/config.json", ""));
	assert_non_null(strstr(shell.head, "connect-src 'self' http://a:1 http://b:2;"));
	assert_non_null(strstr(shell.head, "\r\nX-Content-Type-Options: nosniff\r\n"));
	assert_non_null(strstr(shell.head, "\r\nReferrer-Policy: no-referrer\r\n"));
	assert_non_null(strstr(config.body,
			       "{\"architecture\":\"unified\",\"origins\":{\"unified\":"
			       "\"http://a:1\",\"microservices\":\"http://b:2\"},"));
	raw_answer_free(&shell);
	raw_answer_free(&config);
	finish(&raw);
}

static void answers_to_other_origins_say_who_may_read(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw);
	struct raw_answer listed = ask(&raw, GET("/config.json", "Origin: http://b:2\r\n"));
	struct raw_answer foreign = ask(&raw, GET("/config.json", "Origin: http://c:3\r\n"));
	struct raw_answer plain = ask(&raw, GET("/config.json", ""));
	assert_non_null(strstr(listed.head, "\r\nAccess-Control-Allow-Origin: http://b:2\r\n"));
	assert_null(strstr(foreign.head, "Allow-Origin"));
	assert_non_null(strstr(foreign.head, "\r\nVary: Origin\r\n"));
	assert_null(strstr(plain.head, "Vary"));
	raw_answer_free(&listed);
	raw_answer_free(&foreign);
	raw_answer_free(&plain);
	finish(&raw);
}

static void a_folder_without_pages_is_refused(void **state)
{
	char error[HTTP_ERROR_MAX] = "";
	(void)state;
	assert_null(http_static_new("/nowhere", "unified", &cors, error));
	assert_non_null(strstr(error, "/nowhere/index.html"));
}

static int make_folder(void **state)
{
	char path[256];
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/assets", folder);
	mkdir(path, 0700);
	put("index.html", "shell");
	put("outside.js", "secret");
	put("assets/app.js", "script");
	put("assets/empty.css", "");
	put("assets/.hidden.js", "secret");
	put("assets/notes.txt", "secret");
	snprintf(path, sizeof(path), "%s/assets/link.js", folder);
	if (symlink("../outside.js", path) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/assets/deep.js", folder);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/assets/fifo.js", folder);
	return mkfifo(path, 0600);
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"index.html",
					    "outside.js",
					    "assets/app.js",
					    "assets/empty.css",
					    "assets/.hidden.js",
					    "assets/notes.txt",
					    "assets/link.js",
					    "assets/deep.js",
					    "assets/fifo.js",
					    "assets",
					    ""};
	char path[256];
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)remove(path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_a_table),
		cmocka_unit_test(a_known_tag_is_304_without_a_body),
		cmocka_unit_test(policy_and_config_name_the_two_origins),
		cmocka_unit_test(answers_to_other_origins_say_who_may_read),
		cmocka_unit_test(a_folder_without_pages_is_refused),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
