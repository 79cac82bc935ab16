/* folder_list: the files of one kind in a run's folder. */
#ifndef DUET_RUNNER_FOLDER_LIST_H
#define DUET_RUNNER_FOLDER_LIST_H

struct dirent;

/* The entries whose names are `prefix`, something, ".json", in byte order whatever the locale, so
 * that the same folder gives the same report. Returns how many are in *names, which the caller
 * frees, each and all (as with scandir); -1 with errno when the folder cannot be read. */
int folder_list(const char *folder, const char *prefix, struct dirent ***names);

#endif
