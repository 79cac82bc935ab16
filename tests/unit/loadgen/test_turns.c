/* Loads in turns against the misbehaving server: what is merged is what was sent, and the waits
 * between turns cost nothing and can be ended.
 */
#include "loadgen/schedule.h"
#include "tests/unit/loadgen/whole_load.h"

#include <fcntl.h>
#include <time.h>

#define TURN_NS (100 * NS_PER_MS)

enum { TURNS = 4 };

static struct loadgen_config turns_config(void)
{
	struct loadgen_config config = closed_config();
	config.turns = TURNS;
	config.duration = TURNS * TURN_NS;
	config.warmup = 50 * NS_PER_MS;
	return config;
}

/* A slice is a turn, and nothing is in two or in none. */
static void check_slices(const struct load_result *r, size_t turns)
{
	uint64_t requests = 0, answers = 0;
	assert_int_equal(r->tally.slice_count, turns);
	for (size_t i = 0; i < turns; i++) {
		requests += r->tally.slices[i].requests;
		answers += histogram_count(r->tally.slices[i].response);
	}
	assert_int_equal(requests, tally_total(&r->tally));
	assert_int_equal(answers, histogram_count(r->tally.response));
}

static void closed_turns_add_up(void **state)
{
	(void)state;
	for (uint64_t threads = 1; threads <= 3; threads++)
		for (int stagger = 0; stagger <= 1; stagger++) {
			struct loadgen_config config = turns_config();
			config.threads = threads;
			config.stagger = stagger;
			config.hash_every = 7;
			struct load_result r = load_paths(&config, server.port, 0, 2);
			const struct tally *t = &r.tally;
			assert_false(r.interrupted);
			assert_int_equal(r.window_ns, config.duration);
			assert_int_equal(t->asked_ns + t->waited_ns, VUS * config.duration);
			check_served(t->sent);
			assert_int_equal(t->all[OUTCOME_OK], t->sent);
			assert_int_equal(t->connections, VUS);
			if (threads == 1) /* the count of what to hash goes on over the turns */
				assert_int_equal(t->hashed, (t->sent + 6) / 7);
			check_slices(&r, TURNS);
			for (size_t i = 0; i < TURNS; i++)
				assert_true(t->slices[i].requests > 0);
			load_result_free(&r);
		}
}

/* What all turns cost is set against the window of all turns. */
static void costs_add_up(void **state)
{
	(void)state;
	for (int busy = 0; busy < 2; busy++) {
		struct loadgen_config config = turns_config();
		config.threads = 2;
		config.busy_poll = busy;
		struct load_result r = load_paths(&config, server.port, (size_t)busy, 1);
		const struct load_usage *u = &r.usage;
		const int64_t *work = u->work_ns;
		const int64_t busiest = work[0] > work[1] ? work[0] : work[1];
		const double share = (double)busiest / (double)config.duration;
		assert_int_equal(u->cpu_ns, work[0] + work[1] + u->idle_poll_ns);
		if (busy) { /* more than one turn's, whatever else the machine does */
			assert_true(u->idle_poll_ns > 2 * config.duration / TURNS);
			assert_true(u->idle_poll_ns <= 2 * config.duration);
		} else {
			assert_true(work[0] > 0 && work[1] > 0);
			assert_true(u->busiest_share >= share && u->busiest_share <= share);
			assert_true(u->process.voluntary_switches >= tally_total(&r.tally) / 4);
		}
		load_result_free(&r);
	}
}

static void by_rate_what_is_due_is_sent_in_each_turn(void **state)
{
	(void)state;
	for (uint64_t threads = 1; threads <= 3; threads++) {
		struct loadgen_config config = turns_config();
		config.kind = LOAD_OPEN;
		config.rate = 500;
		config.vus = 64;
		config.threads = threads;
		config.drain = 30 * NS_PER_S;
		struct load_result r = load_paths(&config, server.port, 0, 1);
		assert_int_equal(tally_total(&r.tally), 500 * 4 / 10);
		assert_int_equal(ended_all(&r.tally), 500 * 6 / 10);
		assert_int_equal(r.tally.all[OUTCOME_OK], r.tally.sent);
		check_served(r.tally.sent);
		for (size_t i = 0; i < TURNS; i++)
			assert_int_equal(r.tally.slices[i].requests, 50);
		load_result_free(&r);
	}
}

struct due {
	uint64_t requests, served[2];
};

static struct due open_load(struct loadgen_config *config, uint64_t seed, uint64_t turns)
{
	struct due due;
	config->kind = LOAD_OPEN;
	config->drain = 30 * NS_PER_S;
	config->seed = seed;
	config->turns = turns;
	config->duration = (int64_t)turns * TURN_NS;
	struct load_result r = load_paths(config, server.port, 0, 2);
	assert_int_equal(r.tally.all[OUTCOME_OK], ended_all(&r.tally));
	check_served(r.tally.sent);
	due.requests = tally_total(&r.tally);
	due.served[0] = atomic_load(&server.served[0]);
	due.served[1] = atomic_load(&server.served[1]);
	if (turns > 1)
		check_slices(&r, turns);
	load_result_free(&r);
	return due;
}

