#include "common/http/http_port_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TCP_LISTENING = 0x0a, OWNER_PATH_MAX = 320 };

/* The inode of the socket that listens on `port`, or 0. */
static uint64_t listening_inode(const char *table, uint16_t port)
{
	FILE *file = fopen(table, "re");
	char line[512];
	uint64_t inode = 0;
	while (file && !inode && fgets(line, sizeof(line), file)) {
		unsigned local_port, state;
		uint64_t found;
		if (sscanf(line,
			   " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*u "
			   "%" SCNu64,
			   &local_port, &state, &found) == 3 &&
		    local_port == port && state == TCP_LISTENING)
			inode = found;
	}
	if (file)
		fclose(file);
	return inode;
}

static bool process_has(const char *pid, const char *wanted)
{
	char path[OWNER_PATH_MAX], target[64];
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	DIR *fds = opendir(path);
	struct dirent *entry;
	bool found = false;
	while (fds && !found && (entry = readdir(fds))) {
		char link[OWNER_PATH_MAX + 300];
		snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
		ssize_t len = readlink(link, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	if (fds)
		closedir(fds);
	return found;
}

static void describe(const char *pid, char *out, size_t size)
{
	char path[OWNER_PATH_MAX], name[64] = "";
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	FILE *file = fopen(path, "re");
	if (file && fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
	snprintf(out, size, "pid %s (%s)", pid, name);
}

void http_port_owner(uint16_t port, char *out, size_t size)
{
	snprintf(out, size, "another process");
	uint64_t inode = listening_inode("/proc/net/tcp", port);
	if (!inode)
		inode = listening_inode("/proc/net/tcp6", port);
	if (!inode)
		return;
	char wanted[64];
	snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !process_has(entry->d_name, wanted))
			continue;
		describe(entry->d_name, out, size);
		break;
	}
	if (proc)
		closedir(proc);
}
