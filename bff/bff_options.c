#include "bff/bff_options.h"

#include "bff/carrier.h"
#include "bff/transport_delay.h"
#include "bff/transport_hosted.h"
#include "bff/transport_inside.h"
#include "bff/transport_per_item.h"
#include "bff/upstream.h"
#include "common/base/clock.h"
#include "common/store/store.h"

#include <stdio.h>
#include <string.h>

const char bff_options_notes[] =
	"Host names of services are looked up once, at the start.\n"
	"A service that is given as a store runs inside this program; --inside says how: its "
	"handler\n"
	"is called in place (call), the same with every message written as JSON and read again "
	"(json),\n"
	"or it serves HTTP on a Unix socket, on this program's own loop (loop) or on a thread of "
	"its\n"
	"own (threads). Each differs from the next by one thing, so that what that thing costs can "
	"be\n"
	"measured. All four services are inside, or none.\n"
	"--wire http-evhttp is the same JSON by another client; --wire binary sends frames of "
	"bytes, "
	"many at\n"
	"once on one connection, to services given as the unix:PATH of their --binary.";

static const char *const fanout_names[] = {"parallel", "sequential", "per-item", NULL};

static const char *const inside_names[] = {"call", "json", "loop", "threads", NULL};
enum inside_way { WAY_CALL, WAY_JSON, WAY_LOOP, WAY_THREADS };

#define CONNECT_TIMEOUT_NS (500 * NS_PER_MS)

static const struct {
	const char *address, *help;
} services[SERVICE_COUNT] = {
	[SERVICE_CATALOG] = {"http://127.0.0.1:8091",
			     "the catalog service: http://HOST:PORT, unix:PATH, or its store"},
	[SERVICE_INVENTORY] = {"http://127.0.0.1:8092", "the inventory service"},
	[SERVICE_PRICING] = {"http://127.0.0.1:8093", "the pricing service"},
	[SERVICE_REVIEWS] = {"http://127.0.0.1:8094",
			     "the reviews service (optional parts: a page does without)"},
};

/* From 1 ms to a minute. */
static struct option time_option(const char *name, int64_t *target, const char *help)
{
	return (struct option){.name = name,
			       .kind = OPTION_DURATION,
			       .target = target,
			       .min = (double)NS_PER_MS,
			       .max = 60.0 * (double)NS_PER_S,
			       .value = "TIME",
			       .help = help};
}

static struct option choice_option(const char *name, const char **target,
				   const char *const *choices, const char *help)
{
	return (struct option){.name = name,
			       .kind = OPTION_CHOICE,
			       .target = target,
			       .choices = choices,
			       .help = help};
}

