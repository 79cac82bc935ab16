/* The folder is synced too: a rename is only durable when its folder is. Where a folder cannot be
 * opened or synced (some network file systems) the rename stands and that is all one can have. */
#include "common/base/file_write.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(char error[FILE_WRITE_ERROR_SIZE], const char *path, const char *step)
{
	const int code = errno;
	snprintf(error, FILE_WRITE_ERROR_SIZE, "cannot %s '%.120s': %s", step, path,
		 strerror(code));
	return false;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return false;
		}
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* The mask can only be read by setting it; /proc has it without the race between threads. */
static mode_t process_umask(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[128];
	unsigned int mask = 022;
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "Umask: %o", &mask) == 1)
			break;
	if (status)
		fclose(status);
	return (mode_t)mask;
}

static void sync_folder(const char *path)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof(folder), "%s", path);
	const int fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

bool file_replaceable(const char *path, char error[FILE_WRITE_ERROR_SIZE])
{
	struct stat there;
	char folder[PATH_MAX];
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
		snprintf(error, FILE_WRITE_ERROR_SIZE,
			 "cannot replace '%.120s': it is not a regular file; name another", path);
		return false;
	}
	snprintf(folder, sizeof(folder), "%s", path);
	return access(dirname(folder), W_OK | X_OK) == 0 ||
	       fail(error, path, "write in the folder of");
}

bool file_write(const char *path, const void *bytes, size_t len, char error[FILE_WRITE_ERROR_SIZE])
{
	if (!file_replaceable(path, error))
		return false;
	char temp[PATH_MAX];
	const int n = snprintf(temp, sizeof(temp), "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(temp)) {
		errno = ENAMETOOLONG;
		return fail(error, path, "write");
	}
	int fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return fail(error, path, "create a temporary file beside");

	const char *step = "write";
	if (!write_all(fd, bytes, len))
		goto failed;
	step = "set the mode of";
	if (fchmod(fd, 0644 & ~process_umask()) != 0)
		goto failed;
	step = "sync";
	if (fsync(fd) != 0)
		goto failed;
	step = "close";
	const int closed = close(fd);
	fd = -1;
	if (closed != 0)
		goto failed;
	step = "replace";
	if (rename(temp, path) != 0)
		goto failed;
	sync_folder(path);
	return true;

failed:
	fail(error, path, step);
	if (fd >= 0)
		close(fd);
	unlink(temp);
	return false;
}
