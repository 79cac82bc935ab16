#include "runner/data.h"

#include "common/base/clock.h"
#include "common/base/file_write.h"
#include "common/store/store.h"
#include "runner/args.h"
#include "runner/proc_file.h"
#include "runner/stack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LAYOUT = 3, /* raise it when a store's schema changes, so that old data is made again */
	SEED_S = 900,
	COPY_MB = 600, /* journal and all */
	STAMP_MAX = 256,
	SPACE_MB = 64,
	SPACE_KB_PER_PRODUCT = 16, /* both halves with their logs: 1.9 GB of 120,000 products */
	PATH_MAX_BYTES = SITE_PATH_MAX + 40
};

static void path_in(const struct site *site, const char *name, char out[PATH_MAX_BYTES])
{
	(void)snprintf(out, PATH_MAX_BYTES, "%s/%s", site->data, name);
}

/* Runs `seed` to its end. */
static bool run_seed(const struct site *site, struct args *args,
		     const volatile sig_atomic_t *interrupted, char *error)
{
	char log[PATH_MAX_BYTES], end[64];
	struct process process = {.pid = 0};
	path_in(site, "seed.log", log);
	const struct process_spec spec = {
		.name = "seed", .argv = args->argv, .log_path = log, .keep_fd = -1};
	if (!process_start(&spec, &process, error))
		return false;
	if (!process_wait(&process, SEED_S * NS_PER_S, interrupted)) {
		(void)process_stop(&process, NS_PER_S);
		(void)snprintf(error, SITE_ERROR_MAX, "%s",
			       interrupted && *interrupted ? "interrupted"
							   : "seed took longer than 15 minutes");
		return false;
	}
	if (WIFEXITED(process.wait_status) && WEXITSTATUS(process.wait_status) == 0)
		return true;
	process_end_text(&process, end);
	process_show_log(log);
	(void)snprintf(error, SITE_ERROR_MAX, "seed %s; its log is %.150s", end, log);
	return false;
}

static void add_data_set(struct args *args, const struct site *site)
{
	args_add(args, "%s/seed", site->bin);
	args_add(args, "--seed");
	args_add(args, "%llu", (unsigned long long)site->data_seed);
	args_add(args, "--products");
	args_add(args, "%u", site->products);
}

bool data_seed_store(const struct site *site, const char *uri, const char *service,
		     const char *schema, const volatile sig_atomic_t *interrupted, char *error)
{
	char shown[STORE_ERROR_MAX];
	struct args args = {.count = 0};
	add_data_set(&args, site);
	args_add(&args, "--store");
	args_add(&args, "%s", uri);
	if (service) {
		args_add(&args, "--service");
		args_add(&args, "%s", service);
	}
	if (schema) {
		args_add(&args, "--schema");
		args_add(&args, "%s", schema);
	}
	store_uri_redact(uri, shown);
	if (!site->quiet)
		(void)fprintf(stderr, "duet: seeding %s\n", shown);
	bool ok = run_seed(site, &args, interrupted, error);
	args_free(&args);
	return ok;
}

static bool make_manifest(const struct site *site, const volatile sig_atomic_t *interrupted,
			  char *error)
{
	char path[PATH_MAX_BYTES];
	struct args args = {.count = 0};
	path_in(site, "manifest", path);
	add_data_set(&args, site);
	args_add(&args, "--manifest");
	args_add(&args, "%s", path);
	if (!site->quiet)
		(void)fprintf(stderr, "duet: computing %s\n", path);
	bool ok = run_seed(site, &args, interrupted, error);
	args_free(&args);
	return ok;
}

static bool check_space(const struct site *site, char *error)
{
	double needed = SPACE_MB + SPACE_KB_PER_PRODUCT * (double)site->products / 1000;
	return site_check_space(site->data, needed, "the data", error);
}

