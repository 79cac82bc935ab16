/* The ladder's arithmetic, by hand. */
#include "tests/unit/runner/ladder_fixture.h"

#include <math.h>

static struct run *open_run(struct fixture *f, const struct ladder_run *made)
{
	char error[256] = "";
	ladder_write(f, made);
	struct run *run = report_run_open(f->path, error);
	if (!run)
		fail_msg("%s", error);
	return run;
}

static void close_run(struct fixture *f, struct run *run)
{
	report_run_close(run);
	fixture_close(f);
}

static void the_plan_says_which_arms_are_rungs(void **state)
{
	(void)state;
	struct fixture f;
	struct run *run = open_run(&f, &ladder_plain);
	struct ladder ladder = ladder_of(run);
	assert_int_equal(ladder.count, 5);
	assert_int_equal(ladder.base, 0);
	assert_int_equal(ladder.top, 4);
	assert_int_equal(ladder.steps[1].word, TAX_COORDINATION);
	assert_int_equal(ladder.steps[2].word, TAX_STORE);
	assert_int_equal(ladder.steps[3].word, TAX_WORDS); /* no neighbours */
	assert_int_equal(ladder.steps[4].word, TAX_SOCKETS);
	assert_int_equal(ladder.without[2], 5);
	assert_int_equal(ladder.without[1], RUN_ARMS_MAX);
	close_run(&f, run);
}

/* tcp-1db lacks the store's step and no other: it cannot stand for coordination's. */
static void an_arm_without_another_step_is_left_out(void **state)
{
	(void)state;
	struct ladder_run wrong = ladder_plain;
	struct fixture f;
	wrong.ladder = "\"ladder\":[\"join\",\"4q\",\"4txn\",\"procs\",\"tcp\"],"
		       "\"top_without\":{\"4q\":\"without\",\"procs\":\"without\"}";
	struct run *run = open_run(&f, &wrong);
	struct ladder ladder = ladder_of(run);
	for (size_t rung = 0; rung < ladder.count; rung++)
		assert_int_equal(ladder.without[rung], RUN_ARMS_MAX);
	close_run(&f, run);
}

/* 10, 10.2, 10, 9.8, 10: mean 10, sd sqrt(0.08 / 4) = 0.141421, t(0.975, 4) = 2.776445:
 * 10 +- 2.776445 x 0.141421 / sqrt(5) = 10 +- 0.175598. */
static void a_step_is_the_mean_difference_within_blocks(void **state)
{
	(void)state;
	struct fixture f;
	struct run *run = open_run(&f, &ladder_plain);
	struct interval us = ladder_difference(run, 0, 0, 0, 1, false);
	assert_int_equal(us.n, 5);
	assert_true(fabs(us.estimate - 10) < 1e-9);
	assert_true(fabs(us.low - (10 - 0.175598)) < 1e-5);
	assert_true(fabs(us.high - (10 + 0.175598)) < 1e-5);
	struct interval ratio = ladder_difference(run, 0, 0, 0, 1, true);
	double logs =
		log(40.0 / 30) + log(41.2 / 31) + log(42.0 / 32) + log(42.8 / 33) + log(44.0 / 34);
	assert_true(fabs(ratio.estimate - exp(logs / 5)) < 1e-9);
	/* +0.5, -0.5, +0.5, -0.5, 0: 0 +- 2.776445 x 0.5 / sqrt(5) = 0.620833 */
	us = ladder_difference(run, 0, 0, 1, 2, false);
	assert_true(fabs(us.estimate) < 1e-9 && fabs(us.high - 0.620833) < 1e-5);
	assert_int_equal(ladder_judge(us, us.p), LADDER_BELOW);
	close_run(&f, run);
}

