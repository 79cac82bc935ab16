#include "runner/plan.h"

#include "common/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "\"id\":\"x\",\"seed\":1,\"products\":80,\"data_seed\":42,\"blocks\":2,"
#define PAGES "\"pages\":[\"pdp\",\"home\"],"
#define ARM "{\"id\":\"u\",\"architecture\":\"unified\",\"store\":\"sqlite\"}"
#define ARMS "\"arms\":[" ARM "],"
#define LEVEL "{\"vus\":20,\"warmup\":\"1s\",\"duration\":\"2s\"}"
#define LEVELS "\"levels\":[" LEVEL "]"
#define ARM_OF(rest) HEAD PAGES "\"arms\":[{\"id\":\"u\"," rest "}]," LEVELS

#define MICRO(id, rung)                                                                            \
	"{\"id\":\"" id                                                                            \
	"\",\"architecture\":\"microservices\",\"store\":\"sqlite\",\"rung\":\"" rung "\"}"
#define LADDER_ARMS                                                                                \
	"\"arms\":[" ARM "," MICRO("q", "4q") "," MICRO("t", "tcp") "," MICRO("w", "tcp-1db") "],"
#define LADDER_OF(rungs) "{" HEAD PAGES LADDER_ARMS LEVELS ",\"ladder\":[" rungs "]}"
#define LADDER_WITHOUT(keys)                                                                       \
	"{" HEAD PAGES LADDER_ARMS LEVELS ",\"ladder\":[\"u\",\"q\",\"t\"],\"top_without\":" keys  \
	"}"

static struct plan *parse(const char *text, char *error)
{
	return plan_parse(text, strlen(text), "x.json", error);
}

static void reads_a_plan(void **state)
{
	(void)state;
	char error[PLAN_ERROR_MAX] = "", store[24];
	struct plan *plan = parse(
		"{" HEAD PAGES "\"arms\":[" ARM ",{\"id\":\"d\",\"architecture\":\"unified\","
		"\"store\":\"mongodb\",\"schema\":\"split\",\"coalesce\":0,\"workers\":3}],"
		"\"think\":\"250ms\",\"think_jitter\":\"none\",\"stagger\":false,\"capacity\":"
		"{\"vus\":200,\"warmup\":\"0s\",\"duration\":\"4s\"},\"open\":null," LEVELS "}",
		error);
	assert_string_equal(error, "");
	assert_non_null(plan);
	assert_int_equal(plan->page_count, 2);
	assert_int_equal(plan->pages[0], PLAN_PDP);
	assert_int_equal(plan->arm_count, 2);
	assert_int_equal(plan->arms[0].coalesce, -1);
	assert_int_equal(plan->arms[1].coalesce, 0);
	assert_int_equal(plan->arms[1].workers, 3);
	plan_arm_store_text(&plan->arms[1], store);
	assert_string_equal(store, "mongodb-split");
	plan_arm_store_text(&plan->arms[0], store);
	assert_string_equal(store, "sqlite");
	assert_int_equal(plan->think_ns, 250 * NS_PER_MS);
	assert_int_equal(plan->jitter, 0);
	assert_false(plan->stagger);
	assert_true(plan->sweep);
	assert_string_equal(plan->popularity, "uniform");
	assert_true(plan->has_capacity);
	assert_false(plan->has_open);
	assert_int_equal(plan_vus_max(plan), 200);
	assert_int_equal(strlen(plan->sha256), 64);
	plan_free(plan);
}

