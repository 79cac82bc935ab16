/* Which CPUs each arm had, and what they say of arms that were not placed alike. */
#include "runner/report_placement.h"
#include "runner/report_sections.h"
#include "runner/site.h"

#include <math.h>
#include <string.h>

const json_t *report_arm_environment(const struct run *run, size_t arm)
{
	for (size_t i = 0; i < run->result_count; i++) {
		const json_t *environment = json_object_get(run->results[i].root, "environment");
		if (run->results[i].arm == arm && json_is_object(environment))
			return environment;
	}
	return report_run_environment(run);
}

static bool cpus_add(cpu_set_t *set, const json_t *environment, const char *key)
{
	return site_cpus_add(set, text_cpus(environment, key).s);
}

/* Of servers and database. */
static bool cpus_of(const struct run *run, size_t arm, cpu_set_t *set)
{
	const json_t *environment = report_arm_environment(run, arm);
	CPU_ZERO(set);
	bool known = cpus_add(set, environment, "cpus_server");
	(void)cpus_add(set, environment, "cpus_store"); /* "none", and absent from old files */
	return known;
}

double report_arm_cpus(const struct run *run, size_t arm)
{
	cpu_set_t set;
	return cpus_of(run, arm, &set) ? (double)CPU_COUNT(&set) : NAN;
}

bool report_arm_shares(const struct run *run, size_t arm)
{
	cpu_set_t servers, generator, both;
	CPU_ZERO(&generator);
	bool known = cpus_of(run, arm, &servers) &&
		     cpus_add(&generator, report_arm_environment(run, arm), "cpus_generator");
	CPU_AND(&both, &servers, &generator);
	return known && CPU_COUNT(&both) > 0;
}

static const char *placement_of_arm(const struct run *run, size_t arm)
{
	return json_text_at(report_arm_environment(run, arm), "placement", "1cpu");
}

bool report_placed(const struct run *run)
{
	for (size_t arm = 0; arm < run->arm_count; arm++)
		if (strcmp(placement_of_arm(run, arm), "1cpu") != 0)
			return true;
	return false;
}

static void row(const struct run *run, struct doc *doc, size_t arm)
{
	static const char *const priorities[] = {"priority_server", "priority_store",
						 "priority_generator"};
	const json_t *environment = report_arm_environment(run, arm);
	doc_row(doc, (struct doc_keys){.arm = run->arms[arm].id});
	doc_cell(doc, "%s", run->arms[arm].id);
	doc_cell(doc, "%s", placement_of_arm(run, arm));
	doc_cell(doc, "%s", text_cpus(environment, "cpus_server").s);
	doc_cell(doc, "%s", text_cpus(environment, "cpus_store").s);
	doc_cell(doc, "%s", text_cpus(environment, "cpus_generator").s);
	for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++)
		doc_cell(doc, "%s", json_text_at(environment, priorities[i], TEXT_DASH));
}

void report_placement(const struct run *run, struct doc *doc)
{
	size_t shared = 0;
	if (!report_placed(run))
		return;
	for (size_t arm = 0; arm < run->arm_count; arm++)
		shared += report_arm_shares(run, arm);
	doc_heading(doc, 2, "Where what ran");
	doc_paragraph(doc,
		      "1cpu: servers and database together on CPUs of their own. 2cpu: servers and "
		      "database on every CPU of the machine, each program with an event loop a "
		      "CPU. db-apart: the database on other CPUs than the servers.");
	doc_table(doc, "CPUs and priorities by arm; a database of \"none\" is inside the servers");
	doc_column(doc, DOC_LEFT, "arm");
	doc_column(doc, DOC_LEFT, "placement");
	doc_column(doc, DOC_LEFT, "servers on CPU");
	doc_column(doc, DOC_LEFT, "database on CPU");
	doc_column(doc, DOC_LEFT, "generator on CPU");
	doc_column(doc, DOC_LEFT, "priority of servers");
	doc_column(doc, DOC_LEFT, "of the database");
	doc_column(doc, DOC_LEFT, "of the generator");
	for (size_t arm = 0; arm < run->arm_count; arm++)
		row(run, doc, arm);
	if (shared)
		doc_key(doc,
			"In %zu of %zu arms the generator shares CPUs with servers or database: "
			"what it uses of them they do not have. It comes first there, and a trial "
			"in which it sent late does not count; but their capacity is that of the "
			"machine with its load generator on it, and CPU \u00b5s a request is what "
			"compares them with the others.",
			shared, run->arm_count);
}
