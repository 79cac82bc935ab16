/* What the files of the map's section share. */
#ifndef DUET_RUNNER_REPORT_MAP_H
#define DUET_RUNNER_REPORT_MAP_H

#include "runner/map.h"
#include "runner/report_sections.h"
#include "runner/slo.h"

/* A tax of this share of what unified costs is where it is called small. */
#define MAP_SHARE 0.10

/* us as ms, without zeros at the end: "0.5". */
struct text text_delay(double delay_us);

/* Why map_fill gave no model, which cells lack which measure, and what would mend it. */
void report_map_refusal(const struct run *run, struct doc *doc, const struct map *map);

/* The map of a page: where the tax is small, where a side breaks the SLO (one goal on p50), and
 * what was measured. */
void report_map_figure(const struct run *run, struct doc *doc, const struct map *map,
		       const struct slo *slo);

#endif
