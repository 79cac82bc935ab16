#include "runner/run_folder.h"

#include "tests/unit/runner/tiny_plan.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char root[64], out[96], back[256];
	struct plan *plan;
	struct manifest manifest;
	struct run_identity identity;
	struct plan_trial *trials;
	size_t count;
};

static char error[RUN_FOLDER_ERROR_MAX];

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
	(void)info;
	(void)type;
	(void)at;
	return remove(path);
}

/* In a folder of its own, since a run without --out goes into ./results. */
static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	(void)snprintf(f->root, sizeof(f->root), "/tmp/duet-run-XXXXXX");
	if (!mkdtemp(f->root) || !getcwd(f->back, sizeof(f->back)) || chdir(f->root) != 0)
		return -1;
	(void)snprintf(f->out, sizeof(f->out), "%s/one", f->root);
	f->plan = plan_parse(tiny_plan, strlen(tiny_plan), "tiny", error);
	f->manifest = (struct manifest){.seed = 42, .products = 80};
	memset(f->manifest.data_sha256, 'd', 64);
	memset(f->manifest.sha256, 'e', 64);
	f->identity = (struct run_identity){
		.plan = f->plan, .manifest = &f->manifest, .commit = "abc", .programs = "def"};
	f->trials = plan_order(f->plan, &f->count);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	(void)!chdir(f->back);
	(void)nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	plan_free(f->plan);
	free(f->trials);
	free(f);
	return 0;
}

static void write_all(struct fixture *f, struct run_folder *folder, const struct plan_trial *trial)
{
	json_t *result = json_pack("{s{sO sO}}", "run", "id", json_object_get(folder->about, "id"),
				   "plan_sha256", json_object_get(folder->about, "plan_sha256"));
	assert_non_null(result);
	for (int load = RUN_FOLDER_CAPACITY; load < 2; load++)
		assert_true(run_folder_write(folder, f->plan, trial, load, result, error));
	json_decref(result);
}

static void names_files(void **state)
{
	struct fixture *f = *state;
	char name[RUN_FOLDER_NAME_MAX];
	run_folder_file(f->plan, &f->trials[0], RUN_FOLDER_CAPACITY, name);
	assert_string_equal(name, "results_u_pdp_capacity_b0.json");
	run_folder_file(f->plan, &f->trials[0], 0, name);
	assert_string_equal(name, "results_u_pdp_20_b0.json");
	run_folder_file(f->plan, &f->trials[1], 1, name);
	assert_string_equal(name, "results_m_pdp_open_b0.json");
	f->trials[1].attempt = 2;
	run_folder_file(f->plan, &f->trials[1], 2, name);
	assert_string_equal(name, "results_m_pdp_20open_b0_a2.json");
	run_folder_file(f->plan, &f->trials[1], RUN_FOLDER_SATURATION, name);
	assert_string_equal(name, "saturation_m_pdp_b0_a2.json");
	run_folder_file(f->plan, &f->trials[1], RUN_FOLDER_STAMPS, name);
	assert_string_equal(name, "stamps_m_pdp_b0_a2.json");
}

/* One invalid file, the open twin's too, and the whole trial is to be run again. */
static void knows_invalid_trials(void **state)
{
	struct fixture *f = *state;
	struct run_folder folder;
	json_t *good = json_pack("{sb}", "valid", 1), *bad = json_pack("{sb}", "valid", 0);
	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	write_all(f, &folder, &f->trials[0]);
	for (int load = RUN_FOLDER_CAPACITY; load <= 2; load++) {
		assert_true(run_folder_valid(&folder, f->plan, &f->trials[0]));
		assert_true(run_folder_write(&folder, f->plan, &f->trials[0], load, bad, error));
		assert_false(run_folder_valid(&folder, f->plan, &f->trials[0]));
		assert_true(run_folder_write(&folder, f->plan, &f->trials[0], load, good, error));
	}
	f->trials[0].attempt = 1;
	assert_false(run_folder_has(&folder, f->plan, &f->trials[0]));
	json_decref(good);
	json_decref(bad);
	run_folder_close(&folder);
}

