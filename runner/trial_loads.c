#include "runner/trial_loads.h"

#include <stdio.h>

/* One load, and the arms that take turns at it. */
struct round {
	size_t count;
	struct trial_state *states[PLAN_ARMS_MAX];
	struct trial_load *loads[PLAN_ARMS_MAX];
	struct run_load *runs[PLAN_ARMS_MAX];
};

static void add_load(struct trial_state *state, enum run_load_shape shape, int load,
		     const struct plan_load *what, double rate)
{
	state->loads[state->load_count++] =
		(struct trial_load){.load = load,
				    .spec = {.shape = shape,
					     .plan = state->bench->plan,
					     .load = what,
					     .page = state->trial->page,
					     .rate = rate,
					     .seed = state->trial->seed + (uint64_t)(load + 1),
					     .turns = state->bench->plan->turns,
					     .folder = state->bench->folder->path,
					     .progress = &state->bench->progress,
					     .awake = &state->bench->awake,
					     .interrupted = state->bench->interrupted}};
}

void trial_loads_list(struct trial_state *state, double open_rate)
{
	const struct plan *plan = state->bench->plan;
	if (plan->has_capacity && !plan_arm_open_only(state->stack.arm))
		add_load(state, RUN_LOAD_CAPACITY, RUN_FOLDER_CAPACITY, &plan->capacity, 0);
	for (size_t i = 0; i < state->trial->load_count; i++) {
		size_t at = state->trial->loads[i];
		bool open = at == plan->level_count;
		add_load(state, open ? RUN_LOAD_OPEN : RUN_LOAD_LEVEL, (int)at,
			 open ? &plan->open : &plan->levels[at], open ? open_rate : 0);
		if (open || !plan->open_twin)
			continue;
		add_load(state, RUN_LOAD_OPEN, (int)(plan->level_count + 1 + at), &plan->levels[at],
			 0);
		state->loads[state->load_count - 1].spec.twin_of_vus = plan->levels[at].vus;
	}
	if (!plan->has_near || plan_arm_open_only(state->stack.arm))
		return;
	add_load(state, RUN_LOAD_OPEN, run_folder_near(plan), &plan->near, 0);
	state->loads[state->load_count - 1].spec.of_own_capacity = plan->near.of_own_capacity;
}

/* The rate of an open twin is its level's throughput; 0: the level was not under the knee. */
static double twin_rate(const struct trial_state *state, const struct trial_load *twin)
{
	const struct trial_load *level = twin - 1;
	double think_s = (double)state->bench->plan->think_ns / 1e9;
	double load_factor = (double)level->spec.load->vus / (think_s * state->facts.capacity_rps);
	return load_factor < PLAN_KNEE_LOAD ? run_load_throughput(level->outcome.result) : 0;
}

/* One turn of a load. */
static double turn_expected_s(const struct run_load_spec *spec)
{
	return ((double)spec->load->warmup_ns +
		(double)spec->load->duration_ns / (double)spec->turns) /
	       1e9;
}

static double load_expected_s(const struct run_load_spec *spec)
{
	return turn_expected_s(spec) * (double)spec->turns;
}

double trial_loads_expected_s(const struct trial_state *state)
{
	double sum = 0;
	for (size_t i = 0; i < state->load_count; i++)
		sum += load_expected_s(&state->loads[i].spec);
	return sum;
}

/* "block 2/5 pdp unified-sqlite, 200 VUs" */
static void begin_step(struct trial_state *state, const struct trial_load *load, double expected_s)
{
	char kind[40];
	const struct plan_trial *trial = state->trial;
	struct trial_bench *bench = state->bench;
	if (load->spec.shape == RUN_LOAD_CAPACITY)
		(void)snprintf(kind, sizeof(kind), "capacity");
	else if (load->spec.shape == RUN_LOAD_OPEN)
		(void)snprintf(kind, sizeof(kind), "%.0f requests/s", load->spec.rate);
	else
		(void)snprintf(kind, sizeof(kind), "%lld VUs", (long long)load->spec.load->vus);
	run_progress_step(&bench->progress, expected_s, "block %lld/%lld %s %s, %s",
			  (long long)trial->block + 1, (long long)bench->plan->blocks,
			  plan_page_names[trial->page], state->stack.arm->id, kind);
}

static bool take_turns(struct round *round, char *error)
{
	for (size_t i = 0; i < round->count; i++) {
		struct trial_state *state = round->states[i];
		round->runs[i] = run_load_begin(&state->stack, &round->loads[i]->spec, error);
		if (!round->runs[i])
			return false;
	}
	int64_t turns = round->count > 0 ? round->loads[0]->spec.turns : 0;
	for (int64_t turn = 0; turn < turns; turn++) {
		for (size_t i = 0; i < round->count; i++) {
			size_t at = turn % 2 == 0 ? i : round->count - 1 - i;
			begin_step(round->states[at], round->loads[at],
				   turn_expected_s(&round->loads[at]->spec));
			if (!run_load_turn(round->runs[at], error))
				return false;
		}
	}
	return true;
}

static bool end_turns(struct round *round, char *error)
{
	for (size_t i = 0; i < round->count; i++) {
		struct trial_state *state = round->states[i];
		struct trial_load *load = round->loads[i];
		if (!run_load_end(round->runs[i], &load->outcome, error))
			return false;
		if (load->spec.shape == RUN_LOAD_CAPACITY)
			state->facts.capacity_rps = run_load_throughput(load->outcome.result);
		begin_step(state, load, 0); /* whose figures these are */
		run_load_show(&state->bench->progress, load->outcome.result);
	}
	return true;
}

/* Sets a rate that rests on what the trial has measured before; false where there is none. */
static bool set_rate(struct trial_state *state, struct trial_load *load)
{
	struct run_load_spec *spec = &load->spec;
	bool twin = spec->twin_of_vus > 0;
	if (!twin && spec->of_own_capacity <= 0)
		return true;
	spec->rate =
		twin ? twin_rate(state, load) : spec->of_own_capacity * state->facts.capacity_rps;
	return spec->rate > 0;
}

/* The arms that have a load, in the trials' order; an open twin only where its level stayed under
 * the knee. */
static struct round round_of(struct trial_state *states, size_t count, int load)
{
	struct round round = {.count = 0};
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;
		struct trial_state *state = &states[i];
		while (k < state->load_count && state->loads[k].load != load)
			k++;
		if (k == state->load_count)
			continue;
		struct trial_load *found = &state->loads[k];
		if (!set_rate(state, found)) {
			run_progress_skip(&state->bench->progress, load_expected_s(&found->spec));
			continue;
		}
		round.states[round.count] = state;
		round.loads[round.count++] = found;
	}
	return round;
}

/* An arm may have fewer loads than others: the longest list is everybody's order. */
static const struct trial_state *longest(const struct trial_state *states, size_t count)
{
	const struct trial_state *most = states;
	for (size_t i = 1; i < count; i++)
		if (states[i].load_count > most->load_count)
			most = &states[i];
	return most;
}

bool trial_loads_run(struct trial_state *states, size_t count, char *error)
{
	const struct trial_state *order = longest(states, count);
	for (size_t k = 0; k < order->load_count; k++) {
		struct round round = round_of(states, count, order->loads[k].load);
		bool ok = take_turns(&round, error) && end_turns(&round, error);
		for (size_t i = 0; i < round.count; i++)
			run_load_drop(round.runs[i]);
		if (!ok)
			return false;
	}
	return true;
}
