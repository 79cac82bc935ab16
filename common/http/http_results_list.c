#include "common/http/http_results_list.h"

#include "common/base/json_writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RUNS_MAX = 1000, NAMES_MAX = 4096, INDEX_BYTES_MAX = 4194304, TAIL_BYTES = 64, LEVELS = 2 };

/* The sorted names in a folder of one kind. */
struct names {
	char (*at)[RESULTS_NAME_MAX]; /* owned */
	size_t count;
	size_t left_out; /* with other characters, or too many */
};

struct listing {
	struct strbuf text;
	struct json_writer json;
	size_t runs, left_out;
};

bool results_name_ok(struct slice name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "._-~";
	if (name.len == 0 || name.len >= RESULTS_NAME_MAX || name.at[0] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!name.at[i] || !strchr(plain, name.at[i]))
			return false;
	return true;
}

bool results_list_is_run(int folder)
{
	static const char *const marks[] = {"run.json", "report.json"};
	struct stat about;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (fstatat(folder, marks[i], &about, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(about.st_mode))
			return true;
	return false;
}

static bool is_kind(int folder, const struct dirent *entry, bool folders)
{
	struct stat about;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == (folders ? DT_DIR : DT_REG);
	return fstatat(folder, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (folders ? S_ISDIR(about.st_mode) : S_ISREG(about.st_mode));
}

static bool is_json(const char *name)
{
	size_t len = strlen(name);
	return len > 5 && strcmp(name + len - 5, ".json") == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Folders, or JSON files. What begins with a dot is nobody's business. */
static void names_read(struct names *names, int folder, bool folders)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	*names = (struct names){.at = malloc(sizeof(*names->at) * NAMES_MAX)};
	for (const struct dirent *entry; dir && names->at && (entry = readdir(dir));) {
		if (entry->d_name[0] == '.' || !is_kind(folder, entry, folders) ||
		    (!folders && !is_json(entry->d_name)))
			continue;
		if (names->count == NAMES_MAX || !results_name_ok(slice_of(entry->d_name)))
			names->left_out++;
		else
			snprintf(names->at[names->count++], RESULTS_NAME_MAX, "%s", entry->d_name);
	}
	if (names->count)
		qsort(names->at, names->count, sizeof(*names->at), by_name);
	if (dir)
		closedir(dir);
	else if (copy >= 0)
		close(copy);
}

/* Adds a run, or counts it as left out and takes back what was written of it. */
static void run_write(struct listing *listing, int folder, const char *path)
{
	struct names files;
	struct listing before = *listing;
	names_read(&files, folder, false);
	json_object_begin(&listing->json);
	json_key(&listing->json, "path");
	json_put_string(&listing->json, slice_of(path));
	json_key(&listing->json, "files");
	json_array_begin(&listing->json);
	for (size_t i = 0; i < files.count; i++)
		json_put_string(&listing->json, slice_of(files.at[i]));
	json_array_end(&listing->json);
	json_object_end(&listing->json);
	if (strbuf_ok(&listing->text) && listing->runs < RUNS_MAX) {
		listing->runs++;
	} else {
		listing->text.len = before.text.len;
		listing->text.failed = false;
		listing->json = before.json;
		listing->left_out++;
	}
	free(files.at);
}

/* The runs below a folder whose address is `path`; `level` folders down. */
static void level_write(struct listing *listing, int folder, const char *path, unsigned level)
{
	struct names names;
	names_read(&names, folder, true);
	listing->left_out += names.left_out;
	for (size_t i = 0; i < names.count; i++) {
		char below[LEVELS * RESULTS_NAME_MAX];
		int fd = openat(folder, names.at[i],
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0) {
			listing->left_out++;
			continue;
		}
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "/" : "", names.at[i]);
		if (results_list_is_run(fd))
			run_write(listing, fd, below);
		if (level < LEVELS)
			level_write(listing, fd, below, level + 1);
		close(fd);
	}
	free(names.at);
}

enum http_file_status results_list_write(int folder, struct http_file *index,
					 char error[HTTP_ERROR_MAX])
{
	struct listing listing = {.runs = 0};
	strbuf_init(&listing.text, INDEX_BYTES_MAX);
	json_writer_init(&listing.json, &listing.text);
	json_object_begin(&listing.json);
	json_key(&listing.json, "runs");
	json_array_begin(&listing.json);
	level_write(&listing, folder, "", 1);
	close(folder);
	listing.text.max += TAIL_BYTES; /* for what ends the list, when it is full */
	json_array_end(&listing.json);
	if (listing.left_out) {
		json_key(&listing.json, "left_out");
		json_uint(&listing.json, listing.left_out);
	}
	json_object_end(&listing.json);
	index->data = listing.text.data;
	index->len = listing.text.len;
	if (strbuf_ok(&listing.text) && http_file_mark(index))
		return HTTP_FILE_OK;
	snprintf(error, HTTP_ERROR_MAX, "no memory for the list of runs");
	http_file_free(index);
	return HTTP_FILE_UNREADABLE;
}
