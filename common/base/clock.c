#include "common/base/clock.h"

void clock_utc_text(char out[21])
{
	time_t now = time(NULL);
	struct tm utc;
	gmtime_r(&now, &utc);
	strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
