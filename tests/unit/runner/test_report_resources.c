/* CPU time, memory and counts by process, as reports say them. */
#include "tests/unit/runner/report_fixture.h"

/* The first line that holds `part` from `text` on, cut off there; give it back with line_end. */
static char *line_with(char *text, const char *part)
{
	char *line = strstr(text, part);
	if (!line) {
		fail_msg("no line with: %s", part);
		abort(); /* for the linter: it has failed */
	}
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static void line_end(char *line)
{
	line[strlen(line)] = '\n';
}

/* Block 2's factor is 1.02: 34 us a request at 30,000/s, of which the front has 3 of 4 s, half of
 * them in user mode, and waits a tenth of them. */
static void cpu_time_is_split_by_process(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char *text = report_of(&f, "REPORT.md");
	char *table = strstr(text, "CPU \u00b5s a request by process (capacity)");
	assert_non_null(table);
	char *line = line_with(table, "| unified-sqlite | front ");
	has(line, " 25.50 |");
	has(line, " 12.75 |");
	has(line, " 2.55 |");
	line_end(line);
	line = line_with(table, "| unified-sqlite | **all**");
	has(line, "**34.00**");
	has(line, "**17.00**");
	has(line, "**3.40**");
	line_end(line);
	has(text, "CPU \u00b5s a request by process (20 VUs)");
	table = strstr(text, "The largest resident memory");
	assert_non_null(table);
	line = line_with(table, "| unified-sqlite | **all**");
	has(line, "**51.0**"); /* twice 25.5 MB */
	has(line, "**4**");
	free(text);
	fixture_close(&f);
}

static void few_ticks(json_t *result, int arm, int block, const char *kind)
{
	json_t *front = json_object_get(
		json_object_get(json_object_get(result, "resources"), "server"), "front");
	(void)block;
	(void)kind;
	if (arm != 0)
		return;
	json_object_set_new(front, "user_s", json_real(0.02));
	json_object_set_new(front, "system_s", json_real(0.01));
}

/* 5 x 3 ticks are too few to tell user from system time. */
static void few_ticks_are_not_split(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = few_ticks;
	char *text = report_of(&f, "REPORT.md");
	char *table = strstr(text, "CPU \u00b5s a request by process (capacity)");
	assert_non_null(table);
	char *line = line_with(table, "| unified-sqlite | front ");
	has(line, " 25.50 |");
	has(line, "\u2013 |");
	has_not(line, "12.75");
	free(text);
	fixture_close(&f);
}

static void add_counts(json_t *result, int arm, int block, const char *kind)
{
	json_t *resources = json_object_get(result, "resources");
	json_t *server = json_object_get(resources, "server");
	(void)block;
	(void)kind;
	if (arm != 1)
		return;
	json_object_set_new(resources, "answers_counted", json_integer(1000));
	json_object_set_new(json_object_get(server, "front"), "counts",
			    json_pack("{si si}", "calls", 4000, "connections_opened", 10));
	/* the fixture's second process stands for a service here */
	json_object_set_new(json_object_get(server, "mongod"), "counts",
			    json_pack("{si si si}", "store_jobs", 3000, "store_batches", 1200,
				      "store_rows", 50000));
}

static void add_turns(json_t *result, int arm, int block, const char *kind)
{
	json_t *front = json_object_get(
		json_object_get(json_object_get(result, "resources"), "server"), "front");
	(void)block;
	if (arm == 1)
		json_object_set_new(front, "counts",
				    json_pack("{si si}", "answers", 1000, "answer_turns",
					      strcmp(kind, "capacity") == 0 ? 160 : 1000));
}

/* 1,000 answers in 160 turns at capacity, one by one below; neither mongod nor all together nor an
 * older file has a number. */
static void answers_are_counted_by_turns(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = add_turns;
	char *text = report_of(&f, "REPORT.md");
	char *low = strstr(text, "CPU \u00b5s a request by process (20 VUs)");
	char *table = strstr(text, "CPU \u00b5s a request by process (capacity)");
	assert_non_null(low);
	assert_non_null(table);
	static const struct {
		const char *row, *end;
	} rows[] = {{"| micro-mongodb  | front ", " 6.25 |"},
		    {"| micro-mongodb  | mongod ", " \u2013 |"},
		    {"| micro-mongodb  | **all**", " **\u2013** |"},
		    {"| unified-sqlite | front ", " \u2013 |"}};
	has(text, "| answers a turn |");
	char *lone = line_with(low, "| micro-mongodb  | front ");
	has(lone, " 1.00 |");
	line_end(lone);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *line = line_with(table, rows[i].row);
		if (strcmp(line + strlen(line) - strlen(rows[i].end), rows[i].end) != 0)
			fail_msg("%s does not end in %s", line, rows[i].end);
		line_end(line);
	}
	free(text);
	fixture_close(&f);
}

