/* What of an environment is known to disturb measurements. */
#include "runner/environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *environment, const char *key)
{
	const char *text = json_string_value(json_object_get(environment, key));
	return text ? text : "unknown";
}

static bool is_known(const char *text)
{
	return strcmp(text, "unknown") != 0;
}

static bool is_virtual(const json_t *e)
{
	return strcmp(text_of(e, "virtualization"), "virtual machine") == 0;
}

static bool governor_varies(const json_t *e)
{
	const char *governor = text_of(e, "governor");
	return is_known(governor) && strcmp(governor, "performance") != 0;
}

static bool has_turbo(const json_t *e)
{
	return strcmp(text_of(e, "turbo"), "on") == 0;
}

static bool always_huge(const json_t *e)
{
	return strstr(text_of(e, "thp"), "[always]") != NULL;
}

static bool has_quota(const json_t *e)
{
	const char *cpu = text_of(json_object_get(e, "cgroup"), "cpu");
	return is_known(cpu) && strcmp(cpu, "none") != 0;
}

static bool other_tcp(const json_t *e)
{
	const char *name = text_of(e, "congestion_control");
	return is_known(name) && strcmp(name, "cubic") != 0 && strcmp(name, "reno") != 0;
}

static bool slow_clock(const json_t *e)
{
	static const char *const fast[] = {"tsc", "kvm-clock", "arch_sys_counter", "unknown"};
	for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
		if (strcmp(text_of(e, "clocksource"), fast[i]) == 0)
			return false;
	return true;
}

static bool is_dirty(const json_t *e)
{
	return json_is_false(json_object_get(e, "clean"));
}

static bool odd_build(const json_t *e)
{
	const char *flags = text_of(e, "flags");
	return is_known(flags) &&
	       (strstr(flags, "-fsanitize") || !strstr(flags, "-O") || strstr(flags, "-O0"));
}

static bool was_busy(const json_t *e)
{
	const json_t *load = json_object_get(e, "load_average");
	return json_is_number(load) && json_number_value(load) > 0.5;
}

static cpu_set_t cpus_of(const char *list)
{
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	(void)site_cpus_add(&cpus, list);
	return cpus;
}

/* Whether two lists have a CPU in common. */
static bool meet(const char *a, const char *b)
{
	const cpu_set_t left = cpus_of(a), right = cpus_of(b);
	cpu_set_t both;
	CPU_AND(&both, &left, &right);
	return CPU_COUNT(&both) > 0;
}

static bool shares_cpu(const json_t *e)
{
	return meet(text_of(e, "cpus_server"), text_of(e, "cpus_generator"));
}

static bool store_shares_cpu(const json_t *e)
{
	return !shares_cpu(e) && meet(text_of(e, "cpus_store"), text_of(e, "cpus_generator"));
}

/* Placed on shared CPUs on purpose, and not let to the front there. */
static bool waits_its_turn(const json_t *e)
{
	return strcmp(text_of(e, "placement"), "1cpu") != 0 &&
	       strcmp(text_of(e, "priority_generator"), "normal") == 0 &&
	       (shares_cpu(e) || store_shares_cpu(e));
}

/* A core's two threads on the two sides. */
static bool shares_core(const json_t *e)
{
	const char *cpu, *servers = text_of(e, "cpus_server");
	json_t *siblings;
	json_object_foreach(json_object_get(e, "thread_siblings"), cpu, siblings)
	{
		const char *list = json_string_value(siblings);
		if (list && !meet(cpu, servers) && meet(list, servers))
			return true;
	}
	return false;
}

static const struct {
	bool (*applies)(const json_t *environment);
	const char *text;
} warnings[] = {
	{is_virtual, "the CPUs are virtual: others on the host can take them away unseen, and an "
		     "idle one may take long to wake"},
	{governor_varies,
	 "the CPU's governor changes its speed with the load: set it to performance"},
	{has_turbo, "turbo is on: the CPU's speed depends on how busy and how warm it is"},
	{shares_core, "servers and generator run on threads of one core: they slow each other"},
	{shares_cpu, "servers and generator share CPUs: they slow each other"},
	{store_shares_cpu,
	 "the database shares CPUs with the generator, which the servers do not: database and "
	 "generator slow each other"},
	{waits_its_turn,
	 "real-time priority is not permitted (CAP_SYS_NICE), so that the generator does not come "
	 "first on the CPUs that it shares: what it shares them with runs at a lower priority, and "
	 "it may still send late"},
	{always_huge, "transparent huge pages are always on: memory may be moved while it is used"},
	{has_quota,
	 "the control group has a CPU quota: the kernel stops all of it when it is used up"},
	{other_tcp, "TCP's congestion control is neither cubic nor reno: it may pace what is sent"},
	{slow_clock, "reading this clock source is slow"},
	{was_busy, "other programs were running when the run began (load average over 0.5)"},
	{is_dirty, "the working tree was not clean: the commit does not say what ran"},
	{odd_build, "the programs were built with sanitizers or without optimisation"},
};

json_t *environment_warnings(const json_t *environment)
{
	json_t *list = json_array();
	for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++)
		if (warnings[i].applies(environment))
			(void)json_array_append_new(list, json_string(warnings[i].text));
	return list;
}
