#include "runner/report_json.h"

#include "runner/report_sections.h"

#include <math.h>
#include <stdlib.h>

enum { REPORT_SCHEMA_VERSION = 1 };

/* A text of run.json, else of the first result file, else null. */
static json_t *text_of(const struct run *run, const char *in_about, const char *in_result)
{
	const char *text = json_text_at(run->about, in_about,
					json_text_at(run->results[0].root, in_result, NULL));
	return text ? json_string(text) : json_null();
}

static json_t *arms_of(const struct run *run)
{
	json_t *arms = json_array();
	for (size_t i = 0; i < run->arm_count; i++)
		json_array_append_new(arms, json_pack("{ss ss ss}", "id", run->arms[i].id,
						      "architecture", run->arms[i].architecture,
						      "text", text_arm(&run->arms[i]).s));
	return arms;
}

static json_t *pages_of(const struct run *run)
{
	json_t *pages = json_array();
	for (size_t i = 0; i < run->page_count; i++)
		json_array_append_new(pages, json_string(run->pages[i]));
	return pages;
}

static json_t *levels_of(const struct run *run)
{
	json_t *levels = json_array();
	for (size_t i = 0; i < run->load_count; i++)
		if (run->loads[i].kind == RUN_CLOSED)
			json_array_append_new(levels, json_integer(run->loads[i].vus));
	return levels;
}

static json_t *trials_of(const struct run *run)
{
	size_t counts[2] = {0, 0};
	for (size_t i = 0; i < run->result_count; i++)
		counts[run->results[i].valid] += !run->results[i].superseded;
	return json_pack("{si si si}", "valid", (int)counts[true], "invalid", (int)counts[false],
			 "unreadable", (int)run->unreadable_count);
}

static json_t *run_json(const struct run *run)
{
	json_t *clean = json_object_get(run->about, "clean");
	json_t *id = text_of(run, "plan_id", "run.plan");
	const char *title =
		json_text_at(run->plan, "title", json_text_at(run->plan, "id", "unnamed"));
	return json_pack("{so so ss so so ss so sO so so so si so}", "id",
			 text_of(run, "id", "run.id"), "plan", id, "title", title, "started_at",
			 text_of(run, "started_at", "run.started_at"), "finished_at",
			 text_of(run, "finished_at", "run.finished_at"), "machine",
			 report_machine(run).s, "commit",
			 text_of(run, "commit", "environment.commit"), "clean",
			 json_is_boolean(clean) ? clean : json_null(), "arms", arms_of(run),
			 "pages", pages_of(run), "levels", levels_of(run), "blocks",
			 (int)run->block_count, "trials", trials_of(run));
}

static int chunk_add(const char *bytes, size_t len, void *out)
{
	strbuf_add(out, bytes, len);
	return 0;
}

void report_json_write(const struct run *run, const struct doc *doc, struct strbuf *out)
{
	json_t *about = run_json(run);
	strbuf_printf(out, "{\"schema_version\":%d,\n\"run\":", REPORT_SCHEMA_VERSION);
	if (json_dump_callback(about, chunk_add, out, JSON_COMPACT) != 0)
		out->failed = true;
	json_decref(about);
	strbuf_add_text(out, ",\n\"pieces\":");
	doc_write_json(doc, out);
	strbuf_add_text(out, "}\n");
}
