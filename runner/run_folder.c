#include "runner/run_folder.h"

#include "common/base/clock.h"
#include "common/base/file_write.h"
#include "runner/site.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPACE_MB = 64, PATHS_MAX = RUN_FOLDER_PATH_MAX + RUN_FOLDER_NAME_MAX + 8 };

static const char home[] = "results";

static bool fail(char *error, const char *path, const char *why)
{
	(void)snprintf(error, RUN_FOLDER_ERROR_MAX, "%.110s: %.130s", path, why);
	return false;
}

static json_t *identity_data(const struct run_identity *identity)
{
	const struct manifest *manifest = identity->manifest;
	return json_pack("{sI sI ss ss}", "seed", (json_int_t)manifest->seed, "products",
			 (json_int_t)manifest->products, "sha256", manifest->data_sha256,
			 "manifest_sha256", manifest->sha256);
}

static bool text_equal(json_t *about, const char *key, const char *wanted)
{
	const char *found = json_string_value(json_object_get(about, key));
	return found && strcmp(found, wanted) == 0;
}

/* What differs between a run on disk and this one; NULL when nothing does. */
static const char *difference(json_t *about, const struct run_identity *identity)
{
	json_t *data = identity_data(identity);
	bool data_equal = json_equal(json_object_get(about, "data"), data);
	json_decref(data);
	if (!text_equal(about, "plan_sha256", identity->plan->sha256))
		return "plan";
	if (!data_equal)
		return "data set";
	if (!text_equal(about, "commit", identity->commit))
		return "commit";
	return text_equal(about, "programs_sha256", identity->programs) ? NULL : "build";
}

static json_t *load_about(const char *path)
{
	char file[PATHS_MAX + RUN_FOLDER_PATH_MAX];
	json_error_t at;
	(void)snprintf(file, sizeof(file), "%s/run.json", path);
	return json_load_file(file, 0, &at);
}

static bool is_finished(json_t *about)
{
	return json_is_string(json_object_get(about, "finished_at"));
}

/* The newest unfinished run of the same identity under results/ into folder; false without one. */
static bool find_unfinished(struct run_folder *folder, const struct run_identity *identity)
{
	char newest[RUN_FOLDER_PATH_MAX] = "", prefix[PLAN_ID_MAX + 2];
	struct dirent *entry;
	(void)snprintf(prefix, sizeof(prefix), "%s-", identity->plan->id);
	DIR *dir = opendir(home);
	while (dir && (entry = readdir(dir))) {
		char path[RUN_FOLDER_PATH_MAX];
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
		    strlen(entry->d_name) > 100)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%.100s", home, entry->d_name);
		json_t *about = load_about(path);
		/* names end in the time, so the greatest is the newest */
		if (about && !is_finished(about) && !difference(about, identity) &&
		    strcmp(path, newest) > 0)
			memcpy(newest, path, sizeof(newest));
		json_decref(about);
	}
	if (dir)
		(void)closedir(dir);
	memcpy(folder->path, newest, sizeof(newest));
	return newest[0] != '\0';
}

static bool is_empty(const char *path)
{
	int count = 0;
	DIR *dir = opendir(path);
	while (dir && readdir(dir))
		count++;
	if (dir)
		(void)closedir(dir);
	return count <= 2;
}

/* Takes up what the folder holds, when it holds a run. */
static bool take_up(struct run_folder *folder, const struct run_identity *identity, char *error)
{
	char why[128];
	folder->about = load_about(folder->path);
	if (!folder->about)
		return is_empty(folder->path) ||
		       fail(error, folder->path,
			    "holds other files and no readable run.json; choose another --out");
	const char *differs = difference(folder->about, identity);
	if (differs) {
		(void)snprintf(why, sizeof(why),
			       "holds a run with another %s, so it cannot be resumed; choose "
			       "another --out",
			       differs);
		return fail(error, folder->path, why);
	}
	folder->resumed = true;
	folder->complete = is_finished(folder->about);
	return true;
}

/* The folders beside this one, by name; "." for a bare name. */
static int list_beside(const char *path, char parent[RUN_FOLDER_PATH_MAX], struct dirent ***names)
{
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 0;
	(void)snprintf(parent, RUN_FOLDER_PATH_MAX, "%.*s", len, path);
	if (len == 0)
		(void)snprintf(parent, RUN_FOLDER_PATH_MAX, "%s", slash ? "/" : ".");
	return scandir(parent, names, NULL, alphasort);
}

