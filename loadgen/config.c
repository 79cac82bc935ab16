#include "loadgen/config.h"

#include "common/base/clock.h"
#include "loadgen/popularity.h"
#include "loadgen/schedule.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

const char *const load_kind_names[] = {"closed", "open", "capacity", "sweep", NULL};

static const struct {
	const char *name;
	enum read_kind kind;
} pages[] = {
	{"home", READ_PAGE_HOME},
	{"plp", READ_PAGE_PLP},
	{"pdp", READ_PAGE_PDP},
};
static const char *const page_names[] = {"home", "plp", "pdp", NULL};
static const char *const pacing_names[] = {"answers", "schedule", NULL};
static const char *const format_names[] = {"text", "json", "csv", "hgrm", "k6", NULL};

static const char notes[] =
	"Closed (the default): each VU asks, reads, thinks, asks again. Open, where due times do "
	"not\n"
	"depend on answers: --rate, VUs being the connections that serve it, without --think and\n"
	"its kin; or --pacing schedule, each VU think times apart. Late requests wait and keep "
	"their\n"
	"due time; what is still unsent --drain after the window is counted as dropped.\n"
	"Thresholds: http_req_duration:p(95)<500, also avg, med, min, max (ms, response time), "
	"and\n"
	"http_req_failed:rate<0.01; with <, <=, > or >=. Tags limit one to some runs:\n"
	"http_req_duration{page:pdp}:p(95)<5, {kind:open}, {page:plp,kind:closed}; in other runs "
	"it is\n"
	"listed as not applicable and cannot be missed.\n"
	"Formats: text for people, json (as --output), csv (a row a second; longer steps past ten\n"
	"minutes), hgrm for HdrHistogram's plotter, k6 (its summary; http_req_duration is the "
	"response time).\n"
	"Exit: 0 ok, 1 run error or no success, 2 usage, 99 threshold missed, 105 interrupted.";

static const struct loadgen_config defaults = {
	.page = "home",
	.think_jitter = "uniform",
	.arrivals = "uniform",
	.pacing = "answers",
	.popularity = "uniform",
	.urls = "build/data/manifest",
	.format = "text",
	.vus = 20,
	.threads = 1,
	.seed = 42,
	.turns = 1,
	.hash_every = 64,
	.duration = 10 * NS_PER_S,
	.warmup = 1 * NS_PER_S,
	.think = 1 * NS_PER_S,
	.timeout = 30 * NS_PER_S,
	.connect_timeout = 5 * NS_PER_S,
	.drain = 30 * NS_PER_S,
};

#define TURN_MIN (50 * NS_PER_MS)
#define MAX_TIME (24.0 * 3600 * 1e9)
#define CHOICE(name, target, names, help)                                                          \
	{                                                                                          \
		name, 0, OPTION_CHOICE, target, 0, 0, names, false, NULL, help                     \
	}
#define TEXT(name, letter, target, help)                                                           \
	{                                                                                          \
		name, letter, OPTION_TEXT, target, 0, 0, NULL, false, "FILE", help                 \
	}
#define UINT(name, letter, target, min, max, help)                                                 \
	{                                                                                          \
		name, letter, OPTION_UINT, target, min, max, NULL, false, "N", help                \
	}
#define TIME(name, letter, target, min, help)                                                      \
	{                                                                                          \
		name, letter, OPTION_DURATION, target, min, MAX_TIME, NULL, false, "TIME", help    \
	}
#define FLAG(name, target, help)                                                                   \
	{                                                                                          \
		name, 0, OPTION_FLAG, target, 0, 0, NULL, false, NULL, help                        \
	}

/* What the options write to: apart, so that their table can be a constant. */
static struct loadgen_config parsed;

