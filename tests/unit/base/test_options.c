#include "common/base/clock.h"
#include "common/base/options.h"
#include "common/version.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct values {
	bool verbose;
	const char *store, *model;
	uint64_t vus;
	double rate;
	int64_t think;
	struct option_texts texts;
} values;

static const char *const models[] = {"closed", "open", NULL};

static const struct option options[] = {
	{.name = "verbose",
	 .letter = 'v',
	 .kind = OPTION_FLAG,
	 .target = &values.verbose,
	 .help = "say more"},
	{.name = "store",
	 .kind = OPTION_TEXT,
	 .target = &values.store,
	 .required = true,
	 .value = "URI",
	 .help = "where the data is"},
	{.name = "header",
	 .kind = OPTION_TEXTS,
	 .target = &values.texts,
	 .value = "TEXT",
	 .help = "a header"},
	{.name = "vus",
	 .letter = 'u',
	 .kind = OPTION_UINT,
	 .target = &values.vus,
	 .min = 1,
	 .max = 5000,
	 .value = "N",
	 .help = "virtual users"},
	{.name = "rate",
	 .kind = OPTION_NUMBER,
	 .target = &values.rate,
	 .min = 0.5,
	 .max = 1e6,
	 .value = "R",
	 .help = "requests a second"},
	{.name = "think",
	 .kind = OPTION_DURATION,
	 .target = &values.think,
	 .min = 0,
	 .max = 60e9,
	 .value = "TIME",
	 .help = "think time"},
	{.name = "model",
	 .kind = OPTION_CHOICE,
	 .target = &values.model,
	 .choices = models,
	 .help = "load model"},
};

static const struct program program = {.name = "loadgen",
				       .summary = "Loads a shop.",
				       .positional = "BASE_URL",
				       .positional_min = 1,
				       .positional_max = 2,
				       .notes = "A note.",
				       .options = options,
				       .option_count = sizeof(options) / sizeof(options[0])};

static const char *positional[2];
static size_t positional_count;
static char printed[8192];

/* Parses the words and keeps what came on `fd` (stdout or stderr). */
static enum options_result parse(int fd, const char *words)
{
	char line[512], *argv[32];
	int argc = 1;
	argv[0] = line;
	snprintf(line, sizeof(line), "loadgen %s", words);
	for (char *at = line; (at = strchr(at, ' ')) && at[1]; at++) {
		*at = '\0';
		argv[argc++] = at + 1;
	}
	values = (struct values){.vus = 20, .rate = 1.5, .think = NS_PER_S, .model = "closed"};
	int ends[2];
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	int saved = dup(fd);
	dup2(ends[1], fd);
	enum options_result result =
		options_parse(&program, argc, argv, positional, &positional_count);
	fflush(stdout);
	dup2(saved, fd);
	close(saved);
	ssize_t len = read(ends[0], printed, sizeof(printed) - 1);
	printed[len > 0 ? len : 0] = '\0';
	close(ends[0]);
	close(ends[1]);
	return result;
}

static void every_kind_is_read(void **state)
{
	(void)state;
	assert_int_equal(
		parse(STDERR_FILENO,
		      "-v --store sqlite:x --header a --header=b -u 200 --rate=2.5 --think "
		      "500ms --model open http://x -- -y"),
		OPTIONS_RUN);
	assert_string_equal(printed, "");
	assert_true(values.verbose);
	assert_int_equal(values.texts.count, 2);
	assert_int_equal(values.vus, 200);
	assert_true(values.rate == 2.5);
	assert_true(values.think == 500 * NS_PER_MS);
	assert_ptr_equal(values.model, models[1]);
	assert_int_equal(positional_count, 2);
}

static void defaults_stay(void **state)
{
	(void)state;
	assert_int_equal(parse(STDERR_FILENO, "--store= u"), OPTIONS_RUN);
	assert_int_equal(values.vus, 20);
	assert_int_equal(positional_count, 1);
}

