#include "microservices/part_handler.h"

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/contract/part_json.h"

#include <stdio.h>
#include <stdlib.h>

const struct service_definition *const service_definitions[SERVICE_COUNT] = {
	[SERVICE_CATALOG] = &catalog_service,
	[SERVICE_INVENTORY] = &inventory_service,
	[SERVICE_PRICING] = &pricing_service,
	[SERVICE_REVIEWS] = &reviews_service,
};

struct part_handler {
	const struct service_definition *definition;
	struct store_exec *exec;
	bool owns_exec;
};

static bool holds_part(struct store_exec *exec, const struct service_definition *definition,
		       char error[STORE_ERROR_MAX])
{
	const char *name = service_names[definition->service];
	if (store_exec_marker(exec)->holds[definition->service])
		return true;
	snprintf(error, STORE_ERROR_MAX,
		 "the store holds no %s data; seed it with --service %s, or give --store "
		 "the %s service's own",
		 name, name, name);
	return false;
}

struct part_handler *part_handler_over(const struct service_definition *definition,
				       struct store_exec *exec, char error[STORE_ERROR_MAX])
{
	struct part_handler *handler =
		holds_part(exec, definition, error) ? calloc(1, sizeof(*handler)) : NULL;
	if (handler)
		*handler = (struct part_handler){definition, exec, false};
	else if (!error[0])
		snprintf(error, STORE_ERROR_MAX, "no memory for a part handler");
	return handler;
}

struct part_handler *part_handler_new(const struct service_definition *definition,
				      struct event_base *base, const struct store_options *options,
				      char error[STORE_ERROR_MAX])
{
	struct store_exec *exec = store_options_open(options, base, error);
	struct part_handler *handler = exec ? part_handler_over(definition, exec, error) : NULL;
	if (handler)
		handler->owns_exec = true;
	else if (exec)
		store_exec_free(exec);
	return handler;
}

static void job_done(struct read_job *job)
{
	struct part_work *work = job->arg;
	work->done(work);
}

void part_handler_ask(struct part_handler *handler, struct part_work *work)
{
	work->job.done = job_done;
	work->job.arg = work;
	store_exec_submit(handler->exec, &work->job);
}

void part_handler_write(const struct part_work *work, struct strbuf *out)
{
	part_json_write(out, work->job.kind, work->job.out);
}

void part_handler_log(const struct part_work *work, const char *trace)
{
	log_line(LOG_INFO, "part", "name", read_infos[work->job.kind].name, "status",
		 store_status_name(work->job.status), "trace", trace, NULL);
}

void part_handler_stamps(const struct part_work *work, int64_t arrived_ns, int64_t write_ns,
			 char out[STAMPS_TEXT_MAX])
{
	struct stamps stamps = {.count = 0};
	stamps_add(&stamps, 0, STATION_ARRIVED, arrived_ns);
	stamps_add(&stamps, 0, STATION_STORE, work->job.started_ns);
	stamps_add(&stamps, 0, STATION_STORED, work->job.finished_ns);
	stamps_add(&stamps, 0, STATION_WRITE, write_ns);
	stamps_add(&stamps, 0, STATION_WRITTEN, clock_now_ns());
	stamps_tell(&stamps, out);
}

struct store_exec *part_handler_exec(struct part_handler *handler)
{
	return handler->exec;
}

void part_handler_free(struct part_handler *handler)
{
	if (!handler)
		return;
	if (handler->owns_exec)
		store_exec_free(handler->exec);
	free(handler);
}
