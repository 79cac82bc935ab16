#include "runner/folder_list.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_of_kind(const char *name, const char *prefix)
{
	static const char suffix[] = ".json";
	size_t len = strlen(name), first = strlen(prefix), last = strlen(suffix);
	return len > first + last && strncmp(name, prefix, first) == 0 &&
	       strcmp(name + len - last, suffix) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int folder_list(const char *folder, const char *prefix, struct dirent ***names)
{
	int kept = 0;
	*names = NULL;
	int count = scandir(folder, names, NULL, by_name);
	for (int i = 0; i < count; i++) {
		if (is_of_kind((*names)[i]->d_name, prefix))
			(*names)[kept++] = (*names)[i];
		else
			free((*names)[i]);
	}
	return count < 0 ? -1 : kept;
}
