#include "runner/environment.h"

#include "common/base/clock.h"
#include "common/seed/manifest.h"
#include "runner/build_info.h"
#include "runner/placement.h"
#include "runner/proc_file.h"
#include "runner/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 256, TOOL_S = 20 };

/* Settings that are one line of a file. */
static const struct {
	const char *key, *path;
} settings[] = {
	{"governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"},
	{"thp", "/sys/kernel/mm/transparent_hugepage/enabled"},
	{"congestion_control", "/proc/sys/net/ipv4/tcp_congestion_control"},
	{"somaxconn", "/proc/sys/net/core/somaxconn"},
	{"port_range", "/proc/sys/net/ipv4/ip_local_port_range"},
	{"clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
	{"hypervisor_vendor", "/sys/class/dmi/id/sys_vendor"},
	{"smt", "/sys/devices/system/cpu/smt/control"},
};

static void set_text(json_t *object, const char *key, const char *text)
{
	json_t *value = json_string(text);
	(void)json_object_set_new(object, key, value && *text ? value : json_string("unknown"));
	if (value && !*text)
		json_decref(value);
}

static void read_cpu(json_t *environment)
{
	char *text = malloc(1 << 16);
	if (!text)
		return;
	(void)proc_file_read("/proc/cpuinfo", text, 1 << 16);
	char *model = strstr(text, "model name");
	model = model ? strchr(model, ':') : NULL;
	char *flags = strstr(text, "\nflags");
	bool virtual_machine = false;
	if (flags) {
		char *end = strchr(flags + 1, '\n');
		char *found = strstr(flags, " hypervisor");
		virtual_machine = found && (!end || found < end);
	}
	if (model) {
		model += strspn(model, ": \t");
		model[strcspn(model, "\n")] = '\0';
	}
	set_text(environment, "cpu", model ? model : "");
	set_text(environment, "virtualization", virtual_machine ? "virtual machine" : "none seen");
	free(text);
}

/* {"spectre_v2": "Mitigation: ...", ...} */
static json_t *read_mitigations(void)
{
	static const char folder[] = "/sys/devices/system/cpu/vulnerabilities";
	json_t *all = json_object();
	DIR *dir = opendir(folder);
	struct dirent *entry;
	while (dir && all && (entry = readdir(dir))) {
		char path[LINE_MAX_BYTES + 64], line[LINE_MAX_BYTES];
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		proc_file_line(path, line, sizeof(line));
		set_text(all, entry->d_name, line);
	}
	if (dir)
		(void)closedir(dir);
	return all;
}

/* Intel says whether it is off, others whether it is on. */
static void read_turbo(json_t *environment)
{
	char off[LINE_MAX_BYTES], on[LINE_MAX_BYTES];
	proc_file_line("/sys/devices/system/cpu/intel_pstate/no_turbo", off, sizeof(off));
	proc_file_line("/sys/devices/system/cpu/cpufreq/boost", on, sizeof(on));
	set_text(environment, "turbo",
		 *off  ? (*off == '0' ? "on" : "off")
		 : *on ? (*on == '1' ? "on" : "off")
		       : "");
}

/* {"0": "0-1", ...}: which CPUs are threads of one core. */
static json_t *read_siblings(const struct site *site)
{
	json_t *all = json_object();
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		char path[LINE_MAX_BYTES], name[16], line[LINE_MAX_BYTES];
		if (!CPU_ISSET(cpu, &site->cpus_all))
			continue;
		(void)snprintf(name, sizeof(name), "%zu", cpu);
		(void)snprintf(path, sizeof(path),
			       "/sys/devices/system/cpu/cpu%zu/topology/thread_siblings_list", cpu);
		proc_file_line(path, line, sizeof(line));
		set_text(all, name, line);
	}
	return all;
}

static void read_load(json_t *environment)
{
	char line[LINE_MAX_BYTES];
	proc_file_line("/proc/loadavg", line, sizeof(line));
	if (*line)
		(void)json_object_set_new(environment, "load_average",
					  json_real(strtod(line, NULL)));
}

static void read_machine(json_t *environment, const struct site *site)
{
	char text[LINE_MAX_BYTES];
	struct utsname name;
	struct rlimit files = {0};
	(void)uname(&name);
	(void)snprintf(text, sizeof(text), "%s %s %s", name.sysname, name.release, name.machine);
	set_text(environment, "kernel", text);
	(void)proc_file_read("/proc/meminfo", text, sizeof(text));
	int64_t memory_kb = proc_file_number(text, "MemTotal", 0);
	(void)json_object_set_new(environment, "memory_mb",
				  json_integer(memory_kb * 1024 / 1000000));
	(void)getrlimit(RLIMIT_NOFILE, &files);
	(void)json_object_set_new(environment, "fd_limit",
				  json_integer((json_int_t)files.rlim_cur));
	(void)json_object_set_new(environment, "cpu_count",
				  json_integer(CPU_COUNT(&site->cpus_all)));
	site_cpus_text(&site->cpus_server, text, sizeof(text));
	set_text(environment, "cpus_server", text);
	site_cpus_text(&site->cpus_generator, text, sizeof(text));
	set_text(environment, "cpus_generator", text);
	const struct placement place = placement_of(site, PLAN_PLACEMENT_1CPU);
	set_text(environment, "generator_waits", placement_generator_waits(&place));
}

