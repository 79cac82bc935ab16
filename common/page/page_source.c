#include "common/page/page_source.h"

void page_source_ask(struct page_source *source, struct page_call *call)
{
	switch (call->kind) {
	case READ_PAGE_HOME:
		source->ops->home(source, call);
		break;
	case READ_PAGE_PLP:
		source->ops->plp(source, call);
		break;
	default:
		source->ops->pdp(source, call);
		break;
	}
}

void page_call_complete(struct page_call *call, enum page_status status)
{
	call->status = status;
	call->done(call);
}

void page_call_timing(struct page_call *call, const char *name, int64_t start_ns, int64_t end_ns)
{
	if (!call->wants_timing || call->timing_count == PAGE_TIMINGS_MAX)
		return;
	call->timings[call->timing_count++] =
		(struct page_timing){.name = name, .start_ns = start_ns, .end_ns = end_ns};
}
