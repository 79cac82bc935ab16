#include "bff/transport.h"

const char *const part_status_names[PART_STATUSES + 1] = {
	[PART_OK] = "ok",
	[PART_NOT_FOUND] = "not_found",
	[PART_FAILED] = "failed",
	[PART_TIMED_OUT] = "timed_out",
	[PART_STATUSES] = "cancelled",
};

void transport_send(struct transport *transport, struct part_call *call)
{
	transport->ops->send(transport, call);
}

void transport_page(struct transport *transport, bool begin)
{
	if (transport->ops->page)
		transport->ops->page(transport, begin);
}

void transport_ready(struct transport *transport, enum service service,
		     void (*done)(void *arg, bool ok), void *arg)
{
	transport->ops->ready(transport, service, done, arg);
}

void transport_metrics(struct transport *transport, struct strbuf *out)
{
	transport->ops->metrics(transport, out);
}

void transport_free(struct transport *transport)
{
	if (transport)
		transport->ops->free(transport);
}
