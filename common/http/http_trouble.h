/* http_trouble: log lines for requests that fail, at most one a second, so that a broken store does
 * not become a broken log. One a loop. */
#ifndef DUET_HTTP_HTTP_TROUBLE_H
#define DUET_HTTP_HTTP_TROUBLE_H

#include <stdint.h>

struct http_trouble {
	int64_t quiet_until_ns;
	uint64_t unsaid; /* failures since the last line */
};

/* Logs the failure of a read ("page_pdp") with its trace id and reason, or counts it. */
void http_trouble_log(struct http_trouble *trouble, int64_t now_ns, const char *read,
		      const char *trace, const char *why);

#endif
