/* The runs of a folder made for it, through a live server: what is served, and what never is. */
#include "tests/unit/http/web_fixture.h"

#include "common/http/http_results.h"

#define OUTSIDE "outside the folder"

static char root[512];

/* A run appears while the server runs. */
static void runs_are_listed_as_they_are_now(void **state)
{
	static const char before[] =
		"{\"runs\":["
		"{\"path\":\"alone\",\"files\":[\"report.json\"]},"
		"{\"path\":\"reference/headline\",\"files\":[\"newer.json\",\"report.json\","
		"\"run.json\",\"torn.json\"]}],\"left_out\":1}";
	static const char after[] =
		"{\"runs\":["
		"{\"path\":\"alone\",\"files\":[\"report.json\"]},"
		"{\"path\":\"later\",\"files\":[\"run.json\"]},"
		"{\"path\":\"reference/headline\",\"files\":[\"newer.json\",\"report.json\","
		"\"run.json\",\"torn.json\"]}],\"left_out\":1}";
	struct raw_server raw;
	(void)state;
	begin(&raw);
	struct raw_answer first = ask(&raw, GET("/results/index.json", ""));
	assert_int_equal(first.status, 200);
	assert_string_equal(first.body, before);
	mkdir(at("runs/later"), 0700);
	put("runs/later/run.json", "{}");
	struct raw_answer second = ask(&raw, GET("/results/index.json", ""));
	assert_string_equal(second.body, after);
	struct raw_answer file = ask(&raw, GET("/results/later/run.json", ""));
	assert_string_equal(file.body, "{}");
	remove(at("runs/later/run.json"));
	remove(at("runs/later"));
	raw_answer_free(&first);
	raw_answer_free(&second);
	raw_answer_free(&file);
	finish(&raw);
}

static void a_file_is_data_with_a_tag(void **state)
{
	struct raw_server raw;
	char request[256];
	(void)state;
	begin(&raw);
	struct raw_answer first = ask(&raw, GET("/results/reference/headline/report.json", ""));
	/* The first half of printf '{"a":1}' | sha256sum. */
	static const char tag[] = "\"015abd7f5cc57a2dd94b7590f04ad808\"";
	assert_int_equal(first.status, 200);
	assert_string_equal(first.body, "{\"a\":1}");
	assert_non_null(strstr(first.head, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(first.head, "\r\nX-Content-Type-Options: nosniff\r\n"));
	assert_non_null(strstr(first.head, "\r\nCache-Control: no-cache\r\n"));
	assert_non_null(strstr(first.head, tag));
	snprintf(request, sizeof(request),
		 "GET /results/reference/headline/report.json HTTP/1.1\r\nHost: t\r\n"
		 "If-None-Match: %s\r\n\r\n",
		 tag);
	struct raw_answer known = ask(&raw, request);
	assert_int_equal(known.status, 304);
	assert_null(strstr(known.head, "Content-Length"));
	put("runs/reference/headline/report.json", "{\"a\":2}");
	struct raw_answer changed = ask(&raw, request);
	assert_int_equal(changed.status, 200);
	assert_string_equal(changed.body, "{\"a\":2}");
	put("runs/reference/headline/report.json", "{\"a\":1}");
	int fd = raw_connect(&raw);
	raw_send(fd, "HEAD /results/reference/headline/report.json HTTP/1.1\r\nHost: t\r\n\r\n");
	struct raw_answer head = raw_read(fd, false);
	close(fd);
	assert_int_equal(head.status, 200);
	assert_int_equal(head.length, 7);
	assert_non_null(strstr(head.head, tag));
	assert_int_equal(raw_ask(&raw, "POST /results/alone/report.json HTTP/1.1\r\nHost: t\r\n"
				       "Content-Length: 0\r\n\r\n"),
			 405);
	raw_answer_free(&first);
	raw_answer_free(&known);
	raw_answer_free(&changed);
	finish(&raw);
}

/* Whatever is in a file is handed on: the page says what is wrong with it. */
static void torn_files_are_sent_as_they_are(void **state)
{
	struct raw_server raw;
	(void)state;
	begin(&raw);
	struct raw_answer torn = ask(&raw, GET("/results/reference/headline/torn.json", ""));
	assert_int_equal(torn.status, 200);
	assert_string_equal(torn.body, "{\"a\":");
	raw_answer_free(&torn);
	finish(&raw);
}

static void nothing_else_is_served(void **state)
{
	static const char *const targets[] = {
		/* no file of a run */
		"schema.json",
		"reference/README.json",
		"no-run/data.json",
		"reference/headline/REPORT.md",
		"reference/headline/report.html",
		"reference/headline/.hidden.json",
		"reference/headline/odd%20name.json",
		"reference/headline/missing.json",
		"reference/headline/report.json/",
		"reference/headline/.json",
		"reference/headline/deep/run.json",
		"reference/headline",
		"reference/headline/",
		"alone/report.JSON",
		"alone/report.jso",
		/* no regular file */
		"reference/headline/folder.json",
		"reference/headline/fifo.json",
		"reference/headline/link.json",
		"reference/headline/inner.json",
		"linked/report.json",
		"reference/linked/report.json",
		"linkmark/report.json",
		/* ways out */
		"../secret.json",
		"alone/../../secret.json",
		"alone/../report.json",
		"%2e%2e/secret.json",
		"%2E%2E/secret.json",
		".%2e/secret.json",
		"alone/..%2f..%2fsecret.json",
		"..%5csecret.json",
		"..\\secret.json",
		"alone/.%00./report.json",
		"alone/report.json%00",
		"alone/report.json%00.json",
		"alone//report.json",
		"/alone/report.json",
		"//etc/passwd.json",
		"./alone/report.json",
		"alone/./report.json",
		"%2e/alone/report.json",
		"%61lone/report.json",
		"alone/report%2ejson",
		"alone;x/report.json",
		"~/report.json",
		"index.json/",
		"./index.json",
		"Index.json",
	};
	struct raw_server raw;
	(void)state;
	begin(&raw);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char request[512];
		snprintf(request, sizeof(request), "GET /results/%s HTTP/1.1\r\nHost: t\r\n\r\n",
			 targets[i]);
		struct raw_answer answer = ask(&raw, request);
		if (answer.status != 404)
			fail_msg("/results/%s was answered with %d", targets[i], answer.status);
		assert_non_null(strstr(answer.head, "application/problem+json"));
		assert_null(strstr(answer.body, OUTSIDE));
		raw_answer_free(&answer);
	}
	finish(&raw);
}