/* The words and what has no word add up to the way from base to top, block by block. */
static void words_add_up(void **state)
{
	(void)state;
	struct fixture f;
	struct run *run = open_run(&f, &ladder_plain);
	struct ladder ladder = ladder_of(run);
	double sum = 0;
	for (int word = 0; word <= TAX_WORDS; word++) {
		struct ladder_term terms[LADDER_TERMS_MAX];
		size_t count = ladder_word_terms(&ladder, (enum tax_word)word, terms);
		struct interval us = ladder_sum(run, 0, 0, terms, count, false);
		sum += count ? us.estimate : 0;
		assert_int_equal(count, word == TAX_COORDINATION || word == TAX_STORE ||
							word == TAX_SOCKETS || word == TAX_WORDS
						? 2
						: 0);
	}
	struct interval all = ladder_difference(run, 0, 0, 0, 4, false);
	assert_true(fabs(all.estimate - 65) < 1e-9); /* 97 - 32 */
	assert_true(fabs(sum - all.estimate) < 1e-9);
	close_run(&f, run);
}

/* Of two rungs a two-way table's residuals are +-d/4 ... : with ln ratios l of the blocks, each
 * residual is (l - mean)/2 on one side and its negative on the other, so that sqrt(2) times their
 * pooled deviation is the ratios' own deviation. */
static void noise_of_two_rungs_is_their_ratios_deviation(void **state)
{
	(void)state;
	static const struct ladder_run two = {
		.rungs = ladder_rungs, .count = 2, .ladder = "\"ladder\":[\"join\",\"4q\"]"};
	struct fixture f;
	struct run *run = open_run(&f, &two);
	struct ladder ladder = ladder_of(run);
	struct ladder_noise noise = ladder_noise(run, &ladder, 0, 0);
	struct interval ratio = ladder_difference(run, 0, 0, 0, 1, true);
	assert_false(noise.twin);
	assert_int_equal(noise.blocks, 5);
	assert_true(fabs(noise.share - (sqrt(ratio.high / ratio.low) - 1)) < 1e-9);
	assert_true(noise.share > 0.001);
	close_run(&f, run);
}

static void make_twin(json_t *result, int arm, int block, const char *kind)
{
	(void)block;
	(void)kind;
	if (arm == 5)
		json_object_set_new(json_object_get(result, "config"), "arm",
				    json_pack("{ss}", "twin_of", "join"));
}

/* The twin is `join` once more: its own ratios are the noise, whatever the rungs do. */
static void a_twin_is_the_noise(void **state)
{
	(void)state;
	static const struct ladder_rung rungs[] = {
		{"join", "\"architecture\":\"unified\"", {30, 30, 30, 30, 30}},
		{"4q", LADDER_ARM("4q"), {40, 60, 50, 45, 44}},
		{"4txn", LADDER_ARM("4txn"), {40, 41, 42, 43, 44}},
		{"procs", LADDER_ARM("procs"), {90, 91, 92, 93, 94}},
		{"tcp", "\"architecture\":\"microservices\"", {95, 96, 97, 98, 99}},
		{"join-twin", "\"architecture\":\"unified\"", {30.3, 29.7, 30.3, 29.7, 30}},
	};
	static const struct ladder_run made = {
		.rungs = rungs, .count = 6, .ladder = "\"ladder\":[\"join\",\"4q\",\"tcp\"]"};
	struct fixture f;
	char error[256] = "";
	ladder_write(&f, &made);
	f.change = make_twin;
	for (int block = 0; block < LADDER_BLOCKS; block++)
		ladder_put_result(&f, &made, 5, block, "capacity");
	struct run *run = report_run_open(f.path, error);
	struct ladder ladder = ladder_of(run);
	struct ladder_noise noise = ladder_noise(run, &ladder, 0, 0);
	assert_true(noise.twin);
	/* ln of 1.01, 0.99, 1.01, 0.99, 1: mean -0.00004, sd 0.0100005; x 2.776445 / sqrt(5) */
	assert_true(fabs(noise.share - (exp(2.776445 * 0.0100005 / sqrt(5)) - 1)) < 1e-5);
	close_run(&f, run);
}