/* Each bad plan and what its one line must name. */
static const struct bad {
	const char *text, *names;
} bad[] = {
	{"{", "line 1"},
	{"[]", "must be an object"},
	{"{" HEAD PAGES ARMS LEVELS ",\"arm\":1}", "unknown key \"arm\"; did you mean \"arms\"?"},
	{"{" HEAD PAGES ARMS LEVELS ",\"zzzzzzzz\":1}", "unknown key \"zzzzzzzz\"; known: id"},
	{"{" PAGES ARMS LEVELS "}", "\"id\" is missing"},
	{"{" HEAD PAGES ARMS LEVELS ",\"id\":\"y\"}", "line 1"}, /* the same key twice */
	{"{\"id\":\"a/"
	 "b\",\"seed\":1,\"products\":80,\"data_seed\":42,\"blocks\":2," PAGES ARMS LEVELS "}",
	 "id: \"a/b\" may hold only"},
	{"{\"id\":\"\",\"seed\":1,\"products\":80,\"data_seed\":42,\"blocks\":"
	 "2," PAGES ARMS LEVELS "}",
	 "id: must be a text"},
	{"{\"id\":\"x\",\"seed\":-1,\"products\":80,\"data_seed\":42,\"blocks\":"
	 "2," PAGES ARMS LEVELS "}",
	 "seed: must be a whole number from 0"},
	{"{\"id\":\"x\",\"seed\":1,\"products\":81,\"data_seed\":42,\"blocks\":"
	 "2," PAGES ARMS LEVELS "}",
	 "products: must be a multiple of 8"},
	{"{\"id\":\"x\",\"seed\":1,\"products\":80,\"data_seed\":42,\"blocks\":"
	 "0," PAGES ARMS LEVELS "}",
	 "blocks: must be"},
	{"{\"id\":\"x\",\"seed\":1,\"products\":80,\"data_seed\":42,\"blocks\":1."
	 "5," PAGES ARMS LEVELS "}",
	 "blocks: must be"},
	{"{" HEAD "\"pages\":[\"pdpp\"]," ARMS LEVELS "}",
	 "pages[0]: unknown value \"pdpp\"; did you mean \"pdp\"?"},
	{"{" HEAD "\"pages\":[\"pdp\",\"pdp\"]," ARMS LEVELS "}", "pages[1]: the page stands"},
	{"{" HEAD "\"pages\":[]," ARMS LEVELS "}", "pages: must be a list"},
	{"{" HEAD "\"pages\":\"pdp\"," ARMS LEVELS "}", "pages: must be a list"},
	{"{" HEAD PAGES "\"arms\":[]," LEVELS "}", "arms: must be a list"},
	{"{" HEAD PAGES "\"arms\":[" ARM "," ARM "]," LEVELS "}",
	 "arms[1]: the id \"u\" is taken by arms[0]"},
	{"{" ARM_OF("\"architecture\":\"microservice\",\"store\":\"sqlite\"") "}",
	 "arms[0].architecture: unknown value \"microservice\"; did you mean "
	 "\"microservices\"?"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"mongo\"") "}",
	 "arms[0].store: unknown value \"mongo\"; did you mean \"mongodb\"?"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"mongodb\"") "}",
	 "arms[0]: unified on mongodb needs \"schema\""},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\",\"schema\":"
		    "\"split\"") "}",
	 "arms[0]: \"schema\" is for unified on mongodb"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\","
		    "\"coalesce\":32") "}",
	 "arms[0]: \"coalesce\" is for mongodb"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\",\"workers\":"
		    "2") "}",
	 "arms[0]: \"workers\" is for mongodb"},
	{"{" ARM_OF("\"architecture\":\"microservices\",\"store\":\"sqlite\","
		    "\"precomputed\":true") "}",
	 "arms[0]: \"precomputed\" is for unified"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\",\"rung\":\"4q\"") "}",
	 "arms[0]: \"rung\" is for microservices on sqlite"},
	{"{" ARM_OF("\"architecture\":\"microservices\",\"store\":\"sqlite\",\"rung\":\"4tx\"") "}",
	 "arms[0].rung: unknown value \"4tx\"; did you mean \"4txn\"?"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\","
		    "\"fanout\":\"sequential\"") "}",
	 "arms[0]: \"fanout\" is for microservices"},
	{"{" ARM_OF("\"architecture\":\"microservices\",\"store\":\"sqlite\",\"rung\":\"tcp-"
		    "close\"") "}",
	 "arms[0]: rung tcp-close cannot be the first arm"},
	{"{" ARM_OF(
		 "\"architecture\":\"microservices\",\"store\":\"sqlite\",\"rung\":\"tcp-close\","
		 "\"fanout\":\"per-item\"") "}",
	 "arms[0]: rung tcp-close cannot ask \"per-item\""},
	{"{" HEAD PAGES "\"arms\":[" ARM
	 ",{\"id\":\"c\",\"architecture\":\"microservices\",\"store\":"
	 "\"sqlite\",\"rung\":\"tcp-close\"}]," LEVELS "}",
	 "arms[1]: rung tcp-close takes the open load alone"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\",\"wire\":\"binary\"") "}",
	 "arms[0]: \"wire\" is for microservices on rung tcp"},
	{"{" ARM_OF("\"architecture\":\"microservices\",\"store\":\"sqlite\",\"rung\":\"procs\","
		    "\"wire\":\"binary\"") "}",
	 "arms[0]: \"wire\" is for microservices on rung tcp"},
	{"{" ARM_OF(
		 "\"architecture\":\"microservices\",\"store\":\"sqlite\",\"wire\":\"binery\"") "}",
	 "arms[0].wire: unknown value \"binery\"; did you mean \"binary\"?"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\",\"hop_delay\":\"1ms\"") "}",
	 "arms[0]: \"hop_delay\" is for microservices"},
	{"{" ARM_OF("\"architecture\":\"microservices\",\"store\":\"sqlite\",\"rung\":\"4q\",\"hop_"
		    "delay\":\"1ms\"") "}",
	 "arms[0]: \"hop_delay\" cannot be inside"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\",\"precomputed\":true,"
		    "\"work\":\"1ms\"") "}",
	 "arms[0]: \"work\" is not for"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\","
		    "\"precomputd\":true") "}",
	 "arms[0]: unknown key \"precomputd\"; did you mean \"precomputed\"?"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\","
		    "\"precomputed\":1") "}",
	 "arms[0].precomputed: must be true or false"},
	{"{" ARM_OF("\"architecture\":\"microservices\",\"store\":\"mongodb\","
		    "\"coalesce\":33") "}",
	 "arms[0].coalesce: must be a whole number from 0 to 32"},
	{"{" HEAD PAGES ARMS "\"levels\":[]}", "levels: must be a list"},
	{"{" HEAD PAGES ARMS "\"levels\":[" LEVEL "," LEVEL "]}",
	 "levels[1]: levels[0] has as many"},
	{"{" HEAD PAGES ARMS "\"levels\":[{\"vus\":20,\"warmup\":\"1s\"}]}",
	 "levels[0]: the key \"duration\" is missing"},
	{"{" HEAD PAGES ARMS "\"levels\":[{\"vus\":20,\"warmup\":1,\"duration\":\"1s\"}]}",
	 "levels[0].warmup: must be a duration"},
	{"{" HEAD PAGES ARMS "\"levels\":[{\"vus\":20,\"warmup\":\"1 s\",\"duration\":\"1s\"}]}",
	 "levels[0].warmup: must be a duration"},
	{"{" HEAD PAGES ARMS "\"levels\":[{\"vus\":0,\"warmup\":\"1s\",\"duration\":\"1s\"}]}",
	 "levels[0].vus: must be a whole number from 1"},
	{"{" HEAD PAGES ARMS LEVELS ",\"capacity\":7}", "capacity: must be an object"},
	{"{" HEAD PAGES ARMS LEVELS ",\"stamps\":{\"requests\":9}}",
	 "stamps.requests: must be a whole number from 10"},
	{"{" HEAD PAGES ARMS LEVELS ",\"stamps\":{}}", "stamps: the key \"requests\" is missing"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\","
		    "\"precomputed\":true") ",\"stamps\":{\"requests\":50}}",
	 "stamps: arms[0] answers with stored bytes"},
	{"{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\",\"cache_ttl\":"
		    "\"1s\"") ",\"stamps\":{\"requests\":50}}",
	 "stamps: arms[0] answers with stored bytes"},
	{"{" HEAD PAGES ARMS LEVELS ",\"think_jitter\":\"normal\"}",
	 "think_jitter: unknown value \"normal\"; known: none, uniform, "
	 "exponential"},
	{"{" HEAD PAGES ARMS LEVELS ",\"open\":{\"of_slowest_capacity\":0.5,\"vus\":2,\"warmup\":"
	 "\"1s\",\"duration\":\"1s\"}}",
	 "open: needs \"capacity\""},
	{LADDER_OF("\"u\""), "ladder: must be a list of at least 2"},
	{LADDER_OF("\"u\",\"no\""), "ladder[1]: \"no\" is no arm of the plan"},
	{LADDER_OF("\"u\",\"t\",\"u\""), "ladder[2]: \"u\" stands there twice"},
	{LADDER_OF("\"u\",7"), "ladder[1]: \"\" is no arm"},
	{"{" HEAD PAGES ARMS LEVELS ",\"ladder\":\"u\"}", "ladder: must be a list of arms' ids"},
	{LADDER_WITHOUT("{\"u\":\"w\"}"), "top_without: \"u\" must be a rung between"},
	{LADDER_WITHOUT("{\"t\":\"w\"}"), "top_without: \"t\" must be a rung between"},
	{LADDER_WITHOUT("{\"x\":\"w\"}"), "top_without: \"x\" must be a rung between"},
	{LADDER_WITHOUT("{\"q\":\"t\"}"), "top_without: \"t\" must be an arm of the plan that is"},
	{LADDER_WITHOUT("{\"q\":\"no\"}"), "top_without: \"no\" must be an arm of the plan"},
	{LADDER_WITHOUT("[]"), "top_without: must be an object"},
	{"{" HEAD PAGES ARMS LEVELS ",\"top_without\":{}}", "top_without: must be an object"},
	{"{" HEAD PAGES ARMS LEVELS ",\"open\":{\"of_slowest_capacity\":9,\"vus\":2,\"warmup\":"
	 "\"1s\",\"duration\":\"1s\"}}",
	 "open.of_slowest_capacity: must be a number"},
};