/* Two turns are the load of the seed and that of the second turn's seed; and they differ. */
static void check_draws(struct loadgen_config config)
{
	const uint64_t seed = 1;
	const struct due first = open_load(&config, seed, 1);
	const struct due second = open_load(&config, schedule_turn_seed(seed, 1), 1);
	const struct due both = open_load(&config, seed, 2);
	assert_int_equal(both.requests, first.requests + second.requests);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(both.served[i], first.served[i] + second.served[i]);
	assert_int_not_equal(first.served[0], second.served[0]);
}

static void each_turn_draws_for_itself(void **state)
{
	(void)state;
	struct loadgen_config config = turns_config();
	config.vus = 64;
	config.rate = 600;
	check_draws(config);
	config.arrivals = "poisson";
	config.threads = 2;
	check_draws(config);
	config.rate = 0;
	config.paced = true;
	config.think = 50 * NS_PER_MS;
	config.think_jitter = "exponential";
	check_draws(config);
}

/* ---- the go ---- */

struct waiter {
	int go;          /* where to write, and what */
	const char *say; /* NULL: a signal */
	int64_t waited_ns, cpu_ns;
};

static int64_t process_cpu_ns(void)
{
	struct timespec t;
	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Lets the load wait, looks at what that costs, then says something and closes its end. */
static void *say_later(void *arg)
{
	struct waiter *w = arg;
	usleep(300000); /* until it waits */
	const int64_t began = clock_now_ns(), cpu = process_cpu_ns();
	usleep(500000);
	w->cpu_ns = process_cpu_ns() - cpu;
	w->waited_ns = clock_now_ns() - began;
	if (!w->say)
		kill(getpid(), SIGTERM);
	else
		(void)!write(w->go, w->say, strlen(w->say));
	close(w->go);
	return NULL;
}

static struct load_result load_told(struct loadgen_config *config, struct waiter *waiter)
{
	int fds[2];
	pthread_t thread;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	waiter->go = fds[1];
	config->turn_fd = (uint64_t)fds[0];
	assert_int_equal(pthread_create(&thread, NULL, say_later, waiter), 0);
	struct load_result r = load_paths(config, server.port, 0, 1);
	pthread_join(thread, NULL);
	close(fds[0]);
	return r;
}

static void a_wait_costs_nothing(void **state)
{
	(void)state;
	struct loadgen_config config = turns_config();
	struct waiter waiter = {.say = "1234"};
	config.busy_poll = true;
	struct load_result r = load_told(&config, &waiter);
	assert_true(waiter.cpu_ns < waiter.waited_ns / 20);
	assert_false(r.interrupted);
	assert_int_equal(r.window_ns, config.duration);
	check_slices(&r, TURNS);
	load_result_free(&r);
}

static void an_end_of_the_goes_interrupts(void **state)
{
	(void)state;
	static const char *const said[] = {"", "1", "123"};
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct loadgen_config config = turns_config();
		struct waiter waiter = {.say = said[i]};
		struct load_result r = load_told(&config, &waiter);
		const size_t turns = strlen(said[i]);
		assert_true(r.interrupted);
		assert_int_equal(r.window_ns, turns * (uint64_t)TURN_NS);
		check_served(r.tally.sent);
		assert_int_equal(r.tally.connections, turns ? VUS : 0);
		for (size_t t = 0; t < TURNS; t++)
			assert_int_equal(r.tally.slices[t].requests > 0, t < turns);
		load_result_free(&r);
	}
}

static void a_signal_ends_a_wait(void **state)
{
	(void)state;
	struct loadgen_config config = turns_config();
	struct waiter waiter = {.say = NULL};
	struct load_result r = load_told(&config, &waiter);
	assert_true(r.interrupted);
	assert_int_equal(r.window_ns, 0);
	assert_int_equal(ended_all(&r.tally), 0);
	load_result_free(&r);
}

int main(void)
{
	alarm(300); /* a load that never ends must fail, not hang */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_turns_add_up),
		cmocka_unit_test(costs_add_up),
		cmocka_unit_test(by_rate_what_is_due_is_sent_in_each_turn),
		cmocka_unit_test(each_turn_draws_for_itself),
		cmocka_unit_test(a_wait_costs_nothing),
		cmocka_unit_test(an_end_of_the_goes_interrupts),
		cmocka_unit_test(a_signal_ends_a_wait),
	};
	return cmocka_run_group_tests_name("turns", tests, start_server, stop_server);
}
