/* proc_file: small text files of /proc and /sys, read whole. */
#ifndef DUET_RUNNER_PROC_FILE_H
#define DUET_RUNNER_PROC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads at most `size` - 1 bytes of a file into out, NUL-terminated; false (and "") when it cannot
 * be read. */
bool proc_file_read(const char *path, char *out, size_t size);

/* The first line without its newline; "" when the file cannot be read. */
void proc_file_line(const char *path, char *out, size_t size);

/* The number behind "key:" or "key " at the start of a line of `text`; `absent` without one. */
int64_t proc_file_number(const char *text, const char *key, int64_t absent);

#endif