#define UNIFIED(rest) "{" ARM_OF("\"architecture\":\"unified\",\"store\":\"sqlite\"," rest) "}"
#define SERVICES(rest)                                                                             \
	"{" ARM_OF("\"architecture\":\"microservices\",\"store\":\"sqlite\"," rest) "}"
#define CLOSING                                                                                    \
	"{\"id\":\"c\",\"architecture\":\"microservices\",\"store\":\"sqlite\","                   \
	"\"rung\":\"tcp-close\"}"

/* The same of where an arm runs, of closed connections, of caches and of popularity. */
static const struct bad bad_choices[] = {
	{UNIFIED("\"placement\":\"db-apart\""),
	 "arms[0]: \"placement\": \"db-apart\" is for mongodb"},
	{UNIFIED("\"placement\":\"2cpus\""),
	 "arms[0].placement: unknown value \"2cpus\"; did you mean \"2cpu\"?"},
	{UNIFIED("\"placement\":2"),
	 "arms[0].placement: unknown value \"\"; known: 1cpu, 2cpu, db-apart"},
	{SERVICES("\"rung\":\"tcp-close\""), "arms[0]: rung tcp-close cannot be the first arm"},
	{SERVICES("\"rung\":\"tcp-close\",\"fanout\":\"per-item\""),
	 "arms[0]: rung tcp-close cannot ask \"per-item\""},
	{"{" HEAD PAGES "\"arms\":[" ARM "," CLOSING "]," LEVELS "}",
	 "arms[1]: rung tcp-close takes the open load alone"},
	{UNIFIED("\"cache_ttl\":\"1\""), "arms[0].cache_ttl: must be a duration"},
	{UNIFIED("\"cache_ttl\":\"2h\""), "arms[0].cache_ttl: must be a duration"},
	{UNIFIED("\"precomputed\":true,\"cache_ttl\":\"1s\""), "arms[0]: \"cache_ttl\" is not for"},
	{"{" HEAD PAGES ARMS LEVELS ",\"popularity\":\"zipf\"}",
	 "popularity: must be \"uniform\", or"},
	{"{" HEAD PAGES ARMS LEVELS ",\"popularity\":\"zipf:11\"}", "popularity: must be"},
	{"{" HEAD PAGES ARMS LEVELS ",\"popularity\":1}", "popularity: must be a text"},
};

