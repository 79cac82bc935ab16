/* http_results_list: which folders are runs and what they hold. Internal to common/http; every call
 * reads the disk, so none is made on a loop. */
#ifndef DUET_HTTP_HTTP_RESULTS_LIST_H
#define DUET_HTTP_HTTP_RESULTS_LIST_H

#include "common/http/http_file.h"

enum { RESULTS_NAME_MAX = 112 }; /* bytes of a name with its '\0' */

/* A name of letters, digits and . _ - ~ that begins with no dot and is short enough. */
bool results_name_ok(struct slice name);

/* Does the open folder hold a run.json or a report.json that is a regular file? */
bool results_list_is_run(int folder);

/* Writes index.json of the open folder, which is closed, and tags it. */
enum http_file_status results_list_write(int folder, struct http_file *index,
					 char error[HTTP_ERROR_MAX]);

#endif
