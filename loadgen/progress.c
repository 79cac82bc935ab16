#include "loadgen/progress.h"

#include "common/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { BAR_WIDTH = 30 };

static const char full[] = "##############################";
static const char empty[] = "..............................";

void load_progress_init(struct load_progress *progress, bool enabled)
{
	*progress = (struct load_progress){.enabled = enabled, .terminal = isatty(STDERR_FILENO)};
}

int64_t load_progress_period(const struct load_progress *progress)
{
	return progress->terminal ? NS_PER_S / 5 : 5 * NS_PER_S;
}

static double share_of(const struct load_progress *p, int64_t now, uint64_t requests,
		       uint64_t total)
{
	const double share = total ? (double)requests / (double)total
				   : (double)(now - p->start) / (double)(p->end - p->start);
	return share < 0 ? 0 : share > 1 ? 1 : share;
}

void load_progress_show(struct load_progress *p, int64_t now, uint64_t requests, uint64_t failures,
			uint64_t total)
{
	if (!p->enabled)
		return;
	const double share = share_of(p, now, requests, total);
	const double since = (double)(now - p->last) / (double)NS_PER_S;
	const double rate =
		p->last && since > 0 ? (double)(requests - p->last_requests) / since : 0;
	const int bar = (int)(share * BAR_WIDTH);
	if (p->terminal)
		fprintf(stderr, "\r[%.*s%.*s] ", bar, full, BAR_WIDTH - bar, empty);
	fprintf(stderr, "%3.0f %%  %.0f s  %" PRIu64 " requests  %.0f/s  %" PRIu64 " failed%s",
		share * 100, (double)(now - p->start) / (double)NS_PER_S, requests, rate, failures,
		p->terminal ? "   " : "\n");
	p->last = now;
	p->last_requests = requests;
}

void load_progress_end(const struct load_progress *progress)
{
	if (progress->enabled && progress->terminal)
		fprintf(stderr, "\n");
}