static void names_that_are_too_long_are_unknown(void **state)
{
	static const size_t lengths[] = {105, 106, 107, 111, 112, 255, 256, 4000};
	struct raw_server raw;
	(void)state;
	begin(&raw);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		static char name[4001], request[8192];
		memset(name, 'a', lengths[i]);
		name[lengths[i]] = '\0';
		snprintf(request, sizeof(request),
			 "GET /results/%s/report.json HTTP/1.1\r\nHost: t\r\n\r\n", name);
		assert_int_equal(raw_ask(&raw, request), 404);
		snprintf(request, sizeof(request),
			 "GET /results/alone/%s.json HTTP/1.1\r\nHost: t\r\n\r\n", name);
		assert_int_equal(raw_ask(&raw, request), 404);
	}
	finish(&raw);
}

/* Too large, and forbidden (which root never is); the server goes on. */
static void an_unreadable_file_is_a_500(void **state)
{
	struct raw_server raw;
	(void)state;
	put("runs/alone/large.json", "");
	put("runs/alone/forbidden.json", "{}");
	assert_int_equal(truncate(at("runs/alone/large.json"), 16777217), 0);
	assert_int_equal(chmod(at("runs/alone/forbidden.json"), 0), 0);
	begin(&raw);
	struct raw_answer large = ask(&raw, GET("/results/alone/large.json", ""));
	assert_int_equal(large.status, 500);
	assert_non_null(strstr(large.body, "cannot be read"));
	struct raw_answer forbidden = ask(&raw, GET("/results/alone/forbidden.json", ""));
	assert_int_equal(forbidden.status, geteuid() == 0 ? 200 : 500);
	struct raw_answer after = ask(&raw, GET("/results/alone/report.json", ""));
	assert_int_equal(after.status, 200);
	raw_answer_free(&large);
	raw_answer_free(&forbidden);
	raw_answer_free(&after);
	finish(&raw);
	remove(at("runs/alone/large.json"));
	remove(at("runs/alone/forbidden.json"));
}

