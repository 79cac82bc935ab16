/* Reads run folders. Every name that a file gives is checked here once, so that the sections of the
 * report can index without looking. */
#include "runner/report_run.h"

#include "runner/folder_list.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const page_names[RUN_PAGES_MAX] = {"home", "plp", "pdp"};
static const char *const kind_names[] = {"capacity", "closed", "open"};

json_t *json_value_at(const json_t *root, const char *path)
{
	json_t *at = (json_t *)root;
	while (at && *path) {
		size_t len = strcspn(path, ".");
		at = json_object_getn(at, path, len);
		path += len + (path[len] == '.');
	}
	return at;
}

double json_number_at(const json_t *root, const char *path)
{
	json_t *value = json_value_at(root, path);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

const char *json_text_at(const json_t *root, const char *path, const char *fallback)
{
	const char *text = json_string_value(json_value_at(root, path));
	return text ? text : fallback;
}

bool json_equal_but(const json_t *a, const json_t *b, const char *const *keys, size_t count)
{
	json_t *left = json_copy((json_t *)a), *right = json_copy((json_t *)b);
	for (size_t i = 0; i < count; i++) {
		(void)json_object_del(left, keys[i]);
		(void)json_object_del(right, keys[i]);
	}
	bool equal = left && right && json_equal(left, right);
	json_decref(left);
	json_decref(right);
	return equal;
}

/* Loads a JSON object; NULL with the reason in why[160]. */
static json_t *object_load(const char *folder, const char *name, char why[160])
{
	char path[4096];
	json_error_t error;
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
		snprintf(why, 160, "its path is too long");
		return NULL;
	}
	FILE *file = fopen(path, "re");
	if (!file) {
		snprintf(why, 160, "cannot be opened: %s", strerror(errno));
		return NULL;
	}
	json_t *root = json_loadf(file, 0, &error);
	fclose(file);
	if (!root) {
		snprintf(why, 160, "not JSON, or torn: line %d: %.100s", error.line, error.text);
		return NULL;
	}
	if (!json_is_object(root)) {
		snprintf(why, 160, "not a JSON object");
		json_decref(root);
		return NULL;
	}
	return root;
}

/* Makes room for one more element of `each` bytes; false without memory. */
static bool room_for_one(void **at, size_t count, size_t *size, size_t each)
{
	if (count < *size)
		return true;
	size_t wanted = *size ? *size * 2 : 64;
	void *more = realloc(*at, wanted * each);
	if (!more)
		return false;
	*at = more;
	*size = wanted;
	return true;
}

static bool unreadable_add(struct run *run, const char *file, const char *why)
{
	void *list = run->unreadable;
	bool ok = room_for_one(&list, run->unreadable_count, &run->unreadable_size,
			       sizeof(*run->unreadable));
	run->unreadable = list;
	char *name = ok ? strdup(file) : NULL;
	if (!name)
		return false;
	struct run_unreadable *entry = &run->unreadable[run->unreadable_count++];
	entry->file = name;
	snprintf(entry->why, sizeof(entry->why), "%s", why);
	return true;
}

/* Index of an arm, added when it is new; RUN_ARMS_MAX when there are too many. */
static size_t arm_index(struct run *run, const char *id)
{
	size_t i = 0;
	while (i < run->arm_count && strcmp(run->arms[i].id, id) != 0)
		i++;
	if (i == run->arm_count && i < RUN_ARMS_MAX)
		run->arms[run->arm_count++] = (struct run_arm){id, "", "", NULL};
	return i;
}

static size_t name_index(const char *const *names, size_t count, const char *name)
{
	size_t i = 0;
	while (i < count && strcmp(names[i], name) != 0)
		i++;
	return i;
}

static size_t load_index(struct run *run, enum run_kind kind, long vus)
{
	size_t i = 0;
	while (i < run->load_count && (run->loads[i].kind != kind || run->loads[i].vus != vus))
		i++;
	if (i == run->load_count && i < RUN_LOADS_MAX)
		run->loads[run->load_count++] = (struct run_load){kind, vus};
	return i;
}

