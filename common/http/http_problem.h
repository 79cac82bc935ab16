/* http_problem: the fixed error answers (RFC 9457, application/problem+json), the same bytes from
 * every program. */
#ifndef DUET_HTTP_HTTP_PROBLEM_H
#define DUET_HTTP_HTTP_PROBLEM_H

#include "common/base/slice.h"

enum http_problem {
	PROBLEM_BAD_REQUEST, /* 400: the request is no good HTTP */
	PROBLEM_BAD_PAGE,    /* 400: `page` is malformed */
	PROBLEM_BAD_IDS,     /* 400: `ids` is malformed (services) */
	PROBLEM_NOT_FOUND,   /* 404 */
	PROBLEM_METHOD,      /* 405; the server adds Allow */
	PROBLEM_BROKEN,      /* 500 */
	PROBLEM_UNREADABLE,  /* 500: a file is there but cannot be read */
	PROBLEM_UNAVAILABLE, /* 503 with Retry-After: 1 */
	PROBLEM_OVERLOADED,  /* 503 with Retry-After: 1: refused by admission, or its deadline came
			      */
	PROBLEM_COUNT
};

struct http_problem_info {
	int status;
	struct slice body;       /* {"type":"about:blank","title":...,"status":...,"detail":...} */
	const char *retry_after; /* "1" or NULL */
};

/* Indexed by enum http_problem. */
extern const struct http_problem_info http_problems[PROBLEM_COUNT];

extern const char http_type_problem[]; /* "application/problem+json" */

#endif
