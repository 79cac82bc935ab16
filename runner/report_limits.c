/* The limitations that apply to this run, each with the fact that makes it apply. */
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

static bool has_one_server_cpu(const struct run *run)
{
	struct text cpus = text_cpus(report_run_environment(run), "cpus_server");
	return *cpus.s && strspn(cpus.s, "0123456789") == strlen(cpus.s);
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

static const struct {
	bool (*applies)(const struct run *run);
	const char *text;
} limits[] = {
	{changes_two_things,
	 "The two arms differ in architecture and in store at once, as each would be shipped: this "
	 "run alone cannot say which of the two a gap comes from. The factorial run takes them "
	 "apart."},
	{few_blocks, "Fewer than 5 blocks: numbers are shown, verdicts are not."},
	{always, "One machine: another CPU, kernel or compiler may rank close arms otherwise."},
	{always,
	 "Everything talks over loopback. There is no network, so that a hop costs CPU here and "
	 "hardly any waiting; between machines each hop adds its round trip to latency."},
	{has_one_server_cpu,
	 "All server processes of an arm share one CPU, so that capacity counts the work of a "
	 "request and not what many CPUs could do at once. Services that run on CPUs of their own "
	 "answer more and cost no less."},
	{has_closed,
	 "Closed loads: a virtual user asks again only after its answer and its think time. A slow "
	 "server is asked less, which hides waiting (coordinated omission); only loads at a fixed "
	 "rate are free of that. Think time is a model, not a record of shoppers."},
	{services_on_mongodb,
	 "One mongod holds the four services' databases, each under its own user. Four would take "
	 "more memory and isolate failures better."},
	{coalesces, "Servers on MongoDB coalesce: reads of one kind that wait together become one "
		    "query. That is "
		    "more than most teams ship; the factorial plan has an arm without it."},
	{has_floor,
	 "The floor answers with stored bytes: it is no shop, it bounds what the HTTP server "
	 "leaves to win."},
	{is_virtual,
	 "The CPU is virtual: a neighbour can take it away unseen. Probes around each trial find "
	 "long thefts, not short ones, and the longest latencies may be the host's."},
	{always,
	 "Pages are read only, without caches, without TLS, without authentication; costs that "
	 "both architectures would add in earnest make the ratios smaller."},
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
