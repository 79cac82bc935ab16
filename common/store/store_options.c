#include "common/store/store_options.h"

#include "common/base/clock.h"

/* Deeper than any front door lets requests in, so that it never bites before admission does. */
enum { QUEUE_MAX = 16384, WORKERS_MAX = 64 };

void store_options_init(struct store_options *options, struct option table[STORE_OPTIONS])
{
	*options = (struct store_options){.coalesce = STORE_COALESCE_MAX, .timeout_ns = NS_PER_S};
	table[0] = (struct option){
		.name = "store",
		.kind = OPTION_TEXT,
		.target = &options->uri,
		.required = true,
		.value = "URI",
		.help = "sqlite:PATH, mongodb://HOST:PORT/duet_NAME or "
			"memory:?seed=42&products=1200",
	};
	table[1] = (struct option){
		.name = "workers",
		.kind = OPTION_UINT,
		.target = &options->workers,
		.max = WORKERS_MAX,
		.value = "N",
		.help = "store threads of each event loop; 0: none, or 4 when the store blocks",
	};
	table[2] = (struct option){
		.name = "coalesce",
		.kind = OPTION_UINT,
		.target = &options->coalesce,
		.max = STORE_COALESCE_MAX,
		.value = "N",
		.help = "most waiting reads of one kind that are asked as one; 0: off",
	};
	table[3] = (struct option){
		.name = "store-timeout",
		.kind = OPTION_DURATION,
		.target = &options->timeout_ns,
		.min = (double)NS_PER_MS,
		.max = 60.0 * (double)NS_PER_S,
		.value = "TIME",
		.help = "longest wait for a store thread",
	};
	table[4] = (struct option){
		.name = "work",
		.kind = OPTION_DURATION,
		.target = &options->work_ns,
		.max = (double)NS_PER_S,
		.value = "TIME",
		.help = "CPU time burned for each part that is read, as business logic would",
	};
}

struct store_exec *store_options_open(const struct store_options *options, struct event_base *base,
				      char error[STORE_ERROR_MAX])
{
	const struct store_exec_config config = {
		.uri = options->uri,
		.workers = (unsigned)options->workers,
		.coalesce = (unsigned)options->coalesce,
		.timeout_ns = options->timeout_ns,
		.queue_max = QUEUE_MAX,
		.work_ns = options->work_ns,
	};
	return store_exec_new(base, &config, error);
}
