#include "bff/transport.h"

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
