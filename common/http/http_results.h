/* http_results: the runs below a folder, for the results page: /results/index.json lists them,
 * /results/FOLDER/FILE.json and /results/FOLDER/FOLDER/FILE.json are their files.
 *
 * A run is a folder that holds a run.json or a report.json, at most two levels down. Nothing else
 * is served: names are of letters, digits and . _ - ~ and begin with no dot (so they are the same
 * in an address, where nothing is decoded), each folder and file is opened by its own name below
 * the one before and may be no link, and only regular files of at most 16 MiB that end in .json are
 * read. What is asked for is read each time, on the server's side thread: a run may appear at any
 * time, and the API does not wait for it.
 *
 * index.json: {"runs":[{"path":"reference/headline","files":["report.json",...]},...]}, both sorted
 * by name, at most 4,096 files of a run; "left_out":N follows when N folders cannot be opened, have
 * a name with other characters, or do not fit (1,000 runs, 4 MiB).
 *
 * A file that is there but cannot be read is a 500, and the log says why.
 */
#ifndef DUET_HTTP_HTTP_RESULTS_H
#define DUET_HTTP_HTTP_RESULTS_H

#include "common/http/http_server.h"

/* Can `folder` be listed? False with one line in error. */
bool http_results_check(const char *folder, char error[HTTP_ERROR_MAX]);

/* The handler of "/results/", for programs whose http_app has `results` (NULL: no runs). */
void http_results_handle(void *state, struct http_request *request);

#endif