static void names_it(const struct bad *plan)
{
	char error[PLAN_ERROR_MAX] = "";
	assert_null(parse(plan->text, error));
	if (!strstr(error, plan->names) || strncmp(error, "plan x.json: ", 13) != 0)
		fail_msg("%s\n  said: %s\n  wanted: %s", plan->text, error, plan->names);
	assert_null(strchr(error, '\n'));
}

static void names_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		names_it(&bad[i]);
	for (size_t i = 0; i < sizeof(bad_choices) / sizeof(bad_choices[0]); i++)
		names_it(&bad_choices[i]);
}

static void reads_a_ladder(void **state)
{
	(void)state;
	char error[PLAN_ERROR_MAX] = "";
	struct plan *plan = parse(LADDER_WITHOUT("{\"q\":\"w\"}"), error);
	assert_string_equal(error, "");
	assert_int_equal(json_array_size(plan->ladder), 3);
	assert_int_equal(plan->arms[3].rung, PLAN_RUNG_TCP_1DB);
	plan_free(plan);
}

static void names_a_missing_file(void **state)
{
	(void)state;
	char error[PLAN_ERROR_MAX] = "";
	assert_null(plan_read("runner/plans/none.json", error));
	assert_non_null(strstr(error, "runner/plans/none.json: No such file"));
	assert_null(plan_read("runner/plans", error));
	assert_non_null(strstr(error, "cannot be read"));
}

