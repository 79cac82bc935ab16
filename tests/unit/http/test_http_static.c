/* The web pages' files, from a folder made for it, through a live server. */
#include "tests/unit/http/web_fixture.h"

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
		{GET("/results", ""), 200, "shell"},
		{GET("/results?run=a/b", ""), 200, "shell"},
		{GET("/results/index.json", ""), 200, "{\"runs\":[]}"},
		{GET("/results/", ""), 404, NULL},
		{GET("/results/x", ""), 404, NULL},
		{GET("/results/x", "Accept: text/html\r\n"), 404, "shell"},
		{GET("/results/a/run.json", ""), 404, NULL},
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
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	mkdir(at("assets"), 0700);
	put("index.html", "shell");
	put("outside.js", "secret");
	put("assets/app.js", "script");
	put("assets/empty.css", "");
	put("assets/.hidden.js", "secret");
	put("assets/notes.txt", "secret");
	mkdir(at("assets/deep.js"), 0700);
	return symlink("../outside.js", at("assets/link.js")) || mkfifo(at("assets/fifo.js"), 0600);
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
