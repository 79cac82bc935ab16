#include "common/http/http_trouble.h"

#include "common/base/clock.h"
#include "common/base/log.h"

#include <inttypes.h>
#include <stdio.h>

void http_trouble_log(struct http_trouble *trouble, int64_t now_ns, const char *read,
		      const char *trace, const char *why)
{
	char unsaid[24];
	if (now_ns < trouble->quiet_until_ns) {
		trouble->unsaid++;
		return;
	}
	snprintf(unsaid, sizeof(unsaid), "%" PRIu64, trouble->unsaid);
	log_line(LOG_WARN, "request_failed", "read", read, "trace", trace, "why", why,
		 "others_since_last_line", unsaid, NULL);
	trouble->quiet_until_ns = now_ns + NS_PER_S;
	trouble->unsaid = 0;
}
