/* Reports of 1, 2 and 7 arms, the factorial's effects, and names that try to be markup. */
#include "tests/unit/runner/report_fixture.h"

#include <math.h>

/* Unescaped bars of a line. */
static int bars(const char *line, size_t len)
{
	int count = 0;
	for (size_t i = 0; i < len; i++)
		count += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
	return count;
}

/* Every table row has as many cells as the line above it, and a rule follows each head. */
static void tables_are_whole(const char *text)
{
	int above = 0, tables = 0;
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");
		int here = *line == '|' ? bars(line, len) : 0;
		if (here && above && here != above)
			fail_msg("a row of %d bars under %d: %.*s", here, above, (int)len, line);
		if (here && !above) {
			const char *rule = line + len + 1;
			assert_int_equal(strspn(rule, "|-: "), strcspn(rule, "\n"));
			tables++;
		}
		above = here;
	}
	assert_true(tables > 5);
}

/* What follows the document of a report.html: its data and its script. */
static const char data_begins[] = "<script type=\"application/json\" id=\"report\">";

/* The part of a report.html that needs no script, closed where the data begins; `data` gets the
 * rest. */
static void html_split(char *html, char **data)
{
	*data = strstr(html, data_begins);
	assert_non_null(*data);
	*data += sizeof(data_begins) - 1;
	*strstr(html, data_begins) = '\0';
}

/* A stack of open elements: every one is closed, in order, and no byte of text opens one. */
static void html_is_whole(const char *text)
{
	static const char *const alone[] = {"meta", "path", "circle", "rect", "!doctype", "!--"};
	char open[64][16];
	size_t depth = 0;
	for (const char *at = strchr(text, '<'); at; at = strchr(at + 1, '<')) {
		char name[16] = "";
		bool closes = at[1] == '/';
		size_t len = strcspn(at + 1 + closes, " >\n");
		snprintf(name, sizeof(name), "%.*s", (int)(len < 15 ? len : 15), at + 1 + closes);
		bool skip = false;
		for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
			skip = skip || strcmp(name, alone[i]) == 0;
		if (skip)
			continue;
		if (!closes) {
			assert_true(depth < 64);
			snprintf(open[depth++], 16, "%s", name);
			continue;
		}
		assert_true(depth > 0);
		assert_string_equal(open[--depth], name);
	}
	assert_int_equal(depth, 2); /* html and body, closed behind the script */
}

static void check_both(struct fixture *f)
{
	char *text = report_of(f, "REPORT.md");
	char *data, *html = fixture_read(f, "report.html");
	html_split(html, &data);
	tables_are_whole(text);
	html_is_whole(html);
	has(html, "default-src 'none'");
	has(html, "script-src 'sha256-");
	has(data, "<script type=\"module\">");
	has(data, "function drawRun(");
	has_not(data, "import {");
	has_not(data, "export ");
	has_not(data, "src=");
	has(html, "prefers-color-scheme: dark");
	has(html, "<figcaption>");
	has(html, "<details><summary>The numbers</summary>");
	has(html, "<title>");
	has_not(html, "<script");
	has_not(html, "src=");
	has_not(html, "@import");
	has_not(html, "nan");
	has_not(html, "inf ");
	free(text);
	free(html);
	fixture_close(f);
}

static struct fixture seven_arms(void)
{
	struct fixture f = fixture_two_arms();
	static const struct fixture_arm arms[] = {
		{"u-sqlite", "unified", "sqlite", 24000, 300},
		{"u-document", "unified", "mongodb-document", 12000, 500},
		{"u-split", "unified", "mongodb-split", 6000, 700},
		{"m-sqlite", "microservices", "sqlite", 6000, 900},
		{"m-mongodb", "microservices", "mongodb", 3000, 1600},
		{"m-plain", "microservices", "mongodb", 1500, 2000},
		{"other", "", "", 60000, 100},
	};
	memcpy(f.arms, arms, sizeof(arms));
	f.arm_count = 7;
	return f;
}

static void any_number_of_arms(void **state)
{
	(void)state;
	struct fixture one = fixture_two_arms();
	one.arm_count = 1;
	check_both(&one);
	struct fixture two = fixture_two_arms();
	two.vus = 2000;
	check_both(&two);
	struct fixture seven = seven_arms();
	check_both(&seven);
}

