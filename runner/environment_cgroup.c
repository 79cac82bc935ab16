/* The limits of the control group that this process is in, versions 1 and 2 (cgroups(7)). */
#include "runner/environment.h"

#include "runner/proc_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 512, TEXT_BYTES = 4096, VALUE_BYTES = 96 };

static const struct {
	const char *key, *controller; /* of version 1 */
	const char *file_1, *file_2;
} limits[] = {
	{"cpu", "cpu", "cpu.cfs_quota_us", "cpu.max"},
	{"memory", "memory", "memory.limit_in_bytes", "memory.max"},
	{"cpus", "cpuset", "cpuset.cpus", "cpuset.cpus.effective"},
};

/* True when the comma-separated controllers of a line ("4:cpu,cpuacct:/a") hold that one. */
static bool has_controller(const char *list, size_t len, const char *name)
{
	size_t wanted = strlen(name);
	for (size_t at = 0; at + wanted <= len; at++)
		if (strncmp(list + at, name, wanted) == 0 && (at == 0 || list[at - 1] == ',') &&
		    (at + wanted == len || list[at + wanted] == ','))
			return true;
	return false;
}

/* This process's path below a hierarchy; `controller` "" for version 2's. False when it is in none.
 */
static bool own_path(const char *text, const char *controller, char path[PATH_BYTES])
{
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		const char *list = strchr(line, ':');
		const char *end = list ? strchr(list + 1, ':') : NULL;
		if (!end)
			return false;
		size_t len = (size_t)(end - list - 1);
		if (*controller ? has_controller(list + 1, len, controller) : len == 0) {
			(void)snprintf(path, PATH_BYTES, "%.*s", (int)strcspn(end + 1, "\n"),
				       end + 1);
			return true;
		}
	}
	return false;
}

/* No limit: "max", -1, or version 1's largest whole page. */
static bool is_limit(const char *value)
{
	return *value && strncmp(value, "max", 3) != 0 && strncmp(value, "-1", 2) != 0 &&
	       strtod(value, NULL) < 9e18;
}

/* The limit of the group or of the nearest one above that has one; "none" without any. */
static void nearest_limit(const char *root, char path[PATH_BYTES], const char *file,
			  char value[VALUE_BYTES])
{
	for (;;) {
		char name[PATH_BYTES + 128];
		(void)snprintf(name, sizeof(name), "%s%s/%s", root, strcmp(path, "/") ? path : "",
			       file);
		proc_file_line(name, value, VALUE_BYTES);
		char *last = strrchr(path, '/');
		if (is_limit(value))
			return;
		if (!last || !last[1])
			break;
		last[last == path ? 1 : 0] = '\0';
	}
	(void)snprintf(value, VALUE_BYTES, "none");
}

json_t *environment_cgroup(void)
{
	char text[TEXT_BYTES];
	json_t *all = json_object();
	(void)proc_file_read("/proc/self/cgroup", text, sizeof(text));
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		char path[PATH_BYTES], value[VALUE_BYTES] = "none", root[64];
		if (own_path(text, limits[i].controller, path)) {
			(void)snprintf(root, sizeof(root), "/sys/fs/cgroup/%s",
				       limits[i].controller);
			nearest_limit(root, path, limits[i].file_1, value);
		} else if (own_path(text, "", path)) {
			nearest_limit("/sys/fs/cgroup", path, limits[i].file_2, value);
		}
		(void)json_object_set_new(all, limits[i].key, json_string(value));
	}
	return all;
}