/* 4,000 calls for 1,000 answers, 10 connections, 3 reads and 50 rows each; 2.5 reads a batch; no
 * server counts queries. */
static void counters_are_a_request(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = add_counts;
	char *text = report_of(&f, "REPORT.md");
	has(text, "## What a request asks for");
	char *table = strstr(text, "What a request asks for (capacity)");
	assert_non_null(table);
	char *line = line_with(table, "| pdp  | micro-mongodb ");
	has(line, " 4.00 |");
	has(line, " 10.00 |");
	has(line, " 3.00 |");
	has(line, " \u2013 |");
	has(line, " 50.0 |");
	has(line, " 2.50 |");
	free(text);
	fixture_close(&f);
	f = fixture_two_arms();
	text = report_of(&f, "REPORT.md");
	has_not(text, "## What a request asks for");
	free(text);
	fixture_close(&f);
}

static const char counts_file[] =
	"{\"schema_version\": 1, \"made_at\": \"2026-01-02T03:04:05Z\", \"commit\": \"abc\","
	"\"tool\": \"strace 6.1\", \"requests\": 200, \"rows\": [{\"arm\": \"micro-mongodb\","
	"\"page\": \"pdp\", \"processes\": {\"bff\": {\"system_calls\": 40.25, \"bytes_sent\": "
	"2000,"
	"\"bytes_received\": 3000, \"most\": [[\"epoll_wait\", 9.125], [\"recvfrom\", 8]]},"
	"\"catalog\": {\"system_calls\": 9.75, \"bytes_sent\": 700, \"bytes_received\": 300,"
	"\"most\": []}}}, {\"arm\": \"x\", \"page\": \"<b>\"}],"
	"\"skipped\": [{\"arm\": \"other\", \"why\": \"no such stack\"}]}";

static char *report_beside(struct fixture *f, const char *counts)
{
	char error[256] = "";
	*f = fixture_two_arms();
	fixture_open(f);
	fixture_write(f);
	fixture_put(f, "counts.json", counts);
	if (!report_write(f->path, error))
		fail_msg("%s", error);
	return fixture_read(f, "REPORT.md");
}

/* 40.25 + 9.75 calls, 2,700 bytes sent. */
static void what_was_counted_apart_is_shown(void **state)
{
	(void)state;
	struct fixture f;
	char *text = report_beside(&f, counts_file);
	char *table = strstr(text, "counted apart: 200 requests");
	assert_non_null(table);
	char *line = line_with(table, "| bff ");
	has(line, " 40.2 |");
	has(line, " 2,000 |");
	has(line, "| epoll_wait 9.1, recvfrom 8.0 ");
	line_end(line);
	line = line_with(table, "| **all**");
	has(line, "**50.0**");
	has(line, "**2,700**");
	line_end(line);
	has(text, "Counted by strace 6.1, at commit abc.");
	has(text, "- Not counted: other: no such stack.");
	has_not(text, "\\<b\\>");
	free(text);
	fixture_close(&f);
	text = report_beside(&f, "{");
	has(text, "counts.json cannot be read: ");
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_time_is_split_by_process),
		cmocka_unit_test(few_ticks_are_not_split),
		cmocka_unit_test(answers_are_counted_by_turns),
		cmocka_unit_test(counters_are_a_request),
		cmocka_unit_test(what_was_counted_apart_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