static const char whole_plan[] =
	"{\"id\":\"x\",\"seed\":1,\"products\":80,\"data_seed\":42,\"blocks\":1,\"pages\":[\"pdp\"]"
	","
	"\"arms\":[{\"id\":\"u\",\"architecture\":\"unified\",\"store\":\"sqlite\"}%s],"
	"\"capacity\":{\"vus\":9,\"warmup\":\"0s\",\"duration\":\"1s\"},"
	"\"levels\":[{\"vus\":20,\"warmup\":\"0s\",\"duration\":\"1s\"}],\"think\":\"%s\",%s}";

static struct plan *parse_with(const char *arm, const char *think, const char *more, char *error)
{
	char text[1200];
	(void)snprintf(text, sizeof(text), whole_plan, arm, think, more);
	return plan_parse(text, strlen(text), "x.json", error);
}

static void a_twin_is_one_more_arm(void **state)
{
	(void)state;
	char error[PLAN_ERROR_MAX] = "";
	struct plan *plan = parse_with("", "1s", "\"twin\":true", error);
	assert_non_null(plan);
	assert_int_equal(plan->arm_count, 2);
	assert_string_equal(plan->arms[1].id, "u-twin");
	assert_string_equal(json_string_value(json_object_get(plan->arms[1].json, "twin_of")), "u");
	assert_int_equal(plan->repeats, PLAN_REPEATS_MAX);
	/* the plan itself stays as it was written */
	assert_int_equal(json_array_size(json_object_get(plan->json, "arms")), 1);
	plan_free(plan);
	assert_null(
		parse_with(",{\"id\":\"u-twin\",\"architecture\":\"unified\",\"store\":\"memory\"}",
			   "1s", "\"twin\":true", error));
	assert_non_null(strstr(error, "twin: its id \"u-twin\" is taken by arms[1]"));
	assert_null(parse_with("", "0s", "\"open_twin\":true", error));
	assert_non_null(strstr(error, "open_twin: needs \"capacity\" and think time"));
	assert_null(parse_with("", "1s", "\"repeats\":3", error));
	assert_non_null(strstr(error, "repeats"));
	assert_null(parse_with("", "1s", "\"twins\":true", error));
	assert_non_null(strstr(error, "twin"));
}

#define CAPACITY "\"capacity\":{\"vus\":9,\"warmup\":\"0s\",\"duration\":\"1s\"},"
#define SEARCH(rest)                                                                               \
	"{" HEAD PAGES ARMS CAPACITY "\"levels\":[],\"saturation\":{\"vus\":500,\"warmup\":"       \
	"\"500ms\",\"duration\":\"2s\"" rest "}}"

static void reads_a_search(void **state)
{
	(void)state;
	static const struct {
		const char *text, *names;
	} wrong[] = {
		{SEARCH(""), "saturation: the key \"slo\" is missing"},
		{SEARCH(",\"slo\":\"p95<50\""), "saturation.slo: the SLO's goal 'p95<50' is not"},
		{SEARCH(",\"slo\":50"), "saturation.slo: must be a text"},
		{SEARCH(",\"slo\":\"p95<5ms\",\"repeats\":2"), "\"repeats\" must be odd"},
		{SEARCH(",\"slo\":\"p95<5ms\",\"repeat\":3"), "did you mean \"repeats\"?"},
		{SEARCH(",\"slo\":\"p95<5ms\",\"runs_max\":101"), "saturation.runs_max"},
		{SEARCH(",\"slo\":\"p95<5ms\",\"precision\":0"), "saturation.precision"},
		{"{" HEAD PAGES ARMS LEVELS ",\"saturation\":{\"slo\":\"p95<5ms\",\"vus\":5,"
		 "\"warmup\":\"0s\",\"duration\":\"2s\"}}",
		 "saturation: needs \"capacity\""},
	};
	char error[PLAN_ERROR_MAX] = "";
	struct plan *plan =
		parse(SEARCH(",\"slo\":\"p95<50ms,errors<1%\",\"precision\":0.1"), error);
	assert_string_equal(error, "");
	assert_true(plan->has_saturation);
	assert_int_equal(plan->level_count, 0);
	assert_string_equal(plan->saturation.slo.text, "p95<50ms,errors<1%");
	assert_int_equal(plan->saturation.slo.count, 2);
	assert_int_equal(plan->saturation.repeats, 3);
	assert_float_equal(plan->saturation.precision, 0.1, 1e-12);
	assert_int_equal(plan_vus_max(plan), 500);
	plan_free(plan);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(parse(wrong[i].text, error));
		if (!strstr(error, wrong[i].names))
			fail_msg("%s\nis not in: %s", wrong[i].names, error);
	}
}

