#include "runner/tax_words.h"

#include "runner/report_run.h"

#include <string.h>

const struct tax_word_info tax_words[TAX_WORDS] = {
	[TAX_SERIALIZATION] = {"serialization", "parts written as JSON and read again"},
	[TAX_SOCKETS] = {"sockets and HTTP",
			 "an HTTP client and server between the parts, and TCP below them"},
	[TAX_SWITCHES] = {"process switches",
			  "services on threads, then in processes of their own"},
	[TAX_CONNECTIONS] = {"connections", "a new one for each call instead of keep-alive"},
	[TAX_COORDINATION] = {"coordination", "a page asked as four parts and joined"},
	[TAX_STORE] = {"store", "four transactions, then four databases instead of one"},
};

static const struct {
	const char *lower, *upper;
	struct tax_step step;
} steps[] = {
	{"floor",
	 "join",
	 {TAX_WORDS, "the page read from the store and written (the page itself)"}},
	{"join", "4q", {TAX_COORDINATION, "four parts and a join instead of one page read"}},
	{"4q", "4txn", {TAX_STORE, "a transaction for each part"}},
	{"4txn", "4db", {TAX_STORE, "a database for each service"}},
	{"tcp-1db", "tcp", {TAX_STORE, "a database for each service"}},
	{"4db", "json", {TAX_SERIALIZATION, "parts written as JSON and read again"}},
	{"json", "http-self", {TAX_SOCKETS, "HTTP over Unix sockets, all on one loop"}},
	{"http-self", "threads", {TAX_SWITCHES, "each service on a thread of its own"}},
	{"threads", "procs", {TAX_SWITCHES, "each service in a process of its own"}},
	{"procs", "tcp", {TAX_SOCKETS, "TCP instead of Unix sockets"}},
	{"tcp", "tcp-close", {TAX_CONNECTIONS, "a new connection for each call"}},
};

const char *tax_rung_of(const json_t *arm)
{
	const char *rung = json_string_value(json_object_get(arm, "rung"));
	const char *architecture = json_string_value(json_object_get(arm, "architecture"));
	if (json_is_true(json_object_get(arm, "precomputed")))
		return "floor";
	if (architecture && strcmp(architecture, "unified") == 0)
		return "join";
	return rung ? rung : "tcp";
}

/* Whether two arms are the same but for what makes their rungs. */
static bool same_else(const json_t *lower, const json_t *upper)
{
	static const char *const apart[] = {"id", "architecture", "rung", "precomputed"};
	return json_equal_but(lower, upper, apart, sizeof(apart) / sizeof(apart[0]));
}

struct tax_step tax_step_of(const json_t *lower, const json_t *upper)
{
	const char *from = tax_rung_of(lower), *to = tax_rung_of(upper);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strcmp(steps[i].lower, from) == 0 && strcmp(steps[i].upper, to) == 0 &&
		    same_else(lower, upper))
			return steps[i].step;
	return (struct tax_step){TAX_WORDS, "more than one thing, or one that has no word here"};
}
