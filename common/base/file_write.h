/* file_write: writes a whole file so that nobody ever sees half of it: a temporary file in the same
 * folder, fsync, rename, fsync of the folder.
 *
 * Invariants: `path` holds either what it held before or all of the new bytes, whatever happens;
 * the temporary file is gone when the call returns.
 */
#ifndef DUET_BASE_FILE_WRITE_H
#define DUET_BASE_FILE_WRITE_H

#include <stdbool.h>
#include <stddef.h>

enum { FILE_WRITE_ERROR_SIZE = 256 };

/* Whether `path` could be written now, for those who work long before they write: what is there
 * must be a regular file (a device, a pipe or a folder is never replaced) or nothing, in a folder
 * that is there and writable. False with one line in `error`. */
bool file_replaceable(const char *path, char error[FILE_WRITE_ERROR_SIZE]);

/* Replaces `path` (mode 0644 less the umask) by `len` bytes; creates no folders. `bytes` may be
 * NULL when len is 0. False when it fails, with one line in `error` that names the file, the step
 * and the reason. */
bool file_write(const char *path, const void *bytes, size_t len, char error[FILE_WRITE_ERROR_SIZE]);

#endif