/* clang-format off */
static const struct option options[] = {
	CHOICE("page", &parsed.page, page_names, "which page to ask"),
	TEXT("urls", 0, &parsed.urls, "manifest with the URLs and what they must answer"),
	UINT("vus", 'u', &parsed.vus, 1, 100000, "virtual users, one connection each"),
	TIME("duration", 'd', &parsed.duration, 1e7, "length of the measured window"),
	UINT("turns", 0, &parsed.turns, 1, TURNS_MAX,
	     "cut the window into N loads, each with warm-up and drain"),
	TIME("warmup", 0, &parsed.warmup, 0, "load before the window"),
	{"rate", 0, OPTION_NUMBER, &parsed.rate, 1e-3, 1e7, NULL, false, "R",
	 "open: requests/s that are due, whatever the answers do"},
	CHOICE("arrivals", &parsed.arrivals, schedule_arrival_names,
	       "open, by rate: how requests are spaced"),
	CHOICE("pacing", &parsed.pacing, pacing_names,
	       "a VU's think times begin at its answers, or at its due times (open)"),
	TIME("drain", 0, &parsed.drain, 0, "open: send late requests this long after the window"),
	TIME("think", 0, &parsed.think, 0, "closed, and paced: mean think time"),
	CHOICE("think-jitter", &parsed.think_jitter, schedule_jitter_names,
	       "closed, and paced: spread of think times"),
	FLAG("stagger", &parsed.stagger, "closed: starts as if all had thought for long (default)"),
	FLAG("no-stagger", &parsed.no_stagger, "closed: all VUs start at once"),
	{"popularity", 0, OPTION_TEXT, &parsed.popularity, 0, 0, NULL, false, "LAW",
	 "which addresses are asked for: uniform, or zipf:S (rank^-S)"},
	TIME("timeout", 0, &parsed.timeout, 1e6, "request time-out, from its sending"),
	TIME("connect-timeout", 0, &parsed.connect_timeout, 1e6, "connection time-out"),
	UINT("seed", 0, &parsed.seed, 0, 9.2e18, "seed of URLs and think times"),
	FLAG("no-connection-reuse", &parsed.no_reuse, "a new connection for each request"),
	UINT("threads", 0, &parsed.threads, 1, THREADS_MAX, "event loops, which share the VUs"),
	FLAG("busy-poll", &parsed.busy_poll,
	     "look for answers without ever sleeping: waking a sleeper costs the server "
	     "(needs CPUs of its own)"),
	{"threshold", 0, OPTION_TEXTS, &parsed.threshold_texts, 0, 0, NULL, false, "RULE",
	 "exit 99 when missed; repeatable"},
	UINT("hash-every", 0, &parsed.hash_every, 0, 1e9,
	     "check the SHA-256 of every Nth body (0: of none)"),
	FLAG("sweep", &parsed.sweep, "ask every URL of the page once, check all hashes"),
	TEXT("output", 'o', &parsed.output, "write the result's JSON there"),
	CHOICE("format", &parsed.format, format_names, "what goes to stdout"),
	FLAG("no-progress", &parsed.no_progress, "no progress on stderr"),
	{"quiet", 'q', OPTION_FLAG, &parsed.quiet, 0, 0, NULL, false, NULL,
	 "neither progress nor a summary: errors alone"},
	FLAG("allow-remote", &parsed.allow_remote, "load a host that is not this one"),
	FLAG("control-live", &parsed.control_live,
	     "write live figures to --control-fd, too, a line a second"),
	UINT("control-fd", 0, &parsed.control_fd, 0, 1023,
	     "write window_start, window_end, turn_done, done there (0: nowhere)"),
	UINT("turn-fd", 0, &parsed.turn_fd, 0, 1023,
	     "await a byte from there before each turn (0: do not)"),
};
/* clang-format on */

static enum options_result parse_table(int argc, char **argv)
{
	const struct program program = {
		.name = "loadgen",
		.summary = "Loads a Duet stack with virtual users and checks every answer.",
		.positional = "BASE_URL",
		.positional_min = 1,
		.positional_max = 1,
		.notes = notes,
		.options = options,
		.option_count = sizeof(options) / sizeof(options[0]),
	};
	size_t count = 0;
	return options_parse(&program, argc, argv, &parsed.base_url, &count);
}

/* What the due times alone say. */
static enum load_kind kind_by_time(const struct loadgen_config *c)
{
	if (c->rate > 0 || strcmp(c->pacing, "schedule") == 0)
		return LOAD_OPEN;
	return c->think == 0 ? LOAD_CAPACITY : LOAD_CLOSED;
}