/* Puts a loaded result where it belongs; NULL when done, else why it cannot be. */
static const char *result_place(struct run *run, struct run_result *result)
{
	json_t *root = result->root;
	double version = json_number_at(root, "schema_version");
	if (isnan(version))
		return "no schema_version";
	if (version > 1)
		return "of a newer schema than this program reads: rebuild duet, or report with "
		       "the program that wrote it";
	const char *arm = json_text_at(root, "scenario.arm", NULL);
	const char *kind = json_text_at(root, "scenario.kind", "");
	double block = json_number_at(root, "run.block");
	double vus = json_number_at(root, "scenario.vus");
	size_t kind_at = name_index(kind_names, 3, kind);
	result->page =
		name_index(page_names, RUN_PAGES_MAX, json_text_at(root, "scenario.page", ""));
	if (!arm || !*arm)
		return "names no arm (was it written by loadgen alone?)";
	if (result->page == RUN_PAGES_MAX)
		return "its page is none of home, plp, pdp";
	if (kind_at == 3)
		return "its kind is none of capacity, closed, open";
	if (!(block >= 0 && block < RUN_BLOCKS_MAX))
		return "names no block from 0 to 999";
	double twin_of = json_number_at(root, "scenario.twin_of_vus");
	bool twin = kind_at == RUN_OPEN && twin_of >= 1 && twin_of <= 1e9;
	bool near = kind_at == RUN_OPEN && json_number_at(root, "scenario.of_own_capacity") > 0;
	bool closed = kind_at == RUN_CLOSED;
	if (closed && !(vus >= 1 && vus <= 1e9))
		return "a closed load without virtual users";
	result->load = load_index(run,
				  twin   ? RUN_OPEN_TWIN
				  : near ? RUN_NEAR
					 : (enum run_kind)kind_at,
				  twin     ? (long)twin_of
				  : closed ? (long)vus
					   : 0);
	/* The arm last: it borrows its name from a file that is then sure to stay. */
	result->arm = result->load < RUN_LOADS_MAX ? arm_index(run, arm) : RUN_ARMS_MAX;
	if (result->arm == RUN_ARMS_MAX)
		return "one arm or load level more than a report holds";
	result->block = (size_t)block;
	result->valid = json_is_true(json_object_get(root, "valid"));
	double attempt = json_number_at(root, "run.attempt");
	if (!(isnan(attempt) || (attempt >= 0 && attempt < RUN_ATTEMPTS_MAX)))
		return "its attempt is none of 0, 1, 2";
	result->attempt = isnan(attempt) ? 0 : (size_t)attempt;
	if (run->block_count <= result->block)
		run->block_count = result->block + 1;
	return NULL;
}

static void arm_describe(struct run_arm *arm, const json_t *root)
{
	if (!*arm->architecture)
		arm->architecture = json_text_at(root, "scenario.architecture", "");
	if (!*arm->store || !strchr(arm->store, '-'))
		arm->store = json_text_at(root, "scenario.store", arm->store);
}

static bool result_read(struct run *run, const char *name)
{
	char why[160];
	struct run_result result = {0};
	result.root = object_load(run->path, name, why);
	if (!result.root)
		return unreadable_add(run, name, why);
	const char *misplaced = result_place(run, &result);
	void *list = run->results;
	bool ok = !misplaced &&
		  room_for_one(&list, run->result_count, &run->result_size, sizeof(*run->results));
	run->results = list;
	result.file = ok ? strdup(name) : NULL;
	if (!result.file) {
		json_decref(result.root);
		return misplaced ? unreadable_add(run, name, misplaced) : false;
	}
	arm_describe(&run->arms[result.arm], result.root);
	run->results[run->result_count++] = result;
	return true;
}

