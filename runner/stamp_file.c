#include "runner/stamp_file.h"

#include "runner/folder_list.h"
#include "runner/stats.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct stamp_files *files, const struct run *run, const char *name)
{
	char path[4096];
	json_error_t at;
	if (snprintf(path, sizeof(path), "%s/%s", run->path, name) >= (int)sizeof(path))
		return;
	json_t *root = json_load_file(path, 0, &at);
	struct stamp_file file = {.root = root, .arm = run->arm_count, .page = run->page_count};
	const char *arm = json_text_at(root, "scenario.arm", "");
	const char *page = json_text_at(root, "scenario.page", "");
	for (size_t i = 0; i < run->arm_count; i++)
		if (strcmp(run->arms[i].id, arm) == 0)
			file.arm = i;
	for (size_t i = 0; i < run->page_count; i++)
		if (strcmp(run->pages[i], page) == 0)
			file.page = i;
	file.valid = json_is_true(json_object_get(root, "valid"));
	if (file.arm < run->arm_count && file.page < run->page_count &&
	    json_is_array(json_object_get(root, "parts")))
		files->at[files->count++] = file;
	else
		json_decref(root);
}

bool stamp_files_read(struct stamp_files *files, const struct run *run)
{
	struct dirent **names = NULL;
	*files = (struct stamp_files){.count = 0};
	int count = folder_list(run->path, "stamps_", &names);
	if (count <= 0) {
		free(names);
		return true;
	}
	files->at = calloc((size_t)count, sizeof(*files->at));
	for (int i = 0; i < count; i++) {
		if (files->at)
			add(files, run, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return files->at != NULL;
}

void stamp_files_free(struct stamp_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		json_decref(files->at[i].root);
	free(files->at);
	*files = (struct stamp_files){.count = 0};
}

size_t stamp_files_of(const struct stamp_files *files, size_t arm, size_t page,
		      const json_t *found[RUN_BLOCKS_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < files->count && count < RUN_BLOCKS_MAX; i++) {
		const struct stamp_file *file = &files->at[i];
		if (file->valid && file->arm == arm && file->page == page)
			found[count++] = file->root;
	}
	return count;
}

double stamp_mean(const json_t *const *found, size_t count, const char *path)
{
	double total = 0;
	for (size_t i = 0; i < count; i++)
		total += json_number_at(found[i], path);
	return count ? total / (double)count : NAN;
}

double stamp_median(const json_t *const *found, size_t count, const char *path)
{
	double values[RUN_BLOCKS_MAX];
	for (size_t i = 0; i < count; i++) {
		values[i] = json_number_at(found[i], path);
		if (isnan(values[i]))
			return NAN;
	}
	return stats_median(values, count);
}