/* Runs of the same plan beside this one that were begun and never finished: a reader must be able
 * to see that none was dropped for its result. */
static json_t *aborted_runs(const struct run_folder *folder, const struct plan *plan)
{
	char parent[RUN_FOLDER_PATH_MAX], path[RUN_FOLDER_PATH_MAX * 2];
	struct dirent **names = NULL;
	json_t *list = json_array();
	int count = list_beside(folder->path, parent, &names);
	for (int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%.180s", parent, names[i]->d_name);
		free(names[i]);
		json_t *about = strcmp(path, folder->path) == 0 ? NULL : load_about(path);
		if (about && text_equal(about, "plan_id", plan->id) && !is_finished(about))
			(void)json_array_append_new(
				list, json_pack("{sO? sO? sO?}", "id", json_object_get(about, "id"),
						"started_at", json_object_get(about, "started_at"),
						"commit", json_object_get(about, "commit")));
		json_decref(about);
	}
	free(names);
	return list;
}

static bool begin(struct run_folder *folder, const struct run_identity *identity,
		  const char *started_at, char *error)
{
	char file[PATHS_MAX];
	const struct plan *plan = identity->plan;
	const char *id = strrchr(folder->path, '/');
	id = id && id[1] ? id + 1 : folder->path;
	folder->about = json_pack("{si ss ss ss sO ss so ss sb ss ss sn s[] s{} s{} s[] ss so}",
				  "schema_version", 1, "id", id, "plan_id", plan->id, "title",
				  plan->title, "plan", plan->json, "plan_sha256", plan->sha256,
				  "data", identity_data(identity), "commit", identity->commit,
				  "clean", (int)identity->clean, "programs_sha256",
				  identity->programs, "started_at", started_at, "finished_at",
				  "resumed_at", "pilot", "open_rates", "repeats", "analysis_sha256",
				  identity->analysis, "aborted", aborted_runs(folder, plan));
	(void)snprintf(file, sizeof(file), "%s/plan.json", folder->path);
	if (!folder->about)
		return fail(error, folder->path, "out of memory");
	return file_write(file, plan->text, plan->text_len, error) &&
	       run_folder_save(folder, error);
}

/* "2026-01-31T12:34:56Z" as "20260131T123456Z". */
static void compact_time(const char *utc, char out[21])
{
	size_t len = 0;
	for (; *utc; utc++)
		if (*utc != '-' && *utc != ':')
			out[len++] = *utc;
	out[len] = '\0';
}

bool run_folder_open(struct run_folder *folder, const struct run_identity *identity,
		     const char *out, char *error)
{
	char now[21], compact[21], logs[RUN_FOLDER_PATH_MAX + 8];
	*folder = (struct run_folder){.about = NULL};
	clock_utc_text(now);
	compact_time(now, compact);
	if (out && strlen(out) >= RUN_FOLDER_PATH_MAX - 40)
		return fail(error, out, "the path is too long");
	if (out)
		(void)snprintf(folder->path, sizeof(folder->path), "%.150s", out);
	else if (!find_unfinished(folder, identity))
		(void)snprintf(folder->path, sizeof(folder->path), "%s/%s-%s", home,
			       identity->plan->id, compact);
	if (!site_check_space(folder->path, SPACE_MB, "a run", error) ||
	    !site_make_folder(folder->path, error) || !take_up(folder, identity, error))
		return false;
	(void)snprintf(logs, sizeof(logs), "%s/logs", folder->path);
	if (!folder->resumed && !begin(folder, identity, now, error))
		return false;
	if (folder->resumed && !folder->complete)
		(void)json_array_append_new(json_object_get(folder->about, "resumed_at"),
					    json_string(now));
	return site_make_folder(logs, error);
}

/* run.json is indented, for reading; the trials' files are many, and without white space less than
 * half as long. */
static bool save_json(const char *path, const json_t *value, size_t layout, char *error)
{
	char *text = json_dumps(value, layout | JSON_REAL_PRECISION(12));
	if (!text)
		return fail(error, path, "out of memory");
	bool ok = file_write(path, text, strlen(text), error);
	free(text);
	return ok;
}

bool run_folder_save(struct run_folder *folder, char *error)
{
	char file[PATHS_MAX];
	(void)snprintf(file, sizeof(file), "%s/run.json", folder->path);
	return save_json(file, folder->about, JSON_INDENT(1), error);
}