/* Architecture: 24000/6000 and 12000/3000 are a quarter on both stores; the store is a half on both
 * architectures; so that the first set has no interaction. In the set of u-split the architecture's
 * ratio on MongoDB is 3000/6000, so that the interaction is 2. The arms' factors differ by 0.2 % in
 * odd blocks, which the estimates show in the fourth digit at most. */
static void effects_are_taken_apart(void **state)
{
	(void)state;
	struct fixture f = seven_arms();
	char *text = report_of(&f, "REPORT.md");
	has(text, "## Architecture and store apart");
	has(text, "Set 1: u-sqlite and u-document against m-sqlite and m-mongodb");
	/* 4 sets, 5 measures, 2 main effects each */
	has(text, "Of 40 main effects in these tables, 40 have a 95 % interval within");
	has(text, "Set 4: u-sqlite and u-split against m-sqlite and m-plain");
	has_not(text, "Set 5");
	const char *table = strstr(text, "Effects on capacity");
	assert_non_null(table);
	double set, architecture, store, interaction;
	for (int wanted = 1; wanted <= 4; wanted++) {
		const double effects[][3] = {
			{0.25, 0.5, 1},
			{0.25 / sqrt(2), 0.5 / sqrt(2), 0.5},
			{0.25 * sqrt(2), 0.5 / sqrt(2), 2},
			{0.25, 0.25, 1},
		};
		char start[32];
		snprintf(start, sizeof(start), "\n| %d   | pdp  |", wanted);
		const char *row = strstr(table, start);
		assert_non_null(row);
		int found =
			sscanf(row, " | %lf | pdp | %lf (%*[^)]) | %lf (%*[^)]) | %lf (%*[^)]) |",
			       &set, &architecture, &store, &interaction);
		assert_int_equal(found, 4);
		assert_true(fabs(architecture / effects[wanted - 1][0] - 1) < 0.01);
		assert_true(fabs(store / effects[wanted - 1][1] - 1) < 0.01);
		assert_true(fabs(interaction / effects[wanted - 1][2] - 1) < 0.01);
	}
	free(text);
	fixture_close(&f);
}

/* CPU time is 1e6 / capacity: m-mongodb over u-sqlite 24000 / 3000 = 8, of which the architecture
 * alone is 24000 / 6000 = 4 and the store alone 2. With a capacity of 1500 both together double it
 * once more, with 6000 they halve it. */