void bff_options_init(struct bff_options *o, struct option table[BFF_OPTIONS])
{
	struct option store[STORE_OPTIONS], *next = table;
	*o = (struct bff_options){.fanout = "parallel",
				  .wire = transport_wire_names[WIRE_HTTP_CURL],
				  .in_flight = 64,
				  .hop_timeout_ns = 2 * NS_PER_S,
				  .optional_timeout_ns = 1 * NS_PER_S,
				  .connect_timeout_ns = CONNECT_TIMEOUT_NS};
	for (int service = 0; service < SERVICE_COUNT; service++) {
		o->uris[service] = services[service].address;
		*next++ = (struct option){.name = service_names[service],
					  .kind = OPTION_TEXT,
					  .target = &o->uris[service],
					  .value = "URL",
					  .help = services[service].help};
	}
	*next++ = (struct option){
		.name = "in-flight",
		.kind = OPTION_UINT,
		.target = &o->in_flight,
		.min = 1,
		.max = 4096,
		.value = "N",
		.help = "calls on the wire, each upstream and loop; more wait in its FIFO"};
	*next++ = time_option("hop-timeout", &o->hop_timeout_ns,
			      "longest wait for a needed part, from its sending");
	*next++ = time_option("optional-timeout", &o->optional_timeout_ns,
			      "the same for ratings and reviews; never more than --hop-timeout");
	*next++ = time_option("connect-timeout", &o->connect_timeout_ns,
			      "longest wait for a connection to an upstream");
	*next++ = choice_option("fanout", &o->fanout, fanout_names,
				"how a page's parts are asked; per-item: each product of a list "
				"apart");
	*next++ = choice_option("wire", &o->wire, transport_wire_names,
				"how services in processes of their own are spoken to");
	*next++ = (struct option){.name = "hop-delay",
				  .kind = OPTION_DURATION,
				  .target = &o->hop_delay_ns,
				  .max = (double)NS_PER_S,
				  .value = "TIME",
				  .help = "added to every call's round trip, as a network would"};
	*next++ = (struct option){.name = "no-connection-reuse",
				  .kind = OPTION_FLAG,
				  .target = &o->no_reuse,
				  .help = "a new connection for each call: what keep-alive saves"};
	*next++ = choice_option("inside", &o->inside, inside_names,
				"how services that are given as stores run");
	*next++ = (struct option){.name = "one-transaction",
				  .kind = OPTION_FLAG,
				  .target = &o->one_transaction,
				  .help = "with --inside call: a page's parts are read in one"};
	store_options_init(&o->store, store);
	memcpy(next, store + 1, (STORE_OPTIONS - 1) * sizeof(*store));
}

/* The place of a text among names; -1 when it is NULL. */
static int place_of(const char *const *names, const char *text)
{
	for (int i = 0; text && names[i]; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	return -1;
}

/* -1 when nothing was said. */
static int way_of(const struct bff_options *o)
{
	return place_of(inside_names, o->inside);
}

static enum transport_wire wire_of(const struct bff_options *o)
{
	return (enum transport_wire)place_of(transport_wire_names, o->wire);
}

static unsigned inside_count(const struct bff_options *o)
{
	unsigned count = 0;
	for (int service = 0; service < SERVICE_COUNT; service++)
		count += store_uri_known(o->uris[service]);
	return count;
}

/* True with one line in error when an option would do nothing. */
static bool has_useless_option(const struct bff_options *o, bool inside, char error[HTTP_ERROR_MAX])
{
	static const char stores[] = "services given as stores", outside[] = "services outside";
	static const char one[] = "--inside call without --hop-delay";
	static const char reused[] = "connections, of --wire http-curl";
	int way = way_of(o);
	enum transport_wire wire = wire_of(o);
	struct option table[STORE_OPTIONS];
	struct store_options fresh;
	store_options_init(&fresh, table);
	const struct {
		const char *name, *needs;
		bool useless;
	} options[] = {
		{"inside", stores, !inside && o->inside},
		{"one-transaction", one, o->one_transaction && way != WAY_CALL},
		{"one-transaction", one, o->one_transaction && o->hop_delay_ns},
		{"wire", outside, inside && wire != WIRE_HTTP_CURL},
		{"no-connection-reuse", reused, o->no_reuse && inside && way <= WAY_JSON},
		{"no-connection-reuse", reused, o->no_reuse && wire != WIRE_HTTP_CURL},
		{"connect-timeout", "a wire over HTTP: Unix sockets connect at once",
		 wire == WIRE_BINARY && o->connect_timeout_ns != CONNECT_TIMEOUT_NS},
		{"workers", stores, !inside && o->store.workers != fresh.workers},
		{"coalesce", stores, !inside && o->store.coalesce != fresh.coalesce},
		{"work", stores, !inside && o->store.work_ns != fresh.work_ns},
		{"store-timeout", stores, !inside && o->store.timeout_ns != fresh.timeout_ns},
	};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!options[i].useless)
			continue;
		snprintf(error, HTTP_ERROR_MAX, "--%s does nothing here: it needs %s",
			 options[i].name, options[i].needs);
		return true;
	}
	return false;
}