#define SERVICES_ARM ",{\"id\":\"m\",\"architecture\":\"microservices\",\"store\":\"sqlite\"}"

#define CELL(id, architecture, work, more)                                                         \
	",{\"id\":\"" id "\",\"architecture\":\"" architecture                                     \
	"\",\"store\":\"sqlite\",\"work\":\"" work "\"" more "}"
#define DELAY(delay) ",\"hop_delay\":\"" delay "\""
#define UNIFIED_CELL CELL("u2", "unified", "1ms", "")
/* Beside SERVICES_ARM, which has neither work nor delay. */
#define SERVICES_CELLS                                                                             \
	CELL("m2", "microservices", "1ms", "")                                                     \
	CELL("m3", "microservices", "0s", DELAY("1ms"))

static void a_map_needs_both_sides_and_one_goal(void **state)
{
	(void)state;
	static const struct {
		const char *arms, *map, *names;
	} wrong[] = {
		{"", "{\"slo\":\"p50<9ms\"}", "map: needs arms of both architectures"},
		{SERVICES_ARM, "{}", "map: the key \"slo\" is missing"},
		{SERVICES_ARM, "{\"slo\":9}", "map.slo: must be a text as"},
		{SERVICES_ARM, "{\"slo\":\"p95<9ms\"}", "map.slo: must be one goal on p50"},
		{SERVICES_ARM, "{\"slo\":\"p50<9ms,errors<1%\"}",
		 "map.slo: must be one goal on p50"},
		{SERVICES_ARM, "{\"slo\":\"p50<9ms\",\"tax\":1}", "map: unknown key \"tax\""},
		{SERVICES_ARM ",{\"id\":\"u2\",\"architecture\":\"unified\",\"store\":"
			      "\"memory\"}",
		 "{\"slo\":\"p50<9ms\"}", "map: \"u\" and \"u2\" differ in more than"},
		{SERVICES_ARM, "{\"slo\":\"p50<9ms\"}", "map: needs unified arms of two"},
		{UNIFIED_CELL SERVICES_ARM SERVICES_CELLS, "{\"slo\":\"p50<9ms\"}",
		 "map: needs four microservices arms"},
		/* Every delay comes with its own work, as if they were one thing. */
		{UNIFIED_CELL SERVICES_ARM CELL("m2", "microservices", "1ms", DELAY("1ms"))
			 CELL("m3", "microservices", "2ms", DELAY("2ms"))
				 CELL("m4", "microservices", "3ms", DELAY("3ms")),
		 "{\"slo\":\"p50<9ms\"}", "neither of both following the other"},
	};
	char error[PLAN_ERROR_MAX] = "", more[80];
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)snprintf(more, sizeof(more), "\"map\":%s", wrong[i].map);
		assert_null(parse_with(wrong[i].arms, "0s", more, error));
		if (!strstr(error, wrong[i].names))
			fail_msg("%s\nis not in: %s", wrong[i].names, error);
	}
	assert_null(parse("{" HEAD PAGES ARMS LEVELS ",\"map\":{\"slo\":\"p50<9ms\"}}", error));
	assert_non_null(strstr(error, "map: needs \"capacity\" and a level"));
	struct plan *plan = parse_with(UNIFIED_CELL SERVICES_ARM SERVICES_CELLS CELL(
					       "m4", "microservices", "0s", DELAY("2ms")),
				       "0s", "\"map\":{\"slo\":\"p50<9ms\"}", error);
	assert_non_null(plan);
	assert_true(plan->has_map);
	assert_float_equal(plan->map_slo.goals[0].limit, 9000, 1e-9);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_plan),
		cmocka_unit_test(names_what_is_wrong),
		cmocka_unit_test(names_a_missing_file),
		cmocka_unit_test(a_twin_is_one_more_arm),
		cmocka_unit_test(reads_a_search),
		cmocka_unit_test(a_map_needs_both_sides_and_one_goal),
		cmocka_unit_test(reads_a_ladder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
