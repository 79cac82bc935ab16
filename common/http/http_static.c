#include "common/http/http_static.h"

#include "common/http/http_file.h"
#include "common/http/http_loop.h"
#include "common/http/http_results.h"
#include "common/version.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 64, FILE_BYTES_MAX = 1048576, NAME_MAX_LEN = 64, PATH_LEN = 512 };

struct static_file {
	char name[NAME_MAX_LEN]; /* "app.js" */
	struct http_file body;
};

struct http_static {
	struct static_file shell;
	struct http_file config;
	struct static_file assets[FILES_MAX];
	size_t asset_count;
	char policy[512]; /* Content-Security-Policy */
};

static const struct {
	const char *ending, *type;
} types[] = {
	{".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},   {".svg", "image/svg+xml"},
	{".json", "application/json"},         {".png", "image/png"},
};

static const char *type_of(const char *name)
{
	const char *ending = strrchr(name, '.');
	for (size_t i = 0; ending && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(ending, types[i].ending) == 0)
			return types[i].type;
	return NULL;
}

/* ---- reading ---- */

/* A regular file by its own name; never a link, which may lead out of the folder. */
static bool file_read(struct static_file *file, const char *folder, const char *name,
		      char error[HTTP_ERROR_MAX])
{
	char path[PATH_LEN];
	snprintf(file->name, sizeof(file->name), "%.63s", name);
	snprintf(path, sizeof(path), "%.400s/%.63s", folder, name);
	file->body.type = type_of(name);
	return http_file_read(&file->body, AT_FDCWD, path, FILE_BYTES_MAX, error) == HTTP_FILE_OK;
}

static bool assets_read(struct http_static *files, const char *folder, char error[HTTP_ERROR_MAX])
{
	char path[PATH_LEN];
	snprintf(path, sizeof(path), "%.400s/assets", folder);
	DIR *dir = opendir(path);
	if (!dir) {
		snprintf(error, HTTP_ERROR_MAX, "cannot open %.150s: %.60s", path, strerror(errno));
		return false;
	}
	bool ok = true;
	struct stat about;
	for (const struct dirent *entry; ok && (entry = readdir(dir));) {
		if (entry->d_name[0] == '.' || !type_of(entry->d_name) ||
		    fstatat(dirfd(dir), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(about.st_mode))
			continue;
		if (files->asset_count == FILES_MAX || strlen(entry->d_name) >= NAME_MAX_LEN) {
			snprintf(error, HTTP_ERROR_MAX,
				 "%.150s holds more than %d files, or a name over %d bytes", path,
				 FILES_MAX, NAME_MAX_LEN - 1);
			ok = false;
		} else {
			ok = file_read(&files->assets[files->asset_count++], path, entry->d_name,
				       error);
		}
	}
	closedir(dir);
	return ok;
}

static bool config_make(struct http_static *files, const char *architecture,
			const struct http_cors *origins)
{
	struct strbuf text;
	strbuf_init(&text, 1024);
	strbuf_printf(&text,
		      "{\"architecture\":\"%s\",\"origins\":{\"unified\":\"%s\","
		      "\"microservices\":\"%s\"},\"version\":\"%s\"}",
		      architecture, origins->origins[0], origins->origins[1], DUET_VERSION);
	files->config.type = http_type_json;
	files->config.data = text.data;
	files->config.len = text.len;
	return strbuf_ok(&text) && http_file_mark(&files->config);
}

struct http_static *http_static_new(const char *folder, const char *architecture,
				    const struct http_cors *origins, char error[HTTP_ERROR_MAX])
{
	struct http_static *files = calloc(1, sizeof(*files));
	if (!files) {
		snprintf(error, HTTP_ERROR_MAX, "no memory for the web files");
		return NULL;
	}
	/* Scripts, styles and calls of ours alone; text never becomes code. */
	snprintf(files->policy, sizeof(files->policy),
		 "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
		 "connect-src 'self' %s %s; base-uri 'none'; form-action 'none'; "
		 "frame-ancestors 'none'; require-trusted-types-for 'script'",
		 origins->origins[0], origins->origins[1]);
	if (file_read(&files->shell, folder, "index.html", error) &&
	    assets_read(files, folder, error)) {
		if (config_make(files, architecture, origins))
			return files;
		snprintf(error, HTTP_ERROR_MAX, "no memory for /config.json");
	}
	http_static_free(files);
	return NULL;
}

void http_static_free(struct http_static *files)
{
	if (!files)
		return;
	http_file_free(&files->shell.body);
	http_file_free(&files->config);
	for (size_t i = 0; i < files->asset_count; i++)
		http_file_free(&files->assets[i].body);
	free(files);
}

/* ---- answering ---- */

static const struct http_static *files_of(const struct http_request *request)
{
	return request->loop->server->config.app->files;
}

static void shell_handle(void *state, struct http_request *request)
{
	const struct http_static *files = files_of(request);
	(void)state;
	http_file_reply(request, &files->shell.body, 200, files->policy);
}

static void config_handle(void *state, struct http_request *request)
{
	const struct http_static *files = files_of(request);
	(void)state;
	http_file_reply(request, &files->config, 200, files->policy);
}

static void asset_handle(void *state, struct http_request *request)
{
	const struct http_static *files = files_of(request);
	struct slice name = {request->path.at + strlen("/assets/"),
			     request->path.len - strlen("/assets/")};
	(void)state;
	for (size_t i = 0; i < files->asset_count; i++)
		if (slice_equal(slice_of(files->assets[i].name), name)) {
			http_file_reply(request, &files->assets[i].body, 200, files->policy);
			return;
		}
	http_reply_problem(request, PROBLEM_NOT_FOUND, NULL, 0);
}

bool http_static_missing(const struct http_static *files, struct http_request *request)
{
	const char *accept = files ? http_request_header(request, "Accept") : NULL;
	if (!accept || !strstr(accept, "text/html"))
		return false;
	http_file_reply(request, &files->shell.body, 404, files->policy);
	return true;
}

const struct http_route http_static_routes[HTTP_STATIC_ROUTES] = {
	{"web_home", "/", shell_handle},           {"web_category", "/c/", shell_handle},
	{"web_product", "/p/", shell_handle},      {"web_compare", "/compare", shell_handle},
	{"web_results", "/results", shell_handle}, {"web_result", "/results/", http_results_handle},
	{"web_assets", "/assets/", asset_handle},  {"web_config", "/config.json", config_handle},
};
