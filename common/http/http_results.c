#include "common/http/http_results.h"

#include "common/base/log.h"
#include "common/http/http_aside.h"
#include "common/http/http_file.h"
#include "common/http/http_results_list.h"
#include "common/http/http_static.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* LEVELS: folders between the one that is served and a file. */
enum { FILE_BYTES_MAX = 16777216, LEVELS = 2 };

/* Data, never a page. */
static const char policy[] = "default-src 'none'; frame-ancestors 'none'";

struct results_job {
	struct http_aside_job aside;  /* first: the job is found by it */
	struct http_request *request; /* NULL once the client has left */
	const char *folder;
	char names[LEVELS + 1]
		  [RESULTS_NAME_MAX]; /* of folders, then the file; none for the index */
	size_t name_count;
	enum http_file_status status;
	struct http_file file;
	char error[HTTP_ERROR_MAX];
};

bool http_results_check(const char *folder, char error[HTTP_ERROR_MAX])
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(error, HTTP_ERROR_MAX,
			 "cannot open --results %.140s: %.60s; give a folder of runs", folder,
			 strerror(errno));
		return false;
	}
	close(fd);
	return true;
}

/* ---- on the side thread ---- */

/* Goes down from `fd`, which is closed, to the folder of the file; -1 with the status set. */
static int folder_enter(struct results_job *job, int fd)
{
	for (size_t i = 0; fd >= 0 && i + 1 < job->name_count; i++) {
		int below =
			openat(fd, job->names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int why = errno;
		close(fd);
		fd = below;
		errno = why;
	}
	if (fd < 0) {
		job->status = http_file_errno(errno);
		snprintf(job->error, sizeof(job->error), "cannot open its folder: %.60s",
			 strerror(errno));
	}
	return fd;
}

static void job_work(struct http_aside_job *aside)
{
	struct results_job *job = (struct results_job *)(void *)aside;
	int fd = open(job->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	job->file.type = http_type_json;
	job->status = HTTP_FILE_UNREADABLE;
	if (fd < 0) {
		snprintf(job->error, sizeof(job->error), "cannot open %.150s: %.60s", job->folder,
			 strerror(errno));
		return;
	}
	if (job->name_count == 0) {
		job->status = results_list_write(fd, &job->file, job->error);
		return;
	}
	fd = folder_enter(job, fd);
	if (fd < 0)
		return;
	job->status = HTTP_FILE_MISSING;
	if (results_list_is_run(fd))
		job->status = http_file_read(&job->file, fd, job->names[job->name_count - 1],
					     FILE_BYTES_MAX, job->error);
	close(fd);
}

/* ---- on the loop ---- */

static void reply_missing(struct http_request *request)
{
	if (!http_static_missing(request->loop->server->config.app->files, request))
		http_reply_problem(request, PROBLEM_NOT_FOUND, NULL, 0);
}

static void reply_unreadable(struct http_request *request, const char *why)
{
	char path[128];
	snprintf(path, sizeof(path), "%.*s", (int)request->path.len, request->path.at);
	log_line(LOG_WARN, "unreadable", "path", path, "why", why, NULL);
	http_reply_problem(request, PROBLEM_UNREADABLE, NULL, 0);
}

static void job_done(struct http_aside_job *aside, bool worked)
{
	struct results_job *job = (struct results_job *)(void *)aside;
	if (job->request && !worked)
		http_reply_problem(job->request, PROBLEM_OVERLOADED, NULL, 0);
	else if (job->request && job->status == HTTP_FILE_OK)
		http_file_reply(job->request, &job->file, 200, policy);
	else if (job->request && job->status == HTTP_FILE_MISSING)
		reply_missing(job->request);
	else if (job->request)
		reply_unreadable(job->request, job->error);
	http_file_free(&job->file);
	free(job);
}

static void job_closed(struct http_request *request)
{
	struct results_job *job = request->user;
	job->request = NULL;
}

/* "a/b/c.json" into names; false when it can be no file of a run. */
static bool names_parse(struct results_job *job, struct slice path)
{
	static const char ending[] = ".json";
	const char *end = path.at + path.len;
	for (const char *at = path.at; at <= end;) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		struct slice name = {at, (size_t)((slash ? slash : end) - at)};
		if (job->name_count > LEVELS || !results_name_ok(name))
			return false;
		memcpy(job->names[job->name_count++], name.at, name.len);
		at += name.len + 1;
	}
	const char *file = job->names[job->name_count - 1];
	return job->name_count > 1 && strlen(file) > strlen(ending) &&
	       strcmp(file + strlen(file) - strlen(ending), ending) == 0;
}

static void index_empty(struct http_request *request)
{
	char text[] = "{\"runs\":[]}";
	struct http_file file = {.type = http_type_json, .data = text, .len = sizeof(text) - 1};
	if (http_file_mark(&file))
		http_file_reply(request, &file, 200, policy);
	else
		http_reply_problem(request, PROBLEM_OVERLOADED, NULL, 0);
}

void http_results_handle(void *state, struct http_request *request)
{
	const char *folder = request->loop->server->config.app->results;
	struct slice path = {request->path.at + strlen("/results/"),
			     request->path.len - strlen("/results/")};
	bool index = slice_equal(path, SLICE("index.json"));
	(void)state;
	if (!folder) {
		if (index)
			index_empty(request);
		else
			reply_missing(request);
		return;
	}
	struct results_job *job = calloc(1, sizeof(*job));
	if (job && !index && !names_parse(job, path)) {
		reply_missing(request);
		free(job);
		return;
	}
	if (job) {
		job->aside.work = job_work;
		job->aside.done = job_done;
		job->folder = folder;
		job->request = request;
		request->user = job;
		request->closed = job_closed;
	}
	if (!job || !http_aside_post(request->loop, &job->aside)) {
		http_reply_problem(request, PROBLEM_OVERLOADED, NULL, 0);
		free(job);
	}
}
