/*
 * The files of web/assets that draw a run, embedded into `duet` when it is built: a report's HTML
 * has the very modules that the results page loads, and needs no folder of theirs where it is made.
 */
#ifndef DUET_RUNNER_WEB_ASSETS_H
#define DUET_RUNNER_WEB_ASSETS_H

#include "common/base/strbuf.h"

/* Appends the stylesheets. */
void web_assets_style(struct strbuf *out);

/*
 * Appends the modules as one: each as it is, in an order in which every name is declared before
 * the module that uses it, less its import declarations and the word `export`. So no two of them
 * may declare the same name at their top level.
 */
void web_assets_script(struct strbuf *out);

#endif