/* What turns, and the descriptors of whoever watches, must be. */
static bool check_turns(const struct loadgen_config *c, char *error, size_t size)
{
	const int turn_flags = c->turn_fd ? fcntl((int)c->turn_fd, F_GETFL) : O_RDONLY;
	if (c->sweep && c->turns > 1)
		snprintf(error, size, "--sweep asks each URL once: it takes no --turns");
	else if (c->turns > 1 && loadgen_config_turn(c) < TURN_MIN)
		snprintf(error, size,
			 "--turns %llu of a --duration of %g ms are too short: a turn's window is "
			 "at least %g ms",
			 (unsigned long long)c->turns, (double)c->duration / (double)NS_PER_MS,
			 (double)TURN_MIN / (double)NS_PER_MS);
	else if (c->control_live && !c->control_fd)
		snprintf(error, size, "--control-live needs a --control-fd to write to");
	else if (c->control_fd && fcntl((int)c->control_fd, F_GETFD) < 0)
		snprintf(error, size, "--control-fd %llu is not an open descriptor",
			 (unsigned long long)c->control_fd);
	else if (turn_flags < 0 || (turn_flags & O_ACCMODE) == O_WRONLY)
		snprintf(error, size, "--turn-fd %llu is not a descriptor open for reading",
			 (unsigned long long)c->turn_fd);
	else
		return true;
	return false;
}

/* What no single option can tell. */
static bool check_whole(struct loadgen_config *c, char *error, size_t size)
{
	if (c->stagger && c->no_stagger)
		snprintf(error, size, "--stagger and --no-stagger contradict each other: drop one");
	else if (c->sweep && kind_by_time(c) == LOAD_OPEN)
		snprintf(error, size, "--sweep asks each URL once: it takes no --rate or --pacing");
	else if (c->rate > 0 && strcmp(c->pacing, "schedule") == 0)
		snprintf(error, size,
			 "--rate and --pacing schedule both say when to ask: drop one");
	else if (c->rate <= 0 && strcmp(c->arrivals, defaults.arrivals) != 0)
		snprintf(error, size, "--arrivals %s spaces the requests of a --rate: give one",
			 c->arrivals);
	else if (strcmp(c->pacing, "schedule") == 0 && c->think == 0)
		snprintf(error, size, "--pacing schedule needs a --think above 0: it spaces them");
	else if (!popularity_parse(c->popularity, &c->zipf))
		snprintf(error, size,
			 "--popularity %.60s is not understood: write uniform, or zipf:S with S "
			 "from 0 to 10, as in zipf:1.1",
			 c->popularity);
	else if (c->threads > c->vus)
		snprintf(error, size, "--threads %llu is more than --vus %llu: a thread needs a VU",
			 (unsigned long long)c->threads, (unsigned long long)c->vus);
	else
		return check_turns(c, error, size);
	return false;
}

static bool read_thresholds(struct loadgen_config *c, char *error, size_t size)
{
	const struct threshold_fact facts[] = {
		{"page", c->page, page_names},
		{"kind", load_kind_names[c->kind], load_kind_names},
	};
	for (size_t i = 0; i < c->threshold_texts.count; i++) {
		struct threshold *t = &c->thresholds[i];
		if (!threshold_parse(c->threshold_texts.at[i], t, error, size) ||
		    !threshold_match(t, facts, sizeof(facts) / sizeof(facts[0]),
				     &c->threshold_applies[i], error, size))
			return false;
	}
	return true;
}

static bool derive(struct loadgen_config *c, char *error, size_t size)
{
	c->kind = c->sweep ? LOAD_SWEEP : kind_by_time(c);
	c->paced = c->kind == LOAD_OPEN && c->rate <= 0;
	c->stagger = !c->no_stagger;
	if (c->kind == LOAD_SWEEP) {
		c->threads = 1; /* one order of URLs, one list of answers */
		c->vus = c->vus < SWEEP_CONNECTIONS ? c->vus : SWEEP_CONNECTIONS;
		c->hash_every = 1;
		c->warmup = 0;
	}
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(c->page, pages[i].name) == 0)
			c->page_kind = pages[i].kind;
	return read_thresholds(c, error, size);
}

int64_t loadgen_config_turn(const struct loadgen_config *config)
{
	return config->duration / (int64_t)config->turns;
}

double loadgen_config_rate(const struct loadgen_config *config)
{
	if (config->paced)
		return (double)config->vus * (double)NS_PER_S / (double)config->think;
	return config->rate;
}

enum options_result loadgen_config_parse(struct loadgen_config *config, int argc, char **argv)
{
	char error[CONFIG_ERROR_SIZE];
	parsed = defaults;
	const enum options_result result = parse_table(argc, argv);
	*config = parsed;
	if (result != OPTIONS_RUN)
		return result;
	if (check_whole(config, error, sizeof(error)) && derive(config, error, sizeof(error)))
		return OPTIONS_RUN;
	fprintf(stderr, "loadgen: %s\n", error);
	return OPTIONS_USAGE;
}