static void a_folder_that_is_gone_is_a_500_until_it_is_back(void **state)
{
	struct raw_server raw;
	char away[512];
	(void)state;
	snprintf(away, sizeof(away), "%s", at("away"));
	begin(&raw);
	assert_int_equal(rename(root, away), 0);
	assert_int_equal(raw_ask(&raw, GET("/results/index.json", "")), 500);
	assert_int_equal(raw_ask(&raw, GET("/results/alone/report.json", "")), 500);
	assert_int_equal(raw_ask(&raw, GET("/", "")), 200);
	assert_int_equal(rename(away, root), 0);
	assert_int_equal(raw_ask(&raw, GET("/results/index.json", "")), 200);
	finish(&raw);
}

/* Clients that leave and a server that stops find jobs at every stage. */
static void answers_that_nobody_waits_for_are_freed(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		struct raw_server raw;
		begin(&raw);
		for (int i = 0; i < 50; i++) {
			int fd = raw_connect(&raw);
			raw_send(fd, GET("/results/index.json", ""));
			if (i % 10 == 0) {
				struct raw_answer answer = raw_read(fd, true);
				assert_int_equal(answer.status, 200);
				raw_answer_free(&answer);
			}
			close(fd);
		}
		finish(&raw);
	}
}

static void a_missing_folder_is_refused_at_the_start(void **state)
{
	char error[HTTP_ERROR_MAX] = "";
	(void)state;
	assert_false(http_results_check("/nowhere/runs", error));
	assert_non_null(strstr(error, "--results /nowhere/runs"));
	assert_false(http_results_check(at("secret.json"), error));
	assert_true(http_results_check(root, error));
}

static int make_links(void)
{
	return symlink("../../../secret.json", at("runs/reference/headline/link.json")) ||
	       symlink("report.json", at("runs/reference/headline/inner.json")) ||
	       symlink("../elsewhere", at("runs/linked")) ||
	       symlink("../../elsewhere", at("runs/reference/linked")) ||
	       symlink("../alone/report.json", at("runs/linkmark/report.json")) ||
	       mkfifo(at("runs/reference/headline/fifo.json"), 0600);
}

static int make_folder(void **state)
{
	static const char *const folders[] = {
		"assets",
		"elsewhere",
		"runs",
		"runs/alone",
		"runs/reference",
		"runs/reference/headline",
		"runs/reference/headline/deep",
		"runs/reference/headline/folder.json",
		"runs/no-run",
		"runs/linkmark",
		"runs/odd name",
		"runs/.hidden",
	};
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(at(folders[i]), 0700) != 0)
			return -1;
	put("index.html", "shell");
	put("secret.json", OUTSIDE);
	put("elsewhere/report.json", OUTSIDE);
	put("runs/schema.json", "{}");
	put("runs/alone/report.json", "{}");
	put("runs/no-run/data.json", "{}");
	put("runs/odd name/run.json", "{}");
	put("runs/.hidden/run.json", "{}");
	put("runs/reference/README.json", "{}");
	put("runs/reference/headline/run.json", "{}");
	put("runs/reference/headline/report.json", "{\"a\":1}");
	put("runs/reference/headline/torn.json", "{\"a\":");
	put("runs/reference/headline/newer.json", "{\"schema_version\":99}");
	put("runs/reference/headline/.hidden.json", "{}");
	put("runs/reference/headline/odd name.json", "{}");
	put("runs/reference/headline/REPORT.md", "#");
	put("runs/reference/headline/report.html", "<");
	put("runs/reference/headline/deep/run.json", "{}");
	snprintf(root, sizeof(root), "%s", at("runs"));
	app.results = root;
	return make_links();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_listed_as_they_are_now),
		cmocka_unit_test(a_file_is_data_with_a_tag),
		cmocka_unit_test(torn_files_are_sent_as_they_are),
		cmocka_unit_test(nothing_else_is_served),
		cmocka_unit_test(names_that_are_too_long_are_unknown),
		cmocka_unit_test(an_unreadable_file_is_a_500),
		cmocka_unit_test(a_folder_that_is_gone_is_a_500_until_it_is_back),
		cmocka_unit_test(answers_that_nobody_waits_for_are_freed),
		cmocka_unit_test(a_missing_folder_is_refused_at_the_start),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
