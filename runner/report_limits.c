/* The limitations that apply to this run, each with the fact that makes it apply. */
#include "runner/report_placement.h"
#include "runner/report_sections.h"

#include <string.h>

static bool always(const struct run *run)
{
	(void)run;
	return true;
}

static bool has_closed(const struct run *run)
{
	return report_run_load_of(run, RUN_CLOSED) < run->load_count;
}

static size_t arms_on_one_cpu(const struct run *run)
{
	size_t count = 0;
	for (size_t arm = 0; arm < run->arm_count; arm++)
		count += report_arm_cpus(run, arm) <= 1;
	return count;
}

static bool has_one_server_cpu(const struct run *run)
{
	return run->arm_count > 0 && arms_on_one_cpu(run) == run->arm_count;
}

static bool some_have_one_cpu(const struct run *run)
{
	size_t count = arms_on_one_cpu(run);
	return count > 0 && count < run->arm_count;
}

static bool shares_with_generator(const struct run *run)
{
	for (size_t arm = 0; arm < run->arm_count; arm++)
		if (report_arm_shares(run, arm))
			return true;
	return false;
}

static bool is_mongodb(const struct run_arm *arm)
{
	return strncmp(arm->store, "mongodb", 7) == 0;
}

static bool services_on_mongodb(const struct run *run)
{
	for (size_t i = 0; i < run->arm_count; i++)
		if (is_mongodb(&run->arms[i]) &&
		    strcmp(run->arms[i].architecture, "microservices") == 0)
			return true;
	return false;
}

/* The servers coalesce unless told not to. */
static bool coalesces(const struct run *run)
{
	for (size_t i = 0; i < run->arm_count; i++) {
		const json_t *jobs = json_object_get(run->arms[i].plan, "coalesce");
		if (is_mongodb(&run->arms[i]) &&
		    !(json_is_integer(jobs) && json_integer_value(jobs) == 0))
			return true;
	}
	return false;
}

static bool is_virtual(const struct run *run)
{
	return strcmp(json_text_at(report_run_environment(run), "virtualization", ""),
		      "virtual machine") == 0;
}

/* Two arms that differ in architecture and store at once. */
static bool changes_two_things(const struct run *run)
{
	return run->arm_count == 2 &&
	       strcmp(run->arms[0].architecture, run->arms[1].architecture) != 0 &&
	       strcmp(run->arms[0].store, run->arms[1].store) != 0;
}

static bool has_floor(const struct run *run)
{
	for (size_t i = 0; i < run->arm_count; i++)
		if (json_is_true(json_object_get(run->arms[i].plan, "precomputed")))
			return true;
	return false;
}

static bool few_blocks(const struct run *run)
{
	return run->block_count < VERDICT_BLOCKS;
}

static bool has_no_rate(const struct run *run)
{
	return has_closed(run) && report_run_load_of(run, RUN_OPEN) == run->load_count &&
	       report_run_load_of(run, RUN_OPEN_TWIN) == run->load_count;
}

static bool has_no_twin(const struct run *run)
{
	return run->arm_count > 1 && !report_equal_any(run);
}

static bool stayed_awake(const struct run *run)
{
	return json_is_true(json_object_get(report_run_environment(run), "keep_awake"));
}

static bool slept(const struct run *run)
{
	return is_virtual(run) && !stayed_awake(run);
}

static bool one_layout(const struct run *run)
{
	for (size_t i = 0; i < run->result_count; i++)
		if (json_number_at(run->results[i].root, "run.build") > 0)
			return false;
	return true;
}

static bool was_dirty(const struct run *run)
{
	return json_is_false(json_object_get(report_run_environment(run), "clean"));
}

static bool keeps_answers(const struct run *run)
{
	for (size_t i = 0; i < run->result_count; i++)
		if (json_object_get(run->results[i].root, "cache"))
			return true;
	return false;
}

static bool lost_some(const struct run *run)
{
	for (size_t i = 0; i < run->result_count; i++)
		if (!run->results[i].valid)
			return true;
	return run->unreadable_count > 0;
}

static const struct {
	bool (*applies)(const struct run *run);
	const char *text;
} limits[] = {
	{changes_two_things,
	 "The two arms differ in architecture and in store at once, as each would be shipped: this "
	 "run alone cannot say which of the two a gap comes from."},
	{few_blocks, "Fewer than 5 blocks: numbers are shown, verdicts are not."},
	{always, "One machine: another CPU, kernel or compiler may rank close arms otherwise."},
	{always,
	 "Everything talks over loopback. There is no network, so that a hop costs CPU here and no "
	 "travel; what hops between machines would add is not in these numbers."},
	{has_one_server_cpu,
	 "All server processes of an arm share one CPU, so that capacity counts the work of a "
	 "request and not what many CPUs could do at once. What services would answer on CPUs of "
	 "their "
	 "own is not measured."},
	{some_have_one_cpu, "Where all server processes of an arm share one CPU, capacity counts "
			    "the work of a request "
			    "and not what many CPUs could do at once."},
	{shares_with_generator,
	 "Some arms share CPUs with the generator: they lack the time that it uses there, and a "
	 "machine that had it elsewhere would answer more."},
	{has_closed,
	 "Closed loads: a virtual user asks again only after its answer and its think time. A slow "
	 "server is asked less, which hides waiting (coordinated omission); only loads at a fixed "
	 "rate are free of that. Think time is a model, not a record of shoppers."},
	{has_no_rate,
	 "This run has no load at a fixed rate beside its closed ones, so that it cannot "
	 "show how much they hide."},
	{has_no_twin,
	 "No arm ran twice in a block, so that this run does not know its own noise: the "
	 "band of its verdicts is the least one."},
	{one_layout, "One link order of the programs: what another layout of the same code would "
		     "change is in no interval."},
	{was_dirty, "The working tree differed from the commit: the commit does not say what ran."},
	{lost_some,
	 "Some files do not count (see Validity): intervals rest on the blocks that do."},
	{stayed_awake, "All CPUs were kept awake by spinners at the lowest priority: these are "
		       "latencies of a machine that never sleeps."},
	{slept,
	 "Idle CPUs were free to sleep: latencies of light loads hold the time that a virtual "
	 "CPU takes to wake."},
	{services_on_mongodb,
	 "One mongod holds the four services' databases, each under its own user; what four would "
	 "cost is not measured."},
	{coalesces, "Servers on MongoDB coalesce: reads of one kind that wait together become one "
		    "query. What "
		    "they would answer without that is another arm's result."},
	{has_floor,
	 "The floor answers with stored bytes: it is no shop, it bounds what the HTTP server "
	 "leaves to win."},
	{is_virtual,
	 "The CPU is virtual: a neighbour can take it away unseen. Probes around each trial find "
	 "long thefts, not short ones, and the longest latencies may be the host's."},
	{keeps_answers,
	 "Arms that keep answers give ones as old as their time allows. Data never changed here, "
	 "so "
	 "that no wrong answer could show; how late a shop may be is its own decision."},
	{always,
	 "Pages are read only, without TLS, without authentication and, but for arms that say so, "
	 "without caches: what both architectures would pay alike for those is in no ratio."},
	{always,
	 "Only what a request costs is measured: not deployment, teams, failure isolation or "
	 "scaling one part alone, for which services are also chosen."},
};

void report_limits(const struct run *run, struct doc *doc)
{
	doc_heading(doc, 2, "Limitations");
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (limits[i].applies(run))
			doc_item(doc, "%s", limits[i].text);
}