/* An arm with the open load alone has no capacity to wait for. */
static void knows_trials_of_the_open_load_alone(void **state)
{
	struct fixture *f = *state;
	struct run_folder folder;
	struct plan_trial trial = f->trials[1];
	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	json_t *result = json_pack("{s{sO sO}}", "run", "id", json_object_get(folder.about, "id"),
				   "plan_sha256", json_object_get(folder.about, "plan_sha256"));
	trial.load_count = 1;
	trial.loads[0] = f->plan->level_count;
	assert_true(run_folder_write(&folder, f->plan, &trial, (int)trial.loads[0], result, error));
	assert_false(run_folder_has(&folder, f->plan, &trial));
	f->plan->arms[trial.arm].rung = PLAN_RUNG_TCP_CLOSE;
	assert_true(run_folder_has(&folder, f->plan, &trial));
	json_decref(result);
	run_folder_close(&folder);
}

/* A search that was stopped is not finished, whatever else of its trial is there. */
static void knows_unfinished_searches(void **state)
{
	struct fixture *f = *state;
	struct run_folder folder;
	static const char *const states[] = {"unfinished", "interrupted", "complete"};
	f->plan->has_saturation = true;
	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	write_all(f, &folder, &f->trials[0]);
	assert_false(run_folder_has(&folder, f->plan, &f->trials[0]));
	for (int i = 0; i < 3; i++) {
		json_t *search = json_pack("{s{sO sO} s{ss}}", "run", "id",
					   json_object_get(folder.about, "id"), "plan_sha256",
					   json_object_get(folder.about, "plan_sha256"), "outcome",
					   "state", states[i]);
		assert_true(run_folder_write(&folder, f->plan, &f->trials[0], RUN_FOLDER_SATURATION,
					     search, error));
		json_decref(search);
		assert_int_equal(run_folder_has(&folder, f->plan, &f->trials[0]), i == 2);
	}
	run_folder_close(&folder);
}

static void wants_the_single_requests_of_the_plan(void **state)
{
	struct fixture *f = *state;
	struct run_folder folder;
	f->plan->stamp_requests = 50;
	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	write_all(f, &folder, &f->trials[0]);
	assert_false(run_folder_has(&folder, f->plan, &f->trials[0]));
	json_t *pass =
		json_pack("{s{sO sO} sb}", "run", "id", json_object_get(folder.about, "id"),
			  "plan_sha256", json_object_get(folder.about, "plan_sha256"), "valid", 0);
	assert_true(
		run_folder_write(&folder, f->plan, &f->trials[0], RUN_FOLDER_STAMPS, pass, error));
	assert_true(run_folder_has(&folder, f->plan, &f->trials[0]));
	assert_false(run_folder_valid(&folder, f->plan, &f->trials[0]));
	json_decref(pass);
	run_folder_close(&folder);
}

static void begins_and_resumes(void **state)
{
	struct fixture *f = *state;
	struct run_folder folder;
	char path[160];
	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	assert_false(folder.resumed);
	assert_false(run_folder_has(&folder, f->plan, &f->trials[0]));
	write_all(f, &folder, &f->trials[0]);
	run_folder_close(&folder);

	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	assert_true(folder.resumed);
	assert_false(folder.complete);
	assert_true(run_folder_has(&folder, f->plan, &f->trials[0]));
	assert_false(run_folder_has(&folder, f->plan, &f->trials[1]));
	/* one file torn, one missing, one of another run: the trial is not finished */
	(void)snprintf(path, sizeof(path), "%s/results_u_pdp_20_b0.json", f->out);
	FILE *file = fopen(path, "w");
	(void)fputs("{\"run\": {\"id\"", file);
	(void)fclose(file);
	assert_false(run_folder_has(&folder, f->plan, &f->trials[0]));
	(void)unlink(path);
	assert_false(run_folder_has(&folder, f->plan, &f->trials[0]));
	write_all(f, &folder, &f->trials[0]);
	(void)json_object_set_new(folder.about, "id", json_string("another"));
	assert_false(run_folder_has(&folder, f->plan, &f->trials[0]));
	run_folder_close(&folder);

	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	(void)json_object_set_new(folder.about, "finished_at", json_string("now"));
	assert_true(run_folder_save(&folder, error));
	run_folder_close(&folder);
	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	assert_true(folder.complete);
	run_folder_close(&folder);
}

/* A run that was begun and dropped beside this one is named in it; another plan's, a finished one
 * and what is no run are not. */
