/*
 * report.json: what the results page lists and draws, {schema_version, run, pieces}.
 *
 * `run` names the run as its folder has it: id, plan, title, started_at, finished_at, machine,
 * commit, clean, arms, pages, levels (VUs), blocks, and its trials counted as valid, invalid and
 * unreadable. `pieces` is the report's document (doc_write_json). results/report.schema.json is the
 * contract.
 */
#ifndef DUET_RUNNER_REPORT_JSON_H
#define DUET_RUNNER_REPORT_JSON_H

#include "runner/doc.h"
#include "runner/report_run.h"

/* Appends the whole file; check strbuf_ok. The same run and document give the same bytes. */
void report_json_write(const struct run *run, const struct doc *doc, struct strbuf *out);

#endif
