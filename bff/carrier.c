#include "bff/carrier.h"

#include <stdio.h>

const char *const transport_wire_names[] = {
	[WIRE_HTTP_CURL] = "http-curl",
	[WIRE_HTTP_EVHTTP] = "http-evhttp",
	[WIRE_BINARY] = "binary",
	NULL,
};

static const struct {
	struct carrier *(*make)(const struct carrier_config *config);
	bool tcp, local; /* the addresses that it reaches */
	const char *mend;
} wires[TRANSPORT_WIRES] = {
	[WIRE_HTTP_CURL] = {carrier_curl_new, true, true, ""},
	[WIRE_HTTP_EVHTTP] = {carrier_evhttp_new, true, false, "give http://HOST:PORT"},
	[WIRE_BINARY] = {carrier_binary_new, false, true, "give the service's --binary unix:PATH"},
};

struct carrier *carrier_new(enum transport_wire wire, const struct carrier_config *config)
{
	return wires[wire].make(config);
}

bool carrier_reaches(enum transport_wire wire, const struct upstream *upstream,
		     char error[PART_ERROR_MAX])
{
	if (upstream->socket_path[0] ? wires[wire].local : wires[wire].tcp)
		return true;
	snprintf(error, PART_ERROR_MAX, "--%s %.48s: not for --wire %s; %s",
		 service_names[upstream->service], upstream->address, transport_wire_names[wire],
		 wires[wire].mend);
	return false;
}

void carrier_explain(const struct exchange *x, const char *what, const char *detail)
{
	snprintf(x->call->error, sizeof(x->call->error), "%s at %.40s: %s%.64s",
		 service_names[x->upstream->service], x->upstream->address, what, detail);
}

void carrier_end(struct carrier *carrier, struct exchange *x, enum part_status status,
		 bool answered)
{
	carrier->config.ended(carrier->config.arg, x, status, answered);
}