/* The manifest of the site's data set, made when it is missing or another's. */
static struct manifest *need_manifest(const struct site *site,
				      const volatile sig_atomic_t *interrupted, char *error)
{
	char path[PATH_MAX_BYTES];
	path_in(site, "manifest", path);
	struct manifest *manifest = manifest_read(path, error);
	if (manifest && manifest->seed == site->data_seed && manifest->products == site->products)
		return manifest;
	manifest_free(manifest);
	if (!check_space(site, error) || !make_manifest(site, interrupted, error))
		return NULL;
	manifest = manifest_read(path, error);
	if (manifest && manifest->seed == site->data_seed && manifest->products == site->products)
		return manifest;
	if (manifest)
		(void)snprintf(error, SITE_ERROR_MAX,
			       "%.150s holds seed %llu and %u products, not the plan's", path,
			       (unsigned long long)manifest->seed, manifest->products);
	manifest_free(manifest);
	return NULL;
}

static void stamp_text(const struct manifest *manifest, char out[STAMP_MAX])
{
	(void)snprintf(out, STAMP_MAX, "layout %d seed %llu products %u sha256 %s\n", LAYOUT,
		       (unsigned long long)manifest->seed, manifest->products,
		       manifest->data_sha256);
}

static bool stamp_right(const struct site *site, const char *half, const struct manifest *manifest)
{
	char path[PATH_MAX_BYTES], found[STAMP_MAX], wanted[STAMP_MAX];
	path_in(site, half, path);
	stamp_text(manifest, wanted);
	return proc_file_read(path, found, sizeof(found)) && strcmp(found, wanted) == 0;
}

static bool stamp_write(const struct site *site, const char *half, const struct manifest *manifest,
			char *error)
{
	char path[PATH_MAX_BYTES], text[STAMP_MAX];
	path_in(site, half, path);
	stamp_text(manifest, text);
	return file_write(path, text, strlen(text), error);
}

static const char *const databases[] = {"unified",   "split",   "catalog",
					"inventory", "pricing", "reviews"};
enum { DATABASES = sizeof(databases) / sizeof(databases[0]) };

/* Whether the store opens and says that it holds the manifest's data. */
static bool store_right(const char *uri, const struct manifest *manifest)
{
	char ignored[STORE_ERROR_MAX];
	enum store_status status;
	struct store *store = store_open(uri, &status, ignored);
	if (!store)
		return false;
	bool right = strcmp(store_get_marker(store)->sha256, manifest->data_sha256) == 0;
	store_close(store);
	return right;
}

/* A database can be another's in spite of the stamp: copied there, or seeded by hand. */
static bool sqlite_right(const struct site *site, const struct manifest *manifest)
{
	bool right = stamp_right(site, "sqlite.stamp", manifest);
	for (size_t i = 0; right && i < DATABASES; i++) {
		char uri[PATH_MAX_BYTES + 16];
		(void)snprintf(uri, sizeof(uri), "sqlite:%s/%s.db", site->data, databases[i]);
		right = strcmp(databases[i], "split") == 0 || store_right(uri, manifest);
	}
	return right;
}

static bool mongodb_right(const struct site *site, const struct manifest *manifest)
{
	char users[PATH_MAX_BYTES];
	path_in(site, "mongo/users", users);
	return stamp_right(site, "mongodb.stamp", manifest) && access(users, R_OK) == 0;
}

/* A store's service: its database's name, NULL for those that hold everything. */
static const char *service_of(const char *database)
{
	return service_by_name(slice_of(database)) < SERVICE_COUNT ? database : NULL;
}

static bool seed_all(const struct site *site, const struct plan_arm *arm,
		     const volatile sig_atomic_t *interrupted, char *error)
{
	for (size_t i = 0; i < DATABASES; i++) {
		char uri[512];
		bool split = strcmp(databases[i], "split") == 0;
		if (split && arm->store == PLAN_SQLITE)
			continue;
		if (!stack_store_uri(site, arm, databases[i], uri, error) ||
		    !data_seed_store(site, uri, service_of(databases[i]), split ? "split" : NULL,
				     interrupted, error))
			return false;
	}
	return true;
}

