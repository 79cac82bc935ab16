/*
 * The files of web/assets that draw a run, embedded into `duet` when it is built: a report's HTML
 * has the very modules that the results page loads, and needs no folder of theirs where it is made.
 */
#ifndef DUET_RUNNER_WEB_ASSETS_H
#define DUET_RUNNER_WEB_ASSETS_H

#include "common/base/strbuf.h"

/* Appends the stylesheets. */
void web_assets_style(struct strbuf *out);

#endif