json_t *environment_read(const struct site *site)
{
	char commit[65], line[LINE_MAX_BYTES];
	json_t *environment = json_object();
	if (!environment)
		return NULL;
	read_cpu(environment);
	read_machine(environment, site);
	read_turbo(environment);
	read_load(environment);
	(void)json_object_set_new(environment, "thread_siblings", read_siblings(site));
	(void)json_object_set_new(environment, "cgroup", environment_cgroup());
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		proc_file_line(settings[i].path, line, sizeof(line));
		set_text(environment, settings[i].key, line);
	}
	(void)json_object_set_new(environment, "mitigations", read_mitigations());
	set_text(environment, "compiler", build_info_compiler());
	set_text(environment, "flags", build_info_flags());
	(void)json_object_set_new(environment, "libraries", build_info_libraries());
	bool clean = environment_commit(commit);
	set_text(environment, "commit", commit);
	(void)json_object_set_new(environment, "clean", json_boolean(clean));
	(void)json_object_set_new(environment, "linked", build_info_linked());
	(void)json_object_set_new(environment, "warnings", environment_warnings(environment));
	return environment;
}

/* mongod --version begins "db version v6.0.5". */
static void read_mongod_version(char version[64])
{
	char path[SITE_PATH_MAX], text[512];
	const char *where[] = {"scripts/mongod.sh", "path", NULL};
	(void)snprintf(version, 64, "unknown");
	if (!process_capture(where, path, sizeof(path), TOOL_S * NS_PER_S))
		return;
	path[strcspn(path, "\n")] = '\0';
	const char *ask[] = {path, "--version", NULL};
	(void)process_capture(ask, text, sizeof(text), TOOL_S * NS_PER_S);
	const char *at = strstr(text, "version v");
	if (at)
		(void)snprintf(version, 64, "%.*s", (int)strcspn(at + 9, "\n \""), at + 9);
}

void environment_store(const struct plan_arm *arm, char name[64], char version[64])
{
	(void)snprintf(name, 64, "%s", plan_store_names[arm->store]);
	(void)snprintf(version, 64, "%s",
		       arm->store == PLAN_SQLITE ? sqlite3_libversion() : "none");
	if (arm->store == PLAN_MONGODB)
		read_mongod_version(version);
}

bool environment_commit(char commit[65])
{
	char changes[256];
	const char *head[] = {"git", "rev-parse", "HEAD", NULL};
	const char *status[] = {"git", "status", "--porcelain", "--untracked-files=normal", NULL};
	if (!process_capture(head, commit, 65, TOOL_S * NS_PER_S)) {
		(void)snprintf(commit, 65, "unknown");
		return false;
	}
	commit[strcspn(commit, "\n")] = '\0';
	return process_capture(status, changes, sizeof(changes), TOOL_S * NS_PER_S) && !changes[0];
}

static bool hash_file(const char *path, char out[65])
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *bytes = MAP_FAILED;
	if (fd >= 0 && fstat(fd, &info) == 0 && info.st_size > 0)
		bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		(void)close(fd);
	if (bytes == MAP_FAILED)
		return false;
	sha256_hex(bytes, (size_t)info.st_size, out);
	(void)munmap(bytes, (size_t)info.st_size);
	return true;
}

/* The first are the servers, of which there may be several builds. */
static const char *const programs[] = {"unified", "bff",     "catalog", "inventory",
				       "pricing", "reviews", "seed",    "loadgen"};
enum { SERVERS = 6, PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

bool environment_programs(const struct site *site, size_t builds, char out[65], char *error)
{
	char hashes[(PROGRAMS + SITE_BUILDS_MAX * SERVERS) * 64 + 1];
	size_t count = 0;
	for (size_t build = 0; build < builds; build++) {
		char bin[SITE_BUILD_PATH_MAX], path[SITE_BUILD_PATH_MAX + 32];
		site_build_bin(site, build, bin);
		for (size_t i = 0; i < (build ? SERVERS : PROGRAMS); i++) {
			(void)snprintf(path, sizeof(path), "%s/%s", bin, programs[i]);
			if (access(path, X_OK) == 0 && hash_file(path, hashes + count++ * 64))
				continue;
			(void)snprintf(error, SITE_ERROR_MAX,
				       "%.150s: %.30s; build it with `make%s`", path,
				       strerror(errno), build ? " layouts BUILDS=N" : "");
			return false;
		}
	}
	sha256_hex(hashes, count * 64, out);
	return true;
}

void environment_analysis(char out[65])
{
	if (!hash_file("/proc/self/exe", out))
		(void)snprintf(out, 65, "unknown");
}