static void fail_one(json_t *result, int arm, int block, const char *kind)
{
	(void)kind;
	if (arm == 1 && block == 2)
		json_object_set_new(json_object_get(json_object_get(result, "requests"), "errors"),
				    "http_5xx", json_integer(900));
}

static void failures_and_few_blocks_say_nothing(void **state)
{
	(void)state;
	struct fixture f;
	char error[256] = "";
	ladder_write(&f, &ladder_plain);
	f.change = fail_one;
	ladder_put_result(&f, &ladder_plain, 1, 2, "capacity");
	struct run *run = report_run_open(f.path, error);
	struct interval us = ladder_difference(run, 0, 0, 0, 1, false);
	assert_int_equal(us.n, 0);
	assert_int_equal(ladder_judge(us, 0.001), LADDER_NOTHING);
	us = ladder_difference(run, 0, 0, 0, 4, false);
	assert_int_equal(ladder_judge(us, 0.001), LADDER_RESOLVED);
	assert_int_equal(ladder_judge(us, 0.051), LADDER_BELOW);
	us.n = 4;
	assert_int_equal(ladder_judge(us, 0.001), LADDER_NOTHING);
	close_run(&f, run);
}

static void steps_are_named_by_what_alone_changes(void **state)
{
	(void)state;
	static const struct {
		const char *lower, *upper;
		enum tax_word word;
	} cases[] = {
		{"4db", "json", TAX_SERIALIZATION},
		{"json", "http-self", TAX_SOCKETS},
		{"http-self", "threads", TAX_SWITCHES},
		{"threads", "procs", TAX_SWITCHES},
		{"procs", "tcp", TAX_SOCKETS},
		{"tcp", "tcp-close", TAX_CONNECTIONS},
		{"4txn", "4db", TAX_STORE},
		{"4db", "http-self", TAX_WORDS},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *lower = json_pack("{ss ss ss}", "id", "a", "rung", cases[i].lower, "store",
					  "sqlite");
		json_t *upper = json_pack("{ss ss ss}", "id", "b", "rung", cases[i].upper, "store",
					  "sqlite");
		assert_int_equal(tax_step_of(lower, upper).word, cases[i].word);
		json_object_set_new(upper, "fanout", json_string("sequential"));
		assert_int_equal(tax_step_of(lower, upper).word, TAX_WORDS);
		json_decref(lower);
		json_decref(upper);
	}
	json_t *floor = json_pack("{ss sb}", "architecture", "unified", "precomputed", 1);
	assert_string_equal(tax_rung_of(floor), "floor");
	json_decref(floor);
}

/* The shop's timing bar has the same words. */
static void the_shop_says_the_same_words(void **state)
{
	(void)state;
	char text[8192] = "";
	FILE *file = fopen("web/assets/words.js", "r");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	const char *list = strstr(text, "export const WORDS = [");
	assert_non_null(list);
	*strstr(list, "];") = '\0';
	int commas = 0;
	for (const char *at = list; *at; at++)
		commas += *at == ',';
	assert_int_equal(commas, TAX_WORDS);
	for (size_t word = 0; word < TAX_WORDS; word++) {
		char quoted[64];
		snprintf(quoted, sizeof(quoted), "'%s'", tax_words[word].name);
		has(list, quoted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_plan_says_which_arms_are_rungs),
		cmocka_unit_test(a_step_is_the_mean_difference_within_blocks),
		cmocka_unit_test(an_arm_without_another_step_is_left_out),
		cmocka_unit_test(words_add_up),
		cmocka_unit_test(noise_of_two_rungs_is_their_ratios_deviation),
		cmocka_unit_test(a_twin_is_the_noise),
		cmocka_unit_test(failures_and_few_blocks_say_nothing),
		cmocka_unit_test(steps_are_named_by_what_alone_changes),
		cmocka_unit_test(the_shop_says_the_same_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