static bool results_read(struct run *run, char error[256])
{
	struct dirent **names = NULL;
	int count = folder_list(run->path, "results_", &names);
	if (count < 0) {
		snprintf(error, 256, "%.120s: cannot be read as a run folder: %s", run->path,
			 strerror(errno));
		return false;
	}
	bool ok = true;
	for (int i = 0; i < count; i++) {
		ok = ok && result_read(run, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (!ok)
		snprintf(error, 256, "no memory left while reading %.120s", run->path);
	else if (run->result_count == 0 && run->unreadable_count == 0)
		snprintf(error, 256, "%.120s: holds no results_*.json; is it a run folder?",
			 run->path);
	else if (run->result_count == 0)
		snprintf(error, 256, "%.60s: none of %zu result files is readable; %.50s: %.80s",
			 run->path, run->unreadable_count, run->unreadable[0].file,
			 run->unreadable[0].why);
	return ok && run->result_count > 0;
}

static void plan_use(struct run *run)
{
	json_t *plan = json_object_get(run->about, "plan");
	if (json_is_string(plan))
		plan = run->plan_owned = json_loads(json_string_value(plan), 0, NULL);
	run->plan = plan;
	size_t i;
	json_t *arm;
	json_array_foreach(json_object_get(plan, "arms"), i, arm)
	{
		const char *id = json_text_at(arm, "id", NULL);
		size_t index = id ? arm_index(run, id) : RUN_ARMS_MAX;
		if (index == RUN_ARMS_MAX)
			continue;
		run->arms[index].architecture = json_text_at(arm, "architecture", "");
		run->arms[index].store = json_text_at(arm, "store", "");
		run->arms[index].plan = arm;
	}
}

static int by_load(const void *a, const void *b)
{
	const struct run_load *left = a;
	const struct run_load *right = b;
	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return (left->vus > right->vus) - (left->vus < right->vus);
}

/* Sorts the loads, drops pages that no file has, and moves the results' indexes along. */
static void order_settle(struct run *run)
{
	struct run_load before[RUN_LOADS_MAX];
	size_t moved[RUN_PAGES_MAX] = {0};
	bool seen[RUN_PAGES_MAX] = {false};
	memcpy(before, run->loads, sizeof(before));
	qsort(run->loads, run->load_count, sizeof(*run->loads), by_load);
	for (size_t i = 0; i < run->result_count; i++)
		seen[run->results[i].page] = true;
	for (size_t i = 0; i < RUN_PAGES_MAX; i++) {
		moved[i] = run->page_count;
		if (seen[i])
			run->pages[run->page_count++] = page_names[i];
	}
	for (size_t i = 0; i < run->result_count; i++) {
		struct run_result *result = &run->results[i];
		struct run_load load = before[result->load];
		result->page = moved[result->page];
		result->load = load_index(run, load.kind, load.vus);
	}
}

static size_t slot_of(const struct run *run, size_t arm, size_t page, size_t load, size_t block)
{
	return ((arm * run->page_count + page) * run->load_count + load) * run->block_count + block;
}

/* Puts a twin behind all other arms. */
static void twin_settle(struct run *run)
{
	size_t twin = run->arm_count, last = run->arm_count - 1;
	const char *of = "";
	run->arm_total = run->twin_of = run->arm_count;
	for (size_t i = 0; i < run->result_count && !*of; i++) {
		of = json_text_at(run->results[i].root, "config.arm.twin_of", "");
		twin = run->results[i].arm;
	}
	size_t original = 0;
	while (original < run->arm_count && strcmp(run->arms[original].id, of) != 0)
		original++;
	if (original == run->arm_count || original == twin)
		return;
	struct run_arm kept = run->arms[twin];
	kept.plan = run->arms[original].plan;
	memmove(&run->arms[twin], &run->arms[twin + 1], (last - twin) * sizeof(kept));
	run->arms[last] = kept;
	for (size_t i = 0; i < run->result_count; i++) {
		size_t arm = run->results[i].arm;
		run->results[i].arm = arm == twin ? last : arm > twin ? arm - 1 : arm;
	}
	run->twin_of = original > twin ? original - 1 : original;
	run->arm_count--;
}

/* Which attempt of a load of a page and block stands. */
static size_t attempt_chosen(const size_t valid[RUN_ATTEMPTS_MAX])
{
	size_t best = 0;
	for (size_t i = 1; i < RUN_ATTEMPTS_MAX; i++)
		if (valid[i] > valid[best])
			best = i;
	return best;
}

/* Whether `new` stands rather than `old`; not every arm need have the chosen attempt. */
static bool stands_before(const struct run_result *new, const struct run_result *old, size_t chosen)
{
	if ((new->attempt == chosen) != (old->attempt == chosen))
		return new->attempt == chosen;
	return new->valid != old->valid ? new->valid : new->attempt < old->attempt;
}

static void slot_put(struct run_slot *slot, struct run_result *new, size_t chosen)
{
	struct run_result *old = slot->result;
	bool better = !old || stands_before(new, old, chosen);
	if (old)
		(better ? old : new)->superseded = true;
	if (better)
		slot->result = new;
	if (!slot->first || new->attempt < slot->first->attempt)
		slot->first = new;
}

static bool slots_fill(struct run *run)
{
	run->slots = calloc(slot_of(run, run->arm_total, 0, 0, 0) + 1, sizeof(*run->slots));
	/* By page, load and block, as arm 0's slots are. */
	size_t(*valid)[RUN_ATTEMPTS_MAX] = calloc(slot_of(run, 1, 0, 0, 0) + 1, sizeof(*valid));
	for (size_t i = 0; run->slots && valid && i < run->result_count; i++) {
		const struct run_result *new = &run->results[i];
		valid[slot_of(run, 0, new->page, new->load, new->block)][new->attempt] +=
			new->valid;
	}
	for (size_t i = 0; run->slots && valid && i < run->result_count; i++) {
		struct run_result *new = &run->results[i];
		size_t at = slot_of(run, 0, new->page, new->load, new->block);
		slot_put(&run->slots[slot_of(run, new->arm, new->page, new->load, new->block)], new,
			 attempt_chosen(valid[at]));
	}
	bool ok = run->slots && valid;
	free(valid);
	return ok;
}

const struct run_result *report_run_at(const struct run *run, size_t arm, size_t page, size_t load,
				       size_t block)
{
	return run->slots[slot_of(run, arm, page, load, block)].result;
}

const struct run_result *report_run_first(const struct run *run, size_t arm, size_t page,
					  size_t load, size_t block)
{
	return run->slots[slot_of(run, arm, page, load, block)].first;
}

struct run *report_run_open(const char *path, char error[256])
{
	struct run *run = calloc(1, sizeof(*run));
	if (!run || !(run->path = strdup(path))) {
		snprintf(error, 256, "no memory left for reading %.120s", path);
		goto failed;
	}
	run->about = object_load(path, "run.json", run->about_why);
	if (!run->about)
		run->about = json_object();
	plan_use(run);
	if (!results_read(run, error))
		goto failed;
	order_settle(run);
	twin_settle(run);
	if (!slots_fill(run)) {
		snprintf(error, 256, "no memory left for reading %.120s", path);
		goto failed;
	}
	return run;
failed:
	report_run_close(run);
	return NULL;
}

void report_run_close(struct run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->result_count; i++) {
		free(run->results[i].file);
		json_decref(run->results[i].root);
	}
	for (size_t i = 0; i < run->unreadable_count; i++)
		free(run->unreadable[i].file);
	free(run->results);
	free(run->unreadable);
	free(run->slots);
	json_decref(run->plan_owned);
	json_decref(run->about);
	free(run->path);
	free(run);
}