static void names_aborted_runs(void **state)
{
	struct fixture *f = *state;
	struct run_folder folder;
	static const struct {
		const char *name, *text;
	} beside[] = {
		{"a", "{\"id\": \"a\", \"plan_id\": \"tiny\", \"finished_at\": null, \"commit\": "
		      "\"c\"}"},
		{"b", "{\"id\": \"b\", \"plan_id\": \"tiny\", \"finished_at\": \"2026\"}"},
		{"c", "{\"id\": \"c\", \"plan_id\": \"huge\", \"finished_at\": null}"},
		{"d", "{"},
	};
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		char path[160];
		(void)snprintf(path, sizeof(path), "%s/%s", f->root, beside[i].name);
		assert_int_equal(mkdir(path, 0755), 0);
		(void)snprintf(path, sizeof(path), "%s/%s/run.json", f->root, beside[i].name);
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		(void)fputs(beside[i].text, file);
		(void)fclose(file);
	}
	(void)snprintf(f->identity.analysis, sizeof(f->identity.analysis), "%s", "fe");
	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	json_t *aborted = json_object_get(folder.about, "aborted");
	assert_int_equal(json_array_size(aborted), 1);
	json_t *id = json_object_get(json_array_get(aborted, 0), "id");
	assert_string_equal(json_string_value(id), "a");
	assert_string_equal(json_string_value(json_object_get(folder.about, "analysis_sha256")),
			    "fe");
	run_folder_close(&folder);
	/* another analysis may take the run up; the first one's hash stays */
	(void)snprintf(f->identity.analysis, sizeof(f->identity.analysis), "%s", "ff");
	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	assert_true(folder.resumed);
	assert_string_equal(json_string_value(json_object_get(folder.about, "analysis_sha256")),
			    "fe");
	run_folder_close(&folder);
}

static void refuses_what_is_not_the_same(void **state)
{
	struct fixture *f = *state;
	struct run_folder folder;
	assert_true(run_folder_open(&folder, &f->identity, f->out, error));
	run_folder_close(&folder);
	const struct {
		char *changed;
		const char *name;
	} parts[] = {{&f->plan->sha256[0], "another plan"},
		     {&f->manifest.data_sha256[0], "another data set"},
		     {&f->manifest.sha256[0], "another data set"},
		     {&f->identity.commit[0], "another commit"},
		     {&f->identity.programs[0], "another build"}};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char kept = *parts[i].changed;
		*parts[i].changed = '!';
		assert_false(run_folder_open(&folder, &f->identity, f->out, error));
		if (!strstr(error, parts[i].name) || !strstr(error, "choose another --out"))
			fail_msg("%s", error);
		run_folder_close(&folder);
		*parts[i].changed = kept;
	}
	assert_false(run_folder_open(&folder, &f->identity, f->back, error));
	assert_non_null(strstr(error, "holds other files"));
	run_folder_close(&folder);
	assert_false(run_folder_open(&folder, &f->identity, "/proc/none", error));
	assert_non_null(strstr(error, "/proc/none"));
	run_folder_close(&folder);
}

static void finds_the_unfinished_run(void **state)
{
	struct fixture *f = *state;
	struct run_folder folder;
	char path[RUN_FOLDER_PATH_MAX];
	assert_true(run_folder_open(&folder, &f->identity, NULL, error));
	assert_false(folder.resumed);
	assert_int_equal(strncmp(folder.path, "results/tiny-", 13), 0);
	memcpy(path, folder.path, sizeof(path));
	run_folder_close(&folder);
	assert_true(run_folder_open(&folder, &f->identity, NULL, error));
	assert_true(folder.resumed);
	assert_string_equal(folder.path, path);
	(void)json_object_set_new(folder.about, "finished_at", json_string("now"));
	assert_true(run_folder_save(&folder, error));
	run_folder_close(&folder);
	/* a finished run is never taken up without being named; its second of birth may be ours */
	(void)snprintf(path, sizeof(path), "results/tiny-00000101T000000Z");
	assert_int_equal(rename(folder.path, path), 0);
	assert_true(run_folder_open(&folder, &f->identity, NULL, error));
	assert_false(folder.resumed);
	run_folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_aborted_runs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(knows_invalid_trials, set_up, tear_down),
		cmocka_unit_test_setup_teardown(knows_unfinished_searches, set_up, tear_down),
		cmocka_unit_test_setup_teardown(knows_trials_of_the_open_load_alone, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(wants_the_single_requests_of_the_plan, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(begins_and_resumes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_is_not_the_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(finds_the_unfinished_run, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
