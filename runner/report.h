/*
 * The report of a run: REPORT.md, report.html and report.json, rebuilt from the files of a run
 * folder alone.
 *
 * A run folder holds run.json (the plan, the data's and the plan's hashes, when and from which
 * commit) and one results_*.json a scenario and block (results/schema.json). Nothing else is read,
 * no clock is asked: the same files give the same bytes. A result file that cannot be read is
 * listed in the report with the reason and breaks nothing.
 */
#ifndef DUET_RUNNER_REPORT_H
#define DUET_RUNNER_REPORT_H

#include <stdbool.h>

/*
 * `duet report DIR`: writes the three files into DIR and names them on stdout. `argv[0]` is the
 * command's own name. Returns the exit code: 0 written, 1 the folder cannot be reported (one
 * line on stderr says why), 2 usage.
 */
int report_command(int argc, char **argv);

/*
 * Writes the three files into run_dir, each by temporary file, fsync and rename. False: not all of
 * them were replaced and `error` holds one line that names the folder
 * or file, the rule and the mend.
 */
bool report_write(const char *run_dir, char error[256]);

#endif