int run_folder_near(const struct plan *plan)
{
	return (int)(2 * plan->level_count) + 1;
}

void run_folder_file(const struct plan *plan, const struct plan_trial *trial, int load,
		     char out[RUN_FOLDER_NAME_MAX])
{
	char kind[32] = "", attempt[24] = "";
	const char *prefix = load == RUN_FOLDER_SATURATION ? "saturation"
			     : load == RUN_FOLDER_STAMPS   ? "stamps"
							   : "results";
	int count = (int)plan->level_count;
	if (load == RUN_FOLDER_CAPACITY)
		(void)snprintf(kind, sizeof(kind), "_capacity");
	else if (load == run_folder_near(plan))
		(void)snprintf(kind, sizeof(kind), "_near");
	else if (load == count)
		(void)snprintf(kind, sizeof(kind), "_open");
	else if (load > count)
		(void)snprintf(kind, sizeof(kind), "_%lldopen",
			       (long long)plan->levels[load - count - 1].vus);
	else if (load >= 0)
		(void)snprintf(kind, sizeof(kind), "_%lld", (long long)plan->levels[load].vus);
	if (trial->attempt > 0)
		(void)snprintf(attempt, sizeof(attempt), "_a%lld", (long long)trial->attempt);
	(void)snprintf(out, RUN_FOLDER_NAME_MAX, "%s_%s_%s%s_b%lld%s.json", prefix,
		       plan->arms[trial->arm].id, plan_page_names[trial->page], kind,
		       (long long)trial->block, attempt);
}

/* A new reference; NULL when the file is not there or not JSON. */
static json_t *load_result(const struct run_folder *folder, const struct plan *plan,
			   const struct plan_trial *trial, int load)
{
	char name[RUN_FOLDER_NAME_MAX], path[PATHS_MAX];
	json_error_t at;
	run_folder_file(plan, trial, load, name);
	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	return json_load_file(path, 0, &at);
}

static bool has_file(const struct run_folder *folder, const struct plan *plan,
		     const struct plan_trial *trial, int load)
{
	json_t *result = load_result(folder, plan, trial, load);
	json_t *run = json_object_get(result, "run");
	bool has = run &&
		   json_equal(json_object_get(run, "id"), json_object_get(folder->about, "id")) &&
		   json_equal(json_object_get(run, "plan_sha256"),
			      json_object_get(folder->about, "plan_sha256"));
	json_t *state = json_object_get(json_object_get(result, "outcome"), "state");
	has = has && (load != RUN_FOLDER_SATURATION ||
		      (json_is_string(state) && strcmp(json_string_value(state), "complete") == 0));
	json_decref(result);
	return has;
}

bool run_folder_has(const struct run_folder *folder, const struct plan *plan,
		    const struct plan_trial *trial)
{
	bool capacity = plan->has_capacity && !plan_arm_open_only(&plan->arms[trial->arm]);
	bool has = !capacity || has_file(folder, plan, trial, RUN_FOLDER_CAPACITY);
	has = has &&
	      (!plan->has_saturation || has_file(folder, plan, trial, RUN_FOLDER_SATURATION));
	has = has && (!plan->has_near || !capacity ||
		      has_file(folder, plan, trial, run_folder_near(plan)));
	has = has && (!plan->stamp_requests || has_file(folder, plan, trial, RUN_FOLDER_STAMPS));
	for (size_t i = 0; has && i < trial->load_count; i++)
		has = has_file(folder, plan, trial, (int)trial->loads[i]);
	return has;
}

bool run_folder_valid(const struct run_folder *folder, const struct plan *plan,
		      const struct plan_trial *trial)
{
	bool valid = true;
	int last = run_folder_near(plan);
	for (int load = RUN_FOLDER_STAMPS; load <= last; load++) {
		json_t *result = load_result(folder, plan, trial, load);
		valid = valid && !json_is_false(json_object_get(result, "valid"));
		json_decref(result);
	}
	return valid;
}

bool run_folder_write(const struct run_folder *folder, const struct plan *plan,
		      const struct plan_trial *trial, int load, const json_t *result, char *error)
{
	char name[RUN_FOLDER_NAME_MAX], path[PATHS_MAX];
	run_folder_file(plan, trial, load, name);
	(void)snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	return save_json(path, result, JSON_COMPACT, error);
}

void run_folder_close(struct run_folder *folder)
{
	json_decref(folder->about);
	folder->about = NULL;
}