static void remove_sqlite(const struct site *site)
{
	static const char *const endings[] = {"db", "db-wal", "db-shm"};
	for (size_t i = 0; i < (size_t)DATABASES * 3; i++) {
		char path[PATH_MAX_BYTES + 8];
		(void)snprintf(path, sizeof(path), "%s/%s.%s", site->data, databases[i / 3],
			       endings[i % 3]);
		(void)unlink(path);
	}
}

static bool make_sqlite(const struct site *site, const struct manifest *manifest,
			const volatile sig_atomic_t *interrupted, char *error)
{
	const struct plan_arm arm = {.store = PLAN_SQLITE};
	remove_sqlite(site);
	return seed_all(site, &arm, interrupted, error) &&
	       stamp_write(site, "sqlite.stamp", manifest, error);
}

/* A script of ours, output to a log. */
static bool run_script(const struct site *site, const char *const *argv, char *error)
{
	char log[PATH_MAX_BYTES], end[64];
	struct process process = {.pid = 0};
	path_in(site, "mongod.log", log);
	const struct process_spec spec = {
		.name = argv[0], .argv = argv, .log_path = log, .keep_fd = -1};
	if (!process_start(&spec, &process, error))
		return false;
	if (!process_wait(&process, SEED_S * NS_PER_S, NULL))
		(void)process_stop(&process, NS_PER_S);
	if (WIFEXITED(process.wait_status) && WEXITSTATUS(process.wait_status) == 0)
		return true;
	process_end_text(&process, end);
	process_show_log(log);
	(void)snprintf(error, SITE_ERROR_MAX, "%s %s %s; its log is %.120s", argv[0], argv[1], end,
		       log);
	return false;
}

static bool make_mongodb(const struct site *site, const struct manifest *manifest,
			 const volatile sig_atomic_t *interrupted, char *error)
{
	const struct plan_arm arm = {.id = "seeding", .store = PLAN_MONGODB};
	struct stack stack = {
		.site = site, .arm = &arm, .log_folder = site->data, .interrupted = interrupted};
	char folder[PATH_MAX_BYTES], port[8];
	path_in(site, "mongo", folder);
	(void)snprintf(port, sizeof(port), "%u", site_port(site, SITE_PORT_MONGOD));
	/* An earlier preparation that was killed may have left its mongod. */
	const char *stop[] = {"scripts/mongod.sh", "stop", folder, NULL};
	const char *prepare[] = {"scripts/mongod.sh", "prepare", folder, port, NULL};
	if (!site->quiet)
		(void)fprintf(stderr, "duet: preparing MongoDB in %s\n", folder);
	bool ok = run_script(site, stop, error) && run_script(site, prepare, error) &&
		  stack_start_mongod(&stack, error) && seed_all(site, &arm, interrupted, error);
	stack_stop(&stack);
	return ok && stamp_write(site, "mongodb.stamp", manifest, error);
}

bool data_copy_mongodb(const struct site *site, char *error)
{
	char from[PATH_MAX_BYTES], to[SITE_PATH_MAX];
	path_in(site, "mongo", from);
	site_mongo_folder(site, to);
	const char *copy[] = {"scripts/mongod.sh", "copy", from, to, NULL};
	return site_check_space(site->data, COPY_MB, "a copy of MongoDB's folder", error) &&
	       run_script(site, copy, error);
}

struct manifest *data_prepare(const struct site *site, bool mongodb,
			      const volatile sig_atomic_t *interrupted, char *error)
{
	if (!site_make_folder(site->data, error))
		return NULL;
	struct manifest *manifest = need_manifest(site, interrupted, error);
	if (!manifest)
		return NULL;
	bool sqlite_made = sqlite_right(site, manifest);
	bool mongodb_made = !mongodb || mongodb_right(site, manifest);
	bool ok = (sqlite_made && mongodb_made) || check_space(site, error);
	ok = ok && (sqlite_made || make_sqlite(site, manifest, interrupted, error));
	ok = ok && (mongodb_made || make_mongodb(site, manifest, interrupted, error));
	if (ok)
		return manifest;
	manifest_free(manifest);
	return NULL;
}