static void the_gap_is_taken_apart(void **state)
{
	(void)state;
	static const struct {
		double capacity, gap, together;
		const char *says, *shares;
	} cases[] = {
		{3000, 8, 1, "as far as this run can see, the two simply multiply", NULL},
		{1500, 16, 2, "both together raise it beyond", "50 %, 25 %, 25 % |"},
		{6000, 4, 0.5, "both together keep it below", "\u2013, \u2013, \u2013 |"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f = seven_arms();
		f.arms[4].capacity = cases[i].capacity;
		char *text = report_of(&f, "REPORT.md");
		double gap, architecture, store, together;
		const char *words = strstr(text, "CPU time a request at capacity: m-mongodb over "
						 "u-sqlite is");
		assert_non_null(words);
		int found = sscanf(words,
				   "CPU time a request at capacity: m-mongodb over u-sqlite is %lf "
				   "(%*[^)]). The architecture alone makes %lf (%*[^)]) of it "
				   "(m-sqlite over u-sqlite), the store alone %lf (%*[^)]) "
				   "(u-document over u-sqlite), and the factor %lf",
				   &gap, &architecture, &store, &together);
		assert_int_equal(found, 4);
		assert_true(fabs(gap / cases[i].gap - 1) < 0.01);
		assert_true(fabs(architecture / 4 - 1) < 0.01);
		assert_true(fabs(store / 2 - 1) < 0.01);
		assert_true(fabs(together / cases[i].together - 1) < 0.01);
		has(words, cases[i].says);
		const char *table = strstr(text, "The gap on CPU time a request at capacity");
		assert_non_null(table);
		if (cases[i].shares)
			has(table, cases[i].shares);
		has(text, "Effects on p95 of response time: 20 VUs");
		free(text);
		fixture_close(&f);
	}
}

/* 1,200 VUs are over the knee of m-plain (1,500/s): no effect on latency is stated there. */
static void no_effect_on_a_queue(void **state)
{
	(void)state;
	struct fixture f = seven_arms();
	f.vus = 1200;
	char *text = report_of(&f, "REPORT.md");
	const char *table = strstr(text, "Effects on p50 of response time: 1,200 VUs");
	assert_non_null(table);
	char *first = strstr(table, "\n| 1   | pdp  |"),
	     *second = strstr(table, "\n| 2   | pdp  |");
	assert_true(first && second);
	second[0] = second[1 + strcspn(second + 1, "\n")] = '\0';
	has(first, " to ");
	has_not(second + 1, " to ");
	has(second + 1, "\u2013 |");
	free(text);
	fixture_close(&f);
}

static void two_stores_are_needed_for_effects(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	char *text = report_of(&f, "REPORT.md");
	has_not(text, "## Architecture and store apart");
	has(text, "differ in architecture and in store at once");
	free(text);
	fixture_close(&f);
}

static void names_are_never_markup(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.arms[0].id = "<script>alert(1)</script>";
	f.arms[1].id = "a|b*c`d\"e'f&amp;\ng";
	f.cpu = "<img onerror=x>|\\";
	char *data, *html = report_of(&f, "report.html");
	char *text = fixture_read(&f, "REPORT.md");
	html_split(html, &data);
	has(data, "\\u003cscript>alert(1)\\u003c/script>");
	*strstr(data, "<script type=\"module\">") = '\0';
	assert_ptr_equal(strchr(data, '<'), strstr(data, "</script>"));
	has_not(html, "<script");
	has_not(html, "<img");
	has(html, "&lt;script&gt;alert(1)&lt;/script&gt;");
	has(html, "a|b*c`d&quot;e&#39;f&amp;amp;");
	has(text, "\\<script\\>");
	has(text, "a\\|b\\*c\\`d\"e'f\\&amp; g");
	tables_are_whole(text);
	html_is_whole(html);
	free(html);
	free(text);
	fixture_close(&f);
}

static void make_open(json_t *result, int arm, int block, const char *kind)
{
	(void)arm;
	(void)block;
	if (strcmp(kind, "closed") != 0)
		return;
	json_object_set_new(json_object_get(result, "scenario"), "kind", json_string("open"));
	json_object_set_new(json_object_get(result, "config"), "rate_rps", json_real(1500));
	json_object_set_new(result, "load_factor", json_null());
}

/* 1,500 requests/s of 29,412 and of 2,941: loads 0.05 and 0.51, the same gap as a closed level. */
static void open_runs_have_their_table(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = make_open;
	char *text = report_of(&f, "REPORT.md");
	has(text, "## The open run");
	has(text, "| pdp  | micro-mongodb  |            1,500 |");
	has(text, "|  0.51 |");
	has(text, "| 0.051 |");
	has(text, "**4.00 (4.00 to 4.01)**");
	has_not(text, "## Latency: p50 and p95");
	free(text);
	fixture_close(&f);
}

static void spoil_parity(json_t *result, int arm, int block, const char *kind)
{
	(void)block;
	(void)kind;
	if (arm == 1)
		json_object_set_new(json_object_get(result, "parity"), "equal_to_manifest",
				    json_false());
}

static void unequal_answers_are_told(void **state)
{
	(void)state;
	struct fixture f = fixture_two_arms();
	f.change = spoil_parity;
	char *text = report_of(&f, "REPORT.md");
	has(text, "**NO: 10 of 10 files unequal");
	has(text, "Not every arm is shown to answer");
	has_not(text, "All arms of all pages answered");
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_arms),
		cmocka_unit_test(effects_are_taken_apart),
		cmocka_unit_test(the_gap_is_taken_apart),
		cmocka_unit_test(no_effect_on_a_queue),
		cmocka_unit_test(two_stores_are_needed_for_effects),
		cmocka_unit_test(names_are_never_markup),
		cmocka_unit_test(open_runs_have_their_table),
		cmocka_unit_test(unequal_answers_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
