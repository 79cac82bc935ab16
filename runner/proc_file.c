#include "runner/proc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool proc_file_read(const char *path, char *out, size_t size)
{
	size_t len = 0;
	out[0] = '\0';
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (len + 1 < size) {
		ssize_t got = read(fd, out + len, size - 1 - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	out[len] = '\0';
	(void)close(fd);
	return len > 0;
}

void proc_file_line(const char *path, char *out, size_t size)
{
	(void)proc_file_read(path, out, size);
	out[strcspn(out, "\n")] = '\0';
}

int64_t proc_file_number(const char *text, const char *key, int64_t absent)
{
	size_t len = strlen(key);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n' ? 1 : 0;
		if (strncmp(line, key, len) == 0 && (line[len] == ':' || line[len] == ' '))
			return strtoll(line + len + 1, NULL, 10);
	}
	return absent;
}
