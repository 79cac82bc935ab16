#include "runner/site.h"

#include "common/seed/seed.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static bool fail(char *error, const char *what, const char *why)
{
	(void)snprintf(error, SITE_ERROR_MAX, "%.120s: %.120s", what, why);
	return false;
}

static bool find_programs(struct site *site, char *error)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len < 0)
		return fail(error, "/proc/self/exe", strerror(errno));
	self[len] = '\0';
	char *slash = strrchr(self, '/');
	if (!slash || (size_t)(slash - self) >= sizeof(site->bin))
		return fail(error, self, "the path is too long; move the project");
	*slash = '\0';
	(void)snprintf(site->bin, sizeof(site->bin), "%.199s", self);
	(void)setenv("DUET_BIN", site->bin, 1);
	return true;
}

static void split_cpus(struct site *site)
{
	(void)sched_getaffinity(0, sizeof(site->cpus_all), &site->cpus_all);
	size_t all = (size_t)CPU_COUNT(&site->cpus_all), servers = all - all / 2, seen = 0;
	CPU_ZERO(&site->cpus_server);
	CPU_ZERO(&site->cpus_generator);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &site->cpus_all))
			continue;
		if (seen < servers)
			CPU_SET(cpu, &site->cpus_server);
		if (seen >= servers || all == 1)
			CPU_SET(cpu, &site->cpus_generator);
		seen++;
	}
}

/* Tries it on this process and goes back. */
static bool may_be_realtime(void)
{
	const struct sched_param first = {.sched_priority = 1}, none = {.sched_priority = 0};
	int policy = sched_getscheduler(0);
	if (policy != SCHED_OTHER || sched_setscheduler(0, SCHED_RR, &first) != 0)
		return policy == SCHED_RR;
	(void)sched_setscheduler(0, policy, &none);
	return true;
}

bool site_init(struct site *site, uint32_t products, uint64_t data_seed, char *error)
{
	const char *base = getenv("DUET_PORT_BASE"), *data = getenv("DUET_DATA_DIR");
	char *end = NULL;
	unsigned long port = base ? strtoul(base, &end, 10) : SITE_PORT_BASE;
	*site = (struct site){.products = products, .data_seed = data_seed};
	if (base && (*end || end == base || port < 1024 || port > 65000))
		return fail(error, "DUET_PORT_BASE", "must be a port from 1024 to 65000");
	site->port_base = (uint16_t)port;
	if (access("scripts/mongod.sh", X_OK) != 0)
		return fail(error, "scripts/mongod.sh",
			    "not here; run duet from the project's folder");
	int len = data ? snprintf(site->data, sizeof(site->data), "%s", data)
		  : products == SEED_PRODUCTS_DEFAULT
			  ? snprintf(site->data, sizeof(site->data), "build/data")
			  : snprintf(site->data, sizeof(site->data), "build/data-%u", products);
	if (len <= 0 || (size_t)len > sizeof(site->data) - 40)
		return fail(error, "DUET_DATA_DIR", "must be a path of at most 160 bytes");
	split_cpus(site);
	site->realtime = may_be_realtime();
	return find_programs(site, error);
}

void site_build_bin(const struct site *site, size_t build, char *out)
{
	const char *slash = strrchr(site->bin, '/');
	if (build == 0)
		(void)snprintf(out, SITE_BUILD_PATH_MAX, "%s", site->bin);
	else
		(void)snprintf(out, SITE_BUILD_PATH_MAX, "%.*s/layout-%zu",
			       slash ? (int)(slash - site->bin) : 0, site->bin, build);
}

uint16_t site_port(const struct site *site, int port)
{
	return (uint16_t)(site->port_base + port + (int)site->beside * SITE_PORTS);
}

void site_mongo_folder(const struct site *site, char *out)
{
	if (site->beside)
		(void)snprintf(out, SITE_PATH_MAX, "%.160s/mongo-%zu", site->data, site->beside);
	else
		(void)snprintf(out, SITE_PATH_MAX, "%.160s/mongo", site->data);
}

void site_cpus_text(const cpu_set_t *cpus, char *out, size_t size)
{
	size_t len = 0;
	out[0] = '\0';
	for (size_t cpu = 0; cpu < CPU_SETSIZE && len < size; cpu++)
		if (CPU_ISSET(cpu, cpus))
			len += (size_t)snprintf(out + len, size - len, "%s%zu", len ? "," : "",
						cpu);
}

bool site_cpus_add(cpu_set_t *cpus, const char *text)
{
	const char *at = text;
	while (*at >= '0' && *at <= '9') {
		char *end;
		long low = strtol(at, &end, 10);
		long high = *end == '-' ? strtol(end + 1, &end, 10) : low;
		for (long cpu = low; cpu <= high && cpu < CPU_SETSIZE; cpu++)
			CPU_SET((size_t)cpu, cpus);
		at = end + strspn(end, ", ");
	}
	return at > text && !*at;
}

bool site_raise_files(uint64_t needed, char *error)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return fail(error, "open files", strerror(errno));
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= needed)
		return true;
	(void)snprintf(
		error, SITE_ERROR_MAX,
		"this plan needs %llu open files a process, the hard limit is %llu; raise it "
		"(ulimit -Hn, /etc/security/limits.conf)",
		(unsigned long long)needed, (unsigned long long)limit.rlim_max);
	return false;
}

bool site_check_space(const char *path, double needed, const char *what, char *error)
{
	struct statvfs info;
	char there[PATH_MAX];
	(void)snprintf(there, sizeof(there), "%s", path);
	while (statvfs(there, &info) != 0) {
		if (errno != ENOENT || strcmp(there, "/") == 0 || strcmp(there, ".") == 0)
			return fail(error, path, strerror(errno));
		const char *parent = dirname(there);
		memmove(there, parent, strlen(parent) + 1);
	}
	double free_mb = (double)info.f_bavail * (double)info.f_frsize / 1e6;
	if (free_mb >= needed)
		return true;
	(void)snprintf(error, SITE_ERROR_MAX,
		       "%.120s: %.0f MB free, %s needs %.0f; free some disk space", path, free_mb,
		       what, needed);
	return false;
}

bool site_make_folder(const char *path, char *error)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	if (len == 0 || len >= sizeof(part))
		return fail(error, path, "not a path");
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return fail(error, part, strerror(errno));
	}
	if (access(path, W_OK | X_OK) != 0)
		return fail(error, path, strerror(errno));
	return true;
}