static bool check_addresses(const struct bff_options *o, char error[HTTP_ERROR_MAX])
{
	for (int service = 0; service < SERVICE_COUNT; service++) {
		struct upstream parsed;
		char why[PART_ERROR_MAX];
		if (upstream_init(&parsed, (enum service)service, o->uris[service], why) &&
		    carrier_reaches(wire_of(o), &parsed, why))
			continue;
		snprintf(error, HTTP_ERROR_MAX, "%s", why);
		return false;
	}
	return true;
}

bool bff_options_check(const struct bff_options *o, char error[HTTP_ERROR_MAX])
{
	unsigned inside = inside_count(o);
	if (inside && inside < SERVICE_COUNT) {
		snprintf(error, HTTP_ERROR_MAX,
			 "%u of the four services are given as stores; give all of them so, or "
			 "all as http://HOST:PORT or unix:PATH",
			 inside);
		return false;
	}
	if (inside && !o->inside) {
		snprintf(error, HTTP_ERROR_MAX,
			 "services given as stores run inside; say how with --inside "
			 "call|json|loop|threads");
		return false;
	}
	if (has_useless_option(o, inside > 0, error))
		return false;
	return inside || check_addresses(o, error);
}

static struct transport_tcp_config tcp_config(const struct bff_options *o)
{
	struct transport_tcp_config config = {
		.in_flight_max = (unsigned)o->in_flight,
		.wire = wire_of(o),
		.no_reuse = o->no_reuse,
		.hop_timeout_ns = o->hop_timeout_ns,
		.connect_timeout_ns = o->connect_timeout_ns,
	};
	memcpy(config.urls, o->uris, sizeof(config.urls));
	return config;
}

static struct transport *open_outside(const struct bff_options *o, struct event_base *base,
				      char error[HTTP_ERROR_MAX])
{
	char why[PART_ERROR_MAX];
	const struct transport_tcp_config config = tcp_config(o);
	struct transport *transport = transport_tcp_new(base, &config, why);
	if (!transport)
		snprintf(error, HTTP_ERROR_MAX, "%s", why);
	return transport;
}

static struct transport *open_inside(const struct bff_options *o, struct event_base *base,
				     char error[HTTP_ERROR_MAX])
{
	struct transport_inside_config config = {
		.store = o->store,
		.form = way_of(o) == WAY_JSON ? INSIDE_JSON : INSIDE_CALL,
		.one_transaction = o->one_transaction,
	};
	memcpy(config.uris, o->uris, sizeof(config.uris));
	return transport_inside_new(base, &config, error);
}

static struct transport *open_hosted(const struct bff_options *o, struct event_base *base,
				     char error[HTTP_ERROR_MAX])
{
	struct transport_hosted_config config = {
		.store = o->store,
		.where = way_of(o) == WAY_THREADS ? HOSTED_THREADS : HOSTED_LOOP,
		.tcp = tcp_config(o),
	};
	memcpy(config.uris, o->uris, sizeof(config.uris));
	return transport_hosted_new(base, &config, error);
}

struct transport *bff_options_open(const struct bff_options *o, struct event_base *base,
				   char error[HTTP_ERROR_MAX])
{
	error[0] = '\0';
	struct transport *transport = !o->inside              ? open_outside(o, base, error)
				      : way_of(o) <= WAY_JSON ? open_inside(o, base, error)
							      : open_hosted(o, base, error);
	if (transport && o->hop_delay_ns)
		transport = transport_delay_new(base, transport, o->hop_delay_ns);
	if (transport && strcmp(o->fanout, "per-item") == 0)
		transport = transport_per_item_new(transport);
	if (!transport && !error[0])
		snprintf(error, HTTP_ERROR_MAX, "no memory or descriptors for the transport");
	return transport;
}

bool bff_options_sequential(const struct bff_options *o)
{
	return strcmp(o->fanout, "sequential") == 0;
}

int64_t bff_options_optional_ns(const struct bff_options *o)
{
	return o->optional_timeout_ns < o->hop_timeout_ns ? o->optional_timeout_ns
							  : o->hop_timeout_ns;
}
