#include "common/http/http_problem.h"

#define PROBLEM(status_, title_, detail_, retry_)                                                  \
	{                                                                                          \
		.status = (status_),                                                               \
		.body = SLICE("{\"type\":\"about:blank\",\"title\":\"" title_                      \
			      "\",\"status\":" #status_ ",\"detail\":\"" detail_ "\"}"),           \
		.retry_after = (retry_)                                                            \
	}

const char http_type_problem[] = "application/problem+json";

const struct http_problem_info http_problems[PROBLEM_COUNT] = {
	[PROBLEM_BAD_REQUEST] = PROBLEM(400, "Bad Request", "The request is malformed.", 0),
	[PROBLEM_BAD_PAGE] =
		PROBLEM(400, "Bad Request", "The page is a whole number from 1, given once.", 0),
	[PROBLEM_BAD_IDS] =
		PROBLEM(400, "Bad Request", "The ids are 1 to 40 product ids with commas.", 0),
	[PROBLEM_NOT_FOUND] = PROBLEM(404, "Not Found", "There is nothing at this address.", 0),
	[PROBLEM_METHOD] = PROBLEM(405, "Method Not Allowed",
				   "This address answers GET, HEAD and OPTIONS.", 0),
	[PROBLEM_BROKEN] = PROBLEM(500, "Internal Server Error",
				   "The stored data are not what the contract says.", 0),
	[PROBLEM_UNREADABLE] = PROBLEM(500, "Internal Server Error",
				       "The file is there but cannot be read; the server's log "
				       "says why.",
				       0),
	[PROBLEM_UNAVAILABLE] = PROBLEM(503, "Service Unavailable",
					"A needed part of the shop does not answer.", "1"),
	[PROBLEM_OVERLOADED] =
		PROBLEM(503, "Service Unavailable", "The shop cannot answer in time.", "1"),
};