static void wrong_lines_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *words, *message;
	} cases[] = {
		{"--vsu 20 u", "loadgen: unknown option --vsu; the nearest known one is --vus (see "
			       "loadgen --help)\n"},
		{"--vsu=20 u", "loadgen: unknown option --vsu; the nearest known one is --vus (see "
			       "loadgen --help)\n"},
		{"--qqqqqqqq u", "loadgen: unknown option --qqqqqqqq (see loadgen --help)\n"},
		{"-q u", "loadgen: unknown option -q (see loadgen --help)\n"},
		{"-u20 u", "loadgen: unknown option -u20 (see loadgen --help)\n"},
		{"--vus 0 u",
		 "loadgen: --vus 0: must be a whole number from 1 to 5000 (see loadgen --help)\n"},
		{"--vus 5001 u", "loadgen: --vus 5001: must be a whole number from 1 to 5000 (see "
				 "loadgen --help)\n"},
		{"--vus -1 u",
		 "loadgen: --vus -1: must be a whole number from 1 to 5000 (see loadgen --help)\n"},
		{"--vus 20x u", "loadgen: --vus 20x: must be a whole number from 1 to 5000 (see "
				"loadgen --help)\n"},
		{"--vus= u",
		 "loadgen: --vus : must be a whole number from 1 to 5000 (see loadgen --help)\n"},
		{"--vus 99999999999999999999 u",
		 "loadgen: --vus 99999999999999999999: must be a whole number from 1 to 5000 (see "
		 "loadgen --help)\n"},
		{"--vus 18446744073709551617 u",
		 "loadgen: --vus 18446744073709551617: must be a whole number from 1 to 5000 (see "
		 "loadgen --help)\n"},
		{"u --vus", "loadgen: --vus needs a value: must be a whole number from 1 to 5000 "
			    "(see loadgen --help)\n"},
		{"--rate nan u", "loadgen: --rate nan: must be a number from 0.5 to 1000000 (see "
				 "loadgen --help)\n"},
		{"--rate 0.4 u", "loadgen: --rate 0.4: must be a number from 0.5 to 1000000 (see "
				 "loadgen --help)\n"},
		{"--think 61s u", "loadgen: --think 61s: must be a duration (10s, 500ms) from 0s "
				  "to 60s (see loadgen --help)\n"},
		{"--think 10 u", "loadgen: --think 10: must be a duration (10s, 500ms) from 0s to "
				 "60s (see loadgen --help)\n"},
		{"--model opne u",
		 "loadgen: --model opne: must be one of closed, open (see loadgen --help)\n"},
		{"--verbose=1 u", "loadgen: --verbose 1: takes no value (see loadgen --help)\n"},
		{"u", "loadgen: --store URI must be given (see loadgen --help)\n"},
		{"--store x", "loadgen: BASE_URL must be given (see loadgen --help)\n"},
		{"--store x a b c", "loadgen: c: one argument too many (see loadgen --help)\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(STDERR_FILENO, cases[i].words), OPTIONS_USAGE);
		assert_string_equal(printed, cases[i].message);
	}
}

static void the_list_of_texts_is_bounded(void **state)
{
	(void)state;
	char words[400] = "--store x u";
	size_t len = strlen(words);
	for (int i = 0; i < OPTION_TEXTS_MAX; i++)
		len += (size_t)snprintf(words + len, sizeof(words) - len, " --header=%d", i);
	assert_int_equal(parse(STDERR_FILENO, words), OPTIONS_RUN);
	assert_int_equal(values.texts.count, OPTION_TEXTS_MAX);
	snprintf(words + len, sizeof(words) - len, " --header=x");
	assert_int_equal(parse(STDERR_FILENO, words), OPTIONS_USAGE);
}

static void help_shows_every_option_and_default(void **state)
{
	(void)state;
	static const char *const parts[] = {"usage: loadgen [options] BASE_URL\nLoads a shop.\n",
					    "-v, --verbose ",
					    "say more\n",
					    "--store URI",
					    "where the data is (required)\n",
					    "--header TEXT",
					    "-u, --vus N",
					    "virtual users (default: 20)\n",
					    "requests a second (default: 1.5)\n",
					    "(default: 1s)\n",
					    "--model closed|open",
					    "load model (default: closed)\n",
					    "--help",
					    "--version",
					    "\nA note.\n"};
	assert_int_equal(parse(STDOUT_FILENO, "--vus 7 --nonsense --help"), OPTIONS_EXIT_OK);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strstr(printed, parts[i]))
			fail_msg("help lacks \"%s\":\n%s", parts[i], printed);
	assert_int_equal(parse(STDOUT_FILENO, "-h"), OPTIONS_EXIT_OK);
	assert_int_equal(parse(STDOUT_FILENO, "--version"), OPTIONS_EXIT_OK);
	assert_string_equal(printed, "loadgen " DUET_VERSION "\n");
}

static void durations(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {{"10s", 10 * NS_PER_S},
		    {"500ms", 500 * NS_PER_MS},
		    {"20us", 20 * NS_PER_US},
		    {"2m", 120 * NS_PER_S},
		    {"1h", 3600 * NS_PER_S},
		    {"7ns", 7},
		    {"0s", 0},
		    {"9223372036854775807ns", INT64_MAX}};
	static const char *const bad[] = {"",
					  "s",
					  "10",
					  "10 s",
					  " 10s",
					  "-1s",
					  "+1s",
					  "1.5s",
					  "1S",
					  "10sec",
					  "1e3s",
					  "9223372036854775808ns",
					  "9223372037s",
					  "99999999999999999999s",
					  "10ss",
					  "0x1s"};
	int64_t ns;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(duration_parse(good[i].text, &ns));
		assert_true(ns == good[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (duration_parse(bad[i], &ns))
			fail_msg("accepted: %s", bad[i]);
}

static void nearest_words(void **state)
{
	(void)state;
	static const char *const words[] = {"threads", "workers", "coalesce", "store", "vus"};
	static const struct {
		const char *word, *nearest;
	} cases[] = {{"thread", "threads"},    {"htreads", "threads"}, {"wrokers", "workers"},
		     {"coalesce", "coalesce"}, {"stroe", "store"},     {"story", "store"},
		     {"uvs", "vus"},           {"zzz", NULL},          {"", NULL},
		     {"completely", NULL}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *nearest = nearest_word(cases[i].word, words, 5);
		if (!cases[i].nearest)
			assert_null(nearest);
		else
			assert_string_equal(nearest, cases[i].nearest);
	}
	char longer[200];
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_null(nearest_word(longer, words, 5));
	assert_null(nearest_word("vus", words, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_read),
		cmocka_unit_test(defaults_stay),
		cmocka_unit_test(wrong_lines_are_named),
		cmocka_unit_test(the_list_of_texts_is_bounded),
		cmocka_unit_test(help_shows_every_option_and_default),
		cmocka_unit_test(durations),
		cmocka_unit_test(nearest_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
